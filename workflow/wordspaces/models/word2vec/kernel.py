"""Negative sampling in blocks: the compiled inner loop of skip-gram and CBOW.

A block is some consecutive kept positions. Its inputs (centre vectors, or mean context vectors for CBOW) all meet the
same K noise words, each with weight ``predictions * negative / K``, which leaves the expected gradient as with fresh
noise words for each prediction (Mikolov et al. 2013, equation 4) and turns dot products into small matrix products
that stay in cache (after Ji et al. 2016, "Parallelizing Word2Vec in shared and distributed memory"). Vectors are
gathered once, gradients of a block are taken at the gathered values and added to the tables at its end.

A noise word that equals the predicted word is kept, as equation 4 has it. Rows of the tables may be longer than the
dimension; the surplus is zero and stays zero.

Everything compiled here calls only what is compiled here: the compiler's cache looks at one file's date. And the two
kernels have what they call inlined before the machine code is made. As functions of their own, linked in, these came
out differently in the process that compiled them and in those that load the kernel from the cache, by a reordered sum
here and there: the same seed then had not the same bytes (a test compares two such processes).
"""

import numba
import numpy as np

from wordspaces.models.word2vec.sampling import Segment

# Sums may be reordered (which vectorises them) and multiply-adds fused; NaN and infinity keep their meaning.
FAST = {"reassoc", "contract", "nsz", "arcp"}


@numba.njit(cache=True, fastmath=FAST, error_model="numpy", inline="always")
def sigmoid(x: np.float32) -> np.float32:
    """Logistic function by a rational approximation of tanh(x / 2), within 2e-7; vectorises, unlike exp."""
    y = min(max(np.float32(0.5) * x, np.float32(-9.0)), np.float32(9.0))
    s = y * y
    p = np.float32(-2.76076847742355e-16)
    p = p * s + np.float32(2.00018790482477e-13)
    p = p * s + np.float32(-8.60467152213735e-11)
    p = p * s + np.float32(5.12229709037114e-08)
    p = p * s + np.float32(1.48572235717979e-05)
    p = p * s + np.float32(6.37261928875436e-04)
    p = p * s + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06)
    q = q * s + np.float32(1.18534705686654e-04)
    q = q * s + np.float32(2.26843463243900e-03)
    q = q * s + np.float32(4.89352518554385e-03)
    return np.float32(0.5) + np.float32(0.5) * (y * p / q)


@numba.njit(cache=True, inline="always", fastmath=FAST, error_model="numpy")
def _products(a: np.ndarray, b: np.ndarray, n: int, m: int, out: np.ndarray) -> None:
    """``out[:n, :m] = a[:n] @ b[:m].T``, four columns at a time."""
    d = a.shape[1]
    for i in range(n):
        q = 0
        while q + 4 <= m:
            s0 = s1 = s2 = s3 = np.float32(0.0)
            for c in range(d):
                x = a[i, c]
                s0 += x * b[q, c]
                s1 += x * b[q + 1, c]
                s2 += x * b[q + 2, c]
                s3 += x * b[q + 3, c]
            out[i, q], out[i, q + 1], out[i, q + 2], out[i, q + 3] = s0, s1, s2, s3
            q += 4
        while q < m:
            s0 = np.float32(0.0)
            for c in range(d):
                s0 += a[i, c] * b[q, c]
            out[i, q] = s0
            q += 1


@numba.njit(cache=True, inline="always", fastmath=FAST, error_model="numpy")
def _combine(g: np.ndarray, b: np.ndarray, n: int, m: int, out: np.ndarray) -> None:
    """``out[:n] = g[:n, :m] @ b[:m]``, four rows of `b` at a time."""
    d = b.shape[1]
    for i in range(n):
        for c in range(d):
            out[i, c] = np.float32(0.0)
        q = 0
        while q + 4 <= m:
            g0, g1, g2, g3 = g[i, q], g[i, q + 1], g[i, q + 2], g[i, q + 3]
            for c in range(d):
                out[i, c] += g0 * b[q, c] + g1 * b[q + 1, c] + g2 * b[q + 2, c] + g3 * b[q + 3, c]
            q += 4
        while q < m:
            g0 = g[i, q]
            for c in range(d):
                out[i, c] += g0 * b[q, c]
            q += 1


@numba.njit(cache=True, inline="always", fastmath=FAST, error_model="numpy")
def _noise_steps(x: np.ndarray, noise: np.ndarray, weight: np.ndarray, n: int, g: np.ndarray, gt: np.ndarray) -> None:
    """Steps ``g[i, q] = -weight[i] * sigmoid(x_i . noise_q)`` and their transpose."""
    m = len(noise)
    _products(x, noise, n, m, g)
    for i in range(n):
        for q in range(m):
            g[i, q] = -weight[i] * sigmoid(g[i, q])
    for i in range(n):
        for q in range(m):
            gt[q, i] = g[i, q]


@numba.njit(cache=True, inline="always")
def _gather(table: np.ndarray, ids: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(ids)):
        for c in range(table.shape[1]):
            out[i, c] = table[ids[i], c]


@numba.njit(cache=True, inline="always")
def _scatter(table: np.ndarray, ids: np.ndarray, delta: np.ndarray) -> None:
    for i in range(len(ids)):
        for c in range(table.shape[1]):
            table[ids[i], c] += delta[i, c]


@numba.njit(cache=True, inline="always")
def _longest(first: int, ends: np.ndarray) -> int:
    """Positions in the longest block."""
    longest, begin = 0, first
    for end in ends:
        longest, begin = max(longest, end - begin), end
    return longest


@numba.njit(cache=True, inline="always", fastmath=FAST, error_model="numpy")
def _context_steps(
    x: np.ndarray,
    out: np.ndarray,
    a: int,
    b: int,
    own: int,
    rate: np.float32,
    l2: np.float32,
    s: np.ndarray,
    dx: np.ndarray,
    dout: np.ndarray,
) -> None:
    """Add the steps of one input `x` and of its context words ``out[a:b]`` without the row `own`; `s` is scratch."""
    d = len(x)
    for j in range(a, b):
        dot = np.float32(0.0)
        for c in range(d):
            dot += x[c] * out[j, c]
        s[j - a] = dot
    for j in range(b - a):
        s[j] = rate * (np.float32(1.0) - sigmoid(s[j]))
    for j in range(a, b):
        if j != own:
            step = s[j - a]
            for c in range(d):
                dx[c] += step * out[j, c] - rate * l2 * x[c]
                dout[j, c] += step * x[c] - rate * l2 * out[j, c]


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def train_skipgram(
    centre: np.ndarray,
    context: np.ndarray,
    segment: Segment,
    first: int,
    ends: np.ndarray,
    rates: np.ndarray,
    noise: np.ndarray,
    negative: int,
    l2: np.float32,
) -> None:
    """Train skip-gram over blocks of kept positions, in place.

    Parameters
    ----------
    centre, context : float32 [V, d], the two tables; segment : from `sampling.draw_segment`.
    first : first position to train; ends : int64 [blocks], end of each block; rates : float32 [blocks].
    noise : int32 [blocks, K], noise words of each block; negative, l2 : of the settings.
    """
    kept, left, right, d = segment.kept, segment.left, segment.right, centre.shape[1]
    longest, reach, shared = _longest(first, ends), max(left.max(), right.max()), noise.shape[1]
    x, dx = np.empty((longest, d), np.float32), np.empty((longest, d), np.float32)
    out, dout = np.empty((longest + 2 * reach, d), np.float32), np.empty((longest + 2 * reach, d), np.float32)
    bad, dbad = np.empty((shared, d), np.float32), np.empty((shared, d), np.float32)
    g, gt = np.empty((longest, shared), np.float32), np.empty((shared, longest), np.float32)
    weight, s = np.empty(longest, np.float32), np.empty(2 * reach + 1, np.float32)
    begin = first
    for block in range(len(ends)):
        end, rate = ends[block], rates[block]
        n, lo, hi = end - begin, max(0, begin - reach), min(len(kept), end + reach)
        _gather(centre, kept[begin:end], x)
        _gather(context, kept[lo:hi], out)
        _gather(context, noise[block], bad)
        for i in range(n):
            weight[i] = rate * np.float32(negative * (left[begin + i] + right[begin + i])) / np.float32(shared)
        _noise_steps(x, bad, weight, n, g, gt)
        _combine(g, bad, n, shared, dx)
        _combine(gt, x, shared, n, dbad)
        dout[: hi - lo] = np.float32(0.0)
        for i in range(n):
            own = begin + i - lo
            a, b = own - left[begin + i], own + right[begin + i] + 1
            _context_steps(x[i], out, a, b, own, rate, l2, s, dx[i], dout)
        _scatter(centre, kept[begin:end], dx)
        _scatter(context, kept[lo:hi], dout)
        _scatter(context, noise[block], dbad)
        begin = end


@numba.njit(cache=True, inline="always", fastmath=FAST, error_model="numpy")
def _mean_but_one(rows: np.ndarray, a: int, b: int, own: int, out: np.ndarray) -> None:
    """Mean of ``rows[a:b]`` without the row `own`; zero where no row is left."""
    for c in range(rows.shape[1]):
        out[c] = np.float32(0.0)
    share = np.float32(1.0) / np.float32(max(b - a - 1, 1))
    for j in range(a, b):
        if j != own:
            for c in range(rows.shape[1]):
                out[c] += share * rows[j, c]


@numba.njit(cache=True, inline="always", fastmath=FAST, error_model="numpy")
def _centre_steps(
    h: np.ndarray,
    out: np.ndarray,
    a: int,
    b: int,
    own: int,
    rate: np.float32,
    l2: np.float32,
    dh: np.ndarray,
    dout: np.ndarray,
    drows: np.ndarray,
) -> None:
    """Set the step of the predicted word `out`, and add that of the mean `h` to the context words ``drows[a:b]``.

    `dh` comes in with the steps against the noise words.
    """
    d = len(h)
    dot = np.float32(0.0)
    for c in range(d):
        dot += h[c] * out[c]
    step = rate * (np.float32(1.0) - sigmoid(dot))
    share = np.float32(1.0) / np.float32(b - a - 1)
    for c in range(d):
        dh[c] = share * (dh[c] + step * out[c] - rate * l2 * h[c])
        dout[c] = step * h[c] - rate * l2 * out[c]
    for j in range(a, b):
        if j != own:
            for c in range(d):
                drows[j, c] += dh[c]


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def train_cbow(
    centre: np.ndarray,
    context: np.ndarray,
    segment: Segment,
    first: int,
    ends: np.ndarray,
    rates: np.ndarray,
    noise: np.ndarray,
    negative: int,
    l2: np.float32,
) -> None:
    """Train CBOW over blocks of kept positions, in place; parameters as in `train_skipgram`.

    The input vectors of this architecture are the context words' rows of `centre`. Each gets its true share, 1 / n,
    of the gradient of their mean, unlike in the word2vec program (Irsoy, Benton and Stratos 2021).
    """
    kept, left, right, d = segment.kept, segment.left, segment.right, centre.shape[1]
    longest, reach, shared = _longest(first, ends), max(left.max(), right.max()), noise.shape[1]
    rows, drows = np.empty((longest + 2 * reach, d), np.float32), np.empty((longest + 2 * reach, d), np.float32)
    h, dh = np.empty((longest, d), np.float32), np.empty((longest, d), np.float32)
    out, dout = np.empty((longest, d), np.float32), np.empty((longest, d), np.float32)
    bad, dbad = np.empty((shared, d), np.float32), np.empty((shared, d), np.float32)
    g, gt = np.empty((longest, shared), np.float32), np.empty((shared, longest), np.float32)
    weight = np.empty(longest, np.float32)
    begin = first
    for block in range(len(ends)):
        end, rate = ends[block], rates[block]
        n, lo, hi = end - begin, max(0, begin - reach), min(len(kept), end + reach)
        _gather(centre, kept[lo:hi], rows)
        _gather(context, kept[begin:end], out)
        _gather(context, noise[block], bad)
        for i in range(n):
            own, around = begin + i - lo, left[begin + i] + right[begin + i]
            weight[i] = rate * np.float32(negative * min(around, 1)) / np.float32(shared)
            _mean_but_one(rows, own - left[begin + i], own + right[begin + i] + 1, own, h[i])
        _noise_steps(h, bad, weight, n, g, gt)
        _combine(g, bad, n, shared, dh)
        _combine(gt, h, shared, n, dbad)
        drows[: hi - lo] = np.float32(0.0)
        for i in range(n):
            own = begin + i - lo
            a, b = own - left[begin + i], own + right[begin + i] + 1
            if b - a > 1:
                _centre_steps(h[i], out[i], a, b, own, rate, l2, dh[i], dout[i], drows)
            else:
                dout[i] = np.float32(0.0)
        _scatter(centre, kept[lo:hi], drows)
        _scatter(context, kept[begin:end], dout)
        _scatter(context, noise[block], dbad)
        begin = end
