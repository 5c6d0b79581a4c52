"""Word2Vec with negative sampling one prediction at a time: slow, and what the block kernels are held to.

Each predicted word meets its own `negative` fresh noise words, and its step is taken before the next prediction, as in
the word2vec program. Two things are as in this project: a noise word that equals the predicted word is kept (Mikolov
et al. 2013, equation 4), and in CBOW each context word gets its share 1 / n of the gradient of the mean.
"""

import numba
import numpy as np

from wordspaces.common.streams import generator
from wordspaces.models.result import aligned_rows
from wordspaces.models.word2vec.sampling import (
    Noise,
    Segment,
    alias_table,
    draw_segment,
    keep_probabilities,
    next_random,
    noise_distribution,
    stream_state,
)
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.tokens.encoded import Encoded

SEGMENT = 1 << 16
FAST = {"reassoc", "contract", "nsz", "arcp"}


@numba.njit(fastmath=FAST, error_model="numpy")
def _predict(
    x: np.ndarray,
    word: int,
    negative: int,
    noise: Noise,
    state: np.ndarray,
    context: np.ndarray,
    rate: float,
    dx: np.ndarray,
) -> None:
    """One prediction: change the output vectors, and set `dx` to the step of the input x."""
    dx[:] = np.float32(0.0)
    for q in range(negative + 1):
        target = np.float32(1.0)
        if q:
            target, bits = np.float32(0.0), next_random(state)
            word = np.int64(((bits >> np.uint64(32)) * np.uint64(len(noise.accept))) >> np.uint64(32))
            if np.float32((bits & np.uint64(0xFFFFFF)) * np.float32(2.0**-24)) >= noise.accept[word]:
                word = noise.alias[word]
        out, dot = context[word], np.float32(0.0)
        for c in range(len(x)):
            dot += x[c] * out[c]
        step = np.float32(rate) * (target - np.float32(1.0) / (np.float32(1.0) + np.exp(-dot)))
        for c in range(len(x)):
            dx[c] += step * out[c]
            out[c] += step * x[c]


@numba.njit(fastmath=FAST, error_model="numpy")
def _train(
    centre: np.ndarray,
    context: np.ndarray,
    segment: Segment,
    rates: np.ndarray,
    noise: Noise,
    state: np.ndarray,
    negative: int,
    skipgram: bool,
) -> None:
    """All predictions of a segment, in the order of the text; rates : float64, of each kept position."""
    kept, h, dx = segment.kept, np.zeros(centre.shape[1], np.float32), np.zeros(centre.shape[1], np.float32)
    for i in range(len(kept)):
        a, b = i - segment.left[i], i + segment.right[i] + 1
        if skipgram:
            for j in range(a, b):
                if j != i:
                    x = centre[kept[i]]
                    _predict(x, kept[j], negative, noise, state, context, rates[i], dx)
                    for c in range(len(x)):
                        x[c] += dx[c]
        elif b - a > 1:
            h[:], share = np.float32(0.0), np.float32(1.0 / (b - a - 1))
            for j in range(a, b):
                if j != i:
                    x = centre[kept[j]]
                    for c in range(len(x)):
                        h[c] += share * x[c]
            _predict(h, kept[i], negative, noise, state, context, rates[i], dx)
            for j in range(a, b):
                if j != i:
                    x = centre[kept[j]]
                    for c in range(len(x)):
                        x[c] += share * dx[c]


def train_pairwise(text: Encoded, size: int, chosen: Word2VecSettings, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Input and output vectors, float32 [V, d], trained on all documents, in a new random order each epoch."""
    ids, documents = text.ids, text.documents
    counts, lengths = np.bincount(ids, minlength=size), np.diff(documents)
    keep = keep_probabilities(counts, chosen.subsample)
    noise = alias_table(noise_distribution(counts, chosen.noise_power))
    centre, context = aligned_rows(size, chosen.dimension), aligned_rows(size, chosen.dimension)
    uniform = generator(seed, "pairwise", "initialisation").random((size, chosen.dimension), np.float32)
    centre[:, : chosen.dimension] = (uniform - np.float32(0.5)) / np.float32(chosen.dimension)
    total, seen, state = len(ids) * chosen.epochs, 0, stream_state(seed, "pairwise", "sampling")
    for epoch in range(chosen.epochs):
        order = generator(seed, "pairwise", "order", str(epoch)).permutation(len(lengths))
        ends = np.cumsum(lengths[order])
        for part in np.split(order, np.searchsorted(ends, np.arange(SEGMENT, ends[-1], SEGMENT))):
            segment = draw_segment(ids, documents, part, keep, chosen.window, chosen.dynamic_window, state)
            share = (seen + segment.source) / total
            rates = chosen.learning_rate + (chosen.final_learning_rate - chosen.learning_rate) * share
            skipgram = chosen.architecture == "skipgram"
            _train(centre, context, segment, rates, noise, state, chosen.negative, skipgram)
            seen += int(lengths[part].sum())
    return centre[:, : chosen.dimension].copy(), context[:, : chosen.dimension].copy()
