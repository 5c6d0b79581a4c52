"""Text whose quotes, dashes and ellipses went through two or three wrong encodings on the way into a file.

The tweets that CrowdFlower published were exported by a chain of Mac and Windows programs: a right single quote
stands there as ``E4 F3 BB``, ``8A 97 C8`` or eight bytes, by how often it was mangled. A word with an apostrophe would
fall apart without repair. Only sequences are listed whose meaning follows from hundreds of their places ("I?m",
"don?t", paired quotes); everything else above ASCII is beyond repair (the bytes were replaced by "_") and is dropped.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

REPAIRS: dict[str, str] = {
    "\xe4\xf3\xbb_\xe4\xf3\xbb_\xed_\x81_": "’",
    "\xe4\xf3\xbb_\xe4\xf3\xbb_\xed_\x8c\x9d": "”",
    "\xe4\xf3\xbb_\xe4\xf3\xbb_\x81\xcd": "“",
    "\xd5\xa2_\x8a\xce_\x86\xa2": "’",
    "\xd5\xa2_\x8a\xce\x81\xd0": "“",
    "\xd5\xa2_\x8a\xce\xeb\x9d": "”",
    "\xd5\xa2_\x8a\xce_\xd1\x9d": " – ",
    "\xd5\xa2_\x8a\xce_\xd1\xd2": " – ",
    "\xd5\xa2_\x8a\xce\xeb_": "… ",
    "\xd5\x8a\xeb_": " ",
    "\xe4\xf3\xbb": "’",
    "\xe4\xf3\xd6": "’",
    "\xe4\xf3\xec": "“",
    "\xe4\xf3\x9d": "”",
    "\xe4\xf3\xf1": " – ",
    "\xe4\xf3\xee": " – ",
    "\xe4\xf3_": "… ",
    "\x8a\x97\xc8": "’",
    "\x8a\x97\x93": "“",
    "\x8a\x97\x9d": "”",
    "\x8a\x97\x94": " – ",
    "\x8a\x97_": "… ",
    "\x8c\xe6": " ",
}
STRETCH = re.compile(r"[_\x80-\xff]*[\x80-\xff][_\x80-\xff]*")
PIECE = re.compile("|".join(sorted(map(re.escape, REPAIRS), key=len, reverse=True)) + r"|[_\x80-\xff]")
LOST_APOSTROPHE = re.compile(r"(?<=[a-z])\ufffd(?=(?:s|t|m|d|ll|re|ve|all)\b)", re.IGNORECASE)
BLOCK = 1 << 20


def repair(line: bytes) -> str:
    """Text of a mangled line: in each stretch above ASCII, known sequences repaired and the rest made blanks."""
    # Typographic quotes, not ASCII ones: a repaired quote must not read as one that quotes a field of the table.
    return STRETCH.sub(
        lambda stretch: PIECE.sub(lambda piece: REPAIRS.get(piece.group(), " "), stretch.group()),
        line.decode("latin-1"),
    )


def restore_lost(text: str) -> str:
    """Text without replacement characters; before the end of a contraction ("don\ufffdt") one was an apostrophe."""
    return LOST_APOSTROPHE.sub("’", text).replace("\ufffd", "") if "\ufffd" in text else text


def is_utf8(path: str | Path) -> bool:
    """Whether the whole file at `path` is valid UTF-8; reads it once, in blocks."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open(path, "rb") as stream:
            while block := stream.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def lines(path: str | Path) -> Iterator[str]:
    """Lines of a text file (ended by a line feed), as UTF-8 where all of it is valid, repaired otherwise."""
    valid = is_utf8(path)
    with open(path, "rb") as stream:
        for line in stream:
            yield line.decode("utf-8").replace("\ufffd", "") if valid else repair(line)
