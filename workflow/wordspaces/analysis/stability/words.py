"""How much of one word's place two spaces share: its nearest neighbours, its direction, its similarities.

Spaces are given by vectors that are centred over the compared words and of length one (`RDMs.units`), neighbour lists
by `stability.nearest`. Every measure is symmetric in the two spaces, and 1 (displacement: 0) for one that is the
other rotated.
"""

import numba
import numpy as np
from scipy.stats import hypergeom

from wordspaces.common.errors import StudyError

SMALLEST = 1e-12


@numba.njit(cache=True, nogil=True)
def common_counts(left: np.ndarray, right: np.ndarray) -> np.ndarray:  # pragma: no cover
    """How many of their first d entries two lists share, for d = 1..k: int32 [n, k] of two tables int32 [n, k]."""
    words, depth = left.shape
    counts = np.zeros((words, depth), dtype=np.int32)
    for word in range(words):
        for i in range(depth):
            for j in range(depth):
                if left[word, i] == right[word, j]:
                    counts[word, max(i, j)] += 1
        for d in range(1, depth):
            counts[word, d] += counts[word, d - 1]
    return counts


def overlap(counts: np.ndarray, k: int) -> np.ndarray:
    """overlap@k (Wendlandt et al. 2018), the share of k neighbours in common: float64 [n] of `common_counts`."""
    return counts[:, k - 1] / k


def jaccard(counts: np.ndarray, k: int) -> np.ndarray:
    """Jaccard@k (Antoniak & Mimno 2018), common neighbours over all in either list: float64 [n]."""
    common = counts[:, k - 1]
    return common / (2 * k - common)


def rank_biased_overlap(counts: np.ndarray, p: float) -> np.ndarray:
    """Extrapolated rank-biased overlap of two lists of one length D (Webber et al. 2010, eq. 23): float64 [n].

    RBO_EXT = X_D / D p^D + (1 - p) / p sum_d=1..D X_d / d p^d, X_d of `common_counts` [n, D]: agreement at depth d,
    weighted by the chance that a reader who goes on with probability `p` (0 < p < 1) looks so deep; it stays beyond D.
    """
    if not 0.0 < p < 1.0:
        raise StudyError("p of the rank-biased overlap", str(p), "more than 0 and less than 1")
    depth = counts.shape[1]
    d = np.arange(1, depth + 1)
    agreement = counts / d
    return agreement[:, -1] * p**depth + (1 - p) / p * (agreement @ p**d)


def displacement(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cosine distance of each word from itself once `left` is rotated onto `right`: float64 [n], 0 to 2.

    Units are [n, d]. The rotation is the orthogonal Procrustes solution over all words (Schoenemann 1966; semantic
    displacement of Leszczynski et al. 2020). `StudyError` where the spaces have different dimensions.
    """
    if left.shape[1] != right.shape[1]:
        found = f"{left.shape[1]} and {right.shape[1]} dimensions"
        raise StudyError("aligned displacement", found, "two spaces of one dimension", "train them with one dimension")
    u, _, vt = np.linalg.svd(left.T @ right)
    return np.clip(1.0 - np.einsum("nd,nd->n", left @ (u @ vt), right), 0.0, 2.0)


def second_order(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cosine of each word's two vectors of similarities to all *other* words: float64 [n].

    Units are [n, d] and [n, e]. With a_i = U u_i and b_i = V v_i, a_i.b_i = u_i'(U'V)v_i: no [n, n] matrix is formed.
    The similarity of a word with itself is 1 in every space; it is left out (one is taken off each of the three
    products), or unrelated spaces would agree. NaN where a word is orthogonal to all others.
    """
    products = np.einsum("nd,nd->n", left @ (left.T @ right), right) - 1.0
    lengths = np.einsum("nd,nd->n", left @ (left.T @ left), left) - 1.0
    others = np.einsum("nd,nd->n", right @ (right.T @ right), right) - 1.0
    known = (lengths > SMALLEST * len(left)) & (others > SMALLEST * len(left))
    cosines = products / np.sqrt(np.where(known, lengths * others, 1.0))
    return np.where(known, np.clip(cosines, -1.0, 1.0), np.nan)


def overlap_chance(words: int, k: int) -> float:
    """Expected overlap@k of two lists drawn at random from the `words` - 1 other words: k / (words - 1)."""
    return k / (words - 1)


def jaccard_chance(words: int, k: int) -> float:
    """Expected Jaccard@k of two such lists: the sum over x of x / (2k - x) under the hypergeometric law of x."""
    common = np.arange(max(0, 2 * k - (words - 1)), k + 1)
    return float(hypergeom.pmf(common, words - 1, k, k) @ (common / (2 * k - common)))


def rank_biased_chance(words: int, depth: int, p: float) -> float:
    """Expected extrapolated rank-biased overlap of two random orders: X_d is d^2 / (words - 1) on average."""
    means = np.arange(1, depth + 1)[None, :] ** 2 / (words - 1)
    return float(rank_biased_overlap(means, p)[0])
