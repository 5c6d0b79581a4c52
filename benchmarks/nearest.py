"""Nearest neighbours of every word beside the bare matrix product that they need, and beside faiss.

All sides use two threads. The product has the blocks and the precision of ours, into one buffer; faiss is its exact
index for inner products, filled and asked for one neighbour more, as it lists each word itself.
"""

from collections.abc import Callable, Iterator

import faiss
import numpy as np
from benchmarks.timing import Gate, interleave, stopwatch
from threadpoolctl import threadpool_limits

from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.stability.nearest import BLOCK, nearest
from wordspaces.common.streams import generator

ROUNDS = 5
SEEDS, WORDS, DIMENSION, K = 5, 20_000, 100, 10
THREADS = 2
OVER_PRODUCT = 2.0
DIFFERENCE = 1e-6
SHARED, SPECTRUM = 0.8, 0.2


def run() -> Iterator[str | Gate]:
    """Lines to print and gates: the neighbours of planted spaces; no text is read."""
    units = planted_units(SEEDS, WORDS, DIMENSION)
    yield f"nearest: top {K} of {WORDS:,} words x {SEEDS} seeds, {DIMENSION} dimensions, {THREADS} threads"
    with threadpool_limits(THREADS):
        seconds, _ = stopwatch(lambda: ours([units[0][:500]]))
        yield f"nearest, jit: {seconds:.1f} s, not counted"
        for side in (product, flat):
            side([units[0][:500]])
        bare = interleave(_timed(ours, units), _timed(product, units), ROUNDS)
        beside = interleave(_timed(ours, units), _timed(flat, units), ROUNDS)
    mine, peer = np.median(bare.ours_seconds), np.median(bare.peer_seconds)
    yield f"nearest: {mine:.2f} s, bare product {peer:.2f} s, faiss {np.median(beside.peer_seconds):.2f} s"
    yield Gate(
        "nearest_over_bare_product", float(np.median(bare.ours_seconds / bare.peer_seconds)), OVER_PRODUCT, False
    )
    yield Gate("nearest_speed_over_faiss", beside.speedup, 1.0, least=True)
    found = zip(units, beside.ours[0], beside.peer[0], strict=True)
    yield Gate("nearest_difference_from_faiss", max(disagreement(*each) for each in found), DIFFERENCE, least=False)


def planted_units(seeds: int, words: int, dimension: int) -> list[np.ndarray]:
    """Units float64 [words, dimension] of spaces that share a part; the variance of their directions falls."""
    scale = np.linspace(1.0, SPECTRUM, dimension)
    common = generator(1, "bench", "nearest", "common").standard_normal((words, dimension))
    spaces = []
    for seed in range(seeds):
        own = generator(1, "bench", "nearest", str(seed)).standard_normal((words, dimension))
        mixed = np.sqrt(SHARED) * common + np.sqrt(1.0 - SHARED) * own
        spaces.append(centred_units(mixed * scale, "planted"))
    return spaces


def ours(units: list[np.ndarray]) -> list[np.ndarray]:
    """Neighbours of every word here: int32 [n, k] of each space."""
    return [nearest(matrix, K) for matrix in units]


def product(units: list[np.ndarray]) -> None:
    """The products of all pairs alone, float32, block by block."""
    buffer = np.empty((BLOCK, len(units[0])), dtype=np.float32)
    for matrix in units:
        single = matrix.astype(np.float32)
        columns = np.ascontiguousarray(single.T)
        for start in range(0, len(single), BLOCK):
            rows = single[start : start + BLOCK]
            np.matmul(rows, columns, out=buffer[: len(rows)])


def flat(units: list[np.ndarray]) -> list[np.ndarray]:
    """Neighbours by faiss, each word itself among them: int64 [n, k + 1] of each space."""
    found = []
    for matrix in units:
        single = matrix.astype(np.float32)
        index = faiss.IndexFlatIP(single.shape[1])
        index.add(single)
        found.append(index.search(single, K + 1)[1])
    return found


def disagreement(units: np.ndarray, found: np.ndarray, peer: np.ndarray) -> float:
    """Largest difference between the cosines of our neighbours and of the peer's, rank by rank."""
    others = peer != np.arange(len(units))[:, None]
    # A word that is not in its own list, for a copy of it came first, loses the last entry.
    others[others.all(axis=1), -1] = False
    listed = peer[others].reshape(found.shape)
    cosines = [np.einsum("nd,nkd->nk", units, units[rows]) for rows in (found, listed)]
    return float(np.abs(cosines[0] - cosines[1]).max())


def _timed(
    side: Callable[[list[np.ndarray]], list[np.ndarray] | None], units: list[np.ndarray]
) -> Callable[[int], tuple[float, list[np.ndarray] | None]]:
    """One round of a side, under the stopwatch."""
    return lambda number: stopwatch(lambda: side(units))
