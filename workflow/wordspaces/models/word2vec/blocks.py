"""Matrix products that the Word2Vec kernels are made of, each once in vector instructions and once in plain loops.

The argument `plain` chooses: None takes `simd`, `in_loops` the loops, and the compiler drops the other. Nothing here is
cached by itself. What is cached are the kernels that call it, and numba notices only changes of their own file, so
they carry `CODE`, a digest of the files that they are made of, in their signatures.
"""

import hashlib
from pathlib import Path

import numba
import numpy as np

from wordspaces.models.word2vec import simd, steps
from wordspaces.models.word2vec.simd import LANES, TILE
from wordspaces.models.word2vec.steps import FAST

SOURCES = (Path(__file__), Path(steps.__file__), Path(simd.__file__))
CODE = int.from_bytes(hashlib.blake2b(b"".join(path.read_bytes() for path in SOURCES), digest_size=7).digest())

Plain = tuple[int, ...] | None
copy, add_to, prefetch = simd.copy, simd.add_to, simd.prefetch
dots_tile, dots_row = simd.dots_tile, simd.dots_row
tile4, tile3, tile2, tile1 = simd.tile4, simd.tile3, simd.tile2, simd.tile1
row4, row3, row2, row1 = simd.row4, simd.row3, simd.row2, simd.row1


def in_loops(dimension: int) -> Plain:
    """`plain` for rows that hold `dimension` numbers: as many elements as such a row has groups of 16."""
    return (0,) * -(-dimension // 16)


@numba.njit(fastmath=FAST, error_model="numpy")
def gather(table: np.ndarray, ids: np.ndarray, out: np.ndarray, plain: Plain) -> None:
    """``out[i] = table[ids[i]]``."""
    for i in range(len(ids)):
        if plain is None:
            copy(table, ids[i], out, i)
        else:
            source, target = table[ids[i]], out[i]
            for c in range(len(target)):
                target[c] = source[c]


@numba.njit(fastmath=FAST, error_model="numpy")
def scatter(table: np.ndarray, ids: np.ndarray, delta: np.ndarray, plain: Plain) -> None:
    """``table[ids[i]] += delta[i]``."""
    for i in range(len(ids)):
        if plain is None:
            add_to(table, ids[i], delta, i)
        else:
            source, target = delta[i], table[ids[i]]
            for c in range(len(target)):
                target[c] += source[c]


@numba.njit(fastmath=FAST, error_model="numpy")
def fetch(table: np.ndarray, ids: np.ndarray) -> None:
    """Ask the memory for rows that the next block needs: no arithmetic, so the plain loops have it too."""
    for word in ids:
        prefetch(table, word)


@numba.njit(fastmath=FAST, error_model="numpy", inline="always")
def _two_by_four(a: np.ndarray, i: int, k: int, b: np.ndarray, j: int, out: np.ndarray) -> None:
    """Dot products of the rows i and k with four others."""
    u, v, b0, b1, b2, b3 = a[i], a[k], b[j], b[j + 1], b[j + 2], b[j + 3]
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = np.float32(0.0)
    for c in range(len(u)):
        x, y = u[c], v[c]
        s0 += x * b0[c]
        s1 += x * b1[c]
        s2 += x * b2[c]
        s3 += x * b3[c]
        t0 += y * b0[c]
        t1 += y * b1[c]
        t2 += y * b2[c]
        t3 += y * b3[c]
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s0, s1, s2, s3
    out[k, j], out[k, j + 1], out[k, j + 2], out[k, j + 3] = t0, t1, t2, t3


@numba.njit(fastmath=FAST, error_model="numpy")
def products(a: np.ndarray, n: int, b: np.ndarray, m: int, out: np.ndarray, plain: Plain) -> None:
    """``out[:n, :m] = a[:n] @ b[:m].T``; m is a multiple of four."""
    if plain is None:
        i = 0
        while i < n:
            full = i + TILE <= n
            for j in range(0, m, 4):
                if full:
                    dots_tile(a, i, b, j, out, i)
                else:
                    dots_row(a, i, b, j, out, i)
            i += TILE if full else 1
    else:
        for i in range(0, n, 2):
            for j in range(0, m, 4):
                _two_by_four(a, i, min(i + 1, n - 1), b, j, out)


@numba.njit(fastmath=FAST, error_model="numpy")
def window_products(
    x: np.ndarray,
    n: int,
    offset: int,
    left: np.ndarray,
    right: np.ndarray,
    b: np.ndarray,
    s: np.ndarray,
    plain: Plain,
) -> None:
    """``s[i, j] = x[i] . b[j]`` for j in the window around ``i + offset``, and up to three columns more."""
    for i in range(n):
        for j in range(i + offset - left[i], i + offset + right[i] + 1, 4):
            if plain is None:
                dots_row(x, i, b, j, s, i)
            else:
                _two_by_four(x, i, i, b, j, s)


@numba.njit(inline="always")
def _tile(w, at, down, along, b, begin, end, table, ids, i):
    d, c = b.shape[1], 0
    while c + 4 * LANES <= d:
        tile4(w, at, down, along, b, begin, end, c, table, ids, i)
        c += 4 * LANES
    left = (d - c) // LANES
    if left == 3:
        tile3(w, at, down, along, b, begin, end, c, table, ids, i)
    elif left == 2:
        tile2(w, at, down, along, b, begin, end, c, table, ids, i)
    elif left == 1:
        tile1(w, at, down, along, b, begin, end, c, table, ids, i)


@numba.njit(inline="always")
def _row(w, at, along, b, begin, end, table, ids, i):
    d, c = b.shape[1], 0
    while c + 4 * LANES <= d:
        row4(w, at, 0, along, b, begin, end, c, table, ids, i)
        c += 4 * LANES
    left = (d - c) // LANES
    if left == 3:
        row3(w, at, 0, along, b, begin, end, c, table, ids, i)
    elif left == 2:
        row2(w, at, 0, along, b, begin, end, c, table, ids, i)
    elif left == 1:
        row1(w, at, 0, along, b, begin, end, c, table, ids, i)


@numba.njit(fastmath=FAST, error_model="numpy", inline="always")
def _plain_row(w, at, along, b, begin, end, row, plain):
    d = 16 * len(plain)  # known when this is compiled, so that the loops need no rests
    q = begin
    while q + 8 <= end:
        v = b[q * d : (q + 8) * d]
        w0, w1, w2, w3 = w[at + q * along], w[at + (q + 1) * along], w[at + (q + 2) * along], w[at + (q + 3) * along]
        q += 4
        w4, w5, w6, w7 = w[at + q * along], w[at + (q + 1) * along], w[at + (q + 2) * along], w[at + (q + 3) * along]
        q += 4
        for c in range(d):
            near = w0 * v[c] + w1 * v[c + d] + w2 * v[c + 2 * d] + w3 * v[c + 3 * d]
            row[c] += near + (w4 * v[c + 4 * d] + w5 * v[c + 5 * d] + w6 * v[c + 6 * d] + w7 * v[c + 7 * d])
    while q + 4 <= end:
        v = b[q * d : (q + 4) * d]
        w0, w1, w2, w3 = w[at + q * along], w[at + (q + 1) * along], w[at + (q + 2) * along], w[at + (q + 3) * along]
        q += 4
        for c in range(d):
            row[c] += w0 * v[c] + w1 * v[c + d] + w2 * v[c + 2 * d] + w3 * v[c + 3 * d]
    while q < end:
        w0, v = w[at + q * along], b[q * d : (q + 1) * d]
        q += 1
        for c in range(d):
            row[c] += w0 * v[c]


@numba.njit(fastmath=FAST, error_model="numpy")
def add_weighted(
    w: np.ndarray,
    down: int,
    along: int,
    b: np.ndarray,
    m: int,
    low: int,
    high: int,
    table: np.ndarray,
    ids: np.ndarray,
    plain: Plain,
) -> None:
    """``table[ids[i]] += sum over q of w(i, q) * b[q]``, where w(i, q) is ``w.flat[i * down + q * along]``.

    q runs over ``max(0, i + low)..min(m, i + high) - 1``; w must be zero, or left out, elsewhere in ``0..m - 1``:
    some rows are done together, over all that one of them needs.
    """
    n, i, flat, rows = len(ids), 0, w.reshape(w.size), b.reshape(b.size)
    while i < n:
        begin = max(0, i + low)
        if plain is not None:
            _plain_row(flat, i * down, along, rows, begin, min(m, i + high), table[ids[i]], plain)
            i += 1
        elif i + TILE <= n:
            _tile(w, i * down, down, along, b, begin, min(m, i + TILE - 1 + high), table, ids, i)
            i += TILE
        else:
            _row(w, i * down, along, b, begin, min(m, i + high), table, ids, i)
            i += 1
