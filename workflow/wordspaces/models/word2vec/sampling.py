"""What Word2Vec draws at random: which tokens it keeps, how wide each window is, which noise words it sees."""

from typing import NamedTuple

import numba
import numpy as np

from wordspaces.common.streams import stream_seed
from wordspaces.cooccurrence import subsampling

STEP = np.uint64(0x9E3779B97F4A7C15)


class Segment(NamedTuple):
    """Some documents end to end, frequent words dropped.

    kept : int32 [n], word at each kept position; source : int64 [n], its offset among the tokens of the segment;
    left, right : int32 [n], context words on either side, inside the document and the window, drawn or whole.
    """

    kept: np.ndarray
    source: np.ndarray
    left: np.ndarray
    right: np.ndarray


class Noise(NamedTuple):
    """Noise distribution as an alias table: accept float32 [V], alias int32 [V]."""

    accept: np.ndarray
    alias: np.ndarray


def stream_state(seed: int, *names: str) -> np.ndarray:
    """State uint64 [1] of a SplitMix64 generator for the stream `names` under `seed`, to be advanced in place."""
    return np.array([stream_seed(seed, *names) & 0xFFFFFFFFFFFFFFFF], np.uint64)


@numba.njit(cache=True, inline="always")
def next_random(state: np.ndarray) -> np.uint64:
    """Next 64 random bits (Steele, Lea and Flood 2014, SplitMix64)."""
    state[0] += STEP
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def keep_probabilities(counts: np.ndarray, threshold: float | None) -> np.ndarray:
    """Probability that a token of each word is kept when frequent words are subsampled, by the rule of all families.

    counts : int64 [V], tokens of each word in the training sample; threshold : as in `subsampling.keep_probabilities`,
    or None to keep every token. Returns float32 [V]; 1 for words that do not occur.
    """
    if threshold is None:
        return np.ones(len(counts), np.float32)
    return subsampling.keep_probabilities(counts, threshold).astype(np.float32)


def noise_distribution(counts: np.ndarray, power: float) -> np.ndarray:
    """Probability of each word as noise: counts to the `power`, normalised (Mikolov et al. 2013, section 2.2).

    counts : int64 [V]; words that do not occur get 0. Returns float64 [V].
    """
    raised = np.where(counts > 0, counts.astype(np.float64) ** power, 0.0)
    return raised / raised.sum()


@numba.njit(cache=True)
def alias_table(probabilities: np.ndarray) -> Noise:
    """Table that draws from a discrete distribution in constant time (Walker 1977; Vose 1991).

    probabilities : float64 [V], sum 1. In the result, `accept` is the probability of staying at a uniformly drawn
    cell and `alias` the word to take otherwise.
    """
    size = len(probabilities)
    scaled = probabilities * size
    accept, alias = np.ones(size, np.float32), np.arange(size).astype(np.int32)
    small, large = np.empty(size, np.int64), np.empty(size, np.int64)
    n_small = n_large = 0
    for w in range(size):
        if scaled[w] < 1.0:
            small[n_small] = w
            n_small += 1
        else:
            large[n_large] = w
            n_large += 1
    while n_small and n_large:
        n_small -= 1
        low, high = small[n_small], large[n_large - 1]
        accept[low], alias[low] = scaled[low], high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            n_large -= 1
            small[n_small] = high
            n_small += 1
    return Noise(accept, alias)


@numba.njit(cache=True)
def draw_noise(noise: Noise, state: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Words drawn from a noise distribution, int32 [rows, columns]; advances `state`."""
    words = np.empty((rows, columns), np.int32)
    out = words.ravel()
    size = np.uint64(len(noise.accept))
    for q in range(len(out)):
        bits = next_random(state)
        cell = np.int64(((bits >> np.uint64(32)) * size) >> np.uint64(32))
        coin = np.float32((bits & np.uint64(0xFFFFFF)) * np.float32(2.0**-24))
        out[q] = cell if coin < noise.accept[cell] else noise.alias[cell]
    return words


@numba.njit(cache=True)
def draw_segment(
    ids: np.ndarray,
    documents: np.ndarray,
    order: np.ndarray,
    keep: np.ndarray,
    window: int,
    dynamic: bool,
    state: np.ndarray,
) -> Segment:
    """Lay some documents end to end, drop frequent words, draw the windows.

    Parameters
    ----------
    ids, documents : the text and the offsets of its documents; order : int64, the documents of this segment.
    keep : float32 [V], from `keep_probabilities`; window, dynamic : of the settings; state : advanced in place.
    """
    tokens = 0
    for d in order:
        tokens += documents[d + 1] - documents[d]
    kept, source = np.empty(tokens, np.int32), np.empty(tokens, np.int64)
    left, right = np.empty(tokens, np.int32), np.empty(tokens, np.int32)
    n = offset = 0
    for d in order:
        first = n
        for i in range(documents[d], documents[d + 1]):
            if keep[ids[i]] >= 1.0 or (next_random(state) >> np.uint64(40)) * np.float32(2.0**-24) < keep[ids[i]]:
                kept[n], source[n] = ids[i], offset
                n += 1
            offset += 1
        for k in range(first, n):
            reach = window
            if dynamic:
                reach = 1 + np.int64(((next_random(state) >> np.uint64(32)) * np.uint64(window)) >> np.uint64(32))
            left[k] = min(reach, k - first)
            right[k] = min(reach, n - 1 - k)
    return Segment(kept[:n].copy(), source[:n].copy(), left[:n].copy(), right[:n].copy())
