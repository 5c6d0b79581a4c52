"""What a GloVe model costs: on the pairs that it was trained on, and on those of text that it has not seen."""

import numpy as np

from wordspaces.cooccurrence.tables import Matrix
from wordspaces.models.glove.kernel import cost_and_gradient
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import Tiles
from wordspaces.models.result import aligned_rows


def scaled(matrix: Matrix, factor: float) -> Matrix:
    """A matrix whose counts are multiplied by `factor`."""
    return lambda: ((row, column, factor * count) for row, column, count in matrix())


def evaluate(tables: tuple[np.ndarray, ...], tiles: Tiles, settings: GloveSettings) -> tuple[float, float, float]:
    """Means over pairs of the cost and of the penalty, and the Euclidean norm of the gradient of their sum."""
    size, stride = tables[0].shape[0], tables[0].shape[2]
    of_word, of_context, of_biases = aligned_rows(size, stride), aligned_rows(size, stride), np.zeros((2, size))
    sums = cost_and_gradient(*tables, *tiles, np.float32(settings.l2), of_word, of_context, of_biases)
    squares = sum(np.einsum("vk,vk->v", part, part).sum(dtype=np.float64) for part in (of_word, of_context))
    if settings.biases:
        squares += (of_biases**2).sum()
    cost, penalty, norm = (value / len(tiles.cell) for value in (*sums, float(np.sqrt(squares))))
    return cost, penalty, norm
