"""Reading Sentiment140."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Dropped, Reading
from wordspaces.corpus.sentiment140 import read_sentiment140

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "formats" / "sentiment140"
ROWS = (
    b'"0","101","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","amy","@bob I don\xef\xbf\xbdt &lt;3 it, \xef\xbf\xbd ok"\n'
    b'"4","102","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","amy","He said ""yes"" at\n the caf\xe9 http://x.com"\n'
    b'"4","103","Mon Apr 06 22:19:45 PDT 2009"\n'
    b'"4","none","Mon","NO_QUERY","amy","not a tweet"\n\n'
    b'"2","104","Mon","kindle2","amy","caf\xc3\xa9 \xe2\x99\xab"\n'
)
TEXTS = ["@user I don’t <3 it, ok", 'He said "yes" at\nthe café http://url', "café ♫"]


def write(path: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, payload in files:
            archive.writestr(name, payload)
    return path


def read(path: Path) -> list[Document | Dropped]:
    return list(read_sentiment140(path, None, Reading()))


def test_tables_of_the_archive_in_its_order(tmp_path: Path) -> None:
    last = b'"0","9","Mon","q","amy","last"\n'
    path = write(tmp_path / "a.zip", [("test.csv", ROWS), ("README", b"x"), ("folder/training.CSV", last)])
    records = read(path)
    assert [record for record in records if isinstance(record, Document)] == [
        *(Document(number, "", text) for number, text in zip(("101", "102", "104"), TEXTS, strict=True)),
        Document("9", "", "last"),
    ]
    assert [record.reason for record in records if isinstance(record, Dropped)] == ["broken row"] * 3 + ["other file"]
    (tmp_path / "test.csv").write_bytes(ROWS)
    assert read(tmp_path / "test.csv") == records[:6]
    assert sorted(child.name for child in tmp_path.iterdir()) == ["a.zip", "test.csv"]


def test_a_quote_that_is_never_closed_harms_one_row(tmp_path: Path) -> None:
    rows = (
        b'"0","1","Mon","q","amy","never closed\n"0","2","Mon","q","amy","swallowed"\n"0","3","Mon","q","amy","kept"\n'
    )
    records = read(write(tmp_path / "a.zip", [("x.csv", rows)]))
    assert records == [Dropped("broken row"), Document("3", "", "kept")]


def test_broken_archives_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", [("../x.csv", ROWS)])
    with pytest.raises(StudyError, match="leads out of the archive"):
        read(path)
    path = write(tmp_path / "a.zip", [("x.csv", ROWS * 100)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(StudyError, match="cut or broken zip"):
        read(path)
    path.write_bytes(b"<!doctype html>")
    with pytest.raises(StudyError, match="a web page"):
        read(path)


def test_the_real_archive() -> None:
    path = REAL / "trainingandtestdata.zip"
    if not path.exists():
        pytest.skip("the archive for tests is not here")
    records = read(path)
    assert len(records) == 12498
    assert all(isinstance(record, Document) and "\ufffd" not in record.text for record in records)
