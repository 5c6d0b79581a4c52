"""Neighbour overlap against brute force, and what is planted."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import RsaSettings, StabilitySettings
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.stability import overlap as stability
from wordspaces.analysis.stability.overlap import nearest, overlap, stability_tables
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def brute_nearest(units: np.ndarray, k: int) -> list[list[int]]:
    cosines = units @ units.T
    return [
        sorted((j for j in range(len(units)) if j != i), key=lambda j: (-cosines[i, j], j))[:k]
        for i in range(len(units))
    ]


@pytest.mark.parametrize("block", [512, 7])
def test_nearest_equals_a_full_sort(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stability, "BLOCK", block)
    units = centred_units(generator(1, "nearest").standard_normal((50, 6)), "test")
    assert nearest(units, 5).tolist() == brute_nearest(units, 5)


@given(st.integers(2, 30), st.data())
def test_overlap_counts_common_neighbours(words: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, words - 1))
    stream = generator(data.draw(st.integers(0, 1000)), "overlap")
    left, right = (np.stack([stream.permutation(words)[:k] for _ in range(words)]) for _ in range(2))
    expected = [len(set(a) & set(b)) / k for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    np.testing.assert_allclose(overlap(left, right), expected)
    np.testing.assert_array_equal(overlap(left, left), 1.0)


def test_unrelated_spaces_overlap_at_the_chance_line() -> None:
    stream = generator(2, "chance")
    lists = [nearest(centred_units(stream.standard_normal((400, 20)), "test"), 10) for _ in range(12)]
    values = [overlap(a, b).mean() for a, b in pairwise(lists)]
    assert np.mean(values) == pytest.approx(10 / 399, rel=0.1)


def test_tables_of_the_planted_study(study: SimpleNamespace) -> None:
    roster, _ = load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison))
    rsa = rsa_table([roster], RsaSettings(methods=["pearson"]))
    words, cells = (table.to_pandas() for table in stability_tables(roster, rsa, StabilitySettings(k=5)))
    # 6 models: two levels in each of two corpora, one level between them.
    assert len(cells) == 6 * 5
    assert len(words) == 30 * 120
    assert set(cells["chance"]) == {5 / 119}
    levels = cells.groupby("level")[["overlap", "rsa_pearson"]].mean()
    assert levels.loc["seed", "overlap"] > levels.loc["sample", "overlap"] > levels.loc["corpus", "overlap"] > 5 / 119
    assert cells["rsa_spearman"].isna().all()
    assert cells.groupby("level")["pairs"].first().to_dict() == {"corpus": 24, "sample": 6, "seed": 6}
    cell = "corpus == 'wiki' and model == 'gpt' and level == 'seed'"
    mean = rsa.to_pandas().query(
        "a_corpus == 'wiki' and b_corpus == 'wiki' and a_model == 'gpt' and relation == 'seed'"
    )["r"]
    assert cells.query(cell)["rsa_pearson"].item() == pytest.approx(mean.mean())
    assert words.query(cell)["overlap"].mean() == pytest.approx(cells.query(cell)["overlap"].item())


def test_one_word_equals_brute_force(study: SimpleNamespace) -> None:
    roster, _ = load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison))
    chosen = [i for i, s in enumerate(roster.spaces) if (s.corpus, s.sample, s.model) == ("wiki", "b", "glove")]
    small = roster.select(chosen)
    table, _ = stability_tables(small, rsa_table([small], RsaSettings()), StabilitySettings(k=7))
    lists = [brute_nearest(centred_units(v, "test"), 7)[3] for v in small.vectors]
    expected = np.mean([len(set(lists[a]) & set(lists[b])) / 7 for a, b in ((0, 1), (0, 2), (1, 2))])
    row = table.to_pylist()[3]
    assert row["overlap"] == pytest.approx(expected)
    assert (row["token"], row["count"]) == (small.words.tokens[3], small.words.counts[3])


def test_more_neighbours_than_words_are_refused() -> None:
    with pytest.raises(StudyError, match="1 to 3"):
        nearest(centred_units(np.eye(4)[:, :3], "test"), 4)
