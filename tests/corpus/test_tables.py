"""Reading tables with named columns."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Dropped, Part, Reader, Reading
from wordspaces.corpus.tables import (
    read_csv_table,
    read_json_lines,
    read_parquet_table,
    split_json_lines,
    split_parquet_table,
)


def read(reader: Reader, path: Path, part: Part | None = None, **reading: str) -> list[Document | Dropped]:
    return list(reader(path, part, Reading(**reading)))


LINES = [
    b'{"text": "one \\ud83d half", "title": "A", "user": {"name": "x"}}',
    b'{"text": "two \xc3\xa9\\nlines", "title": 3, "user": {"name": 7}}',
    b"",
    b"NULL",
    b'"text"',
    b'{"text": "cut',
    b'{"text": "caf\xe9"}',
    b'{"text": null, "user": {"name": "y"}}',
    b'{"text": 5}',
    b'{"text": "no id", "user": "z"}',
]
REASONS = ["blank line", "broken line", "broken line", "broken line", "not UTF-8", "empty", "no text", "no id"]


def test_json_lines_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(LINES))
    records = read(read_json_lines, path, title="title", id="user.name")
    assert records == [
        Document("x", "A", "one  half"),
        Document("7", "", "two é\nlines"),
        *map(Dropped, REASONS),
    ]
    compressed = tmp_path / "x.jsonl.gz"
    compressed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(read_json_lines, compressed, title="title", id="user.name") == records
    path.write_bytes(b"")
    assert read(read_json_lines, path) == []


def test_a_key_with_a_dot_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a.b": "one"}\n{"a": {"b": "two"}}\n')
    assert [record.text for record in read(read_json_lines, path, text="a.b")] == ["one", "two"]


def test_a_key_that_no_line_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"body": "a", "id": 1}\n{"body": "b", "tags": []}\n')
    with pytest.raises(StudyError, match=r"x\.jsonl: found keys body, id, tags; allowed: text among them"):
        read(read_json_lines, path)
    with pytest.raises(StudyError, match=r"headline, user\.name among them"):
        read(read_json_lines, path, text="body", title="headline", id="user.name")
    assert [record.number for record in read(read_json_lines, path, text="body")] == ["0", "23"]


@given(
    st.lists(st.sampled_from(["a", "bb " * 9, "é", "\n"]).map(lambda text: json.dumps({"text": text})), max_size=9),
    st.integers(1, 12),
    st.booleans(),
)
def test_parts_of_json_lines_together_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], parts: int, ended: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.jsonl"
    path.write_text("\n".join(lines) + "\n" * ended, encoding="utf-8")
    cut = split_json_lines(path, None, parts)
    assert len(cut) == parts
    assert [found for part in cut for found in read(read_json_lines, path, part)] == read(read_json_lines, path)
    share = path.stat().st_size / parts
    assert all(part.end - part.start <= share + max(map(len, [*lines, ""])) + 3 for part in cut)


def test_compressed_json_lines_are_one_part(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n'))
    assert read(read_json_lines, path, split_json_lines(path, None, 1)[0]) == [Document("0", "", "a")]
    with pytest.raises(StudyError, match="parts: 2 of a compressed file"):
        split_json_lines(path, None, 2)


def test_a_line_of_fifty_megabytes_and_one_beyond_measure(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with open(path, "wb") as stream:
        stream.write(b'{"text": "' + b"a" * (50 << 20) + b'"}\n{"text": "')
        for _ in range(70):
            stream.write(b"b" * (1 << 20))
        stream.write(b'"}\n{"text": "c"}\n')
    long, over, last = read(read_json_lines, path)
    assert isinstance(long, Document)
    assert len(long.text) == 50 << 20
    assert (over, last) == (Dropped("overlong line"), Document(str((120 << 20) + 26), "", "c"))


def test_separated_values(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('\ufeffid,text,title\r\n7,"He said ""a"",\nb",T\r\n8,c\r\n\r\n,d,e\r\n9,,f\r\n', encoding="utf-8")
    dropped = [Dropped("broken row"), Dropped("blank line")]
    assert read(read_csv_table, path, title="title", id="id") == [
        Document("7", "T", 'He said "a",\nb'),
        *dropped,
        Dropped("no id"),
        Document("9", "f", ""),
    ]
    numbers = [record.number for record in read(read_csv_table, path) if isinstance(record, Document)]
    assert numbers == ["0", "3", "4"]


@pytest.mark.parametrize("name", ["x.tsv", "x.TAB", "x.tsv.gz"])
def test_values_separated_by_tabs(tmp_path: Path, name: str) -> None:
    payload = b"text\tb\na, b\tc\n"
    (tmp_path / name).write_bytes(gzip.compress(payload) if name.endswith("gz") else payload)
    assert read(read_csv_table, tmp_path / name) == [Document("0", "", "a, b")]


def test_separated_values_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"id,text\n1,caf\xe9\n")
    assert read(read_csv_table, path, encoding="latin-1") == [Document("0", "", "café")]
    with pytest.raises(StudyError, match=r"byte 0xe9 in line 2, which is no utf-8.*set encoding"):
        read(read_csv_table, path)
    with pytest.raises(StudyError, match="found columns id, text; allowed: body, headline among them"):
        read(read_csv_table, path, text="body", title="headline", encoding="latin-1")
    path.write_bytes(b"")
    with pytest.raises(StudyError, match=r"columns \(none\)"):
        read(read_csv_table, path)
    path.write_bytes(b"<html>no</html>")
    with pytest.raises(StudyError, match="a web page"):
        read(read_csv_table, path)


def test_long_fields_and_quotes_that_are_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"id,text\n1," + b"a" * (50 << 20) + b'\n2,"never closed\n3,swallowed\n')
    long, broken, after = read(read_csv_table, path)
    assert isinstance(long, Document)
    assert len(long.text) == 50 << 20
    assert broken == Dropped("broken row")
    assert after == Document("2", "", "swallowed")


def test_a_stray_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    lines = [f"{number},text {number}" for number in range(300)]
    lines[5] = '5,"a quote that opens nothing'
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["id,text", *lines, '300,"two\nlines ""quoted"""']) + "\n")
    found = read(read_csv_table, path, id="id")
    # The stray quote is closed by the first quote of the last row: what lies between cannot be told from one field.
    assert found[:5] == [Document(str(number), "", f"text {number}") for number in range(5)]
    path.write_text("\n".join(["id,text", *lines]) + "\n")
    found = read(read_csv_table, path, id="id")
    assert found.count(Dropped("broken row")) == 1
    assert [record.number for record in found if isinstance(record, Document)] == [
        str(number) for number in range(300) if number != 5
    ]
    path = tmp_path / "x.tsv"
    path.write_text("\n".join(["id,text", *lines]).replace(",", "\t") + "\n")
    assert len([record for record in read(read_csv_table, path, id="id") if isinstance(record, Document)]) == 300


def parquet(path: Path, group: int = 3) -> Path:
    """A table of ten rows."""
    columns = {
        "key": pa.array(range(100, 110), pa.int64()),
        "text": pa.array([f"text {n}" if n != 4 else None for n in range(10)], pa.large_string()),
        "title": pa.array([f"T{n % 2}" for n in range(10)]).dictionary_encode(),
        "count": pa.array(range(10)),
    }
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def test_parquet_and_its_parts(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet")
    records = read(read_parquet_table, path, title="title", id="key")
    assert records[:2] == [Document("100", "T0", "text 0"), Document("101", "T1", "text 1")]
    assert (len(records), records[4]) == (10, Dropped("empty"))
    rows = read(read_parquet_table, path)
    assert [record.number for record in rows if isinstance(record, Document)] == list("012356789")
    for parts in (1, 2, 4, 7):
        cut = split_parquet_table(path, None, parts)
        assert len(cut) == parts
        assert [found for part in cut for found in read(read_parquet_table, path, part)] == rows


BROKEN: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("no readable Parquet", lambda payload: payload[:-50]),
    ("no readable Parquet", lambda payload: payload[:40] + bytes(80) + payload[120:]),
    ("no readable Parquet", lambda payload: b""),
    ("a web page", lambda payload: b"<!DOCTYPE html>"),
]


@pytest.mark.parametrize(("message", "change"), BROKEN)
def test_parquet_that_is_cut_or_broken_is_refused(
    tmp_path: Path, message: str, change: Callable[[bytes], bytes]
) -> None:
    path = parquet(tmp_path / "x.parquet")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(StudyError, match=message):
        read(read_parquet_table, path)


def test_parquet_columns_that_are_missing_or_no_text_are_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet")
    with pytest.raises(StudyError, match="found columns key, text, title, count; allowed: body among them"):
        read(read_parquet_table, path, text="body")
    with pytest.raises(StudyError, match="column count of type int64; allowed: a column of strings"):
        read(read_parquet_table, path, text="count")
    with pytest.raises(StudyError, match="No such file"):
        read(read_parquet_table, tmp_path / "none.parquet")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with pq.ParquetWriter(path, pa.schema([("text", pa.string())])) as writer:
        for group in range(30):
            writer.write_table(pa.table({"text": [f"{group} {row} " + "word " * 400 for row in range(500)]}))
    before = pa.total_allocated_bytes()
    peak = 0
    tracemalloc.start()
    for _ in read_parquet_table(path, None, Reading()):
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert peak < 8 << 20
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
