"""The objective of GloVe, written for reading: cost and gradients on small arrays.

Used to measure cost and gradient, and as the slow twin that the compiled kernel is tested against.
"""

from typing import NamedTuple

import numpy as np


class Parameters(NamedTuple):
    """word, context : [V, d]; word_bias, context_bias : [V]."""

    word: np.ndarray
    context: np.ndarray
    word_bias: np.ndarray
    context_bias: np.ndarray


def pair_weight(count: np.ndarray, x_max: float, alpha: float) -> np.ndarray:
    """Weight of a pair: ``min(1, (X / x_max) ** alpha)`` (Pennington et al. 2014, equation 9); float64 [pairs]."""
    return np.minimum(1.0, (np.asarray(count, np.float64) / x_max) ** alpha)


def cost(
    parameters: Parameters, row: np.ndarray, column: np.ndarray, log_count: np.ndarray, weight: np.ndarray, l2: float
) -> tuple[float, Parameters]:
    """Cost of some pairs and its gradient.

    ``1/2 sum f(X) (w.w~ + b + b~ - log X)^2 + l2/2 (|w|^2 + |w~|^2)``: equation 8 with the factor 1/2 of the published
    program, in the natural logarithm.

    Parameters
    ----------
    parameters : the model; row, column : int [pairs]; log_count, weight : float [pairs], log X and f(X).

    Returns
    -------
    The summed cost, and its gradient in the shape of `parameters`.
    """
    w, c = parameters.word[row], parameters.context[column]
    difference = np.einsum("pd,pd->p", w, c) + parameters.word_bias[row] + parameters.context_bias[column] - log_count
    step = weight * difference
    total = 0.5 * float((step * difference).sum() + l2 * ((w**2).sum() + (c**2).sum()))
    gradient = Parameters(*(np.zeros_like(part) for part in parameters))
    np.add.at(gradient.word, row, step[:, None] * c + l2 * w)
    np.add.at(gradient.context, column, step[:, None] * w + l2 * c)
    np.add.at(gradient.word_bias, row, step)
    np.add.at(gradient.context_bias, column, step)
    return total, gradient
