"""Co-occurrence counts and GloVe: tokens and pairs a second of one core, and the cost that is reached.

The peers are twins that do the same in the plainest way: counts in a dictionary, and AdaGrad over all pairs of the
matrix in an order that is shuffled anew for each pass. Rates are of CPU time, medians of runs that take turns; the cost
of both is measured in a pass of its own.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import numba
import numpy as np
from benchmarks.text import Text
from benchmarks.timing import Gate

from wordspaces.common.streams import generator
from wordspaces.cooccurrence.count import count_blocks, count_cooccurrence, distance_weights, unit
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.models.glove.evaluation import evaluate
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import Tiles, cut_tiles
from wordspaces.models.glove.train import in_memory, initial_tables, tile_order, train_pass

ROUNDS = 5
PASSES = 15
SEEDS = 3
TWIN_TOKENS = 300_000
COUNTING = CooccurrenceSettings(window=10)
GLOVE = GloveSettings(dimension=100, x_max=10.0)
LEAST_TOKENS = 5e6
LEAST_RECORDS = 5e6  # where a core reaches L2_BANDWIDTH, bytes a second; in proportion where it does not
L2_BANDWIDTH = 40e9
CACHED, UNCACHED = 1 << 19, 1 << 28
FAST = {"reassoc", "contract", "nsz", "arcp", "afn"}


class Pairs(NamedTuple):
    """The matrix as a plain list: row, column int32; log count, weight float32 [pairs]."""

    row: np.ndarray
    column: np.ndarray
    log_count: np.ndarray
    weight: np.ndarray


def run_counting(text: Text) -> Iterator[str | Gate]:
    """Lines to print and gates for the training text."""
    yield from _counting(text)
    ids, documents = text.training.ids, text.training.documents
    row, column, weight = count_cooccurrence(ids, documents, text.size, COUNTING)
    count = weight / unit(COUNTING)
    del weight
    yield f"glove: {len(row):,} pairs of {text.size:,} words, {GLOVE.dimension} dimensions"
    seconds, tiles = cpu(lambda: cut_tiles(in_memory(row, column, count), text.size, GLOVE, 1))
    yield f"glove: cut into tiles in {seconds:.1f} s, compilation included"
    yield from _glove(text, tiles)


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one call, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _counting(text: Text) -> Iterator[str | Gate]:
    """Rates of counting, and that the twin finds the same."""
    ids, documents, size = text.training.ids, text.training.documents, text.size
    few = documents[: 2 + int(np.searchsorted(documents[1:], TWIN_TOKENS))]
    part, weights = ids[: few[-1]], distance_weights(COUNTING)
    small = documents[:2]
    count_cooccurrence(ids[: small[-1]], small, size, COUNTING)
    count_by_dictionary(ids[: small[-1]], small, weights)
    rates: dict[str, list[float]] = {"arrays": [], "blocks": [], "twin": []}
    for _ in range(ROUNDS):
        seconds, _ = cpu(lambda: count_cooccurrence(ids, documents, size, COUNTING))
        rates["arrays"].append(len(ids) / seconds)
        seconds, _ = cpu(lambda: [None for _ in count_blocks(ids, documents, size, COUNTING)])
        rates["blocks"].append(len(ids) / seconds)
        seconds, found = cpu(lambda: count_by_dictionary(part, few, weights))
        rates["twin"].append(len(part) / seconds)
    keys, sums = found
    order = np.argsort(keys)
    row, column, weight = count_cooccurrence(part, few, size, COUNTING)
    same = np.array_equal((row.astype(np.int64) << 32) | column, keys[order]) and np.array_equal(weight, sums[order])
    arrays, blocks, twin = (float(np.median(rates[name])) for name in ("arrays", "blocks", "twin"))
    yield f"co-occurrence, window {COUNTING.window}: {arrays:,.0f} tokens/s into arrays, {blocks:,.0f} in blocks"
    spread = f"{min(rates['arrays']):,.0f} to {max(rates['arrays']):,.0f}"
    yield f"co-occurrence: {spread} in {ROUNDS} rounds; a dictionary {twin:,.0f}, {arrays / twin:.1f}x; equal: {same}"
    yield Gate("cooccurrence_tokens_per_second", arrays, LEAST_TOKENS, least=True)
    yield Gate("cooccurrence_equals_dictionary", float(same), 1.0, least=True)


def _glove(text: Text, tiles: Tiles) -> Iterator[str | Gate]:
    """Rates of the tiled and the plain order in turn, and the cost that each reaches in as many passes."""
    size = text.size
    pairs, number = as_pairs(tiles), len(tiles.cell)
    ours, twin = initial_tables(size, GLOVE, 1), initial_tables(size, GLOVE, 1)
    train_pass(initial_tables(size, GLOVE, 1), tiles, GLOVE, tile_order(tiles, 1, 0), 0, 1)
    shuffled_pass(*initial_tables(size, GLOVE, 1), *(part[:1] for part in pairs), np.float32(GLOVE.learning_rate))
    evaluate(ours, tiles, GLOVE)
    rates: list[tuple[float, float]] = []
    for number_of_pass in range(PASSES):
        order = tile_order(tiles, 1, number_of_pass)
        seconds, _ = cpu(lambda order=order: train_pass(ours, tiles, GLOVE, order, 0, number))
        shuffled = _mixed(pairs, 1, number_of_pass)
        rate = np.float32(GLOVE.learning_rate)
        other, _ = cpu(lambda shuffled=shuffled, rate=rate: shuffled_pass(*twin, *shuffled, rate))
        rates.append((number / seconds, number / other))
    tiled, plain = np.median(rates, axis=0)
    low, high = np.min(rates, axis=0)[0], np.max(rates, axis=0)[0]
    seconds, (cost, *_) = cpu(lambda: evaluate(ours, tiles, GLOVE))
    other = evaluate(twin, tiles, GLOVE)[0]
    yield f"glove: {tiled:,.0f} pairs/s ({low:,.0f} to {high:,.0f} in {PASSES} passes), plain order {plain:,.0f}"
    yield f"glove: {tiled / plain:.1f}x plain; a pass of evaluation {number / seconds:,.0f} pairs/s"
    moved = tiled * 2 * 2 * 2 * 4 * ours[0].shape[2]  # words; vector, squares; read, written; bytes a number
    limits = {"L2": _bandwidth(CACHED), "memory": _bandwidth(UNCACHED)}
    for name, limit in limits.items():
        share = f"{moved / limit:.0%} of what {name} gives ({limit / 1e9:.0f} GB/s)"
        yield f"glove: {moved / 1e9:.0f} GB/s of vectors read and written, {share}"
    bound = LEAST_RECORDS * min(1.0, limits["L2"] / L2_BANDWIDTH)
    yield Gate("glove_records_per_second", float(tiled), bound, least=True)
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        costs = np.array([(cost, other), *pool.map(final_costs, [text] * (SEEDS - 1), range(2, SEEDS + 1))])
    for name, found in zip(("tiled", "plain order"), costs.T, strict=True):
        yield f"glove: mean cost after {PASSES} passes, {name}: " + " ".join(f"{cost:.5f}" for cost in found)
    ratio = float(costs[:, 0].mean() / costs[:, 1].mean())
    yield Gate("glove_final_cost_over_shuffled", ratio, 1.0, least=False)


def final_costs(text: Text, seed: int) -> tuple[float, float]:
    """Mean cost of a pair after `PASSES` passes in the tiled and in the plain order."""
    row, column, weight = count_cooccurrence(text.training.ids, text.training.documents, text.size, COUNTING)
    tiles = cut_tiles(in_memory(row, column, weight / unit(COUNTING)), text.size, GLOVE, seed)
    del row, column, weight
    pairs, number = as_pairs(tiles), len(tiles.cell)
    ours, twin = initial_tables(text.size, GLOVE, seed), initial_tables(text.size, GLOVE, seed)
    for number_of_pass in range(PASSES):
        train_pass(ours, tiles, GLOVE, tile_order(tiles, seed, number_of_pass), 0, number)
        shuffled_pass(*twin, *_mixed(pairs, seed, number_of_pass), np.float32(GLOVE.learning_rate))
    return evaluate(ours, tiles, GLOVE)[0], evaluate(twin, tiles, GLOVE)[0]


def _mixed(pairs: Pairs, seed: int, number_of_pass: int) -> Pairs:
    """The pairs in the random order of one pass."""
    order = generator(seed, "benchmark", "pairs", str(number_of_pass)).permutation(len(pairs.row))
    return Pairs(*(part[order] for part in pairs))


def _bandwidth(size: int) -> float:
    """Bytes a second that are read and written over a buffer of `size` bytes, the best of three times."""
    buffer, rounds = np.ones(size // 4, np.float32), max(1, UNCACHED // size)
    read_and_write(buffer, 1)
    return 2 * size * rounds / min(cpu(lambda: read_and_write(buffer, rounds))[0] for _ in range(3))


def as_pairs(tiles: Tiles) -> Pairs:
    """The pairs of all tiles, as the plain order wants them."""
    tile = np.repeat(tiles.tile, np.diff(tiles.starts))
    row = tile // tiles.across * tiles.side + (tiles.cell >> 16)
    column = tile % tiles.across * tiles.side + (tiles.cell & 0xFFFF)
    return Pairs(row.astype(np.int32), column.astype(np.int32), tiles.log_count, tiles.weight)


@numba.njit(cache=True)
def count_by_dictionary(ids: np.ndarray, documents: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keys and integer weights of all pairs, in no order: both sides, within documents."""
    sums = {np.int64(0): np.int64(0)}
    for d in range(len(documents) - 1):
        for i in range(documents[d], documents[d + 1]):
            for j in range(max(documents[d], i - len(weights)), i):
                a, b, weight = np.int64(ids[i]), np.int64(ids[j]), weights[i - j - 1]
                for key in ((a << 32) | b, (b << 32) | a):
                    sums[key] = sums.get(key, np.int64(0)) + weight
    if sums[0] == 0:
        sums.pop(np.int64(0))
    keys, values = np.empty(len(sums), np.int64), np.empty(len(sums), np.int64)
    for number, (key, value) in enumerate(sums.items()):
        keys[number], values[number] = key, value
    return keys, values


@numba.njit(cache=True, fastmath=FAST, error_model="numpy")
def shuffled_pass(
    word: np.ndarray,
    context: np.ndarray,
    word_bias: np.ndarray,
    context_bias: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    log_count: np.ndarray,
    weight: np.ndarray,
    rate: np.float32,
) -> None:
    """One AdaGrad step a pair in the order given, in place; tables as in the kernel of GloVe."""
    for p in range(len(row)):
        w, w_squares, c, c_squares = word[row[p], 0], word[row[p], 1], context[column[p], 0], context[column[p], 1]
        b, e = word_bias[row[p]], context_bias[column[p]]
        dot = np.float32(0.0)
        for k in range(len(w)):
            dot += w[k] * c[k]
        step = weight[p] * (dot + b[0] + e[0] - log_count[p])
        for k in range(len(w)):
            of_w, of_c = step * c[k], step * w[k]
            w[k] -= rate * of_w / np.sqrt(w_squares[k])
            c[k] -= rate * of_c / np.sqrt(c_squares[k])
            w_squares[k] += of_w * of_w
            c_squares[k] += of_c * of_c
        b[0] -= rate * step / np.sqrt(b[1])
        e[0] -= rate * step / np.sqrt(e[1])
        b[1] += step * step
        e[1] += step * step


@numba.njit(cache=True, error_model="numpy")
def read_and_write(buffer: np.ndarray, rounds: int) -> None:
    """Add to every number of a buffer, some times over."""
    for _ in range(rounds):
        for k in range(len(buffer)):
            buffer[k] += np.float32(1.0)
