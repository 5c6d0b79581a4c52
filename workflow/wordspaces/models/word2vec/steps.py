"""From scores to steps, for the Word2Vec kernels: what each dot product says of how far its two vectors are to move."""

import numba
import numpy as np

# Sums may be reordered (which vectorises them) and multiply-adds fused; NaN and infinity keep their meaning.
FAST = {"reassoc", "contract", "nsz", "arcp"}


@numba.njit(fastmath=FAST, error_model="numpy", inline="always")
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


@numba.njit(fastmath=FAST, error_model="numpy")
def noise_steps(g: np.ndarray, n: int, weight: np.ndarray) -> None:
    """Turn the scores of noise words into their steps, ``-weight[i] * sigmoid(g[i, q])``."""
    for i in range(n):
        row, w = g[i], -weight[i]
        for q in range(len(row)):
            row[q] = w * sigmoid(row[q])


@numba.njit(fastmath=FAST, error_model="numpy")
def window_weights(left: np.ndarray, right: np.ndarray, fall: np.float32, out: np.ndarray) -> None:
    """Summed weights of the pairs of each position: a pair at distance k weighs ``1 - fall * (k - 1)``."""
    for i in range(len(left)):
        a, b = np.float32(left[i]), np.float32(right[i])
        half = np.float32(0.5) * fall
        out[i] = a + b - half * (a * (a - np.float32(1.0)) + b * (b - np.float32(1.0)))


@numba.njit(fastmath=FAST, error_model="numpy")
def context_steps(
    s: np.ndarray, n: int, offset: int, left: np.ndarray, right: np.ndarray, rate: np.float32, fall: np.float32
) -> None:
    """Turn the scores of context words into their steps, 0 outside the windows.

    ``rate * (1 - fall * (k - 1)) * (1 - sigmoid(s[i, j]))`` at the distance k of j from ``i + offset``.
    """
    near = rate + rate * fall
    for i in range(n):
        row, own = s[i], np.int32(i + offset)
        a, b = own - left[i], own + right[i]
        for q in range(len(row)):
            j = np.int32(q)
            weight = near - rate * fall * np.float32(abs(j - own))
            step = weight * (np.float32(1.0) - sigmoid(row[q]))
            row[q] = step if (j >= a) & (j <= b) & (j != own) else np.float32(0.0)


@numba.njit(fastmath=FAST, error_model="numpy")
def window_shares(m: np.ndarray, n: int, offset: int, left: np.ndarray, right: np.ndarray) -> None:
    """Matrix that takes the means of windows: 1 over the number of context words, 0 outside the windows."""
    for i in range(n):
        row, own = m[i], np.int32(i + offset)
        a, b = own - left[i], own + right[i]
        share = np.float32(1.0) / np.float32(max(b - a, np.int32(1)))
        for q in range(len(row)):
            j = np.int32(q)
            row[q] = share if (j >= a) & (j <= b) & (j != own) else np.float32(0.0)


@numba.njit(fastmath=FAST, error_model="numpy")
def predicted_steps(
    h: np.ndarray,
    out: np.ndarray,
    n: int,
    around: np.ndarray,
    rate: np.float32,
    l2: np.float32,
    dh: np.ndarray,
    dout: np.ndarray,
) -> None:
    """Steps `dh`, `dout` of the inputs h and of the words `out` that they predict; 0 where nothing is `around`."""
    for i in range(n):
        x, y, dx, dy = h[i], out[i], dh[i], dout[i]
        dot = np.float32(0.0)
        for c in range(len(x)):
            dot += x[c] * y[c]
        some = np.float32(min(around[i], 1))
        step, decay = some * rate * (np.float32(1.0) - sigmoid(dot)), some * rate * l2
        for c in range(len(x)):
            dx[c] = step * y[c] - decay * x[c]
            dy[c] = step * x[c] - decay * y[c]


@numba.njit(fastmath=FAST, error_model="numpy")
def decay_pairs(
    x: np.ndarray,
    inputs: np.ndarray,
    centre: np.ndarray,
    offset: int,
    left: np.ndarray,
    right: np.ndarray,
    out: np.ndarray,
    words: np.ndarray,
    context: np.ndarray,
    shrink: np.float32,
    fall: np.float32,
) -> None:
    """Take ``shrink`` times their vectors off both words of each pair: `inputs` with rows `x`, `words` with `out`.

    A pair at distance k counts ``1 - fall * (k - 1)`` times.
    """
    pairs = np.zeros(len(words), np.float32)
    for i in range(len(inputs)):
        own, count = i + offset, np.float32(0.0)
        for j in range(own - left[i], own + right[i] + 1):
            weight = np.float32(1.0) - fall * np.float32(abs(j - own) - 1) if j != own else np.float32(0.0)
            pairs[j] += weight
            count += weight
        factor, source, target = shrink * count, x[i], centre[inputs[i]]
        for c in range(len(source)):
            target[c] -= factor * source[c]
    for j in range(len(words)):
        factor, source, target = shrink * pairs[j], out[j], context[words[j]]
        for c in range(len(source)):
            target[c] -= factor * source[c]
