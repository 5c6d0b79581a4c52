"""Co-occurrence counts of encoded text, exact and in order of row and column.

A pair at distance k counts 1/k (Pennington et al. 2014, section 4.2). The sums are kept as integers, in units of
1 / lcm(1..window), so they depend on no order of addition and shards add up to the same bytes however they are cut.

The text is laid out with a border of `window` fillers around each document. A filler is one more word, whose counts go
nowhere: so every position has the same windows, and nothing is asked in the inner loop.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.settings import CooccurrenceSettings

BLOCK = 1 << 18


class Sums(NamedTuple):
    """Some pairs in order, each once: keys int64 [n], row << 32 | column; weights int64 [n], above 0."""

    keys: np.ndarray
    weights: np.ndarray


def unit(settings: CooccurrenceSettings) -> int:
    """Integer weight of one whole co-occurrence: the least common multiple of 1..window."""
    return math.lcm(*range(1, settings.window + 1))


def distance_weights(settings: CooccurrenceSettings) -> np.ndarray:
    """Integer weight of a pair at distance 1..window; int64 [window]."""
    whole = unit(settings)
    flat = settings.weighting == "flat"
    return np.array([whole if flat else whole // k for k in range(1, settings.window + 1)], np.int64)


def count_cooccurrence(
    ids: np.ndarray,
    documents: np.ndarray,
    size: int,
    settings: CooccurrenceSettings,
    dropped: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the pairs of words within a window, never across a document border.

    Parameters
    ----------
    ids : int32 [tokens], vocabulary ids of the text.
    documents : int64 [documents + 1], offset of each document in `ids`, then the end.
    size : words in the vocabulary.
    settings : window, weighting, symmetry, and what becomes of dropped tokens.
    dropped : bool [tokens], from `subsampling.dropped_tokens`; None keeps every token.

    Returns
    -------
    row, column : int32 [pairs], the word and its context, sorted by row, then column, each pair once.
    weight : int64 [pairs], the count times `unit(settings)`.

    Raises
    ------
    StudyError : an id is outside the vocabulary, or the offsets do not fit the text.
    """
    arrays = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64)
    used = 0
    for keys, weights in count_blocks(ids, documents, size, settings, dropped):
        end = used + len(keys)
        for array, part in zip(arrays, (keys >> 32, keys & 0xFFFFFFFF, weights), strict=True):
            if end > len(array):
                # Large arrays grow where they are: the system moves their pages, nobody copies them.
                array.resize(end + end // 2, refcheck=False)
            array[used:end] = part
        used = end
    for array in arrays:
        array.resize(used, refcheck=False)
    return arrays


def count_blocks(
    ids: np.ndarray,
    documents: np.ndarray,
    size: int,
    settings: CooccurrenceSettings,
    dropped: np.ndarray | None = None,
) -> Iterator[Sums]:
    """The same counts block by block, so that the whole need not be in memory; arguments as in `count_cooccurrence`.

    Beside `ids` and a block, memory holds 8 bytes for a token and 4 * `window` for a document.
    """
    check_text(ids, documents, size)
    if dropped is None:
        dropped = np.zeros(0, np.bool_)
    documents = np.asarray(documents, np.int64)
    text = _laid_out(np.asarray(ids, np.int32), documents, dropped, settings.dirty, size, settings.window)
    positions = np.empty(len(ids), np.int32 if len(text) < 2**31 else np.int64)
    starts = _positions_by_word(text, positions, size)
    weights = distance_weights(settings)
    dense, fresh = np.zeros(size + 1, np.int64), np.empty(size + 1, np.int64)
    words = (size + 63) // 64
    fine, coarse = np.zeros(words, np.uint64), np.zeros((words + 63) // 64, np.uint64)
    word = 0
    while word < size:
        sums = Sums(np.empty(BLOCK + size, np.int64), np.empty(BLOCK + size, np.int64))
        word, used = _accumulate(
            text, starts, positions, weights, settings.symmetric, word, BLOCK, dense, fresh, fine, coarse, *sums
        )
        if used:
            yield Sums(sums.keys[:used], sums.weights[:used])


def check_text(ids: np.ndarray, documents: np.ndarray, size: int) -> None:
    """Refuse ids outside ``0..size-1`` and offsets that do not run from 0 to the end of the text."""
    if len(ids) and (ids.min() < 0 or ids.max() >= size):
        wrong = int(ids.min() if ids.min() < 0 else ids.max())
        remedy = "encode the text again with this vocabulary"
        raise StudyError("encoded text", f"the word id {wrong}", f"0 to {size - 1} (the vocabulary)", remedy)
    if len(documents) < 1 or documents[0] != 0 or documents[-1] != len(ids) or np.any(np.diff(documents) < 0):
        raise StudyError("encoded text", "document offsets that do not fit the text", f"rising from 0 to {len(ids)}")


@numba.njit(cache=True)
def _laid_out(
    ids: np.ndarray, documents: np.ndarray, dropped: np.ndarray, dirty: bool, size: int, window: int
) -> np.ndarray:
    """Documents with `window` fillers before, between and after them; the filler is the id `size`.

    A dropped token is left out where `dirty`, else it becomes a filler. int32.
    """
    text = np.full(len(ids) + window * len(documents), size, np.int32)
    at = window
    for d in range(len(documents) - 1):
        for i in range(documents[d], documents[d + 1]):
            if len(dropped) and dropped[i]:
                at += not dirty
            else:
                text[at] = ids[i]
                at += 1
        at += window
    return text[:at].copy() if at < len(text) else text


@numba.njit(cache=True)
def _positions_by_word(text: np.ndarray, positions: np.ndarray, size: int) -> np.ndarray:
    """Counting sort: fills `positions` so that those of word w are ``positions[starts[w] : starts[w + 1]]``; starts."""
    starts = np.zeros(size + 2, np.int64)
    for i in range(len(text)):
        starts[text[i] + 1] += 1
    for w in range(size + 1):
        starts[w + 1] += starts[w]
    fill = starts[:-1].copy()
    for i in range(len(text)):
        if text[i] < size:
            positions[fill[text[i]]] = i
            fill[text[i]] += 1
    return starts[:-1].copy()


@intrinsic
def _trailing_zeros(typing: Any, bits: Any) -> Any:
    """Index of the lowest set bit of a uint64 that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@intrinsic
def _prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of ``array[index]``; the processor waits for nothing and any address is harmless."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # To be read, wanted in every level of cache, data rather than code.
        builder.call(function, [address, *(ir.Constant(number, value) for value in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@numba.njit(cache=True)
def _accumulate(
    text: np.ndarray,
    starts: np.ndarray,
    positions: np.ndarray,
    weights: np.ndarray,
    symmetric: bool,
    first: int,
    enough: int,
    dense: np.ndarray,
    fresh: np.ndarray,
    fine: np.ndarray,
    coarse: np.ndarray,
    keys: np.ndarray,
    sums: np.ndarray,
) -> tuple[int, int]:
    """Write rows from word `first` on until there are `enough` pairs; the word to go on with, and the pairs written.

    A row is summed in the vector `dense`; a column that was 0 before is noted in `fresh`. A bitmap of two levels (a bit
    for each column, and a bit for each 64-bit word of columns that has one set) then yields the columns in order,
    without a sort. Vector and bitmaps are zero before and after.
    """
    size, window = len(dense) - 1, len(weights)
    one, six, low = np.uint64(1), np.uint64(6), np.uint64(63)
    used, w = 0, first
    while w < size and used < enough:
        # The filler counts as seen before, so it is never fresh.
        dense[size], n = 1, 0
        for p in range(starts[w], starts[w + 1]):
            i = np.int64(positions[p])
            # Contexts of a rare word lie anywhere in the text: waiting for memory is most of the time without this.
            ahead = np.int64(positions[min(p + 4, starts[size] - 1)])
            _prefetch(text, ahead - window)
            _prefetch(text, ahead + window)
            for k in range(window):
                c = np.int64(text[i - 1 - k])
                fresh[n] = c
                n += dense[c] == 0
                dense[c] += weights[k]
            if symmetric:
                for k in range(window):
                    c = np.int64(text[i + 1 + k])
                    fresh[n] = c
                    n += dense[c] == 0
                    dense[c] += weights[k]
        for q in range(n):
            column = np.uint64(fresh[q])
            fine[column >> six] |= one << (column & low)
            coarse[column >> np.uint64(12)] |= one << ((column >> six) & low)
        for u in range(len(coarse)):
            while coarse[u]:
                block = u * 64 + np.int64(_trailing_zeros(coarse[u]))
                bits = fine[block]
                while bits:
                    c = block * 64 + np.int64(_trailing_zeros(bits))
                    keys[used], sums[used] = (w << 32) | c, dense[c]
                    used += 1
                    dense[c] = 0
                    bits &= bits - one
                fine[block] = 0
                coarse[u] &= coarse[u] - one
        w += 1
    return w, used
