"""Where the time of a Word2Vec training goes, and what share of the core's arithmetic it uses."""

import time

import numba
import numpy as np
from benchmarks.text import Text

from wordspaces.models.result import aligned_rows
from wordspaces.models.word2vec import kernel
from wordspaces.models.word2vec.blocks import in_loops, products
from wordspaces.models.word2vec.sampling import (
    alias_table,
    draw_noise,
    draw_segment,
    keep_probabilities,
    noise_distribution,
    stream_state,
)
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import BLOCK


def kernel_seconds(text: Text, chosen: Word2VecSettings, rounds: int = 3) -> np.ndarray:
    """CPU seconds of an epoch, float64 [rounds, 3]: draws of windows and noise, kernel, kernel in plain loops."""
    given = text.training
    counts = np.bincount(given.ids, minlength=text.size)
    keep, noise = (
        keep_probabilities(counts, chosen.subsample),
        alias_table(noise_distribution(counts, chosen.noise_power)),
    )
    state, every, found = stream_state(0, "benchmark"), np.arange(len(given.documents) - 1), []
    skipgram = chosen.architecture == "skipgram"
    train, fall = (kernel.train_skipgram, (np.float32(chosen.fall),)) if skipgram else (kernel.train_cbow, ())
    for number in range(rounds + 1):  # the first compiles
        begin = time.process_time()
        segment = draw_segment(
            given.ids, given.documents, every, keep, chosen.window, not chosen.weighted_window, state
        )
        ends = np.minimum(np.arange(0, len(segment.kept), BLOCK) + BLOCK, len(segment.kept))
        words = draw_noise(noise, state, len(ends), chosen.shared_negatives)
        spent, rates = [time.process_time() - begin], np.full(len(ends), chosen.learning_rate, np.float32)
        for plain in (None, in_loops(chosen.dimension)):
            tables = [aligned_rows(text.size, chosen.dimension) for _ in range(2)]
            tables[0] += np.float32(0.001)
            begin = time.process_time()
            train(*tables, segment, 0, ends, rates, words, chosen.negative, np.float32(0.0), *fall, plain=plain)
            spent.append(time.process_time() - begin)
        found += [spent] if number else []
    return np.array(found)


def operations(text: Text, chosen: Word2VecSettings) -> float:
    """Floating-point operations that the estimator needs for one epoch: dot products and the steps of both sides."""
    given = text.training
    keep = keep_probabilities(np.bincount(given.ids, minlength=text.size), chosen.subsample)
    every, state = np.arange(len(given.documents) - 1), stream_state(0, "benchmark")
    segment = draw_segment(given.ids, given.documents, every, keep, chosen.window, not chosen.weighted_window, state)
    pairs = float((segment.left + segment.right).sum())
    inputs = len(segment.kept)
    multiplied = 3.0 * chosen.shared_negatives * inputs  # rows multiplied and added up: scores, steps of either side
    multiplied += 3.0 * pairs if chosen.architecture == "skipgram" else 2.0 * pairs + 3.0 * inputs
    return 2.0 * chosen.dimension * multiplied


@numba.njit
def _repeat(a: np.ndarray, b: np.ndarray, out: np.ndarray, repeats: int) -> None:
    for _ in range(repeats):
        products(a, len(a), b, len(b), out, None)


def peak_flops() -> float:
    """Floating-point operations a second of the fastest loop at hand: long dot products from the first cache."""
    rows, length, repeats, best = 8, 512, 100_000, np.inf
    a, b, out = aligned_rows(rows, length), aligned_rows(4, length), aligned_rows(rows, 4)
    _repeat(a, b, out, 1)
    for _ in range(5):
        begin = time.process_time()
        _repeat(a, b, out, repeats)
        best = min(best, time.process_time() - begin)
    return repeats * 2.0 * rows * 4 * length / best
