"""Counts of all types of a shard and of a study, with no more in memory than one bucket of them at a time.

Types go on growing with a corpus (Heaps 1978), so they are kept in buckets by a hash of the token: a shard's counts lie
in its file bucket after bucket, each a row group, and a study's counts are added up bucket by bucket.
"""

import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wordspaces.common.artefacts import read_row_group
from wordspaces.tokens.shards import split_sentences

BUCKETS = 64
FOLD = 1 << 17
"""Counts that are held before they are added up and, where most of them are of different types, put aside."""
TYPES = pa.schema([("bucket", pa.int32()), ("token", pa.string()), ("count", pa.int64())])
COUNTED = pa.schema([("token", pa.string()), ("count", pa.int64())])


def bucket_of(token: str) -> int:
    """Bucket of a token: the same on every machine."""
    return zlib.crc32(token.encode()) % BUCKETS


def count_types(batches: Iterable[pa.Table], scratch: Path) -> Iterator[pa.Table]:
    """Occurrences of each token in normalised documents.

    Parameters
    ----------
    batches : normalised tables (sentences list<string>), a document as often as it counts.
    scratch : a folder for the counts of some documents, where there are too many types to hold; empty, or not there
        yet, and gone in the end.

    Returns
    -------
    bucket int32, token string, count int64, bucket after bucket; sorted by token within each.
    """
    runs: list[Path] = []
    waiting: list[pa.Table] = []
    try:
        for batch in batches:
            found = pc.value_counts(split_sentences(batch)[1].flatten())
            waiting.append(pa.table([found.field("values"), found.field("counts")], schema=COUNTED))
            if sum(table.num_rows for table in waiting) > FOLD:
                waiting = [add_counts(waiting)]
                if waiting[0].num_rows > FOLD // 2:
                    runs.append(_write_run(scratch / f"{len(runs)}.parquet", waiting))
                    waiting = []
        if runs and waiting:
            runs.append(_write_run(scratch / f"{len(runs)}.parquet", waiting))
        yield from merge_runs(runs) if runs else split_buckets(add_counts([COUNTED.empty_table(), *waiting]))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_run(path: Path, counted: Sequence[pa.Table]) -> Path:
    """Write counts into a file of their own, bucket after bucket, each a row group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, TYPES) as writer:
        for bucket in split_buckets(add_counts(counted)):
            writer.write_table(bucket)
    return path


def merge_runs(paths: Sequence[Path]) -> Iterator[pa.Table]:
    """Types of files that `_write_run` made, added up, bucket after bucket."""
    for table in read_buckets(paths):
        yield from split_buckets(table)


def split_buckets(counted: pa.Table) -> Iterator[pa.Table]:
    """Counts as tables under `TYPES`, one a bucket that has any."""
    buckets = np.array([bucket_of(token) for token in counted["token"].to_pylist()], np.int32)
    table = pa.table([buckets, counted["token"], counted["count"]], schema=TYPES)
    table = table.sort_by([("bucket", "ascending"), ("token", "ascending")]).combine_chunks()
    borders = np.searchsorted(table["bucket"].to_numpy(), np.arange(BUCKETS + 1))
    for start, end in pairwise(borders.tolist()):
        if end > start:
            yield table.slice(start, end - start)


def add_counts(tables: Sequence[pa.Table]) -> pa.Table:
    """Sum of tables of token string, count int64; each token once, in no particular order."""
    merged = pa.concat_tables(tables).group_by("token", use_threads=False).aggregate([("count", "sum")])
    return pa.table([merged["token"], merged["count_sum"]], schema=COUNTED)


def read_buckets(paths: Sequence[str | Path]) -> Iterator[pa.Table]:
    """Types of all shards added up, bucket after bucket: token string, count int64, sorted by token."""
    groups: dict[int, list[tuple[str | Path, int]]] = {bucket: [] for bucket in range(BUCKETS)}
    for path in paths:
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            statistics = metadata.row_group(group).column(0).statistics
            if statistics is not None and statistics.has_min_max:
                groups[statistics.min].append((path, group))
    for places in groups.values():
        if places:
            tables = [read_row_group(path, group, ["token", "count"]) for path, group in places]
            yield add_counts(tables).sort_by("token")
