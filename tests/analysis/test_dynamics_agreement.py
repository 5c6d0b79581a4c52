"""Agreement with finished spaces, and when it is reached: rotated spaces, RDMs formed, planted curves."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from wordspaces.analysis.dynamics.agreement import agreements, chosen_finals, correlations, relation_means
from wordspaces.analysis.dynamics.courses import Course
from wordspaces.analysis.dynamics.settling import band_similarities, run_rows, settling_rows, tokens_to
from wordspaces.analysis.roster import Run
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.streams import generator


def space(*names: object, shape: tuple[int, int] = (50, 6)) -> np.ndarray:
    return generator(6, "agreement", *map(str, names)).standard_normal(shape)


def rotated(vectors: np.ndarray, *names: object) -> np.ndarray:
    width = vectors.shape[1]
    return vectors @ np.linalg.qr(space("rotation", *names, shape=(width, width)))[0]


def course_of(run: Run, vectors: np.ndarray, tokens: list[int]) -> Course:
    log = pa.table({"step": np.array([0])})
    return Course(run, vectors.astype(np.float32), np.array(tokens), np.arange(len(tokens)), log, {})


def test_correlations_are_those_of_rdms_and_one_for_a_rotated_space() -> None:
    left, right = [space(i) + 0.7 for i in range(3)], [space("r", shape=(50, 9)), rotated(space(1), 0) * 3.0 + 2.0]
    units = [[centred_units(vectors, "test") for vectors in side] for side in (left, right)]
    found = correlations(*units)
    rdms = [[pdist(vectors - vectors.mean(axis=0), "cosine") for vectors in side] for side in (left, right)]
    expected = [[np.corrcoef(a, b)[0, 1] for b in rdms[1]] for a in rdms[0]]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert found[1, 1] == pytest.approx(1.0)


def test_spaces_without_geometry_are_unknown() -> None:
    known = centred_units(space("known"), "test")
    found = correlations([None, known], [known, None])
    np.testing.assert_allclose(found, [[np.nan, np.nan], [1.0, np.nan]])
    assert np.isnan(correlations([None], [known])).all()
    # The corners of a simplex are all equally far apart: an RDM without variance correlates with nothing.
    corners = centred_units(np.eye(50), "simplex")
    assert np.isnan(correlations([corners], [known])).all()


RUNS = [
    Run(corpus, sample, model, family, seed)
    for corpus in ("twitter", "wiki")
    for sample in "ab"
    for model, family in (("cbow", "word2vec"), ("glove", "glove"), ("skipgram", "word2vec"))
    for seed in (1, 2, 3)
]


RECIPES = {run.model: run.family for run in RUNS}


def test_families_weigh_the_same_and_references_and_other_epochs_do_not_count() -> None:
    me, ones = Run("wiki", "a", "glove", "glove", 1), np.ones((2, 1))
    keys = {"cbow": 0.2, "skipgram": 0.4, "gpt": 0.9, "svd": 0.7}
    found = {("family", "wiki", "a", model): value * ones for model, value in keys.items()}
    means = relation_means(found, 2, {"cbow": "word2vec", "skipgram": "word2vec", "gpt": "gpt", "glove": "glove"})
    np.testing.assert_allclose(means["family"], (0.3 + 0.9) / 2)
    assert np.isnan(means["variant"]).all()
    short = Run("wiki", "a", "short", "glove", 2)
    assert chosen_finals(me, {short: None}, {})[short] == "variant"
    assert chosen_finals(me, {short: None}, {"short": "glove"}) == {}


def test_finals_of_other_seeds_are_named_by_what_differs() -> None:
    chosen = chosen_finals(Run("wiki", "a", "skipgram", "word2vec", 1), dict.fromkeys(RUNS), {})
    assert {name: sum(value == name for value in chosen.values()) for name in sorted(set(chosen.values()))} == {
        "corpus": 4,
        "family": 2,
        "own": 1,
        "sample": 2,
        "seed": 2,
        "variant": 2,
    }
    assert all(other.seed != 1 for other, name in chosen.items() if name != "own")
    assert all(other.sample == "a" for other, name in chosen.items() if name in ("family", "variant"))


def test_means_of_relations_are_over_all_their_finals() -> None:
    me = Run("wiki", "a", "skipgram", "word2vec", 1)
    shared = space("shared")
    course = course_of(me, np.stack([space("start"), space("half") + shared, shared]), [0, 10, 100])
    finals = {run: centred_units(rotated(shared, run) + 0.2 * space(run), run) for run in RUNS} | {me: course.units[-1]}
    found = agreements(course, finals, {})
    means = relation_means(found, 3, RECIPES)
    assert means["initial"][0] == pytest.approx(1.0)
    assert means["own"][-1] == pytest.approx(1.0)
    others = [Run("wiki", "a", "skipgram", "word2vec", seed) for seed in (2, 3)]
    expected = correlations(course.units, [finals[other] for other in others]).mean(axis=1)
    np.testing.assert_allclose(means["seed"], expected)
    assert found["family", "wiki", "a", "glove"].shape == (3, 2)
    assert means["seed"][-1] > means["seed"][1] > means["seed"][0]
    alone = relation_means(agreements(course, {me: finals[me]}, {}), 3, RECIPES)
    assert np.isnan(alone["seed"]).all()


def test_tokens_to_a_level_lie_between_snapshots_by_the_logarithm() -> None:
    tokens, values = np.array([0, 100, 10_000]), np.array([0.0, 0.2, 0.6])
    assert tokens_to(tokens, values, 0.4) == pytest.approx(1000.0)
    assert tokens_to(tokens, values, 0.2) == pytest.approx(100.0)
    assert tokens_to(tokens, values, 0.1) == pytest.approx(50.0)
    assert tokens_to(tokens, values, 0.0) == 0.0
    assert np.isnan(tokens_to(tokens, values, 0.7))
    assert tokens_to(tokens, np.array([0.0, np.nan, 0.6]), 0.3) == pytest.approx(5000.0)
    assert tokens_to(tokens, np.array([0.5, 0.1, 0.6]), 0.4) == 0.0


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4), st.floats(0.05, 0.95))
def test_a_higher_level_is_never_reached_earlier(values: list[float], level: float) -> None:
    tokens = np.array([0, 10, 300, 5000])
    low, high = (tokens_to(tokens, np.array(values), at) for at in (level / 2, level))
    if np.isfinite(high):
        assert 0.0 <= low <= high <= 5000.0


def test_words_that_take_their_place_early_settle_first() -> None:
    final, words = space("final", shape=(60, 8)), np.arange(60)
    bands = words // 20
    start, middle = 0.3 * space("noise", shape=(60, 8)), final.copy()
    # Rare words (band 0) are still where they were in the second snapshot.
    middle[bands == 0] = start[bands == 0]
    course = course_of(Run("wiki", "a", "glove", "glove", 1), np.stack([start, middle, final]), [0, 100, 10_000])
    means, counted = band_similarities(course.units, [centred_units(rotated(final, "other"), "other")], bands)
    assert counted == {"rare": 20, "middle": 20, "frequent": 20, "all": 60}
    assert means["rare"][1] < 0.3 < means["frequent"][1]
    for values in means.values():
        assert values[-1] == pytest.approx(1.0, abs=1e-6)
    rows = {
        row["band"]: row
        for row in run_rows(course, {"rsa_other_seed": means["all"]}, means, counted)
        if row["measure"] == "second_order"
    }
    assert rows["frequent"]["tokens_to_half"] < 100 < rows["rare"]["tokens_to_half"] < rows["rare"]["tokens_to_90"]
    followed = list(settling_rows(course, means, counted))
    assert [row["relative"] for row in followed if row["step"] == 2] == pytest.approx([1.0] * 4)


@pytest.mark.parametrize(
    ("finals", "told"),
    [([], "no such finished space of another seed"), (["unrelated"], "an agreement below 0.05")],
)
def test_a_run_without_a_settled_end_says_why(finals: list[str], told: str) -> None:
    vectors = np.stack([space("a", shape=(400, 30)), space("b", shape=(400, 30))])
    course = course_of(Run("wiki", "a", "glove", "glove", 1), vectors, [0, 10])
    others = [centred_units(space(name, shape=(400, 30)), name) for name in finals]
    means, counted = band_similarities(course.units, others, np.zeros(400, dtype=int))
    rows = list(run_rows(course, {"rsa_other_seed": means["all"]}, means, counted))
    assert {row["measure"] for row in rows} == {"rsa_other_seed", "second_order"}
    by_band = {row["band"]: row for row in rows}
    assert told in by_band["all"]["note"]
    assert by_band["frequent"]["note"] == "not defined: no word of this frequency"
    assert all(row.get("tokens_to_half") is None for row in rows)


def test_a_start_without_geometry_is_unknown() -> None:
    final = space("final", shape=(60, 8))
    course = course_of(Run("wiki", "a", "glove", "glove", 1), np.stack([np.zeros_like(final), final]), [0, 10])
    assert course.units[0] is None
    means, _ = band_similarities(course.units, [course.units[1]], np.zeros(60, dtype=int))
    np.testing.assert_allclose(means["all"], [np.nan, 1.0])
    found = agreements(course, {course.run: course.units[1]}, {})
    assert np.isnan(relation_means(found, 2, {})["initial"]).all()
