"""Kendall's tau of RDMs: concordant and discordant pairs of pairs of words, counted by merge sort (Knight 1966)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from wordspaces.analysis.similarity.parallel import ordered
from wordspaces.analysis.similarity.ranks import TIE, tie_groups
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.streams import generator

GROUPS = 20
RUN = 16


@dataclass(frozen=True)
class Order:
    """Dissimilarities of one RDM by size: `ranks` int32 [pairs] (ties share one), `order` int32, pairs of ties."""

    ranks: np.ndarray
    order: np.ndarray
    tied: int


def order_of(values: np.ndarray) -> Order:
    """Order of `values` [pairs]; those equal up to rounding are ties."""
    order, starts = tie_groups(values, TIE * np.abs(values).max(initial=0.0))
    lengths = np.diff(np.append(starts, len(values)))
    ranks = np.empty(len(values), dtype=np.int32)
    ranks[order] = np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
    return Order(ranks, order.astype(np.int32), int((lengths * (lengths - 1) // 2).sum()))


def tau(rdms: RDMs, ties: bool) -> np.ndarray:
    """Kendall's tau of every pair of RDMs: float64 [s, s].

    With `ties`, tau-b, with ones on the diagonal; otherwise tau-a, which takes a tie for no agreement, so that an RDM
    with ties has less than one with itself. NaN in the rows and columns of a constant RDM.
    """
    orders = list(ordered(lambda index: order_of(rdms.condensed(index)), range(len(rdms))))
    entries, pairs = len(orders), rdms.pairs
    total = pairs * (pairs - 1) // 2
    listed = [(a, b) for a in range(entries) for b in range(a + 1, entries)]
    surplus = np.diag([float(total - order.tied) for order in orders])
    for (a, b), value in zip(listed, ordered(lambda pair: _surplus(orders, *pair), listed), strict=True):
        surplus[a, b] = surplus[b, a] = value
    tied = np.array([order.tied for order in orders])
    untied = np.where(tied < total, total - tied, np.nan).astype(np.float64)
    roots = np.sqrt(untied)
    if not ties:
        return surplus / total + 0.0 * (roots[:, None] + roots[None, :])
    values = np.clip(surplus / (roots[:, None] * roots[None, :]), -1.0, 1.0)
    values[np.diag_indices(entries)] = np.where(np.isfinite(roots), 1.0, np.nan)
    return values


def without_groups(rdms: RDMs, ties: bool) -> np.ndarray:
    """Kendall's tau without each of up to 20 groups of words, drawn at random, in turn: float64 [groups, s, s]."""
    words = rdms.words
    groups = min(GROUPS, words)
    group = generator(0, "kendall", "groups").permutation(words) % groups
    return np.stack([tau(rdms.among(np.flatnonzero(group != g)), ties) for g in range(groups)])


def _surplus(orders: Sequence[Order], a: int, b: int) -> int:
    """Concordant less discordant pairs."""
    one, other = orders[a], orders[b]
    pairs = len(one.order)
    values = other.ranks[one.order]
    joint = _sort_ties(one.ranks[one.order], values)
    discordant = _inversions(values, np.empty_like(values))
    return pairs * (pairs - 1) // 2 - one.tied - other.tied + joint - 2 * discordant


@numba.njit(nogil=True, cache=True)
def _sort_ties(sorted_ranks: np.ndarray, values: np.ndarray) -> int:
    """Sort `values` in place where `sorted_ranks` has ties, so that these are no inversions; pairs tied in both."""
    joint, start, pairs = 0, 0, len(values)
    for stop in range(1, pairs + 1):
        if stop < pairs and sorted_ranks[stop] == sorted_ranks[start]:
            continue
        if stop - start > 1:
            values[start:stop].sort()
            run = 1
            for k in range(start + 1, stop + 1):
                if k < stop and values[k] == values[k - 1]:
                    run += 1
                else:
                    joint += run * (run - 1) // 2
                    run = 1
        start = stop
    return joint


@numba.njit(nogil=True, cache=True)
def _inversions(values: np.ndarray, other: np.ndarray) -> int:
    """Pairs i < j with values[i] > values[j]; sorts `values` in place, with `other` of its size to work in."""
    size, found = len(values), 0
    for start in range(0, size, RUN):
        for k in range(start + 1, min(start + RUN, size)):
            value, at = values[k], k
            while at > start and values[at - 1] > value:
                values[at] = values[at - 1]
                at -= 1
            values[at] = value
            found += k - at
    width, source, target = RUN, values, other
    while width < size:
        for start in range(0, size, 2 * width):
            middle, stop = min(start + width, size), min(start + 2 * width, size)
            left, right, at = start, middle, start
            while left < middle and right < stop:
                # No branch on the values, which no processor could foresee.
                one, two = source[left], source[right]
                later = np.int64(one > two)
                target[at] = min(one, two)
                found += later * (middle - left)
                left += 1 - later
                right += later
                at += 1
            for rest in range(left, middle):
                target[at] = source[rest]
                at += 1
            for rest in range(right, stop):
                target[at] = source[rest]
                at += 1
        source, target = target, source
        width *= 2
    return found
