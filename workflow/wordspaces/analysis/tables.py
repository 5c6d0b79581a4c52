"""Analysis tables: columns in, Parquet schema out, and the same rows as CSV for other tools."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from wordspaces.common.artefacts import atomic


def from_rows(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Table of `schema` from dictionaries; NaN in a floating-point column becomes null, as does a missing key."""
    listed = list(rows)
    columns = []
    for field in schema:
        values = [row.get(field.name) for row in listed]
        columns.append(pa.array(values, field.type, from_pandas=pa.types.is_floating(field.type)))
    return pa.table(columns, schema=schema)


def schema(**columns: pa.DataType) -> pa.Schema:
    """Schema with the named columns in the order given."""
    return pa.schema(list(columns.items()))


def numbers(table: pa.Table, column: str) -> np.ndarray:
    """Column as a NumPy array; nulls of a floating-point column become NaN."""
    return table[column].combine_chunks().to_numpy(zero_copy_only=False)


def texts(table: pa.Table, column: str) -> list[str]:
    """String column as a list."""
    return table[column].to_pylist()


def write_csv(path: str | Path, table: pa.Table) -> None:
    """Write `table` as UTF-8 CSV: one header line, shortest exact decimals, an empty field for null."""
    with atomic(path) as partial:
        csv.write_csv(table, partial, csv.WriteOptions(quoting_style="needed"))
