"""Where the report's files carry their provenance, and how to read it back: SVG, PNG and the page.

In each of them the record names the digest of the file without it, so that `wordspaces.verify` can check the file.
"""

import hashlib
import html
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance, seal, sealed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEY = b"Description\0"
_HEADER_END = len(SIGNATURE) + 12 + 13  # the header chunk: length, name, 13 bytes, checksum
_SVG = re.compile(r"(<dc:description>)(.*?)(</dc:description>)", re.DOTALL)
_PAGE = re.compile(r'(<script type="application/json" id="provenance">)(.*?)(</script>)', re.DOTALL)


def svg_content(text: str) -> str:
    """SHA-256 of an SVG with its description emptied."""
    return hashlib.sha256(_SVG.sub(r"\1\3", text).encode()).hexdigest()


def page_content(text: str) -> str:
    """SHA-256 of a page with its provenance element emptied."""
    return hashlib.sha256(_PAGE.sub(r"\1\3", text).encode()).hexdigest()


def png_content(payload: bytes) -> str:
    """SHA-256 of the header and pixel chunks of a PNG.

    Raises
    ------
    StudyError : the payload is no whole PNG.
    """
    digest = hashlib.sha256()
    for name, data in _chunks(payload):
        if name in (b"IHDR", b"IDAT"):
            digest.update(name + data)
    return digest.hexdigest()


def _chunks(payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while payload.startswith(SIGNATURE) and place + 12 <= len(payload):
        (length,) = struct.unpack(">I", payload[place : place + 4])
        name, data = payload[place + 4 : place + 8], payload[place + 8 : place + 8 + length]
        yield name, data
        if name == b"IEND":
            return
        place += 12 + length
    raise StudyError("PNG", f"{len(payload)} bytes that do not end as a PNG does", "a whole PNG", "delete it and rerun")


def into_svg(text: str, provenance: Provenance) -> str:
    """`text` with the record, and in it the digest of the drawing, as its description (which must be there already)."""
    record = html.escape(sealed(provenance, svg_content(text)).to_json(), quote=False)
    return _SVG.sub(lambda found: found.group(1) + record + found.group(3), text)


def into_png(payload: bytes, provenance: Provenance) -> bytes:
    """`payload` with the record, and in it the digest of the pixels, as a text chunk after the header."""
    data = b"tEXt" + PNG_KEY + sealed(provenance, png_content(payload)).to_json().encode("latin-1")
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return payload[:_HEADER_END] + chunk + payload[_HEADER_END:]


def into_page(text: str, provenance: Provenance) -> str:
    """`text` with the record, and in it the digest of the page without it, in its provenance element.

    Raises
    ------
    StudyError : the page has no such element, or more than one.
    """
    if len(_PAGE.findall(text)) != 1:
        raise StudyError("page", f"{len(_PAGE.findall(text))} provenance elements", "one, in the template")
    record = sealed(provenance, page_content(text)).to_json().replace("<", "\\u003c")
    return _PAGE.sub(lambda found: found.group(1) + record + found.group(3), text)


def read_svg(path: Path) -> tuple[Provenance, str]:
    """Provenance inside an SVG and the digest of the drawing as it is now; `StudyError` where it carries none."""
    text = _text(path)
    return _record(path, html.unescape(_first(_SVG, text)), svg_content(text))


def read_page(path: Path) -> tuple[Provenance, str]:
    """Provenance inside a page and the digest of the page as it is now; `StudyError` where it carries none."""
    text = _text(path)
    return _record(path, _first(_PAGE, text), page_content(text))


def read_png(path: Path) -> tuple[Provenance, str]:
    """Provenance inside a PNG and the digest of its pixels as they are now; `StudyError` where it carries none."""
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise _refusal(path, str(error)) from None
    texts = [data[len(PNG_KEY) :] for name, data in _chunks(payload) if name == b"tEXt" and data.startswith(PNG_KEY)]
    return _record(path, texts[0].decode("latin-1") if texts else "", png_content(payload))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(path, str(error)) from None


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(2) if found else ""


def _record(path: Path, text: str, payload: str) -> tuple[Provenance, str]:
    """The record, and the seal that its file has now."""
    try:
        provenance = Provenance.from_json(text)
    except (ValueError, TypeError):
        raise _refusal(path, "none that can be read") from None
    return provenance, seal(provenance, payload)


def _refusal(path: Path, reason: str) -> StudyError:
    return StudyError(path, f"no provenance ({reason})", "a file written by this project", "delete it and rerun")


READERS: dict[str, Callable[[Path], tuple[Provenance, str]]] = {".svg": read_svg, ".png": read_png, ".html": read_page}
