"""Bootstrap over words: the resampled RDM itself, rsatoolbox on the same draws, and the coverage of its intervals."""

import numpy as np
import pytest
import rsatoolbox
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from wordspaces.analysis.similarity import values as blocks_module
from wordspaces.analysis.similarity.bootstrap import bootstrap_words, resampled, word_multiplicities
from wordspaces.analysis.similarity.compare import compare, jackknife
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

METHODS = ("cosine", "pearson", "spearman")
PEER = {"cosine": "cosine", "pearson": "corr"}


def rdms_of(words: int = 40, spaces: int = 4, noise: int = 4) -> RDMs:
    stream = generator(3, "bootstrap test")
    shared = stream.standard_normal((words, 5))
    made = [np.concatenate([shared, stream.standard_normal((words, noise + s))], axis=1) for s in range(spaces)]
    return RDMs.of(made, [f"space {s}" for s in range(spaces)])


def brute(rdms: RDMs, method: str, counts: np.ndarray) -> np.ndarray:
    """Correlations over the resampled index set, pairs of a word with itself dropped: [s, s]."""
    flat = [rdms.condensed(i) for i in range(len(rdms))]
    squares = [squareform(rankdata(v) if method == "spearman" else v) for v in flat]
    chosen = np.repeat(np.arange(rdms.words), counts)
    different = np.triu(chosen[:, None] != chosen[None, :], 1)
    kept = np.stack([square[np.ix_(chosen, chosen)][different] for square in squares])
    if method != "cosine":
        return np.corrcoef(kept)
    norms = np.linalg.norm(kept, axis=1)
    return kept @ kept.T / np.outer(norms, norms)


@pytest.mark.parametrize("method", METHODS)
def test_every_draw_equals_the_resampled_matrices(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "BLOCK", 7)
    rdms = rdms_of()
    counts = word_multiplicities(rdms.words, 30, 1)
    found = resampled(rdms, method, counts)
    np.testing.assert_allclose(found, [brute(rdms, method, draw) for draw in counts], atol=1e-6)
    np.testing.assert_array_equal(bootstrap_words(rdms, method, 30, 1), found)
    listed = resampled(rdms, method, counts, [(2, 0), (1, 1)])
    np.testing.assert_allclose(listed, np.stack([found[:, 2, 0], np.ones(30)], axis=1), atol=1e-6)


@pytest.mark.parametrize("method", PEER)
def test_every_draw_equals_rsatoolbox_on_the_same_words(method: str) -> None:
    rdms = rdms_of(words=30)
    counts = word_multiplicities(30, 12, 2)
    peer = rsatoolbox.rdm.RDMs(np.stack([rdms.condensed(i) for i in range(len(rdms))]))
    for found, draw in zip(resampled(rdms, method, counts), counts, strict=True):
        sample = peer.subsample_pattern("index", np.repeat(np.arange(30), draw))
        np.testing.assert_allclose(found, rsatoolbox.rdm.compare(sample, sample, method=PEER[method]), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_each_word_once_is_the_comparison_itself(method: str) -> None:
    rdms = rdms_of(words=150)  # more than one block
    once = resampled(rdms, method, np.ones((1, 150), dtype=np.int64))[0]
    expected = brute(rdms, method, np.ones(150, dtype=np.int64)) if method == "cosine" else compare(rdms, method)
    np.testing.assert_allclose(once, expected, atol=1e-6)


@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.integers(1, 4))
def test_multiplicities_count_only_relative_to_each_other_where_no_word_is_alone(counts: list[int], times: int) -> None:
    """Dropping pairs of equal words makes the weights w_i w_j, so a common factor cancels."""
    rdms = rdms_of(words=12, spaces=2)
    draws = np.array([counts, [times * count for count in counts]], dtype=np.int64)
    found = resampled(rdms, "pearson", draws, [(0, 1)])[:, 0]
    if np.count_nonzero(counts) < 3:
        assert np.isnan(found).all()
    else:
        np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_the_spread_over_draws_is_the_jackknife_error() -> None:
    rdms = rdms_of(words=200, spaces=3, noise=8)
    drawn = bootstrap_words(rdms, "pearson", 1500, 1)
    pairs = np.triu_indices(3, 1)
    np.testing.assert_allclose(drawn.std(axis=0)[pairs], jackknife(rdms, "pearson")[1][pairs], rtol=0.1)


def correlated(study: int, words: int, shared: float) -> RDMs:
    """Two spaces with a part in common; another study has other words."""
    stream = generator(study, "correlated")
    common = shared * stream.standard_normal((words, 8))
    return RDMs.of([common + stream.standard_normal((words, 8)) for _ in range(2)], ["one", "two"])


def test_intervals_cover_the_correlation_over_all_words_at_their_nominal_rate() -> None:
    over_all_words = np.mean([compare(correlated(1000 + k, 1500, 1.5), "pearson")[0, 1] for k in range(3)])
    covered = []
    for study in range(150):
        drawn = bootstrap_words(correlated(study, 80, 1.5), "pearson", 300, study, [(0, 1)])[:, 0]
        low, high = np.quantile(drawn, [0.05, 0.95])
        covered.append(low <= over_all_words <= high)
    assert 0.80 <= np.mean(covered) <= 0.97  # nominal 0.90; three binomial standard deviations are 0.07


def test_the_variance_for_unrelated_spaces_is_three_times_too_large_as_documented() -> None:
    studies = [correlated(study, 80, 0.0) for study in range(60)]
    drawn = [bootstrap_words(rdms, "pearson", 200, 1, [(0, 1)]).var() for rdms in studies]
    assert np.mean(drawn) / (2.0 / (80 * 79)) == pytest.approx(3.0, rel=0.25)


def test_words_are_drawn_with_replacement_and_never_fewer_than_three() -> None:
    counts = word_multiplicities(500, 400, 7)
    assert (counts.sum(axis=1) == 500).all()
    np.testing.assert_allclose(counts.mean(), 1.0)
    np.testing.assert_allclose(counts.var(), 1.0, rtol=0.02)
    assert np.abs(np.corrcoef(counts[:20]) - np.eye(20)).max() < 0.25
    few = word_multiplicities(4, 3000, 7)
    assert (np.count_nonzero(few, axis=1) >= 3).all()
    assert (few.sum(axis=1) == 4).all()
    np.testing.assert_array_equal(word_multiplicities(500, 400, 7), counts)
    assert (word_multiplicities(500, 400, 8) != counts).any()


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_any_number_of_threads_gives_the_same_bytes(method: str) -> None:
    rdms = rdms_of(words=300)
    counts = word_multiplicities(300, 50, 1)
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            results.append(resampled(rdms, method, counts).tobytes())
    assert results[0] == results[1]


def test_refusals() -> None:
    with pytest.raises(StudyError, match="cosine, pearson, spearman"):
        bootstrap_words(rdms_of(), "kendall", 5, 1)
    with pytest.raises(StudyError, match="4 words or more"):
        bootstrap_words(RDMs.of([np.eye(3)], ["three"]), "pearson", 5, 1)
    with pytest.raises(StudyError, match="words to resample"):
        word_multiplicities(2, 5, 1)


def test_a_draw_of_equal_distances_is_nan() -> None:
    corners = np.concatenate([np.eye(5), -np.eye(5)[:2]])
    rdms = RDMs.of([corners, generator(1, "other").standard_normal((7, 3))], ["corners", "other"])
    distances = squareform(rdms.condensed(0))
    alike = next(
        np.array([a, b, c])
        for a in range(7) for b in range(a) for c in range(b)
        if np.ptp([distances[a, b], distances[a, c], distances[b, c]]) < 1e-12
    )  # fmt: skip
    counts = np.zeros((1, 7), dtype=np.int64)
    counts[0, alike] = 1
    assert np.isnan(resampled(rdms, "pearson", counts)[0, 0]).all()
    assert resampled(rdms, "pearson", counts)[0, 1, 1] == pytest.approx(1.0)
