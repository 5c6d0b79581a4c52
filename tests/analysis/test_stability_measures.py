"""Measures of stability against brute force, closed forms and laws that hold for any two spaces."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes

from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.stability import words as measures
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.stability.whole import Spectrum, eigenspace_instability, normalised_pip_loss, pip_loss
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def space(name: str, words: int = 60, width: int = 8) -> np.ndarray:
    return centred_units(generator(11, name).standard_normal((words, width)), name)


def rotated(units: np.ndarray) -> np.ndarray:
    width = units.shape[1]
    return units @ np.linalg.qr(generator(12, "rotation").standard_normal((width, width)))[0]


def shuffled_lists(words: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    stream = generator(seed, "lists")
    left, right = (np.stack([stream.permutation(words)[:k] for _ in range(words)]) for _ in range(2))
    return left.astype(np.int32), right.astype(np.int32)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 30), st.data())
def test_overlap_and_jaccard_count_common_neighbours(words: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, words - 1))
    left, right = shuffled_lists(words, k, data.draw(st.integers(0, 1000)))
    counts = measures.common_counts(left, right)
    for d in range(1, k + 1):
        pairs = [(set(a[:d]), set(b[:d])) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
        np.testing.assert_allclose(measures.overlap(counts, d), [len(a & b) / d for a, b in pairs])
        np.testing.assert_allclose(measures.jaccard(counts, d), [len(a & b) / len(a | b) for a, b in pairs])
    assert measures.rank_biased_overlap(measures.common_counts(left, left), 0.9) == pytest.approx(1.0)


def test_rank_biased_overlap_of_lists_worked_out_by_hand() -> None:
    # X = 0, 2, 3 for lists 1 2 3 and 2 1 3; agreement 0, 1, 1.
    counts = measures.common_counts(np.array([[1, 2, 3]], np.int32), np.array([[2, 1, 3]], np.int32))
    assert counts.tolist() == [[0, 2, 3]]
    p = 0.8
    expected = p**3 + (1 - p) / p * (p**2 + p**3)
    assert measures.rank_biased_overlap(counts, p)[0] == pytest.approx(expected)
    # What is left out beyond depth D is as if agreement stayed: (1 - p) sum_d>D p^(d - 1) X_D / D.
    assert expected == pytest.approx(1 - (1 - p) * 1.0)


def test_rank_biased_overlap_weighs_the_first_ranks_most() -> None:
    base = np.arange(10, dtype=np.int32)[None]
    front, back = base.copy(), base.copy()
    front[0, 0], back[0, 9] = 99, 99
    first, last = (measures.rank_biased_overlap(measures.common_counts(base, x), 0.9)[0] for x in (front, back))
    assert first < last < 1.0
    with pytest.raises(StudyError, match="more than 0 and less than 1"):
        measures.rank_biased_overlap(measures.common_counts(base, base), 1.0)


@pytest.mark.parametrize(("words", "k"), [(30, 1), (30, 7), (12, 9), (400, 10)])
def test_random_lists_agree_as_much_as_chance_says(words: int, k: int) -> None:
    stream = generator(13, "chance", str(words), str(k))
    lists = [np.stack([stream.permutation(words - 1)[:k] for _ in range(4000)]).astype(np.int32) for _ in range(2)]
    counts = measures.common_counts(*lists)
    for found, chance in (
        (measures.overlap(counts, k), measures.overlap_chance(words, k)),
        (measures.jaccard(counts, k), measures.jaccard_chance(words, k)),
        (measures.rank_biased_overlap(counts, 0.9), measures.rank_biased_chance(words, k, 0.9)),
    ):
        assert found.mean() == pytest.approx(chance, abs=4.5 * found.std() / np.sqrt(len(found)) + 1e-12)


def test_unrelated_spaces_are_at_chance() -> None:
    stream = generator(2, "chance")
    units = [centred_units(stream.standard_normal((400, 20)), "test") for _ in range(12)]
    lists = [nearest(one, 10) for one in units]
    shared = [measures.overlap(measures.common_counts(a, b), 10).mean() for a, b in pairwise(lists)]
    assert np.mean(shared) == pytest.approx(10 / 399, rel=0.1)
    assert np.mean([measures.second_order(a, b).mean() for a, b in pairwise(units)]) == pytest.approx(0.0, abs=0.01)


def test_displacement_equals_the_alignment_of_scipy_and_knows_rotation() -> None:
    left, right = space("left"), space("right")
    u, _, vt = np.linalg.svd(left.T @ right)
    found = measures.displacement(left, right)
    np.testing.assert_allclose(found, 1 - ((left @ u @ vt) * right).sum(axis=1))
    # Centred rows of equal length on both sides: what scipy minimises is a function of the nuclear norm, as is this.
    scaled = [x - x.mean(axis=0) for x in (left, right)]
    nuclear = np.linalg.svd(scaled[0].T @ scaled[1], compute_uv=False).sum()
    disparity = procrustes(*scaled)[2]
    norms = np.linalg.norm(scaled[0]) * np.linalg.norm(scaled[1])
    assert disparity == pytest.approx(1 - (nuclear / norms) ** 2)
    assert found.sum() == pytest.approx(len(left) - np.linalg.svd(left.T @ right, compute_uv=False).sum())
    np.testing.assert_allclose(measures.displacement(left, rotated(left)), 0.0, atol=1e-12)
    with pytest.raises(StudyError, match="8 and 5 dimensions"):
        measures.displacement(left, space("narrow", width=5))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(2, 12))
def test_second_order_similarity_equals_its_twin_with_all_similarities(seed: int, d: int, e: int) -> None:
    stream = generator(seed, "second order")
    left, right = (centred_units(stream.standard_normal((25, width)), "test") for width in (d, e))
    similarities = [(x @ x.T)[~np.eye(25, dtype=bool)].reshape(25, 24) for x in (left, right)]
    norms = [np.linalg.norm(rows, axis=1) for rows in similarities]
    expected = (similarities[0] * similarities[1]).sum(axis=1) / (norms[0] * norms[1])
    found = measures.second_order(left, right)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(found, measures.second_order(right, left), atol=1e-12)
    np.testing.assert_allclose(measures.second_order(left, rotated(left)), 1.0)


def test_a_word_orthogonal_to_all_others_has_no_second_order_similarity() -> None:
    left = np.eye(4)[[0, 1, 1, 2]]
    found = measures.second_order(left, space("four", 4, 3))
    assert np.isnan(found).tolist() == [True, False, False, True]


@pytest.mark.parametrize("weighting", [0.0, 1.0, 3.0])
@pytest.mark.parametrize(("words", "d", "e"), [(40, 6, 6), (40, 5, 9), (6, 9, 8)])
def test_eigenspace_instability_equals_its_definition(weighting: float, words: int, d: int, e: int) -> None:
    left, right = space("left", words, d), space("right", words, e)
    projections, powers = [], []
    for units in (left, right):
        u, s, _ = np.linalg.svd(units, full_matrices=False)
        u, s = u[:, s > 1e-9], s[s > 1e-9]
        projections.append(u @ u.T)
        powers.append(u @ np.diag(s ** (2 * weighting)) @ u.T)
    p, q = projections
    sigma = powers[0] + powers[1]
    expected = np.trace((p + q - 2 * q @ p) @ sigma) / np.trace(sigma)
    found = eigenspace_instability(Spectrum.of(left), Spectrum.of(right), left.T @ right, weighting)
    assert found == pytest.approx(expected, abs=1e-9)


def test_instability_is_none_for_a_rotation_and_whole_for_orthogonal_spans() -> None:
    left = space("left")
    turned = rotated(left)
    assert eigenspace_instability(Spectrum.of(left), Spectrum.of(turned), left.T @ turned) == pytest.approx(0, abs=1e-9)
    one, two = np.zeros((40, 4)), np.zeros((40, 4))
    one[:20], two[20:] = space("one", 20, 4), space("two", 20, 4)
    assert eigenspace_instability(Spectrum.of(one), Spectrum.of(two), one.T @ two) == pytest.approx(1.0)
    assert normalised_pip_loss(one, two) == pytest.approx(1.0)


def test_pip_loss_equals_the_difference_of_all_inner_products() -> None:
    left, right = space("left"), space("right", width=5)
    difference = left @ left.T - right @ right.T
    assert pip_loss(left, right) == pytest.approx(np.linalg.norm(difference))
    norm = np.hypot(np.linalg.norm(left @ left.T), np.linalg.norm(right @ right.T))
    assert normalised_pip_loss(left, right) == pytest.approx(np.linalg.norm(difference) / norm)
    assert normalised_pip_loss(left, rotated(left)) == pytest.approx(0.0, abs=1e-6)
