"""Similarities of all pairs of spaces, by the methods of `wordspaces.analysis.similarity.methods`: the one door."""

from collections.abc import Sequence

import numpy as np

from wordspaces.analysis.similarity.controls import frequency_controls, partial
from wordspaces.analysis.similarity.jackknife import (
    estimates,
    jackknife,
    jackknife_contrasts,
    jackknife_many,
    leave_one_out,
)
from wordspaces.analysis.similarity.methods import METHODS, standard_ranks
from wordspaces.analysis.similarity.ranks import mid_ranks
from wordspaces.analysis.similarity.rdm import RDMs

__all__ = [
    "METHODS",
    "compare",
    "frequency_controls",
    "jackknife",
    "jackknife_contrasts",
    "jackknife_many",
    "leave_one_out",
    "matched",
    "mid_ranks",
    "partial",
    "permuted",
    "standard_ranks",
]


def compare(rdms: RDMs, method: str = "spearman") -> np.ndarray:
    """Similarity of every pair of entries: float64 [s, s], symmetric, ones on the diagonal.

    `method` is one of `METHODS`. Rho-a and tau-a have less than one on the diagonal for an RDM with ties. `StudyError`
    names an entry whose RDM is constant, and refuses a comparison of vectors where there are given RDMs.
    """
    return estimates(rdms, [method])[method]


def matched(left: RDMs, right: RDMs, method: str) -> np.ndarray:
    """Similarity of space i of `left` with space i of `right`, for every i: float64 [s]; given RDMs take no part."""
    both = [left.take([i]).beside(right.take([i])) for i in range(len(left.units))]
    return np.array([compare(pair, method)[0, 1] for pair in both])


def permuted(rdms: RDMs, pairs: Sequence[tuple[int, int]], orders: np.ndarray, method: str) -> np.ndarray:
    """Similarity of space i with space j whose words are reordered, for each (i, j) of `pairs`: float64 [p].

    `orders` is int64 [p, n]; word w of i meets word orders[p, w] of j. Random orders give the null distribution of
    the similarity (Mantel 1967).
    """
    values = np.empty(len(pairs))
    for index, ((i, j), order) in enumerate(zip(pairs, orders, strict=True)):
        values[index] = compare(rdms.take([i]).beside(rdms.take([j]).reordered(order)), method)[0, 1]
    return values
