"""AdaGrad over the pairs of a co-occurrence matrix: the compiled inner loop of GloVe."""

import numba
import numpy as np

# Sums may be reordered (which vectorises them) and multiply-adds fused; NaN and infinity keep their meaning.
FAST = {"reassoc", "contract", "nsz", "arcp"}


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def train_pairs(
    word: np.ndarray,
    context: np.ndarray,
    word_bias: np.ndarray,
    context_bias: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    log_count: np.ndarray,
    weight: np.ndarray,
    rate: np.float32,
    l2: np.float32,
) -> None:
    """One AdaGrad step a pair, in the order given, in place (Duchi et al. 2011; Pennington et al. 2014, section 4.2).

    Parameters
    ----------
    word, context : float32 [V, 2, d], for each word its vector, then the sums of squared gradients of the vector's
        components: side by side, because both are read at each step.
    word_bias, context_bias : float32 [V, 2], the same for the biases.
    row, column : int32 [pairs]; log_count, weight : float32 [pairs]; rate, l2 : of the settings.
    """
    d = word.shape[2]
    for p in range(len(row)):
        w, w_squares, b = word[row[p], 0], word[row[p], 1], word_bias[row[p]]
        c, c_squares, e = context[column[p], 0], context[column[p], 1], context_bias[column[p]]
        dot = np.float32(0.0)
        for k in range(d):
            dot += w[k] * c[k]
        step = weight[p] * (dot + b[0] + e[0] - log_count[p])
        for k in range(d):
            of_w, of_c = step * c[k] + l2 * w[k], step * w[k] + l2 * c[k]
            w[k] -= rate * of_w / np.sqrt(w_squares[k])
            c[k] -= rate * of_c / np.sqrt(c_squares[k])
            w_squares[k] += of_w * of_w
            c_squares[k] += of_c * of_c
        b[0] -= rate * step / np.sqrt(b[1])
        e[0] -= rate * step / np.sqrt(e[1])
        b[1] += step * step
        e[1] += step * step


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def cost_and_gradient_norm(
    word: np.ndarray,
    context: np.ndarray,
    word_bias: np.ndarray,
    context_bias: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    log_count: np.ndarray,
    weight: np.ndarray,
    l2: np.float32,
) -> tuple[float, float]:
    """Mean cost of a pair, without penalty, and Euclidean norm of the gradient of the mean cost, with penalty.

    A pass of its own: the running cost of an iteration would mix the states that it went through. Parameters as in
    `train_pairs`; sums in float64.
    """
    d = word.shape[2]
    gradient = np.zeros((2, word.shape[0], d + 1))
    total = 0.0
    for p in range(len(row)):
        w, c = word[row[p], 0], context[column[p], 0]
        of_row, of_column = gradient[0, row[p]], gradient[1, column[p]]
        dot = np.float32(0.0)
        for k in range(d):
            dot += w[k] * c[k]
        difference = dot + word_bias[row[p], 0] + context_bias[column[p], 0] - log_count[p]
        step = weight[p] * difference
        total += 0.5 * step * difference
        for k in range(d):
            of_row[k] += step * c[k] + l2 * w[k]
            of_column[k] += step * w[k] + l2 * c[k]
        of_row[d] += step
        of_column[d] += step
    return total / len(row), np.sqrt((gradient**2).sum()) / len(row)
