"""Ranks of the dissimilarities of an RDM, ties sharing the mean of their ranks.

Up to some hundreds of words, dissimilarities are sorted. Of more words, each is given one of 65,536 codes of equal
width, which span four standard deviations to either side of the mean; a histogram over the pairs gives the mid-rank of
each code, and ranks are read off block by block, so that no RDM is held. What the codes lose of the variance of the
ranks is the sum of the cubed shares of the codes; an RDM that would lose more than `LARGEST_LOSS`, for its ties or for
its outliers, is sorted too, as is one whose dissimilarities are too much alike for single precision.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np

from wordspaces.analysis.similarity.matrices import Matrices
from wordspaces.analysis.similarity.moments import Moments
from wordspaces.analysis.similarity.parallel import ordered
from wordspaces.analysis.similarity.rdm import RDMs, dissimilarities

EXACT_WORDS = 512
CODES = 1 << 16
REACH = 4.0  # standard deviations
LEAST_SPREAD = 1e-3  # of points of length or largest value 1
LARGEST_LOSS = 1e-7
TIE = 1e-12  # of the largest dissimilarity
ROWS = 96
CHUNK = 1 << 16


def mid_ranks(values: np.ndarray, tolerance: float = 0.0) -> np.ndarray:
    """Ranks 1..n of `values` [n], float64; values no more than `tolerance` apart share the mean of their ranks."""
    order, starts = tie_groups(values, tolerance)
    lengths = np.diff(np.append(starts, len(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (lengths + 1) / 2.0, lengths)
    return ranks


def tie_groups(values: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Order of `values` [n] from the smallest, and where in this order each group of ties starts: int64 each."""
    order = np.argsort(values)
    ordered_values = values[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered_values) > tolerance]))
    return order, starts


@dataclass(frozen=True)
class Coded:
    """One RDM by its codes, which are `scale` times the dissimilarity plus `shift`.

    `points` float32 [n, d], `ranks` float32 of each code.
    """

    points: np.ndarray
    kind: str
    scale: np.float32
    shift: np.float32
    ranks: np.ndarray

    def block(self, start: int, stop: int, first: int) -> np.ndarray:
        """Ranks of the pairs of the words start..stop with the words from `first` on: float32."""
        found = dissimilarities(self.points, self.kind, start, stop, first)
        _look_up(found, self.scale, self.shift, self.ranks)
        return found


@dataclass(frozen=True)
class Sorted:
    """One RDM by its ranks: `square` [n, n], zero on the diagonal."""

    square: np.ndarray

    def block(self, start: int, stop: int, first: int) -> np.ndarray:
        """As of `Coded`."""
        return self.square[start:stop, first:]


def rank_matrices(rdms: RDMs) -> Matrices:
    """Ranks of the RDMs less their mean, scaled to unit variance as if there were no ties.

    Rows are float32, of few words float64. Their sums are zero up to rounding and are taken as zero.
    """
    made = list(ordered(lambda index: _ranked(rdms, index), range(len(rdms))))
    words, entries = rdms.words, len(rdms)

    def rows(start: int, stop: int) -> np.ndarray:
        block = np.empty((stop - start, entries, words), dtype=_precision(words))
        for index, ranked in enumerate(made):
            block[:, index] = ranked.block(start, stop, 0)
        block[np.arange(stop - start), :, np.arange(start, stop)] = 0.0
        return block

    def moments(row_products: bool) -> Moments:
        products = np.zeros((entries, entries))
        for part in ordered(lambda span: _products(made, words, *span), _spans(words)):
            products += part
        return Moments(words, 2.0 * products, np.zeros(entries))

    return Matrices(words, entries, rows, lambda: np.zeros((entries, words)), moments)


def _products(made: list[Coded | Sorted], words: int, start: int, stop: int) -> np.ndarray:
    """Products of ranks, summed over the pairs of start..stop with later words: float64 [s, s]."""
    width = words - start
    upper = np.empty((len(made), stop - start, width), dtype=_precision(words))
    before = np.tril_indices(stop - start)
    for index, ranked in enumerate(made):
        upper[index] = ranked.block(start, stop, start)
        upper[index][before] = 0.0
    total = np.zeros((len(made), len(made)))
    # Sums of float32 stay short, so that they keep seven digits.
    step = max(1, CHUNK // width)
    for first in range(0, stop - start, step):
        part = upper[:, first : first + step].reshape(len(made), -1)
        total += part @ part.T
    return total


def _ranked(rdms: RDMs, index: int) -> Coded | Sorted:
    """Ranks of one RDM, by codes where there are many words and the codes tell the dissimilarities apart."""
    if rdms.words > EXACT_WORDS and index < len(rdms.units):
        points = _points(rdms.units[index], rdms.kind)
        scale, shift = _span_of_codes(points, rdms.kind)
        counts = np.zeros(CODES, dtype=np.int64)
        for start, stop in _spans(rdms.words) if scale * LEAST_SPREAD <= CODES / (2.0 * REACH) else ():
            _count(dissimilarities(points, rdms.kind, start, stop, start), scale, shift, counts)
        if 0.0 < np.sum((counts / rdms.pairs) ** 3) <= LARGEST_LOSS:
            ranks = np.cumsum(counts) - counts + (counts + 1) / 2.0
            return Coded(points, rdms.kind, scale, shift, _standard(ranks, rdms.pairs).astype(np.float32))
    values = rdms.condensed(index)
    ranks = _standard(mid_ranks(values, TIE * np.abs(values).max()), rdms.pairs)
    square = np.zeros((rdms.words, rdms.words), dtype=_precision(rdms.words))
    at = 0
    for word in range(rdms.words - 1):
        later = rdms.words - word - 1
        square[word, word + 1 :] = square[word + 1 :, word] = ranks[at : at + later]
        at += later
    return Sorted(square)


def _points(units: np.ndarray, kind: str) -> np.ndarray:
    """Unit vectors as float32; vectors of Euclidean RDMs centred and with largest value 1, which keeps the order."""
    if kind != "euclidean":
        return units.astype(np.float32)
    centred = units - units.mean(axis=0)
    return (centred / np.abs(centred).max()).astype(np.float32)


def _span_of_codes(points: np.ndarray, kind: str) -> tuple[np.float32, np.float32]:
    """Scale and shift of the codes, from the dissimilarities of some words spread over all to every word."""
    chosen = np.linspace(0, len(points) - 1, ROWS).astype(np.int64)
    some = dissimilarities(np.concatenate([points[chosen], points]), kind, 0, ROWS, ROWS)
    mean, spread = some.mean(dtype=np.float64), max(some.std(dtype=np.float64), np.finfo(np.float32).tiny)
    scale = CODES / (2.0 * REACH * spread)
    return np.float32(scale), np.float32((REACH * spread - mean) * scale)


def _standard(ranks: np.ndarray, pairs: int) -> np.ndarray:
    return (ranks - (pairs + 1) / 2.0) / np.sqrt((pairs**2 - 1) / 12.0)


def _precision(words: int) -> type[np.floating]:
    """Of ranks: few words leave memory for all digits."""
    return np.float64 if words <= EXACT_WORDS else np.float32


def _spans(words: int) -> Iterator[tuple[int, int]]:
    for start in range(0, words, ROWS):
        yield start, min(start + ROWS, words)


@numba.njit(nogil=True, cache=True)
def _count(block: np.ndarray, scale: np.float32, shift: np.float32, counts: np.ndarray) -> None:
    """Add the codes of the pairs above the diagonal of `block` [b, m] to `counts`."""
    last = np.float32(CODES - 1)
    for i in range(block.shape[0]):
        for j in range(i + 1, block.shape[1]):
            counts[np.int32(min(max(block[i, j] * scale + shift, np.float32(0.0)), last))] += 1


@numba.njit(nogil=True, cache=True)
def _look_up(block: np.ndarray, scale: np.float32, shift: np.float32, ranks: np.ndarray) -> None:
    """Put the rank of each dissimilarity of `block` in its place."""
    last = np.float32(CODES - 1)
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            block[i, j] = ranks[np.int32(min(max(block[i, j] * scale + shift, np.float32(0.0)), last))]
