"""Loss and gradient of Word2Vec on a fixed sample of text: the same sample at every point of every run."""

from typing import NamedTuple

import numpy as np

from wordspaces.common.streams import generator
from wordspaces.models.word2vec.objectives import (
    Predictions,
    add_penalty,
    full_softmax,
    negative_sampling,
    predictions,
)
from wordspaces.models.word2vec.sampling import Noise, draw_noise, draw_segment, stream_state
from wordspaces.models.word2vec.settings import Word2VecSettings

TOKENS = 1 << 13


class Sample(NamedTuple):
    """Predictions of a piece of text, and the noise words int [n, negative] that each input meets."""

    predictions: Predictions
    noise: np.ndarray


def draw_sample(
    ids: np.ndarray, documents: np.ndarray, keep: np.ndarray, noise: Noise, settings: Word2VecSettings, name: str
) -> Sample | None:
    """Predictions of whole documents, about `TOKENS` tokens of them, drawn and subsampled as in training.

    The draw depends on the text and on `name`, on no seed, so that the losses of all runs are comparable. Other
    parameters as in `sampling.draw_segment`. None where the text yields no prediction.
    """
    order = generator(0, "word2vec", "evaluation", name).permutation(len(documents) - 1)
    lengths = np.diff(documents)[order]
    order = order[: 1 + int(np.searchsorted(np.cumsum(lengths), TOKENS))]
    state = stream_state(0, "word2vec", "evaluation", name)
    segment = draw_segment(ids, documents, order, keep, settings.window, settings.dynamic_window, state)
    n = len(segment.kept)
    drawn = predictions(segment, 0, n, len(keep), settings.architecture)
    if not len(drawn.position):
        return None
    return Sample(drawn, draw_noise(noise, state, n, settings.negative))


def mean_loss(
    sample: Sample, inputs: np.ndarray, output: np.ndarray, settings: Word2VecSettings
) -> tuple[float, float]:
    """Loss and gradient on a sample; tables float [V, d].

    Returns
    -------
    The mean loss of a prediction, nats, without the penalty; the Euclidean norm, over both tables, of the gradient of
    that mean, with the penalty.
    """
    matrix, position, word = sample.predictions
    output = output.astype(np.float64)
    x = matrix @ inputs.astype(np.float64)
    if settings.objective == "full_softmax":
        found = full_softmax(x, output, position, word)
    else:
        found = negative_sampling(x, output, position, word, sample.noise, settings.negative)
    slopes = add_penalty(found, x, output, position, word, settings.l2) if settings.l2 else found
    square = ((matrix.T @ slopes.inputs) ** 2).sum() + (slopes.output**2).sum()
    return found.loss / len(position), float(np.sqrt(square)) / len(position)
