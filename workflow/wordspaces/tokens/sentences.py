"""Tokens written as sentences: UTF-8, tokens joined by one blank, the buffers of an Arrow list of strings."""

from typing import NamedTuple

import numba
import numpy as np

from wordspaces.tokens.scan import Tokens

# As in `characters` and `scan`; repeated, for numba would not see a change in another file.
PLAIN_LETTER = 1 << 18
BORDER, PLAIN, WORDLIKE, CLITIC, ACRONYM, EMOJI, URL, USER, NUMBER, HASHTAG = range(10)

DOT, BLANK, I_, V_, X_ = (ord(character) for character in ". ivx")
MASKS = tuple(np.frombuffer(text, np.uint8) for text in (b"<url>", b"<user>", b"<number>", b"<hashtag>"))
URL_TEXT, USER_TEXT, NUMBER_TEXT, HASHTAG_TEXT = MASKS
WIDEST = 10  # bytes that one character can become: "#" becomes a blank and "<hashtag>"


class Sentences(NamedTuple):
    """Sentences of documents.

    data : uint8 [bytes], in UTF-8, end to end; bounds : int64 [sentences + 1], where each starts, then the end.
    documents : int64 [documents + 1], first sentence of each document, then the end.
    words, placeholders : int32 [documents].
    """

    data: np.ndarray
    bounds: np.ndarray
    documents: np.ndarray
    words: np.ndarray
    placeholders: np.ndarray


def write_sentences(codes: np.ndarray, tokens: Tokens, classes: np.ndarray) -> Sentences:
    """Sentences of the documents whose cleaned characters are `codes`, uint32; classes : uint32 by code point."""
    return Sentences(*_write(codes, *tokens, classes))


@numba.njit(cache=True)
def _is_roman(codes: np.ndarray, i: int, end: int) -> bool:
    """Whether `ROMAN` matches all of the word."""
    k = 0
    while k < 3 and i < end and codes[i] == X_:
        i, k = i + 1, k + 1
    if end - i == 2 and codes[i] == I_ and codes[i + 1] in (V_, X_):
        return True
    if i < end and codes[i] == V_:
        i += 1
    if end - i > 3:
        return False
    while i < end and codes[i] == I_:
        i += 1
    return i == end


@numba.njit(cache=True)
def _put(out: np.ndarray, w: int, literal: np.ndarray) -> int:
    for byte in literal:
        out[w] = byte
        w += 1
    return w


@numba.njit(cache=True)
def _put_code(out: np.ndarray, w: int, code: int) -> int:
    """Write a character in UTF-8."""
    if code < 0x80:
        out[w] = code
        return w + 1
    if code < 0x800:
        out[w] = 0xC0 | code >> 6
    else:
        if code < 0x10000:
            out[w] = 0xE0 | code >> 12
        else:
            out[w] = 0xF0 | code >> 18
            w += 1
            out[w] = 0x80 | code >> 12 & 0x3F
        w += 1
        out[w] = 0x80 | code >> 6 & 0x3F
    out[w + 1] = 0x80 | code & 0x3F
    return w + 2


@numba.njit(cache=True)
def _put_word(out: np.ndarray, w: int, codes: np.ndarray, i: int, end: int, classes: np.ndarray) -> int:
    """Write a word as `squeeze` leaves it."""
    run = 0
    for j in range(i, end):
        code = codes[j]
        run = run + 1 if code == codes[j - 1] and j > i else 1
        if run > 2 and classes[code] & PLAIN_LETTER and not _is_roman(codes, i, end):
            continue
        w = _put_code(out, w, code)
    return w


@numba.njit(cache=True)
def _put_token(out: np.ndarray, w: int, codes: np.ndarray, i: int, end: int, kind: int, classes: np.ndarray) -> int:
    """Write the token of `kind` that was found from `i` to `end`."""
    if kind == WORDLIKE:
        return _put_word(out, w, codes, i, end, classes)
    if kind == URL:
        return _put(out, w, URL_TEXT)
    if kind == USER:
        return _put(out, w, USER_TEXT)
    if kind == NUMBER:
        return _put(out, w, NUMBER_TEXT)
    if kind == HASHTAG:
        return _put(out, w, HASHTAG_TEXT)
    for j in range(i, end):
        w = _put_code(out, w, codes[j])
    if kind == ACRONYM and codes[end - 1] != DOT:
        w = _put_code(out, w, DOT)
    return w


@numba.njit(cache=True)
def _write(
    codes: np.ndarray, kinds: np.ndarray, spans: np.ndarray, tokens: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fields of `Sentences`; `tokens` is the first token of each document, then the end."""
    count = len(tokens) - 1
    out = np.empty(len(codes) * WIDEST, np.uint8)
    bounds, documents = np.zeros(len(kinds) + 1, np.int64), np.zeros(count + 1, np.int64)
    words, placeholders = np.zeros(count, np.int32), np.zeros(count, np.int32)
    w, s = 0, 0
    for d in range(count):
        for t in range(tokens[d], tokens[d + 1]):
            kind, i, end = kinds[t], spans[t, 0], spans[t, 1]
            if kind == BORDER:
                s += w > bounds[s]
                bounds[s] = w
                continue
            if w > bounds[s]:
                out[w] = BLANK
                w += 1
            if kind == PLAIN:
                for j in range(i, end):
                    out[w + j - i] = codes[j]
                w += end - i
            else:
                w = _put_token(out, w, codes, i, end, kind, classes)
            words[d] += kind < URL
            placeholders[d] += kind >= URL
        s += w > bounds[s]
        bounds[s] = w
        documents[d + 1] = s
    return out[:w].copy(), bounds[: s + 1].copy(), documents, words, placeholders
