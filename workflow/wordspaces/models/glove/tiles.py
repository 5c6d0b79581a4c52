"""The co-occurrence matrix cut into square tiles, so that the vectors of a tile fit the cache while it is visited.

Pairs lie tile after tile and, inside a tile, in a random order that stays the same throughout the training. A tile is
visited in parts of at most `PART` pairs, and the order of the parts of all tiles is drawn anew for each pass. Longer
stays where frequent words meet would end at a higher cost than pairs in any order do.
"""

from typing import NamedTuple

import numba
import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.tables import Matrix, check_pairs
from wordspaces.models.glove.objectives import pair_weight
from wordspaces.models.glove.settings import GloveSettings

SIDE = 512
"""Words on either side of a tile: with 100 dimensions its vectors and sums of squares take 0.9 MB."""

PART = 1024
"""Most pairs visited in a tile before going on: fewer come nearer to a plain shuffle, and load vectors more often."""


class Tiles(NamedTuple):
    """Pairs in the order of their tiles, 12 bytes each; a tile is one part or more.

    cell : uint32 [pairs], place in the tile, row << 16 | column; log_count, weight : float32 [pairs], log X and f(X).
    starts : int64 [parts + 1], first pair of each part; tile : int64 [parts], tile row * across + tile column.
    """

    cell: np.ndarray
    log_count: np.ndarray
    weight: np.ndarray
    starts: np.ndarray
    tile: np.ndarray
    across: int
    side: int


def cut_tiles(
    matrix: Matrix, size: int, settings: GloveSettings, stream: int, side: int = SIDE, longest: int = PART
) -> Tiles:
    """Cut the matrix into tiles and shuffle each; the blocks in which it is read change nothing.

    Parameters
    ----------
    matrix : read twice, one block at a time; size : V; settings : weights of the pairs; stream : seed of the shuffles.
    side : words on either side of a tile, at most 65,536; longest : pairs of a part.

    Raises
    ------
    StudyError : the matrix is empty, holds a count that is not finite and above 0 or a word outside the vocabulary.
    """
    across = -(-size // side)
    sizes, pairs = np.zeros(across * across, np.int64), 0
    for row, column, count in matrix():
        check_pairs(row, column, count, size)
        _measure(row, column, across, side, sizes)
        pairs += len(row)
    if not pairs:
        raise StudyError("co-occurrence matrix", "no pair of words", "one pair or more", "give the sample more text")
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    cell, logs, weights = np.empty(pairs, np.uint32), np.empty(pairs, np.float32), np.empty(pairs, np.float32)
    fill = starts[:-1].copy()
    for row, column, count in matrix():
        log_count, weight = np.log(count), pair_weight(count, settings.x_max, settings.alpha)
        given = row, column, log_count.astype(np.float32), weight.astype(np.float32)
        _place(*given, fill, cell, logs, weights, across, side)
    _shuffle(cell, logs, weights, starts, np.uint64(stream & 0xFFFFFFFFFFFFFFFF))
    parts, tile = _cut_parts(starts, longest)
    return Tiles(cell, logs, weights, parts, tile, across, side)


def _cut_parts(starts: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """First pair of each part [parts + 1] and its tile [parts]: parts of a tile are of one length, within one pair."""
    sizes = np.diff(starts)
    counts = -(-sizes // longest)
    tile = np.repeat(np.arange(len(sizes)), counts)
    part = np.arange(len(tile)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = starts[tile] + sizes[tile] * part // counts[tile]
    return np.append(first, starts[-1]), tile


@numba.njit(cache=True)
def _measure(row: np.ndarray, column: np.ndarray, across: int, side: int, sizes: np.ndarray) -> None:
    """Add the pairs of each tile to `sizes`."""
    for p in range(len(row)):
        sizes[(row[p] // side) * across + column[p] // side] += 1


@numba.njit(cache=True)
def _place(
    row: np.ndarray,
    column: np.ndarray,
    log: np.ndarray,
    f: np.ndarray,
    fill: np.ndarray,
    cell: np.ndarray,
    log_count: np.ndarray,
    weight: np.ndarray,
    across: int,
    side: int,
) -> None:
    """Put pairs at the next free places of their tiles, `fill`."""
    for p in range(len(row)):
        tile = (row[p] // side) * across + column[p] // side
        at = fill[tile]
        cell[at] = np.uint32(((row[p] % side) << 16) | (column[p] % side))
        log_count[at], weight[at] = log[p], f[p]
        fill[tile] = at + 1


@numba.njit(cache=True)
def _shuffle(cell: np.ndarray, log_count: np.ndarray, weight: np.ndarray, starts: np.ndarray, state: np.uint64) -> None:
    """Shuffle the pairs of each tile (Fisher and Yates), with numbers from SplitMix64 (Steele, Lea and Flood 2014)."""
    for tile in range(len(starts) - 1):
        first = starts[tile]
        for p in range(starts[tile + 1] - 1, first, -1):
            state += np.uint64(0x9E3779B97F4A7C15)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            # A tile has at most 2 ** 32 pairs; a draw is off by less than 2 ** -31 of its probability.
            q = first + np.int64(((z >> np.uint64(32)) * np.uint64(p - first + 1)) >> np.uint64(32))
            cell[p], cell[q] = cell[q], cell[p]
            log_count[p], log_count[q] = log_count[q], log_count[p]
            weight[p], weight[q] = weight[q], weight[p]
