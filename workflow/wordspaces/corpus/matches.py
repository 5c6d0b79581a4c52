"""Which documents have a key that an earlier document has, over all shards of a corpus, in bounded memory.

One column of keys at a time is spread over scratch files by the value of the key, so that equal keys meet in one file
in the order of the corpus; a hash table over one file finds the first document of each key. What is found is spread
again, by blocks of documents, and joined block by block. Neither memory nor the result depends on how many documents or
files there are: beyond `MOST_FILES * FILE_ROWS` documents (5e8) the hash table grows.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wordspaces.common.artefacts import read_batches, row_count
from wordspaces.common.errors import StudyError
from wordspaces.corpus.duplicates import DUPLICATES, REASONS

FILE_ROWS = 1 << 20
MOST_FILES = 512
BATCH = 1 << 16
BLOCK_DOCUMENTS = 1 << 19
EXACT = {"identity": 0, "text": 1, "title": 2}
NEAR = 3
KEYED = np.dtype([("key", "<u8"), ("document", "<i8")])
FOUND = np.dtype([("document", "<i8"), ("first", "<i8"), ("reason", "<i8")])


def find_duplicates(
    fingerprint_paths: Sequence[Path],
    scratch: Path,
    progress: Callable[[str], None],
    file_rows: int = FILE_ROWS,
    block_documents: int = BLOCK_DOCUMENTS,
) -> Iterator[pa.Table]:
    """Documents that have a key in common with an earlier one.

    A document is left out for a reason of its own: it shares a key with a document before it, whether or not that one
    stays. Chains are not followed: of two documents that share nothing, the later one would have to go too as soon as
    a third, after both, resembles each.

    Parameters
    ----------
    fingerprint_paths : Parquet under `fingerprint_schema`, a row a document, one file a shard, in the order of the
        corpus. A key of 0 equals none.
    scratch : folder that is made, and removed in the end, whatever happens. It takes 16 bytes a document and 24 a
        duplicate.
    progress : is told of each column.
    file_rows, block_documents : rows of a scratch file, documents of a block; the result does not depend on them.

    Yields
    ------
    Tables under `DUPLICATES`, all together sorted by shard and row, each document once. reason : the first of `REASONS`
    that holds; of_shard, of_row : the earliest document that shares the key in question (any band, for the last).

    Raises
    ------
    StudyError : a file is missing or cut short, or files have different columns.
    """
    columns = _columns(fingerprint_paths)
    borders = np.cumsum([0, *(row_count(path) for path in fingerprint_paths)])
    files = min(max(1, -(-int(borders[-1]) // file_rows)), MOST_FILES)
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "keys").mkdir(parents=True)
    (scratch / "found").mkdir()
    try:
        for column in columns:
            _spread(fingerprint_paths, borders, column, scratch / "keys", files)
            found = 0
            for number in range(files):
                for pairs in _repeated(scratch / "keys" / str(number)):
                    found += len(pairs)
                    _append_by_block(pairs, scratch / "found", block_documents)
            reason = EXACT.get(column, NEAR)
            for path in sorted((scratch / "found").glob("*.new")):
                _join(path, reason)
            progress(f"{column}: {found:,} of {borders[-1]:,} documents have the key of an earlier one")
        for block in range(-(-int(borders[-1]) // block_documents)):
            path = scratch / "found" / f"{block}.known"
            if path.exists():
                yield _table(np.fromfile(path, FOUND), borders)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _columns(paths: Sequence[Path]) -> list[str]:
    """Names of the key columns, exact ones first, the same in every file."""
    columns: list[str] = []
    for path in paths:
        row_count(path)  # refuses what is no Parquet
        names = pq.read_schema(path).names
        if columns and names != columns:
            found, allowed = (f"columns {', '.join(some)}" for some in (names, columns))
            raise StudyError(path, found, allowed, "make all fingerprints with the same settings")
        columns = names
    return sorted(columns, key=lambda name: (EXACT.get(name, NEAR), name))


def _spread(paths: Sequence[Path], borders: np.ndarray, column: str, folder: Path, files: int) -> None:
    """Write keys and document numbers of one column to `files` scratch files, by the value of the key."""
    with ExitStack() as stack:
        sinks = [stack.enter_context(open(folder / str(number), "wb", buffering=0)) for number in range(files)]
        for path, border in zip(paths, borders[:-1], strict=True):
            document = int(border)
            for batch in read_batches(path, [column], BATCH):
                keys = batch[column].to_numpy()
                present = np.flatnonzero(keys)
                pairs = np.empty(len(present), KEYED)
                pairs["key"], pairs["document"] = keys[present], document + present
                document += len(keys)
                # The upper half of a key, as a fraction of 1, times the number of files.
                place = ((pairs["key"] >> np.uint64(32)) * np.uint64(files) >> np.uint64(32)).astype(np.uint16)
                pairs = pairs[np.argsort(place, kind="stable")]
                ends = np.cumsum(np.bincount(place, minlength=files))
                for number in np.flatnonzero(np.diff(ends, prepend=0)):
                    start = ends[number - 1] if number else 0
                    sinks[number].write(pairs[start : ends[number]])


def _repeated(path: Path) -> Iterator[np.ndarray]:
    """Pairs (document, first document with the same key) of one scratch file; int64 [pairs, 2], removed when read.

    Memory holds the distinct keys of the file, however often each of them stands there.
    """
    keys, firsts, used = np.zeros(0, np.uint64), np.zeros(0, np.int64), 0
    with open(path, "rb") as stream:
        while len(pairs := np.fromfile(stream, KEYED, BATCH)):
            if 3 * (used + len(pairs)) > 2 * len(keys):
                keys, firsts = _widened(keys, firsts, max(2 * BATCH, 2 * len(keys)))
            first = np.empty(len(pairs), np.int64)
            used += _look_up(pairs["key"].copy(), pairs["document"].copy(), keys, firsts, first)
            later = first < pairs["document"]
            if later.any():
                yield np.stack([pairs["document"][later], first[later]], axis=1)
    path.unlink()


def _widened(keys: np.ndarray, firsts: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The same hash table with `size` slots, a power of two."""
    full = np.flatnonzero(keys)
    wide = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    _look_up(keys[full], firsts[full], *wide, np.empty(len(full), np.int64))
    return wide


@numba.njit(cache=True)
def _look_up(
    keys: np.ndarray, documents: np.ndarray, table_keys: np.ndarray, table_firsts: np.ndarray, firsts: np.ndarray
) -> int:
    """Fill `firsts` with the first document of each key, which the table learns; how many keys were new to it.

    The table has a power of two slots, of which at least a third are empty (key 0), and linear probing.
    """
    mask = np.uint64(len(table_keys) - 1)
    new = 0
    for i in range(len(keys)):
        slot = keys[i] & mask
        while table_keys[slot] != 0 and table_keys[slot] != keys[i]:
            slot = (slot + np.uint64(1)) & mask
        if table_keys[slot] == 0:
            table_keys[slot], table_firsts[slot] = keys[i], documents[i]
            new += 1
        firsts[i] = table_firsts[slot]
    return new


def _append_by_block(pairs: np.ndarray, folder: Path, block_documents: int) -> None:
    """Append pairs, which rise by document, to the scratch file of the block of each."""
    blocks = pairs[:, 0] // block_documents
    starts = np.flatnonzero(np.diff(blocks, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True):
        with open(folder / f"{blocks[start]}.new", "ab") as sink:
            sink.write(np.ascontiguousarray(pairs[start:end]))


def _join(path: Path, reason: int) -> None:
    """Add the pairs of one column and block to what is known of the block, and remove them."""
    pairs = np.fromfile(path, np.int64).reshape(-1, 2)
    pairs = pairs[np.argsort(pairs[:, 0])]
    target = path.with_suffix(".known")
    known = np.fromfile(target, FOUND) if target.exists() else np.empty(0, FOUND)
    place = np.searchsorted(known["document"], pairs[:, 0])
    there = np.zeros(len(pairs), bool)
    inside = place < len(known)
    there[inside] = known["document"][place[inside]] == pairs[inside, 0]
    # Documents known for an earlier reason stay as they are; another band may know an earlier document.
    same = np.flatnonzero(there)[known["reason"][place[there]] == reason]
    known["first"][place[same]] = np.minimum(known["first"][place[same]], pairs[same, 1])
    fresh = np.empty(len(pairs) - int(there.sum()), FOUND)
    fresh["document"], fresh["first"], fresh["reason"] = *pairs[~there].T, reason
    np.insert(known, place[~there], fresh).tofile(target)
    path.unlink()


def _table(found: np.ndarray, borders: np.ndarray) -> pa.Table:
    """Documents by number as rows under `DUPLICATES`."""
    shard, of_shard = (np.searchsorted(borders, found[name], side="right") - 1 for name in ("document", "first"))
    reasons = pa.DictionaryArray.from_arrays(pa.array(found["reason"].astype(np.int8)), pa.array(REASONS))
    columns = [
        pa.array(shard.astype(np.int32)),
        pa.array(found["document"] - borders[shard]),
        pa.array(of_shard.astype(np.int32)),
        pa.array(found["first"] - borders[of_shard]),
        reasons.cast(pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=DUPLICATES)
