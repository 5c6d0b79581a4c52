"""Mantel's test for every pair of RDMs: how far their correlation lies from that of randomly matched words.

The null hypothesis matches the words of one RDM with those of the other at random: rows and columns of one are
permuted together. Mean and variance of the correlation over all n! permutations have a closed form (Mantel 1967).
With x and y centred off their diagonals, A2 = sum_ij x_ij^2 and A3 = sum_i (sum_j x_ij)^2 over ordered pairs, B2 and B3
the same of y, and a = A3 / A2, b = B3 / B2, the mean of the Pearson correlation is 0 and its variance

    2 / n(n-1)  +  4 (a - 1)(b - 1) / n(n-1)(n-2)  +  (2 - 4a)(2 - 4b) / n(n-1)(n-2)(n-3),

the terms of pairs of word pairs that share two words, one, none. With thousands of words a permutation p is the
smallest that its number of draws allows, whatever the data; z = (r - mean) / SD still tells pairs apart. Tables
therefore have z; `permutation_p` is in no table, it is there to be called for single pairs.
"""

import numpy as np

from wordspaces.analysis.similarity.compare import compare, permuted
from wordspaces.analysis.similarity.matrices import dissimilarity_matrices
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.similarity.values import blocks, check, upper_values
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

CONSTANT = 1e-12


def permutation_moments(rdms: RDMs, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation [s, s] of every pair's correlation over all permutations of one RDM's words, exact.

    The deviation is 0 where every permutation has the same correlation. `method` is "cosine", "pearson" or "spearman";
    `StudyError` for another one, fewer than four words, a constant RDM.
    """
    check(rdms, method)
    words, ordered = rdms.words, rdms.words * (rdms.words - 1.0)
    row_sums, squares = _row_sums(rdms, method)
    mean = row_sums.sum(axis=1) / ordered
    centred = squares - ordered * mean**2
    for name, value in zip(rdms.names, centred > CONSTANT * squares, strict=True):
        if not value:
            raise StudyError(
                name, "an RDM whose dissimilarities are all equal", "dissimilarities that vary", "retrain it"
            )
    concentration = np.square(row_sums - (words - 1.0) * mean[:, None]).sum(axis=1) / centred
    one, none = concentration - 1.0, 2.0 - 4.0 * concentration
    terms = np.full((3, len(rdms), len(rdms)), 2.0 / ordered)
    terms[1] = 4.0 * np.outer(one, one) / (ordered * (words - 2.0))
    terms[2] = np.outer(none, none) / (ordered * (words - 2.0) * (words - 3.0))
    variance = terms.sum(axis=0)
    # What is left of terms that cancel is rounding, and no variance to divide by.
    deviation = np.sqrt(np.where(variance > CONSTANT * np.abs(terms).sum(axis=0), variance, 0.0))
    if method != "cosine":
        return np.zeros_like(variance), deviation
    # The cosine is the same sum of products over other constants.
    scale = np.sqrt(centred / squares)
    centre = mean * np.sqrt(ordered / squares)
    return np.outer(centre, centre), deviation * np.outer(scale, scale)


def mantel_z(rdms: RDMs, method: str, r: np.ndarray | None = None) -> np.ndarray:
    """Standardised Mantel statistic of every pair: float64 [s, s]; errors as of `permutation_moments` and `compare`.

    NaN where no permutation changes the correlation.
    `r` [s, s] are the correlations by `method` where they are known already.
    """
    mean, deviation = permutation_moments(rdms, method)
    return ((_correlations(rdms, method) if r is None else r) - mean) / np.where(deviation > 0.0, deviation, np.nan)


def permutation_p(rdms: RDMs, i: int, j: int, method: str, draws: int, seed: int) -> float:
    """One-sided p of Mantel's test for RDMs i and j: (c + 1) / (draws + 1), c of `draws` permutations at or above r.

    The observed matching counts as one of the permutations, so that p is valid and never 0 (Phipson & Smyth 2010).
    """
    check(rdms, method)
    if draws < 1:
        raise StudyError("draws of the permutation test", str(draws), "1 or more")
    stream = generator(seed, "mantel", "permutations")
    orders = np.stack([stream.permutation(rdms.words) for _ in range(draws)])
    observed = permuted(rdms, [(i, j)], np.arange(rdms.words)[None, :], method)[0]
    null = permuted(rdms, [(i, j)] * draws, orders, method)
    # A permutation that gives the observed matching back must count, whatever the rounding.
    return float((np.count_nonzero(null >= observed - 1e-9) + 1) / (draws + 1))


def _row_sums(rdms: RDMs, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Sums of each word's values [s, n], and sums of squares over ordered pairs [s]."""
    if method != "spearman" and rdms.kind != "euclidean" and not rdms.given:
        # Dissimilarities made of inner products have both sums without an RDM (the Gram identity).
        alone = [dissimilarity_matrices(rdms.take([index])).moments(False) for index in range(len(rdms))]
        return dissimilarity_matrices(rdms).row_sums(), np.array([moments.products[0, 0] for moments in alone])
    row_sums, squares = np.zeros((len(rdms), rdms.words)), np.zeros(len(rdms))
    values_of = upper_values(rdms, method)
    for words in blocks(rdms.words):
        values = values_of(words).astype(np.float64, copy=False)
        row_sums[:, words] += values.sum(axis=2)
        row_sums[:, words.start :] += values.sum(axis=1)
        squares += 2.0 * np.square(values).sum(axis=(1, 2))
    return row_sums, squares


def _correlations(rdms: RDMs, method: str) -> np.ndarray:
    if method != "cosine":
        return compare(rdms, method)
    values_of = upper_values(rdms, method)
    total = np.zeros((len(rdms), len(rdms)))
    for words in blocks(rdms.words):
        flat = values_of(words).reshape(len(rdms), -1)
        total += flat @ flat.T
    norms = np.sqrt(np.diagonal(total))
    return total / np.outer(norms, norms)
