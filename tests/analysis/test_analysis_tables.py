"""Tables: nulls, types, and CSV that reads back."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from wordspaces.analysis.tables import from_rows, numbers, schema, write_csv

SCHEMA = schema(word=pa.string(), rank=pa.int32(), value=pa.float64(), note=pa.string())
ROWS = [
    {"word": 'a "quoted", word', "rank": 1, "value": 0.1 + 0.2, "note": ""},
    {"word": "naïve", "value": float("nan"), "note": "two\nlines"},
]


def test_missing_keys_and_nan_become_null() -> None:
    table = from_rows(ROWS, SCHEMA)
    assert table.schema == SCHEMA
    assert table["rank"].to_pylist() == [1, None]
    assert table["value"].to_pylist() == [0.1 + 0.2, None]
    assert from_rows([], SCHEMA).num_rows == 0
    assert str(numbers(table, "value")) == "[0.3 nan]"


def test_csv_reads_back_exactly_and_is_the_same_twice(tmp_path: Path) -> None:
    table = from_rows(ROWS, SCHEMA)
    for name in ("one.csv", "two.csv"):
        write_csv(tmp_path / name, table)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    frame = pd.read_csv(tmp_path / "one.csv")
    assert frame["word"].tolist() == [row["word"] for row in ROWS]
    assert frame["value"].iloc[0] == 0.1 + 0.2
    assert frame["value"].isna().tolist() == [False, True]
    assert list(frame.columns) == SCHEMA.names
