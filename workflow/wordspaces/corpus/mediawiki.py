"""Read the articles of a MediaWiki XML dump (export format 0.10 and 0.11), whole or by streams, one page at a time."""

import codecs
import gzip
import re
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element

from wordspaces.common.errors import StudyError
from wordspaces.corpus.multistream import BLOCK, BZIP2, DELETE, WHOLE, Block, read_streams, stream_at
from wordspaces.corpus.pageworker import Page, clean_pages
from wordspaces.corpus.records import Document, Dropped, Part, Reading

GZIP = b"\x1f\x8b"
HEAD = 1 << 16
PROLOG = re.compile(r"\ufeff?(?:\s*+<\?xml[^>]*\?>)?(?:\s++|<!--.*?-->)*+<mediawiki[\s>]", re.DOTALL)
HTML = re.compile(r"\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)
DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)\b")
PLAIN_READING = Reading()


def read_mediawiki(
    path: str | Path, part: Part | None = None, reading: Reading = PLAIN_READING
) -> Iterator[Document | Dropped]:
    """Yield the articles of a dump, cleaned, in the order of the file.

    Parameters
    ----------
    path : the dump: .xml.bz2 (one stream or many), .xml.gz or .xml.
    part : bytes of a multistream dump; the streams that begin there are read. None, or all bytes, reads all.
    reading : `page_characters` and `page_seconds` (of CPU time) limit what is spent on a page.

    Returns
    -------
    A document or a `Dropped` for each page: "other namespace", "redirect", "disambiguation", "no wikitext" (another
    content model), "deleted", "too long", "over the time limit", "not parsable".

    Raises
    ------
    StudyError : a file that is cut, broken or no such dump, with the byte at which the broken stream begins; a document
        type declaration, before an entity is expanded; another number of pages than the part must have.
    """
    records = _records(Path(path), part, reading.page_characters)
    yield from clean_pages(records, reading.page_seconds)


def _records(path: Path, part: Part | None, longest: int) -> Iterator[Page | Dropped]:
    number = 0
    for page in _pages(path, part):
        number += 1
        yield _record(page, longest)
    if part is not None and part.records is not None and number != part.records:
        where = f"{path}, bytes {part.start} to {part.end}"
        raise StudyError(where, f"{number} pages", f"{part.records}, as its index says", "fetch both files again")


def _record(page: Element, longest: int) -> Page | Dropped:
    if page.findtext("{*}ns") not in ("0", None):
        return Dropped("other namespace")
    if page.find("{*}redirect") is not None:
        return Dropped("redirect")
    text = page.find("{*}revision/{*}text")
    if text is None or text.get("deleted") is not None:
        return Dropped("deleted")
    if page.findtext("{*}revision/{*}model", "wikitext") != "wikitext":
        return Dropped("no wikitext")
    if page.findtext("{*}revision/{*}format", "text/x-wiki") != "text/x-wiki":
        return Dropped("no wikitext")
    wikitext = text.text or ""
    if wikitext[:64].lstrip()[:9].lower() == "#redirect":
        return Dropped("redirect")
    if len(wikitext) > longest:
        return Dropped("too long")
    return Page(page.findtext("{*}id") or "", page.findtext("{*}title") or "", wikitext)


def _pages(path: Path, part: Part | None) -> Iterator[Element]:
    """The ``page`` elements, each of them gone from memory when the next is asked for."""
    with open(path, "rb") as file:
        magic = file.read(3)
    size = path.stat().st_size
    if part is not None and part.start >= part.end:
        return
    if part is None or (part.start == 0 and part.end >= size):
        if magic == BZIP2:
            yield from _Document(path, read_streams(path)).pages()
        else:
            yield from _Document(path, _blocks(path, magic), packed=False).pages()
        return
    for _, stream in groupby(read_streams(path, part.start, part.end), key=lambda block: block.offset):
        yield from _Document(path, stream, piece=True).pages()


def _blocks(path: Path, magic: bytes) -> Iterator[Block]:
    """What a file holds that is not compressed by bzip2."""
    try:
        with gzip.open(path) if magic.startswith(GZIP) else open(path, "rb") as file:
            while data := file.read(BLOCK):
                yield Block(0, data)
    except (EOFError, OSError, zlib.error) as error:
        raise StudyError(path, f"no readable gzip ({error})", WHOLE, DELETE) from None


class _Document:
    """An XML document that comes in blocks, or a piece of one, which is read as if it had a root of its own."""

    def __init__(self, path: Path, blocks: Iterable[Block], piece: bool = False, packed: bool = True) -> None:
        self.path, self.blocks, self.piece, self.packed = path, iter(blocks), piece, packed
        self.parser = ElementTree.XMLPullParser(("start", "end"))
        self.root: Element | None = None
        self.offset, self.closed = 0, False

    def pages(self) -> Iterator[Element]:
        """Feed the parser and yield the pages as they end."""
        texts = self._texts()
        head = self._head(texts)
        if PROLOG.match(head) is None:
            if not self.piece:
                raise self._refused(head)
            self.parser.feed("<mediawiki>")
        try:
            self.parser.feed(head)
            yield from self._ended()
            for text in texts:
                self.parser.feed(text)
                yield from self._ended()
            if self.piece and not self.closed:
                self.parser.feed("</mediawiki>")
            self.parser.close()
            yield from self._ended()
        except ElementTree.ParseError as error:
            raise StudyError(self._where(), f"broken XML ({error})", "a whole MediaWiki dump", DELETE) from None

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in self.blocks:
                self.offset = block.offset
                yield decoder.decode(block.data)
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise StudyError(self._where(), f"bytes that are no UTF-8 ({error})", "UTF-8", DELETE) from None

    def _head(self, texts: Iterator[str]) -> str:
        """The beginning, up to the root or long enough to hold all that may stand before it."""
        head = ""
        while len(head) < HEAD and PROLOG.match(head) is None and (text := next(texts, None)) is not None:
            head += text
        return head

    def _refused(self, head: str) -> StudyError:
        allowed = "a MediaWiki dump, which begins with <mediawiki>"
        if not head:
            return StudyError(self._where(), "an empty file", allowed, DELETE)
        if HTML.match(head):
            return StudyError(self._where(), "an HTML page", allowed, "delete it and look at its address")
        if DECLARATION.search(head):
            return StudyError(self._where(), "a document type declaration", allowed)
        return StudyError(self._where(), repr(head[:40]), allowed)

    def _where(self) -> str | Path:
        return stream_at(self.path, self.offset) if self.packed else self.path

    def _ended(self) -> Iterator[Element]:
        for event, element in self.parser.read_events():
            if self.root is None:
                self.root = element
            elif event == "end" and element is self.root:
                self.closed = True
            elif event == "end" and element.tag.rpartition("}")[2] == "page":
                yield element
                self.root.clear()
