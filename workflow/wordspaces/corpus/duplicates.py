"""The table of documents that stand in their corpus already, and how it is read."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.common.artefacts import ROW_GROUP, read_batches

REASONS = ("same id", "same text", "same title", "near duplicate")
DUPLICATES = pa.schema(
    [
        pa.field("shard", pa.int32(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("of_shard", pa.int32(), nullable=False),
        pa.field("of_row", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
"""A document to leave out, by its place (shard in the order of the corpus, row in its file), the earliest document that
it repeats, and how: one of `REASONS`."""
REASON_COUNTS = pa.schema([("shard", pa.int32()), ("reason", pa.string()), ("documents", pa.int64())])


def duplicate_rows(table_path: str | Path, shard: int) -> np.ndarray:
    """Rows of one shard that are left out, rising; int64 [rows].

    Parameters
    ----------
    table_path : Parquet under `DUPLICATES`, sorted by shard and row; memory holds a part of it, and the result.
    shard : its place in the order of the corpus, from 0.
    """
    rows = [np.empty(0, np.int64)]
    for batch in read_batches(table_path, ["shard", "row"], ROW_GROUP):
        shards = batch["shard"].to_numpy()
        start, end = np.searchsorted(shards, [shard, shard + 1])
        rows.append(batch["row"].to_numpy()[start:end])
        if end < len(shards):
            break
    return np.concatenate(rows)


def reason_counts(table_path: str | Path) -> pa.Table:
    """How many documents of each shard were left out for which reason.

    Returns
    -------
    shard int32, reason string, documents int64; sorted by shard, then in the order of `REASONS`; no row for none.
    """
    counts: Counter[tuple[int, int]] = Counter()
    for batch in read_batches(table_path, ["shard", "reason"], ROW_GROUP):
        reasons = pc.index_in(batch["reason"], pa.array(REASONS)).to_numpy().astype(np.int64)
        pairs, documents = np.unique(batch["shard"].to_numpy() * len(REASONS) + reasons, return_counts=True)
        counts.update({divmod(int(pair), len(REASONS)): int(n) for pair, n in zip(pairs, documents, strict=True)})
    cells = sorted(counts)
    columns = [
        [shard for shard, _ in cells],
        [REASONS[reason] for _, reason in cells],
        [counts[cell] for cell in cells],
    ]
    return pa.table(columns, schema=REASON_COUNTS)
