"""Correlations of RDMs against scipy and rsatoolbox; jackknife against leaving each word out in turn."""

import numpy as np
import pytest
import rsatoolbox
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, rankdata, spearmanr

from wordspaces.analysis.similarity import compare as module
from wordspaces.analysis.similarity.compare import (
    compare,
    jackknife,
    jackknife_contrasts,
    leave_one_out,
    matched,
    permuted,
)
from wordspaces.analysis.similarity.ranks import mid_ranks
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

SCIPY = {"pearson": pearsonr, "spearman": spearmanr}
PEER = {"pearson": "corr", "spearman": "spearman"}


def vectors(words: int = 40, spaces: int = 4, ties: bool = False) -> list[np.ndarray]:
    """Spaces of different widths that share half of their geometry; with `ties`, small integers."""
    stream = generator(3, "compare")
    shared = stream.standard_normal((words, 5))
    made = [np.concatenate([shared, stream.standard_normal((words, 2 + s))], axis=1) for s in range(spaces)]
    return [np.round(v) + (np.arange(words) % 7 == 0)[:, None] for v in made] if ties else made


def rdms_of(listed: list[np.ndarray]) -> RDMs:
    return RDMs.of(listed, [f"space {i}" for i in range(len(listed))])


def condensed(listed: list[np.ndarray]) -> list[np.ndarray]:
    return [pdist(v - v.mean(axis=0), "cosine") for v in listed]


@pytest.mark.parametrize("method", ["pearson", "spearman"])
@pytest.mark.parametrize("ties", [False, True])
def test_all_pairs_equal_scipy_and_rsatoolbox(method: str, ties: bool) -> None:
    listed = vectors(ties=ties)
    found = compare(rdms_of(listed), method)
    flat = condensed(listed)
    if ties:
        assert len(np.unique(np.round(flat[0], 9))) < len(flat[0])
        # Equal dissimilarities may differ in their last bit between two ways to compute them.
        flat = [rdms_of(listed).condensed(i) for i in range(len(listed))]
    expected = np.array([[SCIPY[method](a, b).statistic for b in flat] for a in flat])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    peer = rsatoolbox.rdm.RDMs(np.array(flat))
    np.testing.assert_allclose(found, rsatoolbox.rdm.compare(peer, peer, method=PEER[method]), atol=1e-6)


def test_ranks_are_summed_over_more_than_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    rdms = rdms_of(vectors())
    whole = compare(rdms, "spearman")
    monkeypatch.setattr(module, "CHUNK", 17)
    np.testing.assert_allclose(compare(rdms, "spearman"), whole, atol=1e-6)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_mid_ranks_equal_scipy(values: list[int]) -> None:
    array = np.array(values, dtype=np.float64)
    np.testing.assert_array_equal(mid_ranks(array), rankdata(array))


def _deleted(flat: list[np.ndarray], method: str, word: int) -> np.ndarray:
    """Correlations without one word, ranks (for Spearman) as they were with it."""
    values = [rankdata(v) if method == "spearman" else v for v in flat]
    kept = [squareform(np.delete(np.delete(squareform(v), word, 0), word, 1), checks=False) for v in values]
    return np.corrcoef(kept)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_jackknife_equals_leaving_each_word_out(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = vectors(words=25)
    monkeypatch.setattr(module, "BLOCK_BYTES", 8 * 4 * 25 * 6)
    rdms, flat = rdms_of(listed), condensed(listed)
    brute = np.array([_deleted(flat, method, word) for word in range(25)])
    blocks = list(leave_one_out(rdms, method))
    assert len(blocks) > 1
    np.testing.assert_allclose(np.concatenate([block for _, block in blocks]), brute, atol=1e-6)
    r, se = jackknife(rdms, method)
    expected = np.sqrt(24 / 25 * np.square(brute - brute.mean(axis=0)).sum(axis=0))
    np.testing.assert_allclose(se, expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(r, compare(rdms, method))


def test_jackknife_error_agrees_with_a_bootstrap_over_words() -> None:
    rdms = rdms_of(vectors(words=60, spaces=2))
    squares = [squareform(rdms.condensed(i)) for i in range(2)]
    stream, drawn = generator(5, "bootstrap"), []
    for _ in range(600):
        chosen = stream.integers(0, 60, 60)
        pairs = np.triu(chosen[:, None] != chosen[None, :], 1)
        drawn.append(np.corrcoef([s[np.ix_(chosen, chosen)][pairs] for s in squares])[0, 1])
    assert jackknife(rdms, "pearson")[1][0, 1] == pytest.approx(np.std(drawn, ddof=1), rel=0.25)


def test_contrasts_are_linear_combinations_with_their_replicates() -> None:
    rdms = rdms_of(vectors(words=25))
    weights = generator(2, "weights").standard_normal((3, 4, 4))
    estimates, replicates = jackknife_contrasts(rdms, "pearson", weights)
    np.testing.assert_allclose(estimates, (weights * compare(rdms, "pearson")).sum(axis=(1, 2)))
    blocks = np.concatenate([block for _, block in leave_one_out(rdms, "pearson")])
    np.testing.assert_allclose(replicates, np.einsum("wab,qab->wq", blocks, weights))


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_permuted_words_equal_a_reordered_space(method: str) -> None:
    listed = vectors(spaces=3)
    orders = np.stack([generator(4, "orders").permutation(40) for _ in range(2)])
    found = permuted(rdms_of(listed), [(0, 1), (2, 0)], orders, method)
    left, right = rdms_of([listed[0], listed[2]]), rdms_of([listed[1][orders[0]], listed[0][orders[1]]])
    np.testing.assert_allclose(found, matched(left, right, method), atol=1e-6)
    assert np.abs(found).max() < 0.15 < compare(rdms_of(listed), method)[0, 1]


def test_rotation_scale_and_shift_change_nothing() -> None:
    one = vectors(spaces=1)[0]
    rotation = np.linalg.qr(generator(6, "basis").standard_normal((one.shape[1],) * 2))[0]
    np.testing.assert_allclose(compare(rdms_of([one, 3.0 * one @ rotation + 5.0]), "pearson"), 1.0, atol=1e-9)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_a_constant_rdm_is_refused_by_name(method: str) -> None:
    # Two words and their opposites along two axes would vary; the corners of a simplex are all equally far apart.
    with pytest.raises(StudyError, match="simplex"):
        compare(RDMs.of([np.eye(8)], ["simplex"]), method)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(StudyError, match="pearson, spearman"):
        compare(rdms_of(vectors()), "kendall")
