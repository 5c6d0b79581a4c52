"""Reading a MediaWiki dump: which pages are articles, and what a broken file says."""

import bz2
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.documents import extract
from wordspaces.corpus.mediawiki import read_mediawiki
from wordspaces.corpus.records import Document, Dropped

PAGES = [
    ("Anarchism", 0, 12, False, "'''Anarchism''' is a [[political philosophy]]."),
    ("AfghanistanHistory", 0, 13, True, "#REDIRECT [[History of Afghanistan]]"),
    ("Old redirect", 0, 14, False, "#redirect [[Elsewhere]]"),
    ("Ada", 0, 15, False, "'''Ada''' may refer to:\n* [[Ada, Ohio]]\n{{Disambiguation|geo}}"),
    ("Austin (disambiguation)", 0, 16, False, "Austin is a city."),
    ("Talk:Anarchism", 1, 17, False, "What a page."),
    ("Table only", 0, 18, False, "{| class=wikitable\n|-\n| cell\n|}"),
]


def dump(pages: list[tuple[str, int, int, bool, str]], version: str = "0.10") -> bytes:
    """XML of a dump in export format `version`."""
    body = "".join(
        f"<page><title>{escape(title)}</title><ns>{space}</ns><id>{number}</id>"
        + ('<redirect title="x" />' if redirect else "")
        + f"<revision><id>{number + 1000}</id><text xml:space='preserve'>{escape(text)}</text></revision></page>\n"
        for title, space, number, redirect, text in pages
    )
    head = f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-{version}/" xml:lang="en">'
    return f"{head}<siteinfo><sitename>Wikipedia</sitename></siteinfo>\n{body}</mediawiki>".encode()


@pytest.mark.parametrize("version", ["0.10", "0.11"])
def test_pages_that_are_no_articles_are_counted_by_reason(tmp_path: Path, version: str) -> None:
    path = tmp_path / "dump.bz2"
    path.write_bytes(bz2.compress(dump(PAGES, version)))
    documents, dropped = extract(path, "mediawiki", "sample")
    assert documents.to_pylist() == [
        {"id": "sample:12", "title": "Anarchism", "text": "Anarchism is a political philosophy."}
    ]
    counts = {row["reason"]: row["documents"] for row in dropped.to_pylist()}
    assert counts == {"disambiguation": 2, "empty": 1, "kept": 1, "other namespace": 1, "redirect": 2}
    assert sum(counts.values()) == len(PAGES)


def test_streams_are_read_one_after_another(tmp_path: Path) -> None:
    whole = dump(PAGES[:2])
    path = tmp_path / "multistream.bz2"
    path.write_bytes(b"".join(bz2.compress(part) for part in (whole[:150], whole[150:400], whole[400:])))
    assert list(read_mediawiki(path)) == [
        Document("12", "Anarchism", "Anarchism is a political philosophy."),
        Dropped("redirect"),
    ]


def test_pages_come_before_the_file_has_been_read_to_its_end(tmp_path: Path) -> None:
    filler = [(f"Page {n}", 0, n, False, f"{n * 7919**5} words. " * 400) for n in range(1, 400)]
    content = bz2.compress(dump(filler))
    path = tmp_path / "cut.bz2"
    path.write_bytes(content[: len(content) * 3 // 4])
    records = read_mediawiki(path)
    assert next(records).title == "Page 1"
    with pytest.raises(StudyError, match=r"cut\.bz2: found a bzip2 file that ends early"):
        list(records)


def test_what_is_no_dump_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"plain text, not compressed")
    with pytest.raises(StudyError, match="no readable bzip2"):
        list(read_mediawiki(path))
    path.write_bytes(bz2.compress(dump(PAGES)[:-60]))
    with pytest.raises(StudyError, match="broken XML"):
        list(read_mediawiki(path))


def test_dump_without_articles_is_refused_with_its_counts(tmp_path: Path) -> None:
    path = tmp_path / "dump.bz2"
    path.write_bytes(bz2.compress(dump(PAGES[1:3])))
    with pytest.raises(StudyError, match=r"no document \(2 redirect\)"):
        extract(path, "mediawiki", "sample")
