"""Sum of sorted runs of co-occurrence counts, block by block: memory holds a block of each run and no more.

Where there are more runs than memory has room for, groups of them are added into scratch files first. Integer addition
makes the result the same whatever the runs, their order and the groups.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numba
import numpy as np

from wordspaces.common.artefacts import ROW_GROUP
from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.count import Sums

MEGABYTE = 1 << 20
ASIDE = 400 * MEGABYTE
"""Memory of the process that is not for data: interpreter, libraries, compiled code, one writer."""
RUN_BYTES = 8 * MEGABYTE
"""Memory of one run that is being read: its row group, packed and unpacked, and a block."""
MOST_FILES = 256
FULL = -1

Run = Callable[[], Iterator[Sums]]


def runs_at_once(memory: int) -> int:
    """How many runs are added at a time in a process that may use `memory` bytes; 2 to `MOST_FILES`."""
    return int(np.clip((memory - ASIDE) // RUN_BYTES, 2, MOST_FILES))


def merge_runs(runs: Sequence[Run], at_once: int, scratch: str | Path | None = None) -> Iterator[Sums]:
    """Add sorted runs pair by pair.

    Parameters
    ----------
    runs : each a function that opens a run anew: blocks of sorted pairs, each pair once.
    at_once : runs that are open at one time, 2 or more; it changes no result.
    scratch : folder for intermediate sums; None is the system's own for temporary files.

    Returns
    -------
    Blocks of the sum, in order.

    Raises
    ------
    StudyError : a run is not sorted or names a pair twice.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix="cooccurrence-") as folder:
        waiting = list(runs)
        number = 0
        while len(waiting) > at_once:
            # The oldest go first and their sum goes last: a binary tree, rather than one sum that grows at each step.
            group, waiting = waiting[:at_once], waiting[at_once:]
            path = Path(folder) / f"{number}.sums"
            number += 1
            waiting.append(spill(_merged(group), path))
        yield from _merged(waiting)


def spill(blocks: Iterable[Sums], path: Path) -> Run:
    """Write blocks to a scratch file of pairs (key, weight), int64; what reads them again."""
    with open(path, "wb") as sink:
        for keys, weights in blocks:
            np.stack([keys, weights], axis=1).tofile(sink)

    def read() -> Iterator[Sums]:
        with open(path, "rb") as source:
            while len(pairs := np.fromfile(source, np.int64, 2 * ROW_GROUP)):
                yield Sums(*np.ascontiguousarray(pairs.reshape(-1, 2).T))

    return read


def _merged(runs: Sequence[Run]) -> Iterator[Sums]:
    """Sum of runs that are all open at once."""
    sources = [_checked(number, run()) for number, run in enumerate(runs)]
    held = [next(source, None) for source in sources]
    alive = [number for number, block in enumerate(held) if block is not None]
    if not alive:
        return
    longest = max(len(held[number].keys) for number in alive)
    keys, weights = np.empty((2, len(runs), longest), np.int64)
    at, ends = np.zeros((2, len(runs)), np.int64)

    def fill(number: int, block: Sums) -> None:
        nonlocal keys, weights
        length = len(block.keys)
        if length > keys.shape[1]:
            keys, weights = (np.pad(part, ((0, 0), (0, length - part.shape[1]))) for part in (keys, weights))
        keys[number, :length], weights[number, :length] = block
        at[number], ends[number] = 0, length

    for number in alive:
        fill(number, held[number])
    held.clear()
    heap = np.array(sorted(alive, key=lambda number: keys[number, 0]), np.int64)
    live = len(heap)
    out, used = Sums(*np.empty((2, ROW_GROUP), np.int64)), 0
    while live:
        used, state = _merge(keys, weights, at, ends, heap, live, *out, used)
        if state == FULL:
            yield out
            out, used = Sums(*np.empty((2, ROW_GROUP), np.int64)), 0
        elif (block := next(sources[state], None)) is not None:
            fill(state, block)
        else:
            live -= 1
            heap[0] = heap[live]
    if used:
        yield Sums(out.keys[:used], out.weights[:used])


def _checked(number: int, blocks: Iterator[Sums]) -> Iterator[Sums]:
    """The blocks of a run that are not empty; `StudyError` where keys do not rise or a weight is not above 0."""
    last = -1
    for block in blocks:
        if not len(block.keys):
            continue
        if block.keys[0] <= last or np.any(np.diff(block.keys) <= 0):
            allowed = "rows sorted by row and column, each pair once"
            raise StudyError(f"co-occurrence shard {number}", "rows out of order", allowed)
        if block.weights.min() <= 0:
            raise StudyError(f"co-occurrence shard {number}", f"a weight of {block.weights.min()}", "weights above 0")
        last = block.keys[-1]
        yield block


@numba.njit(cache=True)
def _merge(
    keys: np.ndarray,
    weights: np.ndarray,
    at: np.ndarray,
    ends: np.ndarray,
    heap: np.ndarray,
    live: int,
    out_keys: np.ndarray,
    out_weights: np.ndarray,
    used: int,
) -> tuple[int, int]:
    """Take pairs in order until a block is used up or the output is full.

    heap : runs as a heap by their next key, its root perhaps out of place; live : of them still have pairs. Returns the
    pairs written, and the run whose block is used up, or `FULL`.
    """
    while True:
        top, place = heap[0], 0
        key = keys[top, at[top]]
        while True:
            child = 2 * place + 1
            if child >= live:
                break
            if child + 1 < live and keys[heap[child + 1], at[heap[child + 1]]] < keys[heap[child], at[heap[child]]]:
                child += 1
            if keys[heap[child], at[heap[child]]] >= key:
                break
            heap[place] = heap[child]
            place = child
        heap[place] = top
        top = heap[0]
        key = keys[top, at[top]]
        if used and out_keys[used - 1] == key:
            out_weights[used - 1] += weights[top, at[top]]
        elif used == len(out_keys):
            return used, FULL
        else:
            out_keys[used], out_weights[used] = key, weights[top, at[top]]
            used += 1
        at[top] += 1
        if at[top] == ends[top]:
            return used, top
