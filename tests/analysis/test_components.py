"""Variance components: planted shares come back, and sum to one."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.components import (
    COMPONENTS,
    MEANS,
    components_table,
    estimate,
    kind_of_pair,
    mean_weights,
    shares,
)
from wordspaces.analysis.settings import ComponentSettings
from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

PLANTED = {"shared": 0.1, "corpus": 0.3, "model": 0.15, "interaction": 0.05, "sample": 0.25, "seed": 0.15}
# A study in which recipes matter most and seeds hardly do.
RECIPES = {"shared": 0.25, "corpus": 0.05, "model": 0.4, "interaction": 0.1, "sample": 0.15, "seed": 0.05}


def block(words: int, *names: object) -> np.ndarray:
    values = generator(11, *(str(name) for name in names)).standard_normal((words, 8))
    values -= values.mean(axis=0)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def planted_roster(
    samples: int = 2,
    seeds: int = 2,
    models: int = 4,
    words: int = 220,
    planted: dict[str, float] = PLANTED,
    draw: int = 0,
) -> Roster:
    """Spaces whose cosine matrix is a weighted sum of independent ones, with squared weights as `planted`."""
    spaces, vectors = [], []
    for c, s, m, k in itertools.product("pq", "abcd"[:samples], range(models), range(1, seeds + 1)):
        keys = {
            "shared": (),
            "corpus": (c,),
            "model": (m,),
            "interaction": (c, m),
            "sample": (c, s),
            "seed": (c, s, m, k),
        }
        # Columns side by side add their inner products: fourth root of a share, for a cosine of weight its root.
        parts = [planted[name] ** 0.25 * block(words, draw, name, *key) for name, key in keys.items()]
        spaces.append(Space(c, s, f"m{m}", f"f{m}", k))
        vectors.append(np.concatenate(parts, axis=1).astype(np.float32))
    listed = Words(np.arange(words, dtype=np.int32), tuple(map(str, range(words))), np.full(words, 10))
    return Roster("input", tuple(spaces), listed, tuple(vectors))


@pytest.mark.parametrize("planted", [PLANTED, RECIPES])
@pytest.mark.parametrize("samples", [2, 3])
def test_planted_shares_are_recovered(samples: int, planted: dict[str, float]) -> None:
    roster = planted_roster(samples=samples, planted=planted)
    result = estimate(RDMs.of(roster.vectors, roster.spaces), roster.spaces, "pearson")
    found = dict(zip(COMPONENTS, result.values[len(MEANS) :], strict=True))
    assert found == pytest.approx(planted, abs=0.04)
    assert sum(found.values()) == pytest.approx(1.0)
    assert result.resampled == ("words" if samples == 2 else "words and samples")
    assert (result.se > 0).all()


def mixed_words(words: int, draw: int) -> tuple[list[Space], list[np.ndarray]]:
    """Spaces of words of two sorts, on which runs agree well or badly: what makes other words give other shares."""
    well = {"shared": 0.6, "corpus": 0.2, "model": 0.1, "interaction": 0.04, "sample": 0.04, "seed": 0.02}
    badly = {"shared": 0.02, "corpus": 0.04, "model": 0.04, "interaction": 0.1, "sample": 0.3, "seed": 0.5}
    sort = generator(5, "sort", str(draw)).random((words, 1)) < 0.5
    weights = {name: np.where(sort, well[name], badly[name]) ** 0.25 for name in well}
    spaces, vectors = [], []
    for c, s, m, k in itertools.product("pq", "ab", range(2), (1, 2)):
        keys = zip(COMPONENTS, [(), (c,), (m,), (c, m), (c, s), (c, s, m, k)], strict=True)
        vectors.append(np.hstack([weights[name] * block(words, draw, name, *key) for name, key in keys]))
        spaces.append(Space(c, s, f"m{m}", f"f{m}", k))
    return spaces, vectors


def test_intervals_cover_the_true_shares_at_about_their_nominal_rate() -> None:
    populations = [mixed_words(2000, 1000 + draw) for draw in range(3)]
    means = [
        np.tensordot(compare(RDMs.of(vectors, spaces), "pearson"), mean_weights(spaces), axes=((0, 1), (1, 2)))
        for spaces, vectors in populations
    ]
    truth = shares(np.mean(means, axis=0))
    covered, estimates = [], []
    for draw in range(60):
        spaces, vectors = mixed_words(200, draw)
        result = estimate(RDMs.of(vectors, spaces), spaces, "pearson")
        values, se = result.values[len(MEANS) :], result.se[len(MEANS) :]
        covered.append(np.abs(values - truth) < 1.6449 * se)
        estimates.append(values)
    # At .9: 360 intervals, those of one draw dependent. The mean of 60 estimates lies within .02 of the truth.
    assert 0.84 < np.mean(covered) < 0.96
    np.testing.assert_allclose(np.mean(estimates, axis=0), truth, atol=0.02)


def test_contextual_spaces_are_compared_on_one_probe_text() -> None:
    flat = planted_roster(words=150, models=2)
    spaces, vectors = [], []
    for space, matrix in zip(flat.spaces, flat.vectors, strict=True):
        for probe in ("p", "q"):
            # What the text of reading brings is a part of its own, as large as all others together.
            spaces.append(replace(space, space="mean", layer=1, probe=probe))
            vectors.append(np.hstack([matrix, block(150, "probe", probe)]))
    read = Roster("contextual", tuple(spaces), flat.words, tuple(vectors))
    settings = ComponentSettings(models=["m0", "m1"], methods=["pearson"])
    table = components_table(flat, settings, read).to_pandas()
    found = table[(table["roster"] == "contextual") & (table["kind"] == "share")].set_index("component")["value"]
    half = {name: share / 2 for name, share in PLANTED.items()} | {"shared": 0.5 + PLANTED["shared"] / 2}
    assert found.to_dict() == pytest.approx(half, abs=0.05)
    assert (table["roster"] == "input").sum() == (table["roster"] == "contextual").sum() == 12
    without = components_table(flat, settings, read.select([]))
    assert set(without["roster"].to_pylist()) == {"input"}


def test_resampling_documents_widens_the_interval() -> None:
    roster = planted_roster(samples=3)
    rdms = RDMs.of(roster.vectors, roster.spaces)
    both = estimate(rdms, roster.spaces, "pearson").se
    two = [i for i, space in enumerate(roster.spaces) if space.sample != "c"]
    chosen = roster.select(two)
    words_alone = estimate(RDMs.of(chosen.vectors, chosen.spaces), chosen.spaces, "pearson").se
    assert both[len(MEANS) + COMPONENTS.index("corpus")] > words_alone[len(MEANS) + COMPONENTS.index("corpus")]


def test_runs_without_anything_in_common_have_a_seed_share_of_one() -> None:
    stream = generator(1, "noise")
    roster = planted_roster(words=150)
    vectors = [stream.standard_normal((150, 10)) for _ in roster.spaces]
    values = estimate(RDMs.of(vectors, roster.spaces), roster.spaces, "spearman").values[len(MEANS) :]
    np.testing.assert_allclose(values, [0, 0, 0, 0, 0, 1], atol=0.02)


def test_equal_runs_are_all_shared() -> None:
    one = generator(1, "noise").standard_normal((50, 5))
    spaces = planted_roster(words=10).spaces
    result = estimate(RDMs.of([one] * len(spaces), spaces), spaces, "pearson")
    np.testing.assert_allclose(result.values[len(MEANS) :], [1, 0, 0, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(result.se, 0.0, atol=1e-7)


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6), st.booleans())
def test_shares_sum_to_one_whatever_the_means(means: list[float], one_sample: bool) -> None:
    found = shares(np.array(means), one_sample)
    assert np.nansum(found) == pytest.approx(1.0)
    assert np.isnan(found[COMPONENTS.index("sample")]) == one_sample


def test_kinds_of_pairs() -> None:
    here = Space("wiki", "a", "gpt", "gpt", 1)
    kinds = {
        ("wiki", "a", "gpt", 2): "cell seed",
        ("wiki", "b", "gpt", 2): "cell sample",
        ("wiki", "b", "cbow", 2): "same corpus",
        ("wiki", "a", "cbow", 2): "same corpus and sample",
        ("twitter", "a", "gpt", 2): "same model",
        ("twitter", "a", "cbow", 2): "neither",
        ("wiki", "b", "gpt", 1): None,
    }
    for (corpus, sample, model, seed), kind in kinds.items():
        assert kind_of_pair(here, Space(corpus, sample, model, model, seed)) == kind


def test_cells_weigh_the_same_whatever_their_number_of_runs() -> None:
    spaces = [Space("p", "a", "m", "f", seed) for seed in (1, 2, 3, 4)] + [Space("q", "a", "m", "f", s) for s in (1, 2)]
    r = np.zeros((6, 6))
    r[:4, :4], r[4:, 4:] = 0.2, 0.8
    value = np.tensordot(mean_weights(spaces)[MEANS.index("cell seed")], r, axes=2)
    assert value == pytest.approx(0.5)


def test_with_one_sample_its_share_is_null_and_the_others_sum_to_one() -> None:
    roster = planted_roster(samples=1)
    table = components_table(roster, ComponentSettings(models=["m0", "m1", "m2"], methods=["pearson"]))
    rows = {row["component"]: row for row in table.to_pylist() if row["kind"] == "share"}
    assert rows["sample"]["value"] is None
    assert rows["sample"]["note"] == "not defined: only one document sample of each corpus"
    assert sum(row["value"] for row in rows.values() if row["value"] is not None) == pytest.approx(1.0)
    # What the documents of the one sample bring is told as the corpus.
    assert rows["corpus"]["value"] == pytest.approx(PLANTED["corpus"] + PLANTED["sample"], abs=0.05)


def test_with_one_seed_nothing_is_defined_and_said_so() -> None:
    roster = planted_roster(seeds=1)
    table = components_table(roster, ComponentSettings(models=["m0", "m1"]))
    assert set(table["value"].to_pylist()) == {None}
    assert set(table["note"].to_pylist()) == {"not defined: only one seed"}


def test_the_table_holds_the_declared_models_alone() -> None:
    roster = planted_roster()
    table = components_table(roster, ComponentSettings(models=["m0", "m2"], methods=["pearson"]))
    assert set(table["spaces"].to_pylist()) == {16}
    rows = {(row["kind"], row["component"]): row for row in table.to_pylist()}
    chosen = roster.of_models(["m0", "m2"])
    r = compare(RDMs.of(chosen.vectors, chosen.spaces), "pearson")
    pairs = itertools.combinations(range(16), 2)
    cell = [r[i, j] for i, j in pairs if kind_of_pair(chosen.spaces[i], chosen.spaces[j]) == "cell seed"]
    assert rows["mean", "cell seed"]["value"] == pytest.approx(np.mean(cell))
    assert rows["mean", "cell seed"]["low"] < np.mean(cell) < rows["mean", "cell seed"]["high"]
    with pytest.raises(StudyError, match="'m9'"):
        components_table(roster, ComponentSettings(models=["m0", "m9"]))
