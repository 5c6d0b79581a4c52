"""The objectives of Word2Vec, written for reading: losses and gradients on small arrays.

Used to measure loss and gradient on fixed samples of text, to train with the full softmax, and as the slow twin that
the compiled kernels are tested against. Both architectures are one model: input vectors ``x = A U`` with the table of
input words U, where row i of A picks the centre word (skip-gram) or averages the context words (CBOW), and a list of
words to predict from each input.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from wordspaces.models.word2vec.sampling import Segment


class Predictions(NamedTuple):
    """inputs : sparse [n, V], the matrix A; position, word : int [p], which word is predicted from which input."""

    inputs: csr_array
    position: np.ndarray
    word: np.ndarray


class Gradients(NamedTuple):
    """loss : sum of the losses of all predictions, nats; inputs : [n, d], its gradient in x; output : [V, d], in the
    output table."""

    loss: float
    inputs: np.ndarray
    output: np.ndarray


def predictions(
    segment: Segment, begin: int, end: int, size: int, architecture: Literal["skipgram", "cbow"]
) -> Predictions:
    """What is predicted from what at the positions ``begin..end-1`` of a segment.

    Positions without a context word are inputs of no prediction. `size` is the number of words in the vocabulary.
    """
    n, left, right = end - begin, segment.left[begin:end], segment.right[begin:end]
    reach = int(max(left.max(initial=0), right.max(initial=0)))
    offsets = np.concatenate([np.arange(-reach, 0), np.arange(1, reach + 1)])
    inside = (offsets >= -left[:, None]) & (offsets <= right[:, None])
    position, which = np.nonzero(inside)
    centre = segment.kept[begin:end]
    around = segment.kept[position + begin + offsets[which]]
    if architecture == "skipgram":
        matrix = csr_array((np.ones(n), (np.arange(n), centre)), shape=(n, size))
        return Predictions(matrix, position, around)
    counts = inside.sum(axis=1)
    matrix = csr_array((1.0 / counts[position], (position, around)), shape=(n, size))
    some = np.flatnonzero(counts)
    return Predictions(matrix, some, centre[some])


def log_one_plus_exp(x: np.ndarray) -> np.ndarray:
    """``log(1 + exp(x))`` without overflow: minus the log of the logistic function of -x."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def logistic(x: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))`` without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def negative_sampling(
    x: np.ndarray, output: np.ndarray, position: np.ndarray, word: np.ndarray, noise: np.ndarray, negative: int
) -> Gradients:
    """Negative sampling (Mikolov et al. 2013, equation 4), the expectation estimated by the noise words given.

    ``sum over predictions of -log s(x.o) - negative * mean over noise of log s(-x.o')``, s the logistic function.

    Parameters
    ----------
    x : [n, d], input vectors; output : [V, d], output table; position, word : int [p], the predictions.
    noise : int [n, K], noise words that the predictions of each input meet; negative : their weight together.
    """
    predicted = np.bincount(position, minlength=len(x))
    weight = np.repeat(predicted * (negative / noise.shape[1]), noise.shape[1])
    rows = np.concatenate([position, np.repeat(np.arange(len(x)), noise.shape[1])])
    columns = np.concatenate([word, noise.ravel()])
    good = np.einsum("pd,pd->p", x[position], output[word])
    bad = np.einsum("nd,nkd->nk", x, output[noise]).ravel()
    loss = log_one_plus_exp(-good).sum() + weight @ log_one_plus_exp(bad)
    slopes = np.concatenate([-logistic(-good), weight * logistic(bad)]).astype(x.dtype)
    by_score = csr_array((slopes, (rows, columns)), shape=(len(x), len(output)))
    return Gradients(float(loss), by_score @ output, by_score.T @ x)


def full_softmax(x: np.ndarray, output: np.ndarray, position: np.ndarray, word: np.ndarray) -> Gradients:
    """Softmax over the whole vocabulary (Mikolov et al. 2013, equation 2).

    The gradient of one prediction in its input is ``sum over c' of P(c' | x) o_c' - o_c``. Parameters as in
    `negative_sampling`.
    """
    scores = x @ output.T
    peak = scores.max(axis=1, keepdims=True)
    shares = np.exp(scores - peak)
    total = shares.sum(axis=1, keepdims=True)
    predicted = np.bincount(position, minlength=len(x)).astype(x.dtype)
    log_total = np.log(total[:, 0]) + peak[:, 0]
    loss = (predicted * log_total).sum() - scores[position, word].sum()
    slopes = shares * (predicted[:, None] / total)
    np.subtract.at(slopes, (position, word), 1.0)
    return Gradients(float(loss), slopes @ output, slopes.T @ x)


def add_penalty(
    gradients: Gradients, x: np.ndarray, output: np.ndarray, position: np.ndarray, word: np.ndarray, l2: float
) -> Gradients:
    """Add ``l2 / 2 * (|x|^2 + |o|^2)`` of every prediction to loss and gradients."""
    size = len(output)
    of_input = np.bincount(position, minlength=len(x)).astype(x.dtype)[:, None]
    of_output = np.bincount(word, minlength=size).astype(x.dtype)[:, None]
    loss = 0.5 * l2 * float((of_input * x**2).sum() + (of_output * output**2).sum())
    return Gradients(
        gradients.loss + loss,
        gradients.inputs + l2 * of_input * x,
        gradients.output + l2 * of_output * output,
    )
