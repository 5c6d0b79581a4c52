"""Negative sampling in blocks: the compiled training loops of skip-gram and CBOW.

A block is some consecutive kept positions. Its inputs (centre vectors, or mean context vectors for CBOW) all meet the
same K noise words, each with weight ``predictions * negative / K``, which leaves the expected gradient as with fresh
noise words for each prediction (Mikolov et al. 2013, equation 4) and turns dot products into small matrix products
that stay in cache (after Ji et al. 2016, "Parallelizing Word2Vec in shared and distributed memory"). Vectors are
gathered once; the gradient of a block is taken at the gathered values and added to the tables at once.

Where the window of a position is drawn from 1..window, a pair at distance k is trained with probability
(window - k + 1) / window. The loss of skip-gram is a sum over pairs, so each can be trained at its expectation instead,
with that probability as its weight; the mean of CBOW's context words has no such form, and its windows are drawn.

A noise word that equals the predicted word is kept, as equation 4 has it. Rows of the tables are a multiple of 16
floats long (`models.result.aligned_rows`), beyond the dimension zero, and stay so. Both kernels run in the vector
instructions of `simd`, or with ``plain=in_loops(d)`` in ordinary loops, which agree to rounding.
"""

import numba
import numpy as np

from wordspaces.models.word2vec.blocks import (
    CODE,
    Plain,
    add_weighted,
    fetch,
    gather,
    products,
    scatter,
    window_products,
)
from wordspaces.models.word2vec.sampling import Segment
from wordspaces.models.word2vec.steps import (
    context_steps,
    decay_pairs,
    noise_steps,
    predicted_steps,
    window_shares,
    window_weights,
)


@numba.njit
def _longest(first: int, ends: np.ndarray) -> int:
    """Positions in the longest block."""
    longest, begin = 0, first
    for end in ends:
        longest, begin = max(longest, end - begin), end
    return longest


@numba.njit
def _rows(rows: int, d: int) -> np.ndarray:
    """Zeros, each row on a boundary of 64 bytes where d is a multiple of 16: a vector then lies in one cache line."""
    raw = np.zeros(rows * d + 16, np.float32)
    skip = (-raw.ctypes.data % 64) // 4
    return raw[skip : skip + rows * d].reshape(rows, d)


@numba.njit
def _fetch_next(
    near: np.ndarray,
    wide: np.ndarray,
    context: np.ndarray,
    kept: np.ndarray,
    end: int,
    stop: int,
    reach: int,
    noise: np.ndarray,
) -> None:
    """Ask for the rows of the block ``end..stop-1``: of `near` its own words, of `wide` those that come into reach."""
    fetch(near, kept[end:stop])
    fetch(wide, kept[min(end + reach, len(kept)) : min(stop + reach, len(kept))])
    fetch(context, noise)


@numba.njit(cache=True)
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
    fall: np.float32,
    plain: Plain = None,
    code: int = CODE,
) -> None:
    """Train skip-gram over blocks of kept positions, in place.

    Parameters
    ----------
    centre, context : float32 [V, d], the two tables; segment : from `sampling.draw_segment`.
    first : first position to train; ends : int64 [blocks], end of each block; rates : float32 [blocks].
    noise : int32 [blocks, K], noise words of each block; negative, l2 : of the settings.
    fall : what a pair weighs less for each word between its two: 0, or 1 / window for the expectation of windows drawn
        from 1..window, where `segment` has whole ones.
    plain : None, or from `blocks.in_loops` to do without `simd`.
    code : to be left alone, it makes the cached code follow its sources.
    """
    kept, left, right, d = segment.kept, segment.left, segment.right, centre.shape[1]
    longest, reach, shared = _longest(first, ends), max(left.max(), right.max()), noise.shape[1]
    many, wide = (shared + 3) // 4 * 4, (longest + 2 * reach + 6) // 4 * 4  # dot products come in fours
    x, out, bad = _rows(longest, d), _rows(wide, d), _rows(many, d)
    g, s = _rows(longest, many), _rows(longest, wide)
    weight, begin = np.empty(longest, np.float32), first
    for block in range(len(ends)):
        end, rate, words = ends[block], rates[block], noise[block]
        n, lo, hi = end - begin, max(0, begin - reach), min(len(kept), end + reach)
        before, after, offset = left[begin:end], right[begin:end], begin - lo
        inputs, around = kept[begin:end], kept[lo:hi]
        gather(centre, inputs, x, plain)
        gather(context, around, out, plain)
        gather(context, words, bad, plain)
        if block + 1 < len(ends):
            _fetch_next(centre, context, context, kept, end, ends[block + 1], reach, noise[block + 1])
        window_weights(before, after, fall, weight)
        weight[:n] *= rate * np.float32(negative) / np.float32(shared)
        products(x, n, bad, many, g, plain)
        noise_steps(g, n, weight)
        window_products(x, n, offset, before, after, out, s, plain)
        context_steps(s, n, offset, before, after, rate, fall)
        add_weighted(g, many, 1, bad, shared, -n, shared, centre, inputs, plain)
        add_weighted(g, 1, many, x, n, -shared, n, context, words, plain)
        add_weighted(s, wide, 1, out, hi - lo, offset - reach, offset + reach + 1, centre, inputs, plain)
        add_weighted(s, 1, wide, x, n, -offset - reach, reach + 1 - offset, context, around, plain)
        if l2 != 0.0:
            decay_pairs(x, inputs, centre, offset, before, after, out, around, context, rate * l2, fall)
        begin = end


@numba.njit(cache=True)
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
    plain: Plain = None,
    code: int = CODE,
) -> None:
    """Train CBOW over blocks of kept positions, in place; parameters as in `train_skipgram`.

    The input vectors of this architecture are the context words' rows of `centre`. Each gets its true share, 1 / n,
    of the gradient of their mean, unlike in the word2vec program (Irsoy, Benton and Stratos 2021).
    """
    kept, left, right, d = segment.kept, segment.left, segment.right, centre.shape[1]
    longest, reach, shared = _longest(first, ends), max(left.max(), right.max()), noise.shape[1]
    many, wide = (shared + 3) // 4 * 4, longest + 2 * reach
    rows, bad, out, dout = _rows(wide, d), _rows(many, d), _rows(longest, d), _rows(longest, d)
    h, dh, g, m = _rows(longest, d), _rows(longest, d), _rows(longest, many), _rows(longest, wide)
    weight, order, begin = np.empty(longest, np.float32), np.arange(longest).astype(np.int32), first
    for block in range(len(ends)):
        end, rate, words = ends[block], rates[block], noise[block]
        n, lo, hi = end - begin, max(0, begin - reach), min(len(kept), end + reach)
        before, after, offset = left[begin:end], right[begin:end], begin - lo
        around, every = kept[lo:hi], order[:n]
        gather(centre, around, rows, plain)
        gather(context, kept[begin:end], out, plain)
        gather(context, words, bad, plain)
        if block + 1 < len(ends):
            _fetch_next(context, centre, context, kept, end, ends[block + 1], reach, noise[block + 1])
        for i in range(n):
            weight[i] = rate * np.float32(negative * min(before[i] + after[i], 1)) / np.float32(shared)
        window_shares(m, n, offset, before, after)
        h[:] = np.float32(0.0)
        add_weighted(m, wide, 1, rows, hi - lo, offset - reach, offset + reach + 1, h, every, plain)
        products(h, n, bad, many, g, plain)
        noise_steps(g, n, weight)
        predicted_steps(h, out, n, before + after, rate, l2, dh, dout)
        add_weighted(g, many, 1, bad, shared, -n, shared, dh, every, plain)
        add_weighted(g, 1, many, h, n, -shared, n, context, words, plain)
        scatter(context, kept[begin:end], dout, plain)
        add_weighted(m, 1, wide, dh, n, -offset - reach, reach + 1 - offset, centre, around, plain)
        begin = end
