"""Reading a MediaWiki dump: which pages are articles, parts of a dump, and what a broken file says."""

import bz2
import gzip
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.mediawiki import read_mediawiki
from wordspaces.corpus.multistream import split_multistream
from wordspaces.corpus.records import Document, Dropped, Part, Reading

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared/corpora/formats/wikimedia/enwiki/20160501"

PAGES = [
    ("Anarchism", 0, 12, False, "'''Anarchism''' is a [[political philosophy]]."),
    ("AfghanistanHistory", 0, 13, True, "#REDIRECT [[History of Afghanistan]]"),
    ("Old redirect", 0, 14, False, "#redirect [[Elsewhere]]"),
    ("Ada", 0, 15, False, "'''Ada''' may refer to:\n* [[Ada, Ohio]]\n{{Disambiguation|geo}}"),
    ("Austin (disambiguation)", 0, 16, False, "Austin is a city."),
    ("Talk:Anarchism", 1, 17, False, "What a page."),
    ("Table only", 0, 18, False, "{| class=wikitable\n|-\n| cell\n|}"),
]
READ = [
    Document("12", "Anarchism", "Anarchism is a political philosophy."),
    Dropped("redirect"),
    Dropped("redirect"),
    Dropped("disambiguation"),
    Dropped("disambiguation"),
    Dropped("other namespace"),
    Document("18", "Table only", ""),
]
TAIL = "</mediawiki>"


def head(version: str = "0.10") -> str:
    root = f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-{version}/" xml:lang="en">'
    return f"{root}<siteinfo><sitename>Wikipedia</sitename></siteinfo>\n"


def page(title: str, space: int, number: int, redirect: bool, text: str) -> str:
    return (
        f"<page><title>{escape(title)}</title><ns>{space}</ns><id>{number}</id>"
        + ('<redirect title="x" />' if redirect else "")
        + f"<revision><id>{number + 1000}</id><text xml:space='preserve'>{escape(text)}</text></revision></page>\n"
    )


def dump(pages: list[tuple[str, int, int, bool, str]], version: str = "0.10") -> bytes:
    """XML of a dump in export format `version`."""
    return (head(version) + "".join(page(*each) for each in pages) + TAIL).encode()


def article(number: int) -> tuple[str, int, int, bool, str]:
    return (f"Café {number}", 0, number, False, f"'''Café''' number {number} – open.")


def multistream(path: Path, streams: list[bytes]) -> list[int]:
    """Write a dump of these streams, header and footer around them; the offsets of the streams."""
    content, offsets = bz2.compress(head().encode()), []
    for stream in streams:
        offsets.append(len(content))
        content += bz2.compress(stream)
    path.write_bytes(content + bz2.compress(TAIL.encode()))
    return offsets


def articles(first: int, count: int = 3) -> bytes:
    return "".join(page(*article(number)) for number in range(first, first + count)).encode()


@pytest.mark.parametrize("version", ["0.10", "0.11"])
@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress, bytes], ids=["bz2", "gz", "plain"])
def test_pages_that_are_no_articles_are_dropped_by_reason(tmp_path: Path, version: str, pack) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(pack(b"<?xml version='1.0' encoding='utf-8'?>\n<!-- a dump -->\n" + dump(PAGES, version)))
    assert list(read_mediawiki(path)) == READ


def test_fields_of_format_0_11_tell_what_is_no_wikitext(tmp_path: Path) -> None:
    fields = (
        "<origin>5</origin><model>{}</model><format>{}</format><text bytes='5' sha1='x'{}>Text.</text><sha1>x</sha1>"
    )
    cases = [
        ("wikitext", "text/x-wiki", ""),
        ("javascript", "text/javascript", ""),
        ("wikitext", "application/json", ""),
        ("wikitext", "text/x-wiki", " deleted='deleted'"),
    ]
    pages = [
        f"<page><title>T</title><ns>0</ns><id>{number}</id><revision>{fields.format(*case)}</revision></page>"
        for number, case in enumerate(cases)
    ]
    path = tmp_path / "dump.xml"
    path.write_text(head("0.11") + "".join(pages) + TAIL)
    assert list(read_mediawiki(path)) == [
        Document("0", "T", "Text."),
        Dropped("no wikitext"),
        Dropped("no wikitext"),
        Dropped("deleted"),
    ]


def test_streams_are_read_one_after_another(tmp_path: Path) -> None:
    whole = dump(PAGES[:2])
    path = tmp_path / "multistream.bz2"
    path.write_bytes(b"".join(bz2.compress(part) for part in (whole[:150], whole[150:400], whole[400:])))
    assert list(read_mediawiki(path)) == READ[:2]


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 9])
def test_parts_give_what_the_whole_gives(tmp_path: Path, parts: int) -> None:
    path, index = tmp_path / "dump.xml.bz2", tmp_path / "index.txt"
    offsets = multistream(path, [articles(first) for first in range(0, 12, 3)])
    index.write_text("".join(f"{offsets[n // 3]}:{n}:Café {n}\n" for n in range(12)))
    whole = list(read_mediawiki(path))
    assert whole == [Document(str(n), f"Café {n}", f"Café number {n} – open.") for n in range(12)]
    for given in (index, None):
        found = split_multistream(path, given, parts)
        assert [record for part in found for record in read_mediawiki(path, part)] == whole


def test_part_from_the_start_reads_the_header_too(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.bz2"
    offsets = multistream(path, [articles(0), articles(3)])
    assert [record.number for record in read_mediawiki(path, Part(0, offsets[1]))] == ["0", "1", "2"]
    assert list(read_mediawiki(path, Part(7, 7, 0))) == []


def test_lost_pages_are_found(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.bz2"
    offsets = multistream(path, [articles(0), articles(3)])
    part = Part(offsets[0], path.stat().st_size, 7)
    with pytest.raises(StudyError, match=rf"bytes {offsets[0]} to \d+: found 6 pages; allowed: 7, as its index says"):
        list(read_mediawiki(path, part))


def broken(stream: bytes) -> bytes:
    return stream[:60] + bytes([stream[60] ^ 0xFF]) + stream[61:]


@pytest.mark.parametrize(
    ("middle", "said"),
    [
        (broken(bz2.compress(articles(3))), "no readable bzip2"),
        (b"no bzip2 at all", "no readable bzip2"),
        (bz2.compress(articles(3).replace("é".encode(), b"\xe9")), "bytes that are no UTF-8"),
        (bz2.compress(articles(3)[:-12]), "broken XML"),
        (bz2.compress(b'<!DOCTYPE x [<!ENTITY a "b">]>' + articles(3)), "broken XML"),
    ],
    ids=["bits", "other bytes", "latin-1", "cut page", "declaration"],
)
def test_broken_stream_in_the_middle_is_named_by_its_byte(tmp_path: Path, middle: bytes, said: str) -> None:
    cut = middle == bz2.compress(articles(3)[:-12])
    path = tmp_path / "dump.xml.bz2"
    before = bz2.compress(head().encode()) + bz2.compress(articles(0))
    path.write_bytes(before + middle + bz2.compress(articles(6)) + bz2.compress(TAIL.encode()))
    start = len(bz2.compress(head().encode()))
    for part in (None, Part(start, path.stat().st_size)):
        # Read as one document, a page that is cut goes on in the next stream.
        byte = r"\d+" if part is None and cut else len(before)
        with pytest.raises(StudyError, match=rf"bzip2 stream at byte {byte}: found {said}") as raised:
            list(read_mediawiki(path, part))
        assert str(path) in str(raised.value)


def test_cut_file_is_refused_with_the_stream_that_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.bz2"
    offsets = multistream(path, [articles(0), articles(3)])
    path.write_bytes(path.read_bytes()[: offsets[1] + 40])
    for part in (None, Part(offsets[0], offsets[1] + 40)):
        with pytest.raises(StudyError, match=rf"stream at byte {offsets[1]}: found a bzip2 file that ends early"):
            list(read_mediawiki(path, part))


def test_pages_come_before_the_file_has_been_read_to_its_end(tmp_path: Path) -> None:
    filler = [(f"Page {n}", 0, n, False, f"{n * 7919**5} words. " * 400) for n in range(1, 240)]
    content = bz2.compress(dump(filler))
    path = tmp_path / "cut.bz2"
    path.write_bytes(content[: len(content) * 3 // 4])
    records = read_mediawiki(path)
    assert next(records).title == "Page 1"
    with pytest.raises(StudyError, match="found a bzip2 file that ends early"):
        list(records)


BOMB = "<!DOCTYPE mediawiki [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress, bytes], ids=["bz2", "gz", "plain"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"<?xml version='1.0'?>{BOMB}]><mediawiki><page><title>&a9;</title></page></mediawiki>", "document type"),
        (f"<!-- <mediawiki> -->{BOMB}]>" + head() + TAIL, "document type"),
        ("<!DOCTYPE html><html><body>Not found</body></html>", "an HTML page"),
        ("<html><head></head></html>", "an HTML page"),
        ("", "empty"),
        ("plain text", "'plain text'"),
        ("<mediawiki-like/>", "'<mediawiki-like/>'"),
        (" " * 100_000, "MediaWiki dump"),
        (dump(PAGES)[:-60].decode(), "broken XML"),
    ],
    ids=["bomb", "hidden bomb", "doctype html", "html", "empty", "text", "root", "blank", "cut"],
)
def test_what_is_no_dump_is_refused_at_once(tmp_path: Path, pack, content: str, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(pack(content.encode()))
    start = time.monotonic()
    with pytest.raises(StudyError, match=said):
        list(read_mediawiki(path))
    assert time.monotonic() - start < 5


def test_cut_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.gz"
    path.write_bytes(gzip.compress(dump(PAGES))[:-30])
    with pytest.raises(StudyError, match=r"dump\.xml\.gz: found no readable gzip"):
        list(read_mediawiki(path))


def test_dump_without_pages_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(bz2.compress(dump([])))
    assert list(read_mediawiki(path)) == []


def test_limits_cost_the_page_and_not_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    slow = "[[a|x" * 200_000 + "]]" * 200_000
    long = "word " * 10_000_000
    pages = [article(1), ("Slow", 0, 2, False, slow), article(3), ("Long", 0, 4, False, long), article(5)]
    path.write_bytes(dump(pages))
    start = time.monotonic()
    found = list(read_mediawiki(path, None, Reading(page_seconds=0.3)))
    assert [record.reason if isinstance(record, Dropped) else record.number for record in found] == [
        "1",
        "over the time limit",
        "3",
        "too long",
        "5",
    ]
    assert time.monotonic() - start < 20


def test_real_dump_is_read_whole_and_by_parts() -> None:
    path = SAMPLE / "enwiki-20160501-pages-articles-multistream.xml.bz2"
    if not path.is_file():
        pytest.skip("the sample dump is not here")
    index = SAMPLE / "enwiki-20160501-pages-articles-multistream-index.txt.bz2"
    whole = list(read_mediawiki(path))
    assert len(whole) == 206
    assert sum(isinstance(record, Document) for record in whole) == 98
    last = split_multistream(path, index, 3)[-1]
    assert list(read_mediawiki(path, last)) == whole[-6:]
