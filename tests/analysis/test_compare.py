"""Every comparison against scipy and rsatoolbox, known values, laws and refusals."""

import numpy as np
import pytest
import rsatoolbox
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr

from wordspaces.analysis.similarity.compare import METHODS, compare, jackknife, matched, permuted
from wordspaces.analysis.similarity.rdm import KINDS, RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

PEER = {
    "cosine": "cosine",
    "pearson": "corr",
    "spearman": "spearman",
    "rho-a": "rho-a",
    "tau-a": "tau-a",
    "tau-b": "tau-b",
    "whitened": "cosine_cov",
    "whitened-correlation": "corr_cov",
}
OF_VECTORS = ["cka", "cka-biased", "bures"]


def vectors(words: int = 40, spaces: int = 4, ties: bool = False) -> list[np.ndarray]:
    """Spaces of different widths that share half of their geometry; with `ties`, small integers."""
    stream = generator(3, "compare")
    shared = stream.standard_normal((words, 5))
    made = [np.concatenate([shared, stream.standard_normal((words, 2 + s))], axis=1) for s in range(spaces)]
    return [np.round(v) + (np.arange(words) % 7 == 0)[:, None] for v in made] if ties else made


def rdms_of(listed: list[np.ndarray], kind: str = "cosine") -> RDMs:
    return RDMs.of(listed, [f"space {i}" for i in range(len(listed))], kind)


def by_peer(flat: np.ndarray, method: str) -> np.ndarray:
    peer = rsatoolbox.rdm.RDMs(flat)
    return np.asarray(rsatoolbox.rdm.compare(peer, peer, method=method))


@pytest.mark.parametrize("method", PEER)
@pytest.mark.parametrize("kind", KINDS)
def test_all_pairs_equal_rsatoolbox(method: str, kind: str) -> None:
    listed = vectors()
    flat = np.array([pdist(v - v.mean(axis=0), kind) for v in listed])
    np.testing.assert_allclose(compare(rdms_of(listed, kind), method), by_peer(flat, PEER[method]), atol=1e-9)


@pytest.mark.parametrize("method", PEER)
def test_ties_and_given_rdms_equal_rsatoolbox(method: str) -> None:
    listed = vectors(ties=True)
    model = np.abs(np.subtract.outer(np.arange(40) % 5, np.arange(40) % 5)).astype(float)
    # Equal dissimilarities may differ in their last bits between two ways to compute them.
    flat = np.array([pdist(v - v.mean(axis=0), "cosine").round(11) for v in listed] + [squareform(model)])
    assert all(len(np.unique(row)) < len(row) for row in flat)
    found = compare(rdms_of(listed).with_given({"model": model}), method)
    np.testing.assert_allclose(found, by_peer(flat, PEER[method]), atol=1e-7)


@pytest.mark.parametrize(("method", "peer"), [("pearson", pearsonr), ("spearman", spearmanr)])
def test_correlations_equal_scipy(method: str, peer: object) -> None:
    listed = vectors()
    flat = [pdist(v - v.mean(axis=0), "cosine") for v in listed]
    expected = np.array([[peer(a, b).statistic for b in flat] for a in flat])
    np.testing.assert_allclose(compare(rdms_of(listed), method), expected, atol=1e-9)


@pytest.mark.parametrize(("method", "peer"), [("bures", "bures"), ("cka-biased", "cosine_cov")])
def test_comparisons_of_vectors_equal_those_of_their_squared_distances(method: str, peer: str) -> None:
    listed = vectors()
    flat = np.array([pdist(v, "sqeuclidean") for v in listed])
    np.testing.assert_allclose(compare(rdms_of(listed), method), by_peer(flat, peer), atol=1e-6)


def test_debiased_cka_equals_its_definition_word_by_word() -> None:
    listed = vectors(words=7, spaces=2)

    def unbiased(k: np.ndarray, m: np.ndarray) -> float:
        """Mean over all ordered quadruples of different words (Song et al. 2012, the U-statistic)."""
        total, count, words = 0.0, 0, range(len(k))
        for i in words:
            for j in set(words) - {i}:
                for q in set(words) - {i, j}:
                    for r in set(words) - {i, j, q}:
                        total += k[i, j] * (m[i, j] + m[q, r] - 2.0 * m[i, q])
                        count += 1
        return total / count

    kernels = [v @ v.T for v in listed]
    own = [unbiased(k, k) for k in kernels]
    expected = unbiased(*kernels) / np.sqrt(own[0] * own[1])
    assert compare(rdms_of(listed), "cka")[0, 1] == pytest.approx(expected, abs=1e-12)


def test_only_debiased_cka_of_noise_is_zero() -> None:
    noise = [generator(s, "noise").standard_normal((300, 100)) for s in range(8)]
    others = np.triu_indices(8, 1)
    assert np.abs(compare(rdms_of(noise), "cka")[others].mean()) < 0.005
    assert compare(rdms_of(noise), "cka-biased")[others].mean() == pytest.approx(0.25, abs=0.01)


def test_euclidean_rdms_on_a_line_have_known_correlations() -> None:
    # 0, 1, 2, 3 and 0, 1, 2, 9 on a line: dissimilarities 1 2 3 1 2 1 and 1 2 9 1 8 7.
    rdms = rdms_of([np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.0], [1.0], [2.0], [9.0]])], "euclidean")
    np.testing.assert_allclose(rdms.condensed(1), [1, 2, 9, 1, 8, 7])
    # Of 15 pairs of pairs, 10 are concordant, 1 discordant, 4 tied in the first, 1 in both.
    assert compare(rdms, "tau-a")[0, 1] == pytest.approx(9 / 15)
    assert compare(rdms, "tau-b")[0, 1] == pytest.approx(9 / np.sqrt(11 * 14))
    assert compare(rdms, "tau-a")[0, 0] == pytest.approx(11 / 15)
    assert compare(rdms, "cosine")[0, 1] == pytest.approx(56 / np.sqrt(20 * 200))


@pytest.mark.parametrize("method", METHODS)
def test_identical_spaces_have_one_and_no_error(method: str) -> None:
    one = vectors(spaces=1)[0]
    rotation = np.linalg.qr(generator(6, "basis").standard_normal((one.shape[1],) * 2))[0]
    r, se = jackknife(rdms_of([one, 3.0 * one @ rotation + 5.0]), method)
    np.testing.assert_allclose(r, 1.0, atol=1e-9)
    np.testing.assert_allclose(se, 0.0, atol=1e-7)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(METHODS)), st.sampled_from(KINDS))
def test_the_order_of_words_changes_nothing(seed: int, method: str, kind: str) -> None:
    stream = generator(seed, "order")
    listed = [stream.standard_normal((9, 3)) for _ in range(3)]
    order = stream.permutation(9)
    moved = compare(rdms_of([v[order] for v in listed], kind), method)
    values = compare(rdms_of(listed, kind), method)
    np.testing.assert_allclose(moved, values, atol=1e-9)
    np.testing.assert_array_equal(values, values.T)


@pytest.mark.parametrize("method", METHODS)
def test_permuted_words_equal_a_reordered_space(method: str) -> None:
    listed = vectors(spaces=3)
    orders = np.stack([generator(4, "orders").permutation(40) for _ in range(2)])
    found = permuted(rdms_of(listed), [(0, 1), (2, 0)], orders, method)
    left, right = rdms_of([listed[0], listed[2]]), rdms_of([listed[1][orders[0]], listed[0][orders[1]]])
    np.testing.assert_allclose(found, matched(left, right, method), atol=1e-9)
    assert found.max() < compare(rdms_of(listed), method)[0, 1]


@pytest.mark.parametrize("method", ["pearson", "spearman", "rho-a", "tau-a", "tau-b", "whitened-correlation"])
def test_a_constant_rdm_is_refused_by_name(method: str) -> None:
    # The corners of a simplex are all equally far apart.
    with pytest.raises(StudyError, match="simplex"):
        compare(RDMs.of([np.eye(8)], ["simplex"]), method)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(StudyError, match="cosine, pearson, spearman"):
        compare(rdms_of(vectors()), "kendall")


@pytest.mark.parametrize("method", OF_VECTORS)
def test_vectors_are_not_compared_with_a_given_rdm(method: str) -> None:
    with pytest.raises(StudyError, match="model"):
        compare(rdms_of(vectors()).with_given({"model": 1.0 - np.eye(40)}), method)
    with pytest.raises(StudyError, match="with their vectors"):
        compare(RDMs(rdms_of(vectors()).units, tuple("abcd")), method)
