"""Raw UTF-8 text to cleaned code points: what `clean` of the plain normaliser does, for many documents at once.

Nearly every character has one cleaned form, taken from a table. What depends on its neighbours (HTML escapes, combining
marks, the capital sigma) is *hard*: the stretch from blank to blank around it goes through the plain functions, all
such stretches of a batch in one call. No escape and no composition reaches over a blank.
"""

from typing import NamedTuple

import numba
import numpy as np

from wordspaces.tokens.characters import characters
from wordspaces.tokens.normalise import clean_characters

# A surrogate is in no valid text and comes out of no escape; the line feed keeps escapes from reaching over it.
MARK = 0xD800
SEPARATOR = "\n" + chr(MARK)

# As in `characters`; repeated, for numba would not see a change in another file.
HARD, DROPPED, LONGER = -1, -2, -3
END = 0x110000
AMPERSAND, HASH, AT, BLANK, COLON, M, R, T = (ord(character) for character in "&#@ :mrt")
PLAIN_WORD, PLAIN_SPACE = 1 << 16, 1 << 17


class Cleaned(NamedTuple):
    """Documents end to end, `END` before, between and after them.

    codes : uint32 [characters]; starts : int64 [documents + 1], first character of each document, so that the `END`
    behind document d is at ``starts[d + 1] - 1``; at : bool [documents], whether it holds an at sign.
    """

    codes: np.ndarray
    starts: np.ndarray
    at: np.ndarray


def clean_batch(data: np.ndarray, offsets: np.ndarray) -> Cleaned:
    """Clean the documents ``data[offsets[d] : offsets[d + 1]]``.

    Parameters
    ----------
    data : uint8 [bytes], valid UTF-8; offsets : int64 [documents + 1].
    """
    tables = characters()
    stretches = np.empty((0, 2), np.int64)
    while (count := _hard_stretches(data, offsets, tables.cleaned, stretches)) > len(stretches):
        stretches = np.empty((count, 2), np.int64)
    return Cleaned(*_decode(data, offsets, stretches, _clean_stretches(data, stretches), *tables))


def _clean_stretches(data: np.ndarray, stretches: np.ndarray) -> np.ndarray:
    """Cleaned characters of the hard stretches, `SEPARATOR` behind each; uint32."""
    separator = np.frombuffer(SEPARATOR.encode("utf-8", "surrogatepass"), np.uint8)
    joined = _join(data, stretches, separator).tobytes().decode("utf-8", "surrogatepass")
    return np.frombuffer(clean_characters(joined).encode("utf-32-le", "surrogatepass"), np.uint32)


@numba.njit(cache=True)
def _is_blank(byte: int) -> bool:
    """Whether an ASCII blank that ends an escape: tab, line feed, form feed, space."""
    return byte == 32 or byte == 10 or byte == 9 or byte == 12


@numba.njit(cache=True)
def _opens_escape(byte: int) -> bool:
    """Whether an HTML escape can go on with `byte` behind its ampersand."""
    return byte == HASH or 97 <= byte <= 122 or 65 <= byte <= 90


@numba.njit(cache=True)
def _code_point(data: np.ndarray, i: int) -> tuple[int, int]:
    """The character above ASCII whose first byte is ``data[i]``, and where the next one starts."""
    first = np.int64(data[i])
    if first < 0xE0:
        return (first & 0x1F) << 6 | (data[i + 1] & 0x3F), i + 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | np.int64(data[i + 1] & 0x3F) << 6 | (data[i + 2] & 0x3F), i + 3
    high = (first & 0x07) << 18 | np.int64(data[i + 1] & 0x3F) << 12
    return high | np.int64(data[i + 2] & 0x3F) << 6 | (data[i + 3] & 0x3F), i + 4


@numba.njit(cache=True)
def _hard_stretches(data: np.ndarray, offsets: np.ndarray, cleaned: np.ndarray, found: np.ndarray) -> int:
    """Put start and end of each stretch between blanks with a hard character into `found`, int64 [room, 2], in bytes.

    Returns the number of stretches, which may be more than the room.
    """
    count = 0
    for d in range(len(offsets) - 1):
        i, end = offsets[d], offsets[d + 1]
        while i < end:
            byte = data[i]
            if byte < 0x80:
                j = i + 1
                hard = byte == AMPERSAND and j < end and _opens_escape(data[j])
            else:
                code, j = _code_point(data, i)
                hard = cleaned[code] == HARD
            if hard:
                while i > offsets[d] and not _is_blank(data[i - 1]):
                    i -= 1
                while j < end and not _is_blank(data[j]):
                    j += 1
                if count < len(found):
                    found[count, 0], found[count, 1] = i, j
                count += 1
            i = j
    return count


@numba.njit(cache=True)
def _join(data: np.ndarray, stretches: np.ndarray, separator: np.ndarray) -> np.ndarray:
    """Bytes of the stretches, a separator behind each."""
    size = len(separator) * len(stretches)
    for k in range(len(stretches)):
        size += stretches[k, 1] - stretches[k, 0]
    joined = np.empty(size, np.uint8)
    w = 0
    for k in range(len(stretches)):
        for i in range(stretches[k, 0], stretches[k, 1]):
            joined[w] = data[i]
            w += 1
        for byte in separator:
            joined[w] = byte
            w += 1
    return joined


@numba.njit(cache=True)
def _decode(
    data: np.ndarray,
    offsets: np.ndarray,
    stretches: np.ndarray,
    replaced: np.ndarray,
    cleaned: np.ndarray,
    longer: np.ndarray,
    bounds: np.ndarray,
    classes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fields of `Cleaned`; `replaced` holds the cleaned stretches, the rest are the tables of `Characters`."""
    documents = len(offsets) - 1
    codes = np.empty(len(data) + len(replaced) + documents + 1, np.uint32)
    starts = np.empty(documents + 1, np.int64)
    at = np.zeros(documents, np.bool_)
    codes[0] = END
    w, k, r = 1, 0, 0
    hard = stretches[0, 0] if len(stretches) else -1
    for d in range(documents):
        i, end, start = offsets[d], offsets[d + 1], w
        starts[d] = start
        while i < end:
            if i == hard:
                while replaced[r] != MARK:
                    codes[w] = replaced[r]
                    w, r = w + 1, r + 1
                w, r = w - 1, r + 1  # without the line feed of the separator
                i = stretches[k, 1]
                k += 1
                hard = stretches[k, 0] if k < len(stretches) else -1
                continue
            byte = data[i]
            if byte < 0x80:
                codes[w] = cleaned[byte]
                w, i = w + 1, i + 1
                continue
            code, i = _code_point(data, i)
            form = cleaned[code]
            if form >= 0:
                codes[w] = form
                w += 1
            elif form <= LONGER:
                for j in range(bounds[LONGER - form], bounds[LONGER - form + 1]):
                    codes[w] = longer[j]
                    w += 1
        codes[w] = END
        for j in range(start, w):
            if codes[j] == AT:
                at[d] = True
                w = _drop_retweets(codes, start, w, classes)
                codes[w] = END
                break
        w += 1
    starts[documents] = w
    return codes[:w], starts, at


@numba.njit(cache=True)
def _drop_retweets(codes: np.ndarray, start: int, end: int, classes: np.ndarray) -> int:
    """Put a blank for each match of `RETWEET` between `start` and `end`, in place; return the new end."""
    w = r = start
    last = start  # nothing before it belongs to a match: behind the blank of the last one
    while r < end:
        codes[w] = codes[r]
        if codes[r] == AT and classes[codes[r + 1]] & PLAIN_WORD:
            k = w
            while k > last and classes[codes[k - 1]] & PLAIN_SPACE:
                k -= 1
            k -= 2
            if (
                k >= last
                and codes[k + 1] == T
                and (codes[k] == R or codes[k] == M)
                and not classes[codes[k - 1]] & PLAIN_WORD
            ):
                codes[k] = BLANK
                w = last = k + 1
                r += 1
                while classes[codes[r]] & PLAIN_WORD:
                    r += 1
                while classes[codes[r]] & PLAIN_SPACE:
                    r += 1
                r += codes[r] == COLON
                continue
        w, r = w + 1, r + 1
    return w
