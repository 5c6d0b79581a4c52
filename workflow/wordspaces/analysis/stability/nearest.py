"""Exact nearest neighbours of every word: a blocked matrix product, then one scan of each of its rows.

The product is float32. A scan keeps the k largest values it has met, so that nearly all others fall to one comparison
of their chunk's maximum. A second look lists every word that float32 rounding could not tell from the k-th: those are
compared again in float64, summed in a fixed order, and ties go to the lower row. What comes out is therefore the same
whatever library makes the product and however many threads do.
"""

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import numba
import numpy as np
from threadpoolctl import threadpool_info

from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.common.errors import StudyError

BLOCK = 256
CHUNK = 64
HALF_ULP = 2.0**-24  # unit roundoff of float32


def nearest(units: np.ndarray, k: int) -> np.ndarray:
    """The k rows with the largest inner product with each row, itself left out: int32 [n, k], nearest first.

    `units` is [n, d] of any floating-point type, rows of length one for cosines. Equal products are ordered by row.
    Uses the threads that the BLAS library may use; each holds one block of products, not [n, n]. `StudyError` unless
    0 < k < n and all values are finite.
    """
    words = len(units)
    if not 0 < k < words:
        raise StudyError("k of the nearest neighbours", str(k), f"1 to {words - 1} for {words} compared words")
    exact = np.ascontiguousarray(units, dtype=np.float64)
    norms = np.linalg.norm(exact, axis=1)
    if not np.isfinite(norms).all():
        raise StudyError("nearest neighbours", "a vector with a value that is not finite", "finite vectors")
    # In units of the longest vector no product overflows.
    longest = norms.max() or 1.0
    single = (exact / longest).astype(np.float32)
    margins = rounding_margins(norms / longest, exact.shape[1])
    columns = np.ascontiguousarray(single.T)
    found = np.empty((words, k), dtype=np.int32)

    threads = blas_threads()
    buffers: SimpleQueue[np.ndarray] = SimpleQueue()
    for _ in range(threads):
        buffers.put(np.empty((min(BLOCK, words), words), dtype=np.float32))

    def block(start: int) -> None:
        rows = slice(start, min(start + BLOCK, words))
        buffer = buffers.get()
        products = np.matmul(single[rows], columns, out=buffer[: rows.stop - start])
        _scan(products, exact, margins[rows], start, found[rows])
        buffers.put(buffer)

    # A library that splits one product over its own threads keeps them spinning while the rows are scanned.
    with one_thread(), ThreadPoolExecutor(threads) as pool:
        list(pool.map(block, range(0, words, BLOCK)))
    return found


def blas_threads() -> int:
    """Number of threads that the libraries of linear algebra may use now."""
    return max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)


def rounding_margins(norms: np.ndarray, dimension: int) -> np.ndarray:
    """How far the float32 k-th value of each row can lie above the float32 value of a true neighbour: float32 [n].

    `norms` is float64 [n]. A float32 product of d terms differs from the true one by at most (d + 2) u |x| |y|, u being
    the unit roundoff (Higham 2002, section 3.1; two more for rounding the factors); the margin is a little over twice
    that, and covers subnormal numbers, which are rounded by a fixed amount.
    """
    bound = 2.1 * (dimension + 2) * HALF_ULP * norms.max(initial=0.0)
    return (bound * norms + 1e-37).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _scan(products, exact, margins, start, found):  # pragma: no cover
    """Neighbours of the words start.. from their float32 products [block, n] into `found` [block, k]."""
    k = found.shape[1]
    maxima = np.empty(-(-products.shape[1] // CHUNK), dtype=np.float32)
    values = np.empty(k + 1, dtype=np.float32)
    rows = np.empty(k + 1, dtype=np.int32)
    for row in range(len(products)):
        line = products[row]
        line[start + row] = -np.inf
        for chunk in range(len(maxima)):
            maxima[chunk] = _largest(line[chunk * CHUNK : (chunk + 1) * CHUNK])
        _largest_ones(line, maxima, values, rows)
        certain = True
        for place in range(k):
            certain &= values[place] - values[place + 1] > margins[row]
        if certain:
            found[row] = rows[:k]
        else:
            _select(line, maxima, values[k - 1] - margins[row], exact, start + row, found[row])


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _largest(values):  # pragma: no cover
    """Maximum of finite values (or -inf), which a processor takes many at a time once told that none is NaN."""
    largest = values[0]
    for j in range(1, len(values)):
        largest = max(largest, values[j])
    return largest


@numba.njit(cache=True, nogil=True)
def _largest_ones(line, maxima, values, rows):  # pragma: no cover
    """The largest of `line` [n] and their positions, in descending order, into `values` and `rows` [k + 1]."""
    last = len(values) - 1
    # The k + 1 largest maxima lie in as many chunks, so the k + 1 largest values are no smaller than the least of them.
    values[:] = -np.inf
    for value in maxima:
        if value > values[last]:
            _insert(value, 0, values, rows)
    floor = values[last]
    values[:] = -np.inf
    for chunk in range(len(maxima)):
        if maxima[chunk] < floor or not maxima[chunk] > values[last]:
            continue
        for j in range(chunk * CHUNK, min((chunk + 1) * CHUNK, len(line))):
            if line[j] > values[last]:
                _insert(line[j], j, values, rows)


@numba.njit(cache=True, nogil=True)
def _insert(value, row, values, rows):  # pragma: no cover
    """Put `value` in its place among `values`, in descending order; the last one falls out."""
    place = len(values) - 1
    while place > 0 and values[place - 1] < value:
        values[place], rows[place] = values[place - 1], rows[place - 1]
        place -= 1
    values[place], rows[place] = value, row


@numba.njit(cache=True, nogil=True)
def _select(values, maxima, threshold, exact, word, found):  # pragma: no cover
    """Order the rows whose float32 value is at least `threshold` by their float64 product with `word`."""
    k = len(found)
    best = np.full(k, -np.inf)
    for chunk in range(len(maxima)):
        if maxima[chunk] < threshold:
            continue
        for j in range(chunk * CHUNK, min((chunk + 1) * CHUNK, len(values))):
            if values[j] < threshold or j == word:
                continue
            value = _product(exact[word], exact[j])
            # Rows come in ascending order, so that an equal value stays behind the ones before it.
            if value > best[k - 1]:
                _insert(value, j, best, found)


@numba.njit(cache=True, nogil=True)
def _product(left, right):  # pragma: no cover
    """Inner product in float64, summed in one fixed order (four sums side by side, which a processor does at once)."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(left) - len(left) % 4
    for i in range(0, whole, 4):
        a += left[i] * right[i]
        b += left[i + 1] * right[i + 1]
        c += left[i + 2] * right[i + 2]
        d += left[i + 3] * right[i + 3]
    for i in range(whole, len(left)):
        a += left[i] * right[i]
    return (a + b) + (c + d)
