"""Similarities of all pairs of spaces beside rsatoolbox: seconds, and whether the numbers agree.

Both sides start from vectors, make the dissimilarity matrices and compare every pair of them.
"""

from collections.abc import Callable, Iterator

import numpy as np
from benchmarks.timing import Gate, interleave, stopwatch
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from rsatoolbox.rdm import compare as peer_compare

from wordspaces.analysis.similarity.compare import METHODS, compare, jackknife_many
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.streams import generator

SPACES, WORDS, DIMENSION = 24, 2_000, 100
FAMILIES = 4
SMALL = 600  # words, enough for every compiled loop

# Dissimilarity and comparison of the peer, spaces, rounds (a short round says little), and least speed over it.
PEER = {
    "spearman": ("correlation", "spearman", SPACES, 3, 25.0),
    "pearson": ("correlation", "corr", SPACES, 5, 5.0),
    "cka-biased": ("euclidean", "cosine_cov", SPACES, 5, 8.0),
    "tau-a": ("correlation", "tau-a", 3, 3, 3.0),
}
DIFFERENCE = 1e-6


def run() -> Iterator[str | Gate]:
    """Lines to print and gates; the spaces are planted."""
    vectors = planted_spaces(SPACES, WORDS, DIMENSION)
    yield f"spaces: {SPACES} planted spaces of {WORDS:,} words x {DIMENSION}, {SPACES * (SPACES - 1) // 2} pairs"
    seconds, _ = stopwatch(lambda: jackknife_many(RDMs.of(vectors[:3, :SMALL], range(3)), list(METHODS)))
    yield f"jit: {seconds:.1f} s"
    for method, (_, _, spaces, rounds, speed) in PEER.items():
        peer(vectors[:3, :100], method)  # so that no first call pays for what it loads
        found = interleave(*(_timed(side, vectors[:spaces], method) for side in (ours, peer)), rounds)
        seconds = np.median(found.ours_seconds), np.median(found.peer_seconds)
        yield f"{method}, {spaces} spaces: {seconds[0]:.3f} s, rsatoolbox {seconds[1]:.3f} s"
        yield Gate(f"{method}_speed_over_rsatoolbox", found.speedup, speed, least=True)
        difference = max(np.abs(a - b).max() for a, b in zip(found.ours, found.peer, strict=True))
        yield Gate(f"{method}_difference_from_rsatoolbox", float(difference), DIFFERENCE, least=False)


def planted_spaces(spaces: int, words: int, dimension: int) -> np.ndarray:
    """Vectors float64 [spaces, words, dimension] whose RDMs agree by known parts.

    A space is a part common to all, a part common to its family and a part of its own, of equal variance; then rows
    and columns are centred. With zero row means the correlation distance of the peer is the cosine distance; with zero
    column means the centring that our RDMs ask for changes nothing. So both define the same dissimilarities.
    """
    draw = generator(0, "benchmark", "spaces")
    common = draw.standard_normal((words, dimension))
    family = draw.standard_normal((FAMILIES, words, dimension))
    values = common + family[np.arange(spaces) % FAMILIES] + draw.standard_normal((spaces, words, dimension))
    values -= values.mean(axis=2, keepdims=True)
    return values - values.mean(axis=1, keepdims=True)


def ours(vectors: np.ndarray, method: str) -> np.ndarray:
    """Similarities of all pairs of spaces here, float64 [s, s]."""
    return compare(RDMs.of(vectors, range(len(vectors))), method)


def peer(vectors: np.ndarray, method: str) -> np.ndarray:
    """The same by rsatoolbox, in the way its manual shows."""
    kind, name, *_ = PEER[method]
    rdms = calc_rdm([Dataset(space) for space in vectors], method=kind)
    return np.asarray(peer_compare(rdms, rdms, method=name))


def _timed(
    side: Callable[[np.ndarray, str], np.ndarray], vectors: np.ndarray, method: str
) -> Callable[[int], tuple[float, np.ndarray]]:
    """One round of a side, under the stopwatch."""
    return lambda number: stopwatch(lambda: side(vectors, method))
