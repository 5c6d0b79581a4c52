"""AdaGrad over the pairs of a co-occurrence matrix in tiles: the compiled inner loops of GloVe."""

import numba
import numpy as np

# Sums may be reordered (which vectorises them) and multiply-adds fused, roots and quotients taken by estimate and one
# step of Newton; NaN and infinity keep their meaning. `error_model` drops the test for division by zero, which would
# keep the loops from being vectorised.
FAST = {"reassoc", "contract", "nsz", "arcp", "afn"}


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def train_tiles(
    word: np.ndarray,
    context: np.ndarray,
    word_bias: np.ndarray,
    context_bias: np.ndarray,
    cell: np.ndarray,
    log_count: np.ndarray,
    weight: np.ndarray,
    starts: np.ndarray,
    tile: np.ndarray,
    across: int,
    side: int,
    order: np.ndarray,
    begin: int,
    stop: int,
    rate: np.float32,
    bias_rate: np.float32,
    l2: np.float32,
) -> None:
    """One AdaGrad step a pair, in place (Duchi et al. 2011; Pennington et al. 2014, section 4.2).

    Parameters
    ----------
    word, context : float32 [V, 2, stride], for each word its vector, then the sums of squared gradients of the vector's
        components: side by side, because both are read at each step. Columns from d on are 0, their sums 1.
    word_bias, context_bias : float32 [V, 2], the same for the biases.
    cell, log_count, weight, starts, tile, across, side : of `tiles.Tiles`.
    order : int64, the parts of all tiles in the order of this pass; begin, stop : pairs of the pass to visit.
    rate : of vectors; bias_rate : of biases, 0 where there are none; l2 : of the settings.
    """
    d = word.shape[2]
    passed = 0
    for part in order:
        first, number = starts[part], starts[part + 1] - starts[part]
        a, b = max(begin - passed, 0), min(stop - passed, number)
        passed += number
        row0, column0 = (tile[part] // across) * side, (tile[part] % across) * side
        for p in range(first + a, first + b):
            r, q = row0 + np.int64(cell[p] >> np.uint32(16)), column0 + np.int64(cell[p] & np.uint32(0xFFFF))
            w, w_squares, c, c_squares = word[r, 0], word[r, 1], context[q, 0], context[q, 1]
            dot = np.float32(0.0)
            for k in range(d):
                dot += w[k] * c[k]
            step = weight[p] * (dot + word_bias[r, 0] + context_bias[q, 0] - log_count[p])
            for k in range(d):
                of_w, of_c = step * c[k] + l2 * w[k], step * w[k] + l2 * c[k]
                w[k] -= rate * of_w / np.sqrt(w_squares[k])
                c[k] -= rate * of_c / np.sqrt(c_squares[k])
                w_squares[k] += of_w * of_w
                c_squares[k] += of_c * of_c
            word_bias[r, 0] -= bias_rate * step / np.sqrt(word_bias[r, 1])
            context_bias[q, 0] -= bias_rate * step / np.sqrt(context_bias[q, 1])
            word_bias[r, 1] += step * step
            context_bias[q, 1] += step * step


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def cost_and_gradient(
    word: np.ndarray,
    context: np.ndarray,
    word_bias: np.ndarray,
    context_bias: np.ndarray,
    cell: np.ndarray,
    log_count: np.ndarray,
    weight: np.ndarray,
    starts: np.ndarray,
    tile: np.ndarray,
    across: int,
    side: int,
    l2: np.float32,
    of_word: np.ndarray,
    of_context: np.ndarray,
    of_biases: np.ndarray,
) -> tuple[float, float]:
    """Summed cost of all pairs, summed penalty; adds the gradient of their sum to the last three.

    A pass of its own: the running cost of an iteration would mix the states that it went through, and weigh those of
    the tiles that come first. of_word, of_context : float32 [V, stride]; of_biases : float64 [2, V]. The others as in
    `train_tiles`.
    """
    d = word.shape[2]
    total, penalty = 0.0, 0.0
    for part in range(len(tile)):
        row0, column0 = (tile[part] // across) * side, (tile[part] % across) * side
        for p in range(starts[part], starts[part + 1]):
            r, q = row0 + np.int64(cell[p] >> np.uint32(16)), column0 + np.int64(cell[p] & np.uint32(0xFFFF))
            w, c, of_row, of_column = word[r, 0], context[q, 0], of_word[r], of_context[q]
            dot = np.float32(0.0)
            for k in range(d):
                dot += w[k] * c[k]
            difference = dot + word_bias[r, 0] + context_bias[q, 0] - log_count[p]
            step = weight[p] * difference
            total += 0.5 * np.float64(step) * difference
            if l2 > 0:
                squares = np.float32(0.0)
                for k in range(d):
                    squares += w[k] * w[k] + c[k] * c[k]
                penalty += 0.5 * np.float64(l2) * squares
            for k in range(d):
                of_row[k] += step * c[k] + l2 * w[k]
                of_column[k] += step * w[k] + l2 * c[k]
            of_biases[0, r] += step
            of_biases[1, q] += step
    return total, penalty
