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
from wordspaces.models.word2vec.text import Documents, Text, text_of_arrays

TOKENS = 1 << 13


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


def draw_sample(
    ids: np.ndarray, documents: np.ndarray, keep: np.ndarray, noise: Noise, settings: Word2VecSettings, name: str
) -> Sample | None:
    """`sample_of` a text that is in memory: ids int32 [tokens], offsets of its documents int64 [documents + 1]."""
    return sample_of(text_of_arrays(ids, documents, len(keep), name), keep, noise, settings, name)


def sample_of(text: Text, keep: np.ndarray, noise: Noise, settings: Word2VecSettings, name: str) -> Sample | None:
    """Predictions of `TOKENS` tokens or fewer, from documents drawn, subsampled and windowed as in training.

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
    """Loss and gradient on a sample; tables float [V, d]."""
    matrix, position, word = sample.predictions
    output = output.astype(np.float64)
    x = matrix @ inputs.astype(np.float64)
    if settings.objective == "full_softmax":
        found = full_softmax(x, output, position, word)
    else:
        found = negative_sampling(x, output, position, word, sample.noise, settings.negative)
    slopes = add_penalty(found, x, output, position, word, settings.l2) if settings.l2 else found
    square = ((matrix.T @ slopes.inputs) ** 2).sum() + (slopes.output**2).sum()
    count = len(position)
    return Measured(found.loss / count, float(np.sqrt(square)) / count, (slopes.loss - found.loss) / count)
