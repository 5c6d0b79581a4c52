"""Sum of the co-occurrence shards of one sample: the matrix X."""

from collections.abc import Iterable

import numba
import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.count import unit
from wordspaces.cooccurrence.settings import CooccurrenceSettings

Triples = tuple[np.ndarray, np.ndarray, np.ndarray]

SHARD_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("column", pa.int32(), nullable=False),
        pa.field("weight", pa.int64(), nullable=False),
    ]
)
MATRIX_SCHEMA = pa.schema(
    [SHARD_SCHEMA.field("row"), SHARD_SCHEMA.field("column"), pa.field("count", pa.float64(), False)]
)


def shard_table(shard: Triples) -> pa.Table:
    """Rows, columns and integer weights of one shard as a table under `SHARD_SCHEMA`."""
    return pa.Table.from_arrays([pa.array(part) for part in shard], schema=SHARD_SCHEMA)


def shard_triples(table: pa.Table) -> Triples:
    """Inverse of `shard_table`."""
    return tuple(table[name].to_numpy() for name in SHARD_SCHEMA.names)


def merge_shards(shards: Iterable[Triples]) -> Triples:
    """Add shards pair by pair.

    Parameters
    ----------
    shards : each row int32, column int32, weight int64, sorted by row and column, each pair once. Taken one at a
        time: memory holds the sum so far and one shard.

    Returns
    -------
    The same three arrays for the sum. Integer addition makes it the same whatever the shards and their order.

    Raises
    ------
    StudyError : a shard is not sorted or names a pair twice, or there is no pair in any of them.
    """
    empty = np.empty(0, np.int64)
    keys, weights = empty, empty
    for number, (row, column, weight) in enumerate(shards):
        new = (row.astype(np.int64) << 32) | column.astype(np.int64)
        if np.any(np.diff(new) <= 0):
            raise StudyError(
                f"co-occurrence shard {number}", "rows out of order", "rows sorted by row and column, each pair once"
            )
        keys, weights = _add(keys, weights, new, weight) if len(keys) else (new, weight)
    if not len(keys):
        raise StudyError("co-occurrence shards", "no pair of words", "one pair or more", "give the sample more text")
    return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32), weights


def matrix_table(total: Triples, settings: CooccurrenceSettings) -> pa.Table:
    """The matrix X: integer weights divided by `unit`, rounded once to float64; under `MATRIX_SCHEMA`."""
    row, column, weight = total
    return pa.Table.from_arrays(
        [pa.array(row), pa.array(column), pa.array(weight / float(unit(settings)))], schema=MATRIX_SCHEMA
    )


@numba.njit(cache=True)
def _add(
    keys_a: np.ndarray, weights_a: np.ndarray, keys_b: np.ndarray, weights_b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Merge two sorted lists of keys, adding the weights of those in both."""
    keys, weights = np.empty(len(keys_a) + len(keys_b), np.int64), np.empty(len(keys_a) + len(keys_b), np.int64)
    a = b = n = 0
    while a < len(keys_a) or b < len(keys_b):
        from_a = b == len(keys_b) or (a < len(keys_a) and keys_a[a] <= keys_b[b])
        from_b = a == len(keys_a) or (b < len(keys_b) and keys_b[b] <= keys_a[a])
        keys[n] = keys_a[a] if from_a else keys_b[b]
        weights[n] = (weights_a[a] if from_a else 0) + (weights_b[b] if from_b else 0)
        a, b, n = a + from_a, b + from_b, n + 1
    return keys[:n].copy(), weights[:n].copy()
