"""Open plain and compressed files as streams of blocks and lines, in bounded memory, and say clearly what is broken."""

import bz2
import codecs
import gzip
import itertools
import lzma
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, BinaryIO

import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Part

BLOCK = 1 << 18
MAGIC = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\x00", ".zst": b"\x28\xb5\x2f\xfd"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException)
PAGE_STARTS = (b"<!doctype html", b"<html")
AGAIN = "delete it and fetch it again"


class Damaged(Exception):
    """A compressed stream that ends early or holds broken data; the message says which."""


def compression(name: str) -> str:
    """The suffix of a file name that says how the file is compressed, or "" where it is not."""
    return next((suffix for suffix in MAGIC if name.lower().endswith(suffix)), "")


def stream_blocks(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """What is in a stream, decompressed as its name says, a block at a time.

    Parameters
    ----------
    stream : binary stream, at its beginning.
    name : its name; the suffixes .gz, .bz2, .xz, .zst mean compression (several streams after one another are one).

    Raises
    ------
    Damaged : after all blocks before the damage, where the stream ends early or is broken.
    """
    try:
        with _decompressed(stream, compression(name)) as plain:
            while block := plain.read(BLOCK):
                yield block
    except EOFError:
        raise Damaged("a compressed stream that ends early") from None
    except BROKEN as error:
        early = "Truncated" in str(error)
        raise Damaged("a compressed stream that ends early" if early else f"a broken stream ({error})") from None


def _decompressed(stream: IO[bytes], suffix: str) -> IO[bytes]:
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=stream, mode="rb")
    if suffix == ".bz2":
        return bz2.BZ2File(stream)
    if suffix == ".xz":
        return lzma.LZMAFile(stream)
    if suffix == ".zst":
        return pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")
    return stream


def file_blocks(path: Path, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """What is in a file, decompressed as its name says, a block at a time.

    Parameters
    ----------
    start, end : range of bytes; of an uncompressed file only.

    Raises
    ------
    StudyError : no such file, a web page in its place, another compression than its name says, a broken or cut stream.
    """
    with _opened(path) as stream:
        suffix = compression(path.name)
        if not start:
            refuse_web_page(path)
        if suffix:
            head = stream.read(len(MAGIC[suffix]))
            if head != MAGIC[suffix]:
                found = f"a file that begins with {head!r}" if head else "an empty file"
                raise StudyError(path, found, f"a file compressed as its name {suffix} says", AGAIN)
        stream.seek(start)
        try:
            ranged = end is not None and not suffix
            yield from _range(stream, end - start) if ranged else stream_blocks(stream, path.name)
        except Damaged as error:
            raise StudyError(path, str(error), "a whole download", AGAIN) from None


def _range(stream: BinaryIO, rest: int) -> Iterator[bytes]:
    while rest > 0 and (block := stream.read(min(rest, BLOCK))):
        rest -= len(block)
        yield block


def _opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise StudyError(path, error.strerror or str(error), "a file that can be read") from None


def refuse_web_page(path: Path) -> None:
    """`StudyError` where a file is the page of a server that did not send what was asked for."""
    with _opened(path) as stream:
        head = stream.read(256).removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    if head.startswith(PAGE_STARTS):
        raise StudyError(path, "a web page (HTML)", "the file itself", "see what the page says, then fetch it again")


def byte_lines(blocks: Iterable[bytes], limit: int, offset: int = 0) -> Iterator[tuple[int, bytes | None]]:
    """Lines of a stream, without their line feeds, and where they begin.

    Parameters
    ----------
    limit : bytes; a longer line is passed over and never in memory.
    offset : of the first block.

    Yields
    ------
    offset of the line, and the line, None where it is longer than the limit. Where the stream is `Damaged`, what is
    there of its last line comes before the exception.
    """
    held: list[bytes] = []
    length = 0
    try:
        for block in blocks:
            *ended, rest = block.split(b"\n")
            for piece in ended:
                length += len(piece)
                yield offset, (b"".join([*held, piece]) if held else piece) if length <= limit else None
                offset += length + 1
                held, length = [], 0
            length += len(rest)
            held = [*held, rest] if 0 < length <= limit else []
    except Damaged:
        if length:
            yield offset, b"".join(held) if length <= limit else None
        raise
    if length:
        yield offset, b"".join(held) if length <= limit else None


def text_lines(blocks: Iterable[bytes], encoding: str, where: object, limit: int) -> Iterator[str]:
    """Lines of a text, with their line feeds, decoded strictly; a byte order mark is left out.

    Parameters
    ----------
    encoding : any that Python knows.
    where : named in errors.
    limit : characters of the longest line.

    Raises
    ------
    StudyError : an unknown encoding, a wrong byte (with its line), or a longer line.
    """
    decoder = _decoder(encoding, where)
    held: list[str] = []
    number, length = 1, 0
    for text in _decoded(blocks, decoder, encoding, where):
        *ended, rest = text.split("\n")
        for piece in ended:
            yield "".join([*held, piece, "\n"])
            held, length = [], 0
            number += 1
        length += len(rest)
        if length > limit:
            raise StudyError(where, f"more than {limit:,} characters in line {number:,}", "shorter lines")
        if rest:
            held.append(rest)
    if held:
        yield "".join(held)


def _decoded(
    blocks: Iterable[bytes], decoder: codecs.IncrementalDecoder, encoding: str, where: object
) -> Iterator[str]:
    line = 1
    for block in _with_end(blocks):
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "replace")
            wrong = f"byte 0x{error.object[error.start]:02x} in line {line + before.count(chr(10)):,}"
            raise StudyError(where, f"{wrong}, which is no {encoding}", f"text in {encoding}", "set encoding") from None
        line += text.count("\n")
        yield text


def _with_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, none of them empty, and an empty one that says they are over."""
    yield from filter(None, blocks)
    yield b""


def _decoder(encoding: str, where: object) -> codecs.IncrementalDecoder:
    try:
        "".encode(encoding)  # refuses codecs of other things than text
        plain = codecs.lookup(encoding).name
        return codecs.getincrementaldecoder("utf-8-sig" if plain == "utf-8" else plain)()
    except LookupError:
        raise StudyError(where, f"encoding {encoding}", "an encoding that Python knows, such as latin-1") from None


def even_parts(sizes: Sequence[int], parts: int) -> list[Part]:
    """Cut a row of things into `parts` ranges of places of nearly equal size in all; the last may be empty."""
    borders: list[int] = []
    before, total = 0, sum(sizes)
    for place, size in enumerate(sizes):
        while len(borders) < parts and before >= len(borders) * total // parts:
            borders.append(place)
        before += size
    borders += [len(sizes)] * (parts + 1 - len(borders))
    return [Part(start, end) for start, end in itertools.pairwise(borders)]
