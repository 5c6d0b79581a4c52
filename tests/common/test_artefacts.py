"""Artefacts: equal content gives equal bytes, provenance travels inside, damage is seen, nothing is half-written."""

import json

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import (
    atomic,
    read_provenance,
    read_table,
    read_tensors,
    read_with_content,
    write_table,
    write_tensors,
)
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance

RECORD = Provenance(rule="r", script="scripts/r.py", code="c", settings={"b": 1, "a": [1.5]}, inputs={"x": "y"}, seed=3)
TABLE = pa.table(
    {
        "word": ["a", None, "é"],
        "ids": pa.array([[1, 2], [], [3]], pa.list_(pa.int32())),
        "vector": pa.array([[1.0, 2.0]] * 3, pa.list_(pa.float32(), 2)),
    }
)
TENSORS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([2**40])}


def test_table_round_trip_and_provenance(tmp_path):
    path = tmp_path / "deep" / "t.parquet"
    write_table(path, TABLE, RECORD)
    assert read_table(path).equals(TABLE)
    provenance, content = read_with_content(path)
    assert provenance.content == content
    assert (provenance.settings, provenance.seed, provenance.inputs) == (RECORD.settings, 3, {"x": "y"})
    assert list(path.parent.iterdir()) == [path]


def test_equal_tables_have_equal_bytes_however_they_are_chunked(tmp_path):
    sliced = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)])
    write_table(tmp_path / "one.parquet", TABLE, RECORD)
    write_table(tmp_path / "two.parquet", sliced.replace_schema_metadata({"stray": "entry"}), RECORD)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_tensors_round_trip_and_bytes(tmp_path):
    write_tensors(tmp_path / "one.safetensors", TENSORS, RECORD)
    write_tensors(tmp_path / "two.safetensors", dict(reversed(TENSORS.items())), RECORD)
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()
    back = read_tensors(tmp_path / "one.safetensors")
    assert all(
        np.array_equal(back[name], TENSORS[name]) and back[name].dtype == TENSORS[name].dtype for name in TENSORS
    )
    provenance, content = read_with_content(tmp_path / "one.safetensors")
    assert provenance.content == content


def test_a_changed_value_is_seen(tmp_path):
    path = tmp_path / "w.safetensors"
    write_tensors(path, TENSORS, RECORD)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    provenance, content = read_with_content(path)
    assert provenance.content != content


@pytest.mark.parametrize("name", ["t.parquet", "t.safetensors"])
def test_cut_and_missing_files_are_named(tmp_path, name):
    path = tmp_path / name
    read = read_table if name.endswith("parquet") else read_tensors
    with pytest.raises(StudyError, match=name):
        read(path)
    (write_table if name.endswith("parquet") else write_tensors)(
        path, TABLE if name.endswith("parquet") else TENSORS, RECORD
    )
    path.write_bytes(path.read_bytes()[:-9])
    for reader in (read, read_provenance):
        with pytest.raises(StudyError, match=name):
            reader(path)


def test_a_failed_write_leaves_nothing(tmp_path):
    path = tmp_path / "t.json"

    def write() -> None:
        with atomic(path) as partial:
            partial.write_text("half")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_record_is_one_line_of_sorted_json():
    text = RECORD.to_json()
    assert Provenance.from_json(text) == RECORD
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert "\n" not in text
