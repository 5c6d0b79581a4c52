"""Correlations between the RDMs of all pairs of spaces, and their standard errors over words.

Pearson comes from the Gram identity sum_ij (x_i.x_j)(y_i.y_j) = ||X'Y||_F^2, so no RDM is formed. Spearman ranks
each RDM once, with mid-ranks for ties; one matrix product then gives every pair.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from wordspaces.analysis.similarity.rdm import RDMs, condense, condensed_positions
from wordspaces.common.errors import StudyError

METHODS = ("pearson", "spearman")
CHUNK = 1 << 16
BLOCK_BYTES = 1 << 25
CONSTANT = 1e-12


def compare(rdms: RDMs, method: str = "spearman") -> np.ndarray:
    """Correlation of every pair of RDMs over the pairs of words: float64 [s, s], symmetric, ones on the diagonal.

    `method` is "pearson" or "spearman" (ties get mid-ranks). `StudyError` names a space whose RDM is constant.
    """
    if method == "pearson":
        sums, products = similarity_sums(rdms)
        return _correlations(rdms.pairs, sums, products)
    if method == "spearman":
        return rank_correlations(standard_ranks(rdms))
    raise StudyError("method", repr(method), f"one of {', '.join(METHODS)}")


def similarity_sums(rdms: RDMs) -> tuple[np.ndarray, np.ndarray]:
    """Sums over pairs of words of the cosines [s] and of the products of two spaces' cosines [s, s]."""
    words = rdms.words
    sums = np.array([(np.square(units.sum(axis=0)).sum() - words) / 2.0 for units in rdms.units])
    offsets = np.cumsum([0, *(units.shape[1] for units in rdms.units)])[:-1]
    stack = np.concatenate(rdms.units, axis=1)
    products = np.empty((len(rdms), len(rdms)))
    for index, units in enumerate(rdms.units):
        squared = np.square(units.T @ stack[:, offsets[index] :]).sum(axis=0)
        row = np.add.reduceat(squared, offsets[index:] - offsets[index])
        products[index, index:] = products[index:, index] = (row - words) / 2.0
    _refuse_constant(rdms, products.diagonal() - np.square(sums) / rdms.pairs)
    return sums, products


def mid_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks 1..n of `values` [n], float64; equal values share the mean of their ranks."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    lengths = np.diff(np.append(starts, len(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (lengths + 1) / 2.0, lengths)
    return ranks


def standard_ranks(rdms: RDMs) -> np.ndarray:
    """Ranks of each RDM with mean 0 and mean square 1: float32 [pairs, s]; `StudyError` names a constant RDM."""
    ranks = np.empty((rdms.pairs, len(rdms)), dtype=np.float32)
    for index, name in enumerate(rdms.names):
        column = mid_ranks(rdms.condensed(index)) - (rdms.pairs + 1) / 2.0
        spread = np.sqrt(np.square(column).mean())
        if spread == 0.0:
            raise _constant(name)
        ranks[:, index] = column / spread
    return ranks


def rank_correlations(ranks: np.ndarray) -> np.ndarray:
    """Spearman correlations [s, s] of standard ranks [pairs, s]: float32 products, summed in float64 chunk by chunk."""
    total = np.zeros((ranks.shape[1],) * 2)
    for start in range(0, len(ranks), CHUNK):
        part = ranks[start : start + CHUNK]
        total += part.T @ part
    return _correlations(len(ranks), np.zeros(len(total)), total)


def leave_one_out(rdms: RDMs, method: str) -> Iterator[tuple[slice, np.ndarray]]:
    """Correlations without each word in turn: (words, float64 [block, s, s]) until every word had its turn.

    The centre of the vectors, and for Spearman the ranks, stay those of all words; sums over the pairs of one word
    are taken off the sums over all pairs, so a block costs one batched matrix product.
    """
    ranks = standard_ranks(rdms) if method == "spearman" else None
    if ranks is None:
        sums, products = similarity_sums(rdms)
    else:
        sums, products = np.zeros(len(rdms)), rdms.pairs * rank_correlations(ranks)
    block = max(1, BLOCK_BYTES // (8 * len(rdms) * max(rdms.words, len(rdms))))
    for start in range(0, rdms.words, block):
        stop = min(start + block, rdms.words)
        rows = rdms.similarities(start, stop) if ranks is None else _rank_rows(ranks, rdms.words, start, stop)
        of_word = (rows @ rows.transpose(0, 2, 1)).astype(np.float64)
        left = rdms.pairs - (rdms.words - 1)
        yield slice(start, stop), _correlations(left, sums - rows.sum(axis=2, dtype=np.float64), products - of_word)


def jackknife(rdms: RDMs, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Correlations [s, s] and their delete-one-word jackknife standard errors [s, s] (Efron & Stein 1981).

    The standard error speaks of other words from the same vocabulary, not of other texts or other seeds. Ranks that
    stay as they are make it a few percent too small for Spearman; the fixed centre changes it by a few per mille.
    """
    full = compare(rdms, method)
    first, second = np.zeros_like(full), np.zeros_like(full)
    for _, replicates in leave_one_out(rdms, method):
        # Deviations from the full estimate, not raw values: their squares do not cancel.
        deviations = replicates - full
        first += deviations.sum(axis=0)
        second += np.square(deviations).sum(axis=0)
    words = rdms.words
    variance = (words - 1) / words * (second - np.square(first) / words)
    return full, np.sqrt(np.maximum(variance, 0.0))


def jackknife_contrasts(rdms: RDMs, method: str, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Linear combinations of the correlations: estimates [q] and delete-one-word replicates [n, q].

    `weights` is float64 [q, s, s]; an estimate is the sum over all ordered pairs of weight times correlation.
    """
    estimates = np.tensordot(weights, compare(rdms, method), axes=2)
    replicates = np.empty((rdms.words, len(weights)))
    for words, block in leave_one_out(rdms, method):
        replicates[words] = np.tensordot(block, weights, axes=((1, 2), (1, 2)))
    return estimates, replicates


def matched(left: RDMs, right: RDMs, method: str) -> np.ndarray:
    """Correlation of RDM i of `left` with RDM i of `right`, for every i: float64 [s]."""
    values = np.empty(len(left))
    for index in range(len(left)):
        both = RDMs((left.units[index], right.units[index]), (left.names[index], right.names[index]))
        values[index] = compare(both, method)[0, 1]
    return values


def permuted(rdms: RDMs, pairs: Sequence[tuple[int, int]], orders: np.ndarray, method: str) -> np.ndarray:
    """Correlation of RDM i with RDM j whose words are reordered, for each (i, j) of `pairs`: float64 [p].

    `orders` is int64 [p, n]; word w of i meets word orders[p, w] of j. Random orders give the null distribution of
    the correlation (Mantel 1967).
    """
    values = np.empty(len(pairs))
    if method == "pearson":
        sums, products = similarity_sums(rdms)
        spread = np.sqrt(products.diagonal() - np.square(sums) / rdms.pairs)
        for index, ((i, j), order) in enumerate(zip(pairs, orders, strict=True)):
            product = (np.square(rdms.units[i].T @ rdms.units[j][order]).sum() - rdms.words) / 2.0
            values[index] = (product - sums[i] * sums[j] / rdms.pairs) / (spread[i] * spread[j])
        return values
    ranks = standard_ranks(rdms)
    upper = np.triu_indices(rdms.words, 1)
    square = np.zeros((rdms.words, rdms.words), dtype=np.float32)
    for index, ((i, j), order) in enumerate(zip(pairs, orders, strict=True)):
        square[upper] = ranks[:, j]
        square.T[upper] = ranks[:, j]
        values[index] = np.mean(ranks[:, i] * condense(square[np.ix_(order, order)]), dtype=np.float64)
    return values


def _rank_rows(ranks: np.ndarray, words: int, start: int, stop: int) -> np.ndarray:
    """Standard ranks of the pairs of each word in start..stop: float32 [block, s, n - 1]."""
    return np.stack([ranks[condensed_positions(words, word)].T for word in range(start, stop)])


def _correlations(pairs: int, sums: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Pearson correlations from sums [..., s] and sums of products [..., s, s] over `pairs` values."""
    covariance = products - sums[..., :, None] * sums[..., None, :] / pairs
    spread = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    correlations = covariance / (spread[..., :, None] * spread[..., None, :])
    index = np.arange(correlations.shape[-1])
    correlations[..., index, index] = 1.0
    return np.clip(correlations, -1.0, 1.0)


def _refuse_constant(rdms: RDMs, squares: np.ndarray) -> None:
    for name, value in zip(rdms.names, squares, strict=True):
        if not value > CONSTANT * rdms.pairs:
            raise _constant(name)


def _constant(name: str) -> StudyError:
    return StudyError(name, "an RDM whose dissimilarities are all equal", "dissimilarities that vary", "retrain it")
