"""Counts of one shard of encoded text under a limit of memory: counted in pieces of whole documents, then added up."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from wordspaces.cooccurrence.count import Sums, check_text, count_blocks
from wordspaces.cooccurrence.merge import ASIDE, merge_runs, runs_at_once, spill
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.cooccurrence.subsampling import document_streams, dropped_tokens, keep_probabilities

TOKEN_BYTES = 40
"""Memory of one token while its piece is counted: as it is read, joined, laid out with borders, and sorted."""
WORD_BYTES = 64
"""Memory of one word of the vocabulary meanwhile."""


class Piece(NamedTuple):
    """Some documents: ids int32 [tokens]; documents int64 [documents + 1], offsets in ids; names, if read."""

    ids: np.ndarray
    documents: np.ndarray
    names: list[str]


def piece_tokens(memory: int, size: int) -> int:
    """Tokens that a piece may have in a process of `memory` bytes and a vocabulary of `size` words; 65,536 at least."""
    return max(1 << 16, (memory - ASIDE - WORD_BYTES * size) // TOKEN_BYTES)


def pieces(batches: Iterable[pa.Table], tokens: int) -> Iterator[Piece]:
    """Documents in order, gathered while they have at most `tokens` tokens together, one document at least.

    batches : tables of columns ids list<int32> and, where documents are to be known by name, document string.
    """
    held: list[tuple[np.ndarray, np.ndarray, list[str]]] = []
    total = 0
    for batch in batches:
        ids = batch["ids"].combine_chunks()
        lengths = np.asarray(ids.value_lengths().to_numpy(zero_copy_only=False), np.int64)
        flat = ids.flatten().to_numpy()
        names = batch["document"].to_pylist() if "document" in batch.column_names else []
        ends, first = np.concatenate([[0], np.cumsum(lengths)]), 0
        while first < len(lengths):
            last = int(np.searchsorted(ends, ends[first] + tokens - total, side="right")) - 1
            if last <= first and not held:
                last = first + 1
            if last > first:
                # A copy: a part of a batch would keep the whole of it.
                held.append((flat[ends[first] : ends[last]].copy(), lengths[first:last], names[first:last]))
                total += int(ends[last] - ends[first])
                first = last
            if first < len(lengths):
                yield _joined(held)
                held, total = [], 0
    if held:
        yield _joined(held)


def count_shard(
    batches: Iterable[pa.Table],
    size: int,
    settings: CooccurrenceSettings,
    counts: np.ndarray | None,
    memory: int,
    scratch: str | Path | None = None,
) -> Iterator[Sums]:
    """Counts of one shard.

    Parameters
    ----------
    batches : as in `pieces`; size : words in the vocabulary; settings : of the matrix.
    counts : int64 [size], tokens of each word in the whole sample; wanted where the settings subsample.
    memory : bytes that the process may use; it changes no result. scratch : folder for sums of pieces; None is the
        system's own for temporary files.

    Returns
    -------
    Blocks of sorted pairs, each once.

    Raises
    ------
    StudyError : an id is outside the vocabulary.
    """
    found = pieces(batches, piece_tokens(memory, size))
    first, second = next(found, None), next(found, None)
    if first is None:
        return
    if second is None:
        yield from _count(first, size, settings, counts)
        return
    with tempfile.TemporaryDirectory(dir=scratch, prefix="cooccurrence-") as folder:
        runs = []
        waiting = [first, second]
        del first, second
        for piece in chain(_taken(waiting), found):
            runs.append(spill(_count(piece, size, settings, counts), Path(folder) / f"piece{len(runs)}.sums"))
        yield from merge_runs(runs, runs_at_once(memory), folder)


def _taken(waiting: list[Piece]) -> Iterator[Piece]:
    """The elements of a list, each let go as it is taken."""
    while waiting:
        yield waiting.pop(0)


def _count(piece: Piece, size: int, settings: CooccurrenceSettings, counts: np.ndarray | None) -> Iterator[Sums]:
    """Counts of one piece."""
    dropped = None
    check_text(piece.ids, piece.documents, size)
    if settings.subsample is not None:
        keep = keep_probabilities(counts, settings.subsample)
        dropped = dropped_tokens(piece.ids, piece.documents, document_streams(piece.names), keep)
    return count_blocks(piece.ids, piece.documents, size, settings, dropped)


def _joined(held: list[tuple[np.ndarray, np.ndarray, list[str]]]) -> Piece:
    """Parts of batches as one piece."""
    ids, lengths, names = zip(*held, strict=True)
    documents = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    return Piece(np.concatenate(ids).astype(np.int32), documents, list(chain.from_iterable(names)))
