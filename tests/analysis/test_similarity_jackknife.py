"""Jackknife of every comparison against leaving each word out by hand, and against how estimates scatter."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from scipy.stats import kendalltau, rankdata

from wordspaces.analysis.similarity import kendall, matrices
from wordspaces.analysis.similarity.compare import (
    METHODS,
    compare,
    jackknife,
    jackknife_contrasts,
    jackknife_many,
    leave_one_out,
)
from wordspaces.analysis.similarity.rdm import KINDS, RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

WORD_BY_WORD = [name for name, method in METHODS.items() if method.source != "orders"]
EXACT = [name for name in WORD_BY_WORD if name != "bures"]


def rdms_of(words: int = 25, spaces: int = 3, kind: str = "cosine", seed: int = 3) -> RDMs:
    stream = generator(seed, "jackknife")
    shared = stream.standard_normal((words, 4))
    listed = [np.concatenate([shared, stream.standard_normal((words, 2 + s))], axis=1) for s in range(spaces)]
    return RDMs.of(listed, [f"space {i}" for i in range(spaces)], kind)


def _ranks(rdms: RDMs, index: int) -> np.ndarray:
    """Ranks of one RDM, of variance one without ties."""
    ranks = rankdata(rdms.condensed(index).round(11))
    return (ranks - (rdms.pairs + 1) / 2) / np.sqrt((rdms.pairs**2 - 1) / 12)


def _left(rdms: RDMs, index: int, word: int, method: str) -> np.ndarray:
    """What the method compares, of one entry without one word, with ranks and centre as they were."""
    if METHODS[method].of_vectors:
        return np.delete(rdms.vectors[index], word, axis=0)
    values = _ranks(rdms, index) if METHODS[method].source == "ranks" else rdms.condensed(index)
    return np.delete(np.delete(squareform(values, checks=False), word, 0), word, 1)


def _alignment(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def _debiased(k: np.ndarray, m: np.ndarray) -> float:
    """n (n - 3) times the unbiased HSIC, as printed in Song et al. 2012."""
    n, one = len(k), np.ones(len(k))
    hollow = [matrix - np.diag(np.diag(matrix)) for matrix in (k, m)]
    trace = np.trace(hollow[0] @ hollow[1])
    sums = (one @ hollow[0] @ one) * (one @ hollow[1] @ one) / ((n - 1) * (n - 2))
    return float(trace + sums - 2 / (n - 2) * (one @ hollow[0] @ hollow[1] @ one))


def _similarity(a: np.ndarray, b: np.ndarray, method: str) -> float:
    """By definition, of two matrices over words or of the vectors."""
    n = len(a)
    centre, upper = np.eye(n) - 1.0 / n, np.triu_indices(n, 1)
    if method == "cka":
        k, m = a @ a.T, b @ b.T
        return _debiased(k, m) / np.sqrt(_debiased(k, k) * _debiased(m, m))
    if method == "cka-biased":
        return _alignment(*(centre @ x @ x.T @ centre for x in (a, b)))
    if method == "whitened":
        return _alignment(centre @ a @ centre, centre @ b @ centre)
    if method == "whitened-correlation":
        return _alignment(*(centre @ (m - m[upper].mean() * (1 - np.eye(n))) @ centre for m in (a, b)))
    if method == "cosine":
        return _alignment(a[upper], b[upper])
    return float(np.corrcoef(a[upper], b[upper])[0, 1])


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize("kind", KINDS)
def test_replicates_equal_leaving_each_word_out(method: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "BLOCK_BYTES", 8 * 4 * 25 * 6)
    rdms = rdms_of(kind=kind)
    if not METHODS[method].of_vectors:
        place = np.arange(25) // 2
        rdms = rdms.with_given({"place": np.abs(np.subtract.outer(place, place))})
    blocks = list(leave_one_out(rdms, method))
    assert len(blocks) > 1
    found = np.concatenate([block for _, block in blocks])
    for word in (0, 11, 24):
        left = [_left(rdms, index, word, method) for index in range(len(rdms))]
        expected = np.array([[_similarity(a, b, method) for b in left] for a in left])
        if method == "rho-a":  # what ties take from the variance of the ranks stays as it was
            untied = [np.std(_ranks(rdms, index)) for index in range(len(rdms))]
            expected *= np.outer(untied, untied)
        np.testing.assert_allclose(found[word], expected, atol=1e-10)
    r, se = jackknife(rdms, method)
    np.testing.assert_array_equal(r, compare(rdms, method))
    np.testing.assert_allclose(se, np.sqrt(24 / 25 * np.square(found - found.mean(axis=0)).sum(axis=0)), atol=1e-9)
    assert (se[np.triu_indices(len(rdms), 1)] > 1e-3).all()


def _nuclear_similarity(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """Bures similarity of weighted words, about their weighted mean."""
    x, y = (np.sqrt(weights)[:, None] * (m - np.average(m, axis=0, weights=weights)) for m in (x, y))
    return float(np.linalg.norm(x.T @ y, "nuc") / (np.linalg.norm(x) * np.linalg.norm(y)))


def test_bures_replicates_are_the_derivative_by_the_weight_of_a_word() -> None:
    rdms = rdms_of(words=60)
    found = np.concatenate([block for _, block in leave_one_out(rdms, "bures")])
    full, step = compare(rdms, "bures"), 1e-5
    for word in range(0, 60, 7):
        ends = [_nuclear_similarity(*rdms.vectors[:2], 1.0 + sign * step * np.eye(60)[word]) for sign in (-1, 1)]
        slope = (ends[1] - ends[0]) / (2 * step)
        assert found[word, 0, 1] - full[0, 1] == pytest.approx(-slope, abs=1e-8)


def test_bures_error_equals_that_of_leaving_words_out() -> None:
    rdms = rdms_of(words=400)
    exact = np.array([_nuclear_similarity(*rdms.vectors[:2], 1.0 - np.eye(400)[word]) for word in range(400)])
    expected = np.sqrt(399 / 400 * np.square(exact - exact.mean()).sum())
    assert jackknife(rdms, "bures")[1][0, 1] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("method", ["tau-a", "tau-b"])
def test_tau_leaves_groups_of_words_out(method: str) -> None:
    rdms = rdms_of(words=40)
    groups = generator(0, "kendall", "groups").permutation(40) % kendall.GROUPS
    squares = [squareform(rdms.condensed(i)) for i in range(2)]
    kept = [np.ix_(groups != g, groups != g) for g in range(20)]
    flat = [[squareform(square[keep], checks=False) for square in squares] for keep in kept]
    taus = np.array([kendalltau(*pair).statistic for pair in flat])
    expected = np.sqrt(19 / 20 * np.square(taus - taus.mean()).sum())
    assert jackknife(rdms, method)[1][0, 1] == pytest.approx(expected, rel=1e-9)
    assert {np.sum(groups == g) for g in range(20)} == {2}
    with pytest.raises(StudyError, match="without each word; allowed: cosine"):
        leave_one_out(rdms, method)


def test_without_ties_rho_a_is_spearman() -> None:
    rdms = rdms_of()
    (r, se), (expected_r, expected_se) = jackknife(rdms, "rho-a"), jackknife(rdms, "spearman")
    np.testing.assert_allclose(r, expected_r, atol=1e-12)
    np.testing.assert_allclose(se, expected_se, atol=1e-12)


def test_one_pass_for_many_methods_changes_nothing() -> None:
    rdms = rdms_of()
    many = jackknife_many(rdms, list(METHODS))
    assert list(many) == list(METHODS)
    for method, (r, se) in many.items():
        alone = jackknife(rdms, method)
        np.testing.assert_array_equal(r, alone[0])
        np.testing.assert_array_equal(se, alone[1])


@pytest.mark.parametrize("method", ["pearson", "cka", "spearman"])
def test_error_agrees_with_a_bootstrap_over_words(method: str) -> None:
    rdms = rdms_of(words=60, spaces=2)
    stream, drawn = generator(5, "bootstrap"), []
    for _ in range(300):
        # Pairs of a word with its own copy are no pairs: words enter by their weights.
        counts = np.bincount(stream.integers(0, 60, 60), minlength=60)
        weights = np.outer(counts, counts) * (1.0 - np.eye(60))
        drawn.append(_weighted(rdms, weights, method))
    assert jackknife(rdms, method)[1][0, 1] == pytest.approx(np.std(drawn, ddof=1), rel=0.2)


def _weighted(rdms: RDMs, weights: np.ndarray, method: str) -> float:
    if method == "cka":
        # Cosine of kernels off the diagonal, after weighted double centring.
        share = weights.sum(axis=1) / weights.sum()
        project = np.eye(len(share)) - share[None, :]
        a, b = (project @ (v @ v.T) @ project.T for v in rdms.vectors)
    else:
        flat = [rdms.condensed(i) for i in range(2)]
        a, b = (squareform(rankdata(v) if method == "spearman" else v) for v in flat)
        a, b = (m - np.average(m, weights=weights) for m in (a, b))
    return float((weights * a * b).sum() / np.sqrt((weights * a * a).sum() * (weights * b * b).sum()))


def test_error_matches_the_scatter_over_samples_of_words() -> None:
    """Spaces with a common part: the standard error is that of the estimate; unrelated ones: it is too large."""
    for common, low, high in ((1.0, 0.85, 1.2), (0.0, 1.2, 1.6)):
        found = []
        for draw in range(150):
            stream = generator(draw, "scatter")
            shared = stream.standard_normal((50, 20))
            listed = [common * shared + stream.standard_normal((50, 20)) for _ in range(2)]
            r, se = jackknife(RDMs.of(listed, "ab"), "pearson")
            found.append((r[0, 1], se[0, 1]))
        r, se = np.array(found).T
        assert low < np.sqrt(np.mean(se**2)) / r.std(ddof=1) < high
        if common == 0.0:
            assert abs(r.mean()) < 3 * r.std() / np.sqrt(150)
            assert np.mean(np.abs(r) < 1.96 * se) >= 0.95


def test_contrasts_are_linear_combinations_with_their_replicates() -> None:
    rdms = rdms_of()
    weights = generator(2, "weights").standard_normal((2, 3, 3))
    estimates, replicates = jackknife_contrasts(rdms, "cka", weights)
    np.testing.assert_allclose(estimates, (weights * compare(rdms, "cka")).sum(axis=(1, 2)))
    blocks = np.concatenate([block for _, block in leave_one_out(rdms, "cka")])
    np.testing.assert_allclose(replicates, np.einsum("wab,qab->wq", blocks, weights))


def test_a_word_on_which_an_rdm_depends_is_refused() -> None:
    rdms = rdms_of(words=8)
    one = np.zeros((8, 8))
    one[2], one[:, 2] = 1.0, 1.0
    one[2, 2] = 0.0
    with pytest.raises(StudyError, match=r"only one: .*all equal"):
        jackknife(rdms.with_given({"only one": one}), "pearson")
    with pytest.raises(StudyError, match="5 words or more"):
        jackknife(rdms_of(words=4), "pearson")
