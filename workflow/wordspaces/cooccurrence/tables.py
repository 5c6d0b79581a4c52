"""The tables of the room: integer sums of a shard, counts of a sample; written and read in blocks of fixed length."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.common.artefacts import ROW_GROUP, read_batches
from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.count import Sums, unit
from wordspaces.cooccurrence.settings import CooccurrenceSettings

SHARD_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("column", pa.int32(), nullable=False),
        pa.field("weight", pa.int64(), nullable=False),
    ]
)
Matrix = Callable[[], Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]]
"""Reads a matrix X from its start: blocks of row int32, column int32, count float64, sorted by row and column."""
MATRIX_SCHEMA = pa.schema(
    [SHARD_SCHEMA.field("row"), SHARD_SCHEMA.field("column"), pa.field("count", pa.float64(), False)]
)


def shard_tables(blocks: Iterable[Sums]) -> Iterator[pa.Table]:
    """Tables under `SHARD_SCHEMA`, the same ones however the blocks were cut."""
    for keys, weights in _even(blocks):
        yield pa.Table.from_arrays([*_words(keys), pa.array(weights)], schema=SHARD_SCHEMA)


def matrix_tables(blocks: Iterable[Sums], settings: CooccurrenceSettings) -> Iterator[pa.Table]:
    """Tables of the matrix X under `MATRIX_SCHEMA`: integer weights divided by `unit` in float64."""
    for keys, weights in _even(blocks):
        counts = pa.array(weights / float(unit(settings)))
        yield pa.Table.from_arrays([*_words(keys), counts], schema=MATRIX_SCHEMA)


def read_sums(path: str | Path) -> Iterator[Sums]:
    """Blocks of a table under `SHARD_SCHEMA`; `StudyError` where the file is missing or cut short."""
    for table in read_batches(path, SHARD_SCHEMA.names, ROW_GROUP):
        row, column, weight = (table[name].to_numpy() for name in SHARD_SCHEMA.names)
        yield Sums((row.astype(np.int64) << 32) | column, weight)


def read_matrix(path: str | Path) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Row int32, column int32 and count float64 of the matrix X, a block at a time; `StudyError` as in `read_sums`."""
    for table in read_batches(path, MATRIX_SCHEMA.names, ROW_GROUP):
        yield tuple(table[name].to_numpy() for name in MATRIX_SCHEMA.names)


def check_pairs(row: np.ndarray, column: np.ndarray, count: np.ndarray, size: int) -> None:
    """Refuse words outside the vocabulary and counts that are not finite and above 0."""
    if not len(row):
        return
    least, most = min(row.min(), column.min()), max(row.max(), column.max())
    if least < 0 or most >= size:
        raise StudyError("co-occurrence matrix", f"word ids {least} to {most}", f"0 to {size - 1} (the vocabulary)")
    good = np.isfinite(count) & (count > 0)
    if not good.all():
        at = int(np.argmin(good))
        found = f"a count of {count[at]} for the words {row[at]} and {column[at]}"
        raise StudyError("co-occurrence matrix", found, "finite counts above 0", "delete it and run the study again")


def some_pair(blocks: Iterable[Sums]) -> Iterator[Sums]:
    """The same blocks; `StudyError` where there is none."""
    number = 0
    for block in blocks:
        number += len(block.keys)
        yield block
    if not number:
        raise StudyError("co-occurrence shards", "no pair of words", "one pair or more", "give the sample more text")


def _words(keys: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Rows and columns of some keys, int32."""
    return pa.array((keys >> 32).astype(np.int32)), pa.array((keys & 0xFFFFFFFF).astype(np.int32))


def _even(blocks: Iterable[Sums]) -> Iterator[Sums]:
    """The same pairs in blocks of `ROW_GROUP`, the last one shorter: row groups then do not show how they were made."""
    held: list[Sums] = []
    rows = 0
    for block in blocks:
        held.append(block)
        rows += len(block.keys)
        if rows < ROW_GROUP:
            continue
        keys, weights = (np.concatenate(parts) for parts in zip(*held, strict=True))
        whole = rows - rows % ROW_GROUP
        for start in range(0, whole, ROW_GROUP):
            yield Sums(keys[start : start + ROW_GROUP], weights[start : start + ROW_GROUP])
        held, rows = [Sums(keys[whole:].copy(), weights[whole:].copy())], rows - whole
    if rows:
        yield Sums(*(np.concatenate(parts) for parts in zip(*held, strict=True)))
