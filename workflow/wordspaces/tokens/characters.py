"""What the compiled normaliser knows of each code point: its cleaned form, and the classes of the regular expressions.

Both tables are computed from the functions and expressions that define the normaliser, in the versions of Unicode that
`unicodedata`, `re` and `regex` hold, so that the compiled and the plain form cannot differ on a character.
"""

import functools
import re
import sys
import unicodedata
from typing import NamedTuple

import numpy as np
import regex

from wordspaces.tokens.normalise import EMOJI, clean_characters

END = sys.maxunicode + 1  # stands before, between and after documents; no character
HARD, DROPPED, LONGER = -1, -2, -3

# Bits of a code point, by the expression that defines each. `re` and `regex` differ in what is a letter.
CLASSES = (
    r"[^\W\d_]",  # LETTER
    r"\d",  # DIGIT
    r"\w",  # WORD
    r"[^\W_]",  # ALPHANUMERIC
    r"\s",  # SPACE
    r"[\p{M}[^\W_]]",  # TAIL: goes on with a word
    r"[[\w.:+@'\-]--[\p{M}[^\W_]]]",  # JOINT: behind the first part of a word, may make it longer or something else
    r"[a-z0-9\-]",  # LABEL: of a host
    r"[\w.@]",  # HOST: stands beside no host
    r'[^\s<>"]',  # ADDRESS
    r"[\w.+\-]",  # LOCAL: part of a mail address
    r"[\w\-]",  # NAME: part of a mail address behind "@"
    r"[.!?]",  # STOP
    r"""["')\]]""",  # CLOSER: between a stop and the blank behind it
    r"\p{Regional_Indicator}",  # FLAG
    EMOJI,  # PICTURE
)
PLAIN_CLASSES = (
    r"\w",  # PLAIN_WORD
    r"\s",  # PLAIN_SPACE
    r"[^\W\d_]",  # PLAIN_LETTER
)
LETTER, DIGIT, WORD, ALPHANUMERIC, SPACE, TAIL, JOINT, LABEL = (1 << bit for bit in range(8))
HOST, ADDRESS, LOCAL, NAME, STOP, CLOSER, FLAG, PICTURE = (1 << bit for bit in range(8, 16))
PLAIN_WORD, PLAIN_SPACE, PLAIN_LETTER = (1 << bit for bit in range(16, 19))

# No version of Unicode has a character outside these, but for private ones; the last stands for all others.
POINTS = np.concatenate([np.arange(0x40000), np.arange(0xE0000, 0xE1000), [sys.maxunicode]])
BLOCK = 256
JAMO = (range(0x1161, 0x1176), range(0x11A8, 0x11C3))  # vowels and finals, composed with what stands before by rule


class Characters(NamedTuple):
    """Tables by code point.

    cleaned : int32 [END + 1], the one character it becomes, `DROPPED`, `HARD` where that depends on its neighbours, or
        ``LONGER - i`` where it becomes ``codes[bounds[i] : bounds[i + 1]]``.
    codes : uint32 [characters], bounds : int64 [longer forms + 1].
    classes : uint32 [END + 1], sums of the bits above; `END` is a `SPACE`, for documents end where a blank could stand.
    """

    cleaned: np.ndarray
    codes: np.ndarray
    bounds: np.ndarray
    classes: np.ndarray


@functools.cache
def characters() -> Characters:
    """The tables, computed once a process (some tenths of a second)."""
    every = "".join(map(chr, POINTS.tolist()))
    runs = [regex.compile(f"{expression}+", regex.VERSION1).finditer(every) for expression in CLASSES]
    runs += [re.finditer(f"{expression}+", every) for expression in PLAIN_CLASSES]
    found = np.zeros(len(POINTS), np.uint32)
    for bit, matches in enumerate(runs):
        for match in matches:
            found[match.start() : match.end()] |= 1 << bit
    classes = np.full(END + 1, found[-1])
    classes[POINTS] = found
    classes[END] = SPACE
    return Characters(*_cleaned(every), classes)


def _cleaned(every: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cleaned forms, the characters of longer ones, and where each of those starts."""
    cleaned = np.arange(END + 1, dtype=np.int32)
    longer: list[str] = []
    joining = _joining(every)
    for start in range(0, len(every), BLOCK):
        block = every[start : start + BLOCK]
        changes = clean_characters(block) != block
        if not changes and unicodedata.normalize("NFKD", block) == block:
            continue
        for character in block:
            form = clean_characters(character) if changes else character
            if _is_bound(character, joining) or len(form) > len(character.encode("utf-8", "surrogatepass")):
                cleaned[ord(character)] = HARD  # the second, so that no text has more characters than it had bytes
            elif len(form) != 1:
                cleaned[ord(character)] = LONGER - len(longer) if form else DROPPED
                longer += [form] if form else []
            else:
                cleaned[ord(character)] = ord(form)
    cleaned[sorted(joining)] = HARD
    codes = np.frombuffer("".join(longer).encode("utf-32-le"), np.uint32)
    return cleaned, codes, np.cumsum([0, *map(len, longer)], dtype=np.int64)


def _joining(every: str) -> set[int]:
    """Code points that NFKC may move before, or compose with, what stands before them."""
    joining = {ord(character) for character in every if unicodedata.combining(character)}
    joining.update(code for syllables in JAMO for code in syllables)
    for decomposition in filter(None, map(unicodedata.decomposition, every)):
        parts = decomposition.split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            joining.add(int(parts[1], 16))
    return joining


def _is_bound(character: str, joining: set[int]) -> bool:
    """Whether the cleaned form of `character` depends on its neighbours.

    So it does where its decomposition starts with a joining character, and for the capital sigma, which has a lower
    case of its own at the end of a word.
    """
    parts = unicodedata.normalize("NFKD", character)
    return ord(parts[0]) in joining or "Σ" in parts
