"""The full softmax of Word2Vec, exact, as matrix products over the whole vocabulary."""

import numpy as np

from wordspaces.models.word2vec.objectives import add_penalty, full_softmax, predictions
from wordspaces.models.word2vec.sampling import Segment
from wordspaces.models.word2vec.settings import Word2VecSettings

SOFTMAX_WORDS = 20_000


def train_softmax(
    tables: tuple[np.ndarray, np.ndarray],
    segment: Segment,
    starts: np.ndarray,
    ends: np.ndarray,
    rates: np.ndarray,
    settings: Word2VecSettings,
) -> None:
    """Gradient descent on the summed loss of each block of positions, in place.

    Parameters
    ----------
    tables : input and output vectors, float32 [V, d]; segment : the text.
    starts, ends : int64 [blocks], positions of each block; rates : float32 [blocks]; settings : of the run.
    """
    inputs, output = tables
    with np.errstate(all="ignore"):  # a diverged model is refused by its trainer, in words
        for begin, end, rate in zip(starts, ends, rates, strict=True):
            drawn = predictions(segment, int(begin), int(end), len(inputs), settings.architecture)
            if not len(drawn.position):
                continue
            matrix = drawn.inputs.astype(np.float32)
            x = matrix @ inputs
            found = full_softmax(x, output, drawn.position, drawn.word)
            if settings.l2:
                found = add_penalty(found, x, output, drawn.position, drawn.word, settings.l2)
            words = np.unique(matrix.indices)
            inputs[words] -= rate * (matrix[:, words].T @ found.inputs)
            output -= rate * found.output
