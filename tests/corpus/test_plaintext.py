"""Reading plain text by lines and by paragraphs."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.corpus import plaintext
from wordspaces.corpus.plaintext import read_lines, read_paragraphs
from wordspaces.corpus.records import Document, Dropped, Reading

TEXT = "\ufeffFirst line.\r\n\r\nSecond, naïve\u2028line\nthird line\n \t\n\n\nLast 🗽"


def test_lines_and_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    blank = Dropped("blank line")
    assert list(read_lines(path, None, Reading())) == [
        Document("0", "", "First line."),
        blank,
        Document("2", "", "Second, naïve\u2028line"),
        Document("3", "", "third line"),
        blank,
        blank,
        blank,
        Document("7", "", "Last 🗽"),
    ]
    assert list(read_paragraphs(path, None, Reading())) == [
        Document("0", "", "First line."),
        Document("1", "", "Second, naïve\u2028line\nthird line"),
        Document("2", "", "Last 🗽"),
    ]


@given(st.lists(st.text(alphabet="ab \n\r", max_size=12), max_size=6))
def test_all_that_is_not_blank_is_kept(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    text = "\n".join(pieces)
    path.write_bytes(text.encode())
    for reader in (read_lines, read_paragraphs):
        records = [record for record in reader(path, None, Reading()) if isinstance(record, Document)]
        assert " ".join(record.text for record in records).split() == text.split()
        assert len({record.number for record in records}) == len(records)


def test_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("ein\nschöner\n".encode("latin-1"))
    with pytest.raises(StudyError, match=r"text\.txt: found byte 0xf6 in line 2, which is no utf-8.*set encoding"):
        list(read_lines(path, None, Reading()))
    assert [record.text for record in read_paragraphs(path, None, Reading(encoding="latin-1"))] == ["ein\nschöner"]
    path.write_bytes("ein\nschöner\n".encode("utf-16"))
    assert [record.text for record in read_paragraphs(path, None, Reading(encoding="utf-16"))] == ["ein\nschöner"]


def test_empty_cut_and_missing_files(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"")
    assert list(read_lines(path, None, Reading())) == list(read_paragraphs(path, None, Reading())) == []
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(TEXT.encode() * 50)[:-9])
    for reader in (read_lines, read_paragraphs):
        with pytest.raises(StudyError, match="ends early"):
            list(reader(path, None, Reading()))
    path = tmp_path / "page.txt"
    path.write_bytes(b"<html><body>moved</body></html>")
    with pytest.raises(StudyError, match="a web page"):
        list(read_lines(path, None, Reading()))


def test_one_document_of_fifty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"word " * (10 << 20))
    for reader in (read_lines, read_paragraphs):
        (document,) = reader(path, None, Reading())
        assert isinstance(document, Document)
        assert len(document.text) == 50 << 20


def test_a_document_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plaintext, "LONGEST_DOCUMENT", 1000)
    path = tmp_path / "text.txt"
    path.write_bytes(b"word " * 1000)
    with pytest.raises(StudyError, match="more than 1,000 characters in line 1"):
        list(read_lines(path, None, Reading()))
    path.write_bytes(b"word\n" * 1000)
    with pytest.raises(StudyError, match="more than 1,000 characters without a blank line"):
        list(read_paragraphs(path, None, Reading()))
