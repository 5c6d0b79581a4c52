"""Mantel's null: every permutation of a small set, thousands of a larger one, and z of matched and unrelated words."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from wordspaces.analysis.similarity.compare import compare, permuted
from wordspaces.analysis.similarity.mantel import mantel_z, permutation_moments, permutation_p
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

METHODS = ("cosine", "pearson", "spearman")


def rdms_of(words: int, spaces: int = 3, shared: float = 1.0, study: int = 0) -> RDMs:
    """Spaces with a common part, the first of them far from round: a few words lie apart from all others."""
    stream = generator(study, "mantel test")
    common = shared * stream.standard_normal((words, 4))
    made = [common + stream.standard_normal((words, 4)) for _ in range(spaces)]
    made[0][: words // 5] += 4.0
    return RDMs.of(made, [f"space {s}" for s in range(spaces)])


def null(rdms: RDMs, i: int, j: int, method: str, orders: np.ndarray) -> np.ndarray:
    """Correlations of i with j reordered; cosine by the definition."""
    if method != "cosine":
        return permuted(rdms, [(i, j)] * len(orders), orders, method)
    left, right = (1.0 - rdms.units[k] @ rdms.units[k].T for k in (i, j))
    upper = np.triu_indices(rdms.words, 1)
    a = left[upper]
    found = [right[np.ix_(order, order)][upper] for order in orders]
    return np.array([a @ b / np.sqrt((a @ a) * (b @ b)) for b in found])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("words", [4, 6])
def test_moments_equal_those_of_all_permutations(method: str, words: int) -> None:
    rdms = rdms_of(words)
    mean, deviation = permutation_moments(rdms, method)
    orders = np.array(list(permutations(range(words))))
    for i, j in [(0, 1), (1, 2), (2, 2)]:
        values = null(rdms, i, j, method, orders)
        assert mean[i, j] == pytest.approx(values.mean(), abs=1e-6)
        assert deviation[i, j] == pytest.approx(values.std(), rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_moments_are_within_one_percent_of_five_thousand_permutations(method: str) -> None:
    rdms = rdms_of(25)
    mean, deviation = permutation_moments(rdms, method)
    stream = generator(1, "orders")
    orders = np.stack([stream.permutation(25) for _ in range(5000)])
    for i, j in [(0, 1), (1, 2)]:
        values = null(rdms, i, j, method, orders)
        assert values.mean() == pytest.approx(mean[i, j], abs=4 * deviation[i, j] / np.sqrt(5000))
        # The sample deviation of 5,000 draws has a relative error of 1 % itself; three of these are allowed.
        assert values.std() == pytest.approx(deviation[i, j], rel=0.03)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_z_is_the_correlation_over_its_null_deviation_and_the_same_for_cosine(method: str) -> None:
    rdms = rdms_of(200)
    z = mantel_z(rdms, method)
    np.testing.assert_allclose(z, z.T, rtol=1e-9)
    r = compare(rdms, method)
    np.testing.assert_allclose(mantel_z(rdms, method, r), z)
    np.testing.assert_allclose(z * permutation_moments(rdms, method)[1], r, atol=1e-9)
    if method == "pearson":
        np.testing.assert_allclose(mantel_z(rdms, "cosine"), z, rtol=1e-6)


def test_z_is_nan_where_no_permutation_changes_the_correlation() -> None:
    """Distances from one word against a pairing of four words: each permutation meets one pair of the two."""
    star, pairing = np.zeros((4, 4)), np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1.0
    for i, j in [(0, 1), (2, 3)]:
        pairing[i, j] = pairing[j, i] = 1.0
    rdms = RDMs.of([generator(1, "space").standard_normal((4, 3))], ["space"]).with_given(
        {"star": star, "pair": pairing}
    )
    deviation, z = permutation_moments(rdms, "pearson")[1], mantel_z(rdms, "pearson")
    assert deviation[1, 2] == 0.0
    assert np.isnan(z[1, 2])
    assert np.isfinite(z[0]).all()


def test_z_of_unrelated_spaces_is_standard_normal() -> None:
    z = [mantel_z(rdms_of(80, 2, 0.0, study), "pearson")[0, 1] for study in range(200)]
    assert kstest(z, "norm").pvalue > 0.01
    assert np.mean(np.abs(z) > norm.ppf(0.975)) == pytest.approx(0.05, abs=0.045)
    assert np.std(z) == pytest.approx(1.0, abs=0.15)


def test_permutation_p_is_uniform_for_unrelated_spaces_and_least_for_related_ones() -> None:
    p = np.array([permutation_p(rdms_of(20, 2, 0.0, study), 0, 1, "pearson", 49, study) for study in range(200)])
    assert set(np.round(p * 50).astype(int)) <= set(range(1, 51))
    assert np.mean(p <= 0.1) == pytest.approx(0.1, abs=0.065)  # three binomial standard deviations
    assert permutation_p(rdms_of(40), 1, 2, "spearman", 99, 1) == 0.01
    assert permutation_p(rdms_of(40), 1, 2, "spearman", 199, 1) == 0.005


def test_permutations_that_give_the_matching_back_count() -> None:
    """Four of the 24 permutations leave the distances of a rectangle as they are, so p is one in six at least."""
    rectangle = np.array([[1.0, 0.1], [0.1, 1.0], [-1.0, -0.1], [-0.1, -1.0]])
    p = permutation_p(RDMs.of([rectangle, rectangle], ["one", "two"]), 0, 1, "pearson", 2000, 1)
    assert p == pytest.approx(1 / 6, abs=0.03)


def test_refusals() -> None:
    with pytest.raises(StudyError, match="cosine, pearson, spearman"):
        permutation_moments(rdms_of(10), "kendall")
    with pytest.raises(StudyError, match="4 words or more"):
        permutation_moments(RDMs.of([np.eye(3)] * 2, ["a", "b"]), "pearson")
    with pytest.raises(StudyError, match="1 or more"):
        permutation_p(rdms_of(10), 0, 1, "pearson", 0, 1)
    with pytest.raises(StudyError, match="simplex"):
        permutation_moments(RDMs.of([np.eye(8)], ["simplex"]), "pearson")
