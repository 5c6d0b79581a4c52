"""The curve over training words: planted reliabilities and correlations at each amount."""

import itertools

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.curve import MEASURES, curve_table, sample_sizes, share_of
from wordspaces.analysis.settings import CurveSettings
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

SIZES = {"a": 4000, "b": 4002, "a25": 1000, "b25": 1002}
NOISE = {1.0: 0.2, 0.25: 0.5}  # variance that the document sample brings at each share
SETTINGS = CurveSettings(methods=["pearson"])
TRUE, SEED = 0.6, 0.1


def block(*names: object) -> np.ndarray:
    values = generator(31, *(str(name) for name in names)).standard_normal((260, 8))
    values -= values.mean(axis=0)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def planted(samples: tuple[str, ...] = tuple(SIZES), seeds: tuple[int, ...] = (1, 2)) -> Roster:
    spaces, vectors = [], []
    for corpus, sample, seed in itertools.product("pq", samples, seeds):
        noise = NOISE[share_of(sample)]
        signal = 1.0 - noise - SEED
        parts = [
            (signal * TRUE, ("common",)),
            (signal * (1.0 - TRUE), ("corpus", corpus)),
            (noise, ("sample", corpus, sample)),
            (SEED, ("seed", corpus, sample, seed)),
        ]
        vectors.append(np.hstack([share**0.25 * block(*names) for share, names in parts]))
        spaces.append(Space(corpus, sample, "m", "f", seed))
    words = Words(np.arange(260, dtype=np.int32), tuple(map(str, range(260))), np.full(260, 10))
    return Roster("input", tuple(spaces), words, tuple(vectors))


def test_planted_values_come_back_at_each_amount() -> None:
    table = curve_table(planted(), SIZES, SETTINGS).to_pandas()
    assert table["words_trained"].unique().tolist() == [1001, 4001]
    found = table.set_index(["share", "measure"])
    assert len(found) == 2 * len(MEASURES)
    for share, noise in NOISE.items():
        signal = 1.0 - noise - SEED
        expected = [signal * TRUE, 1.0 - SEED, signal, signal * TRUE / (1.0 - SEED), TRUE]
        values = [found.loc[(share, measure), "value"] for measure in MEASURES]
        assert values == pytest.approx(expected, abs=0.05)
    true = found.xs("disattenuated by sample", level="measure")
    assert ((true["low"] < TRUE) & (true["high"] > TRUE)).all()
    assert (found["se"] > 0).all()


def test_one_sample_at_an_amount_leaves_its_ceiling_null() -> None:
    table = curve_table(planted(("a", "b", "a25")), SIZES, SETTINGS).to_pandas().set_index(["share", "measure"])
    for measure in ("sample ceiling", "disattenuated by sample"):
        assert np.isnan(table.loc[(0.25, measure), "value"])
        assert table.loc[(0.25, measure), "note"].startswith("not defined: only one document sample")
        assert np.isfinite(table.loc[(1.0, measure), "value"])
    assert np.isfinite(table.loc[(0.25, "disattenuated by seed"), "value"])


def test_one_seed_leaves_everything_null() -> None:
    table = curve_table(planted(seeds=(1,)), SIZES, SETTINGS).to_pandas()
    assert table["value"].isna().all()
    assert table["note"].str.startswith("not defined: ").all()


def test_names_and_sizes_that_say_nothing_are_refused() -> None:
    assert [share_of(name) for name in ("a", "b50", "a1")] == [1.0, 0.5, 0.01]
    for name in ("a0", "25", "a250", "a_25", "boot1", "heldout"):
        with pytest.raises(StudyError, match="says no share"):
            share_of(name)
    with pytest.raises(StudyError, match="no size of sample 'a25'"):
        curve_table(planted(("a", "a25")), {"a": 5}, SETTINGS)


def test_one_corpus_has_no_curve() -> None:
    one = planted(("a",))
    assert curve_table(one.select([0, 1]), SIZES, SETTINGS).num_rows == 0
    assert curve_table(one.select([]), SIZES, SETTINGS).num_rows == 0


def test_sizes_are_means_over_corpora() -> None:
    table = pa.table({"sample": ["a", "a25", "a", "a25"], "words": [100, 25, 103, 26]})
    assert sample_sizes(table) == {"a": 102, "a25": 26}
