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
from wordspaces.models.word2vec.text import Documents, Text

TOKENS = 1 << 13
PIECE = 1 << 9


class Sample(NamedTuple):
    """Predictions of a piece of text, and the noise words int [n, negative] that each input meets."""

    predictions: Predictions
    noise: np.ndarray


class Measured(NamedTuple):
    """loss : mean of a prediction, nats, without the penalty; gradient_norm : Euclidean norm, over both tables, of the
    gradient of that mean, with the penalty; penalty : mean of what L2 adds to the loss of a prediction."""

    loss: float
    gradient_norm: float
    penalty: float


def sample_of(text: Text, keep: np.ndarray, noise: Noise, settings: Word2VecSettings, name: str) -> Sample | None:
    """Predictions of `TOKENS` tokens or fewer, from documents drawn, subsampled as in training, with drawn windows.

    The draw depends on the text and on `name`, on no seed, so that the losses of all runs are comparable. Other
    parameters as in `sampling.draw_segment`. None where the text yields no prediction.
    """
    if not text.total:
        return None
    ids, offsets = _drawn_documents(text, name)
    state = stream_state(0, "word2vec", "evaluation", name)
    order = np.arange(len(offsets) - 1)
    segment = draw_segment(ids, offsets, order, keep, settings.window, settings.dynamic_window, state)
    n = len(segment.kept)
    drawn = predictions(segment, 0, n, len(keep), settings.architecture)
    if not len(drawn.position):
        return None
    return Sample(drawn, draw_noise(noise, state, n, settings.negative))


def _drawn_documents(text: Text, name: str) -> Documents:
    """Documents drawn at random, the last one cut where there are more than `TOKENS` tokens."""
    count = int(text.documents.sum())
    # Twice as many as are wanted on average, since some are short.
    wanted = min(count, 1 + 2 * TOKENS * count // text.total)
    chosen = text.take(generator(0, "word2vec", "evaluation", name).choice(count, wanted, replace=False))
    full = np.flatnonzero(chosen.offsets >= TOKENS)
    if not len(full):
        return chosen
    offsets = chosen.offsets[: full[0] + 1].copy()
    offsets[-1] = TOKENS
    return Documents(chosen.ids[:TOKENS], offsets)


def mean_loss(sample: Sample, inputs: np.ndarray, output: np.ndarray, settings: Word2VecSettings) -> Measured:
    """Loss and gradient on a sample; tables float [V, d].

    Positions go in pieces, since the full softmax has a score for each of them and each word of the vocabulary.
    """
    matrix, position, word = sample.predictions
    inputs, output = inputs.astype(np.float64), output.astype(np.float64)
    of_inputs, of_output, loss, penalty = np.zeros_like(inputs), np.zeros_like(output), 0.0, 0.0
    for first in range(0, matrix.shape[0], PIECE):
        rows = matrix[first : first + PIECE]
        begin, end = np.searchsorted(position, (first, first + PIECE))
        here = position[begin:end] - first, word[begin:end]
        x = rows @ inputs
        if settings.objective == "full_softmax":
            found = full_softmax(x, output, *here)
        else:
            found = negative_sampling(x, output, *here, sample.noise[first : first + PIECE], settings.negative)
        slopes = add_penalty(found, x, output, *here, settings.l2) if settings.l2 else found
        of_inputs += rows.T @ slopes.inputs
        of_output += slopes.output
        loss, penalty = loss + found.loss, penalty + slopes.loss - found.loss
    norm = float(np.sqrt((of_inputs**2).sum() + (of_output**2).sum()))
    return Measured(loss / len(position), norm / len(position), penalty / len(position))
