"""What each character is in the key of a text: letters, digits and marks in one spelling, blanks, and the rest."""

import functools
import sys
import unicodedata

import numpy as np

from wordspaces.corpus.minhash import BLANK, JOINER

CODES = sys.maxunicode + 1
APOSTROPHES = "'’‘ʼ＇`´"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
VARIATION = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x20E3}


def _is_key(character: str) -> bool:
    """Whether a character is part of keys: a letter, digit or number of any script, or a combining mark."""
    return unicodedata.category(character)[0] in "LNM" and ord(character) not in VARIATION


@functools.cache
def folding() -> tuple[np.ndarray, np.ndarray]:
    """What each code point is in a key.

    Returns
    -------
    table : int32 [code points], 0 for a character that parts words, `BLANK` or `JOINER`, the one code point that
        stands for it, or ``-start`` of a longer spelling.
    spellings : int32; at each start the length, then the code points.
    """
    table, spellings = np.zeros(CODES, np.int32), [0]
    for code in range(CODES):
        character = chr(code)
        if character in APOSTROPHES or character in INVISIBLE:
            table[code] = JOINER
        elif character.isspace():
            table[code] = BLANK
        elif _is_key(character):
            # Decomposed after the folding of case and before it, for each may open the other's way.
            spelt = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
            kept = [ord(part) for part in spelt if _is_key(part)]
            if len(kept) == 1:
                table[code] = kept[0]
            elif kept:
                table[code] = -len(spellings)
                spellings += [len(kept), *kept]
    return table, np.array(spellings, np.int32)
