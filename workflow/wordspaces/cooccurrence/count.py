"""Co-occurrence counts of one shard of encoded text, exact and in order of row and column.

A pair at distance k counts 1/k (Pennington et al. 2014, section 4.2). The sums are kept as integers, in units of
1 / lcm(1..window), so they depend on no order of addition and shards add up to the same bytes however they are cut.
"""

import math

import numba
import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.settings import CooccurrenceSettings


def unit(settings: CooccurrenceSettings) -> int:
    """Integer weight of one whole co-occurrence: the least common multiple of 1..window."""
    return math.lcm(*range(1, settings.window + 1))


def distance_weights(settings: CooccurrenceSettings) -> np.ndarray:
    """Integer weight of a pair at distance 1..window; int64 [window]."""
    whole = unit(settings)
    flat = settings.weighting == "flat"
    return np.array([whole if flat else whole // k for k in range(1, settings.window + 1)], np.int64)


def count_cooccurrence(
    ids: np.ndarray, documents: np.ndarray, size: int, settings: CooccurrenceSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the pairs of words within a window, never across a document border.

    Parameters
    ----------
    ids : int32 [tokens], vocabulary ids of the text.
    documents : int64 [documents + 1], offset of each document in `ids`, then the end.
    size : words in the vocabulary.
    settings : window, weighting, symmetry.

    Returns
    -------
    row, column : int32 [pairs], the word and its context, sorted by row, then column, each pair once.
    weight : int64 [pairs], the count times `unit(settings)`.

    Raises
    ------
    StudyError : an id is outside the vocabulary, or the offsets do not fit the text.
    """
    check_text(ids, documents, size)
    left, right = _reach(np.asarray(documents, np.int64), len(ids), settings.window)
    if not settings.symmetric:
        right[:] = 0
    starts, positions = _positions_by_word(np.asarray(ids, np.int32), size)
    return _accumulate(np.asarray(ids, np.int32), starts, positions, left, right, distance_weights(settings))


def check_text(ids: np.ndarray, documents: np.ndarray, size: int) -> None:
    """Refuse ids outside ``0..size-1`` and offsets that do not run from 0 to the end of the text."""
    if len(ids) and (ids.min() < 0 or ids.max() >= size):
        wrong = int(ids.min() if ids.min() < 0 else ids.max())
        remedy = "encode the text again with this vocabulary"
        raise StudyError("encoded text", f"the word id {wrong}", f"0 to {size - 1} (the vocabulary)", remedy)
    if len(documents) < 1 or documents[0] != 0 or documents[-1] != len(ids) or np.any(np.diff(documents) < 0):
        raise StudyError("encoded text", "document offsets that do not fit the text", f"rising from 0 to {len(ids)}")


@numba.njit(cache=True)
def _reach(documents: np.ndarray, tokens: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Context words to the left and right of each position inside its document, at most `window`; uint8 [tokens]."""
    left, right = np.empty(tokens, np.uint8), np.empty(tokens, np.uint8)
    for d in range(len(documents) - 1):
        for i in range(documents[d], documents[d + 1]):
            left[i] = min(window, i - documents[d])
            right[i] = min(window, documents[d + 1] - 1 - i)
    return left, right


@numba.njit(cache=True)
def _positions_by_word(ids: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Counting sort of the positions by word: those of word w are ``positions[starts[w] : starts[w + 1]]``."""
    starts = np.zeros(size + 1, np.int64)
    for i in range(len(ids)):
        starts[ids[i] + 1] += 1
    for w in range(size):
        starts[w + 1] += starts[w]
    fill = starts[:-1].copy()
    positions = np.empty(len(ids), np.int64)
    for i in range(len(ids)):
        positions[fill[ids[i]]] = i
        fill[ids[i]] += 1
    return starts, positions


@numba.njit(cache=True)
def _grown(array: np.ndarray, capacity: int) -> np.ndarray:
    """The same array with room for `capacity` elements."""
    larger = np.empty(capacity, array.dtype)
    larger[: len(array)] = array
    return larger


@numba.njit(cache=True)
def _accumulate(
    ids: np.ndarray,
    starts: np.ndarray,
    positions: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    weights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum each row in a dense vector and emit it through a bitmap, which yields the columns in order without a sort.

    The bitmap has two levels: a bit for each column, and a bit for each 64-bit word of columns that has one set.
    """
    size = len(starts) - 1
    words = (size + 63) // 64
    dense = np.zeros(size, np.int64)
    fine, coarse = np.zeros(words, np.uint64), np.zeros((words + 63) // 64, np.uint64)
    capacity, used = max(1024, len(ids)), 0
    row, column = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    weight = np.empty(capacity, np.int64)
    one, six = np.uint64(1), np.uint64(6)
    for w in range(size):
        for p in range(starts[w], starts[w + 1]):
            i = positions[p]
            for j in range(i - left[i], i + right[i] + 1):
                if j != i:
                    c = np.uint64(ids[j])
                    dense[c] += weights[abs(i - j) - 1]
                    fine[c >> six] |= one << (c & np.uint64(63))
                    coarse[c >> np.uint64(12)] |= one << ((c >> six) & np.uint64(63))
        if used + size > capacity and used + 2 * len(weights) * (starts[w + 1] - starts[w]) > capacity:
            capacity = 2 * capacity + size
            row, column, weight = _grown(row, capacity), _grown(column, capacity), _grown(weight, capacity)
        for u in range(len(coarse)):
            while coarse[u]:
                block = u * 64 + _lowest_bit(coarse[u])
                while fine[block]:
                    c2 = block * 64 + _lowest_bit(fine[block])
                    row[used], column[used], weight[used] = w, c2, dense[c2]
                    used += 1
                    dense[c2] = 0
                    fine[block] &= fine[block] - one
                coarse[u] &= coarse[u] - one
    return row[:used].copy(), column[:used].copy(), weight[:used].copy()


@numba.njit(cache=True)
def _lowest_bit(bits: np.uint64) -> int:
    """Index of the lowest set bit of a word that is not 0."""
    lowest = bits & (~bits + np.uint64(1))
    index = 0
    for shift in (32, 16, 8, 4, 2, 1):
        if lowest >> np.uint64(shift):
            lowest >>= np.uint64(shift)
            index += shift
    return index
