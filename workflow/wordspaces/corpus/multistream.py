"""Multistream dumps: bzip2 files of many streams, each decompressed on its own, and how to cut them into parts.

The first stream opens the document, each of the others holds some hundred whole pages, the last closes it. The index
of such a dump has one line a page, ``offset:page id:title``: the offset is the byte at which the stream of the page
begins.
"""

import bz2
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Part

READ = 1 << 18
BLOCK = 1 << 20
BZIP2 = b"BZh"
MAGIC = re.compile(rb"BZh[1-9]1AY&SY")
MAGIC_LENGTH = 10
PAGE_BEGINS = (b"<page", b"</mediawiki")
WHOLE = "a whole download"
DELETE = "delete it and rerun"


class Block(NamedTuple):
    """Some decompressed bytes, and the byte of the file at which their stream begins."""

    offset: int
    data: bytes


def stream_at(path: Path, offset: int) -> str:
    """How messages name a stream of a dump."""
    return f"{path}, bzip2 stream at byte {offset}"


def read_streams(path: Path, start: int = 0, end: int | None = None) -> Iterator[Block]:
    """Yield what the bzip2 streams hold that begin in ``[start, end)``, to the end of the file where `end` is None.

    Blocks are in the order of the file and no longer than `BLOCK` bytes, whatever the stream expands to. Raises
    `StudyError`, with the byte at which the stream begins, where one is cut, broken, or not there.
    """
    with open(path, "rb") as file:
        file.seek(start)
        offset, held = start, b""
        while end is None or offset < end:
            if len(held) < len(BZIP2):
                held += file.read(READ)
            if not held and offset > start:
                return
            if not held.startswith(BZIP2):
                raise StudyError(stream_at(path, offset), _what(held), f"a bzip2 stream in {WHOLE}", DELETE)
            stream = bz2.BZ2Decompressor()
            while not stream.eof:
                if stream.needs_input and not held:
                    held = file.read(READ)
                    if not held:
                        raise StudyError(stream_at(path, offset), "a bzip2 file that ends early", WHOLE, DELETE)
                try:
                    data = stream.decompress(held, BLOCK)
                except OSError as error:
                    raise StudyError(stream_at(path, offset), f"no readable bzip2 ({error})", WHOLE, DELETE) from None
                held = b""
                if data:
                    yield Block(offset, data)
            held = stream.unused_data
            offset = file.tell() - len(held)


def _what(held: bytes) -> str:
    """What stands where a stream should begin."""
    if not held:
        return "the end of the file"
    return "an HTML page" if held.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")) else "no readable bzip2"


def split_multistream(path: Path, index: Path | None, parts: int) -> list[Part]:
    """Cut a multistream dump at borders of its streams into parts of nearly equal bytes.

    Parameters
    ----------
    path : the dump.
    index : its index, plain or compressed by bzip2, read as a stream; None searches the dump for streams.
    parts : how many parts; those for which no stream is left are empty.

    Returns
    -------
    Parts in bytes of the compressed file, in order and without a gap: the first begins at the first stream with pages
    (at the start of the file where there is one part and no index), the last ends with the file. `records` counts the
    pages that the index lists, and is None without one.

    Raises
    ------
    StudyError : a dump that is not multistream; an index that is cut, unreadable or of another dump.
    """
    size = path.stat().st_size
    if index is None and parts == 1:
        return [Part(0, size)]
    with open(path, "rb") as file:
        head = file.read(64)
        if not head.startswith(BZIP2):
            raise StudyError(path, _what(head), "a multistream dump (.xml.bz2)", "set parts: 1 for another dump")
        if index is None:
            return _parts_without_index(path, file, size, parts)
        return _parts_of_index(path, file, index, size, parts)


def _parts_of_index(path: Path, file: BinaryIO, index: Path, size: int, parts: int) -> list[Part]:
    found: list[Part] = []
    first = start = last = records = 0
    for offset, following, pages in _spans(index, size):
        last = offset
        if not first:
            first = start = offset
            _check_border(path, file, index, offset, size)
        behind = 0
        while len(found) + behind < parts - 1:
            wanted = first + (len(found) + behind + 1) * (size - first) // parts
            if wanted >= following:
                break
            if 2 * wanted <= offset + following:  # nearer to the beginning of this stream than to its end
                found.append(Part(start, offset, records))
                start, records = offset, 0
            else:
                behind += 1
        records += pages
        for _ in range(behind):
            found.append(Part(start, following, records))
            start, records = following, 0
    if not first:
        raise StudyError(index, "no line", "the index of the dump", DELETE)
    found += [Part(start, size, records)] + [Part(size, size, 0)] * (parts - len(found) - 1)
    for border in sorted({last, *(part.start for part in found)} - {size}, reverse=True):
        _check_border(path, file, index, border, size)
    return found


def _spans(index: Path, size: int) -> Iterator[tuple[int, int, int]]:
    """Where each stream of the index begins and the next one does, and how many pages it has."""
    held: tuple[int, int] | None = None
    for offset, pages in _streams_of_index(index):
        if held is not None:
            yield held[0], offset, held[1]
        held = offset, pages
    if held is not None:
        yield held[0], size, held[1]


def _streams_of_index(index: Path) -> Iterator[tuple[int, int]]:
    """Offset of each stream that the index lists, and how many pages it has there."""
    with open(index, "rb") as file:
        packed = file.read(len(BZIP2)) == BZIP2
    number, current, pages, offset = 0, b"", 0, -1
    try:
        with bz2.open(index) if packed else open(index, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                text = line.partition(b":")[0]
                if text != current:
                    if pages:
                        yield offset, pages
                    before, offset, current, pages = offset, _offset(index, number, line), text, 0
                    if offset <= before:
                        raise _not_an_index(index, number, line, "offsets that grow")
                pages += 1
    except (EOFError, OSError) as error:
        raise StudyError(index, f"no readable bzip2 after line {number} ({error})", WHOLE, DELETE) from None
    if pages:
        yield offset, pages


def _offset(index: Path, number: int, line: bytes) -> int:
    text, _, rest = line.partition(b":")
    if not text.isdigit() or not rest.partition(b":")[0].isdigit():
        raise _not_an_index(index, number, line, "offset:page id:title")
    return int(text)


def _not_an_index(index: Path, number: int, line: bytes, allowed: str) -> StudyError:
    return StudyError(f"{index}, line {number}", repr(line[:60].decode("utf-8", "replace").rstrip()), allowed, DELETE)


def _check_border(path: Path, file: BinaryIO, index: Path, offset: int, size: int) -> None:
    """Refuse an offset at which no stream with pages begins."""
    where = f"offset {offset}"
    if offset >= size:
        raise StudyError(index, where, f"less than the {size} bytes of {path}", "fetch the index of this dump")
    if not _magic_at(file, offset):
        raise StudyError(index, f"{where}, where no stream of {path} begins", "the index of this dump")
    if not _begins_with_page(path, offset):
        raise StudyError(index, f"{where}, where {path} holds no page", "the index of this dump")


def _magic_at(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    return MAGIC.match(file.read(MAGIC_LENGTH)) is not None


def _begins_with_page(path: Path, offset: int) -> bool:
    """Whether the stream at `offset` begins with a page, or closes the document."""
    return next(read_streams(path, offset)).data[:256].lstrip().startswith(PAGE_BEGINS)


def _parts_without_index(path: Path, file: BinaryIO, size: int, parts: int) -> list[Part]:
    first = _next_stream(file, 1)
    if first is None or not _begins_with_page(path, first):
        found = "one bzip2 stream" if first is None else "bzip2 streams that do not begin with a page"
        raise StudyError(path, f"{found}, to be cut into {parts} parts", "a multistream dump", "set parts: 1")
    borders = [first]
    for number in range(1, parts):
        wanted = max(first + number * (size - first) // parts, borders[-1])
        border = _next_stream(file, wanted)
        borders.append(size if border is None else border)
        if border is not None and not _begins_with_page(path, border):
            raise StudyError(stream_at(path, border), "no page at its beginning", "a multistream dump", "set parts: 1")
    return [Part(start, end) for start, end in zip(borders, [*borders[1:], size], strict=True)]


def _next_stream(file: BinaryIO, position: int) -> int | None:
    """The first byte from `position` on at which a stream begins."""
    file.seek(position)
    tail = b""
    while block := file.read(BLOCK):
        block = tail + block
        if found := MAGIC.search(block):
            return file.tell() - len(block) + found.start()
        tail = block[1 - MAGIC_LENGTH :]
    return None
