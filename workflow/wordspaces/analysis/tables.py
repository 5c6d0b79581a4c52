"""Analysis tables: columns in, Parquet schema out, and the same rows as CSV for other tools."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from wordspaces.common.artefacts import atomic, read_table, read_with_content
from wordspaces.common.provenance import Provenance


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


def csv_bytes(table: pa.Table) -> bytes:
    """`table` as UTF-8 CSV: one header line, shortest exact decimals, an empty field for null."""
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def write_csv(path: str | Path, table: pa.Table) -> None:
    """Write `csv_bytes` of a table beside its Parquet twin, which carries the provenance of both."""
    with atomic(path) as partial:
        partial.write_bytes(csv_bytes(table))


def read_csv_twin(path: Path) -> tuple[Provenance, str]:
    """Provenance of the Parquet twin of a CSV, and its seal, or "" where the CSV does not hold the same table."""
    twin = path.with_suffix(".parquet")
    provenance, content = read_with_content(twin)
    return provenance, content if path.read_bytes() == csv_bytes(read_table(twin)) else ""
