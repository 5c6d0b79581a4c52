"""Where the tokens of cleaned text are, found by one compiled pass over its characters, not by a regular expression.

Each function matches one part of `TOKEN` in the plain normaliser, which is the definition, at one place. Documents have
`END` around them, so no function asks where a document stops. Parts that look far ahead and fail remember how far their
answer holds, so that time grows with the length of a text whatever it holds.
"""

from typing import NamedTuple

import numba
import numpy as np

from wordspaces.tokens.cleaning import Cleaned

# As in `characters`; repeated, for numba would not see a change in another file.
LETTER, DIGIT, WORD, ALPHANUMERIC, SPACE, TAIL, JOINT, LABEL = (1 << bit for bit in range(8))
HOST, ADDRESS, LOCAL, NAME, STOP, CLOSER, FLAG, PICTURE = (1 << bit for bit in range(8, 16))

BORDER, PLAIN, WORDLIKE, CLITIC, ACRONYM, EMOJI, URL, USER, NUMBER, HASHTAG = range(10)
NOTHING = -1
HOSTS, MAILS, STOPS, STOPPED = range(4)  # what is remembered: how far a part is known to fail, the last run of stops

DOT, AT, HASH, DASH, PLUS, SLASH, COLON, COMMA = (ord(character) for character in ".@#-+/:,")
QUOTE, LINE, BLANK, D, H, N, R, S, T = (ord(character) for character in "'\n dhnrst")
HTTP, WWW, TWITTER = (np.frombuffer(start, np.uint8) for start in (b"http", b"www.", b"pic.twitter.com"))


class Tokens(NamedTuple):
    """Tokens and sentence borders of cleaned documents, in order.

    kinds : uint8 [tokens], one of the kinds above; `PLAIN` is a word in ASCII with no letter three times in a row.
    spans : int32 [tokens, 2], start and end of each among the characters.
    documents : int64 [documents + 1], first token of each document, then the end.
    """

    kinds: np.ndarray
    spans: np.ndarray
    documents: np.ndarray


def scan(text: Cleaned, classes: np.ndarray, domains: np.ndarray) -> Tokens:
    """Tokens of cleaned documents.

    Parameters
    ----------
    text : from `clean_batch`; classes : uint32 by code point, from `characters`.
    domains : uint8 [domains, longest + 1], endings of a host name in ASCII, filled up with 0.
    """
    return Tokens(*_scan(text.codes, text.starts, text.at, classes, domains))


@numba.njit(cache=True)
def _starts_with(codes: np.ndarray, i: int, literal: np.ndarray) -> bool:
    for k in range(len(literal)):  # noqa: SIM110 (all() of a generator is slow when compiled)
        if codes[i + k] != literal[k]:
            return False
    return True


@numba.njit(cache=True)
def _run(codes: np.ndarray, i: int, classes: np.ndarray, bit: int) -> int:
    """End of the run of a class from `i`."""
    while classes[codes[i]] & bit:
        i += 1
    return i


@numba.njit(cache=True)
def _address(codes: np.ndarray, i: int, classes: np.ndarray) -> int:
    """First part of `url`: its end, or -1."""
    if _starts_with(codes, i, HTTP):
        j = i + len(HTTP)
        j += codes[j] == S
        return _run(codes, j, classes, ADDRESS) if codes[j] == COLON else -1
    if _starts_with(codes, i, WWW) or _starts_with(codes, i, TWITTER):
        return _run(codes, i, classes, ADDRESS)
    return -1


@numba.njit(cache=True)
def _host(codes: np.ndarray, i: int, classes: np.ndarray, domains: np.ndarray, memo: np.ndarray) -> int:
    """Second part of `url`: its end, or -1.

    Where it fails, any other start among the same labels meets the same last label and fails too.
    """
    if i < memo[HOSTS] or not classes[codes[i]] & LABEL or codes[i] == DASH or classes[codes[i - 1]] & HOST:
        return -1
    last, j = i, _run(codes, i, classes, LABEL)
    while codes[j] == DOT and classes[codes[j + 1]] & LABEL and codes[j + 1] != DASH:
        last, j = j + 1, _run(codes, j + 1, classes, LABEL)
    memo[HOSTS] = j
    if last == i:
        return -1
    for d in range(len(domains)):
        n = 0
        while domains[d, n] and codes[last + n] == domains[d, n]:
            n += 1
        if domains[d, n]:
            continue
        k = last + n
        behind = k
        while codes[behind] == DOT or codes[behind] == AT:
            behind += 1
        if not classes[codes[behind]] & WORD:
            return _run(codes, k, classes, ADDRESS) if codes[k] == SLASH else k
    return -1


@numba.njit(cache=True)
def _mail(codes: np.ndarray, i: int, classes: np.ndarray, memo: np.ndarray) -> int:
    """First part of `user`: its end, or -1.

    Where it fails, any other start in the same local part has the same end behind it and fails too.
    """
    if i < memo[MAILS] or classes[codes[i - 1]] & WORD:
        return -1
    at = memo[MAILS] = _run(codes, i, classes, LOCAL)
    if codes[at] != AT or not (classes[codes[at - 1]] & WORD or codes[at - 1] == PLUS):
        return -1
    if not classes[codes[at + 1]] & WORD:
        return -1
    j, end = _run(codes, at + 1, classes, NAME), -1
    while codes[j] == DOT and classes[codes[j + 1]] & NAME:
        j = end = _run(codes, j + 1, classes, NAME)
    return end


@numba.njit(cache=True)
def _acronym(codes: np.ndarray, i: int, classes: np.ndarray) -> int:
    """`acronym` at a letter with a full stop behind it: its end, or -1."""
    j = i
    while classes[codes[j]] & LETTER and codes[j + 1] == DOT:
        j += 2
    if j - i >= 4 and not classes[codes[j]] & WORD:
        return j
    if classes[codes[j]] & LETTER and not classes[codes[j + 1]] & WORD:
        return j + 1
    return j - 1 if j - i >= 4 else -1


@numba.njit(cache=True)
def _number(codes: np.ndarray, i: int, classes: np.ndarray) -> int:
    """End of `number` at a digit."""
    j = _run(codes, i, classes, DIGIT)
    while (codes[j] == DOT or codes[j] == COMMA or codes[j] == COLON or codes[j] == SLASH) and classes[
        codes[j + 1]
    ] & DIGIT:
        j = _run(codes, j + 1, classes, DIGIT)
    c, d = codes[j], codes[j + 1]
    if (c == S and d == T) or (c == N and d == D) or (c == R and d == D) or (c == T and d == H):
        k = j + 2
    elif c == S:
        k = j + 1
    else:
        return j
    return j if classes[codes[k]] & ALPHANUMERIC else k


@numba.njit(cache=True)
def _word(codes: np.ndarray, j: int, classes: np.ndarray) -> int:
    """End of `word`, from the end of its part before an apostrophe."""
    while codes[j] == QUOTE and classes[codes[j + 1]] & LETTER:
        if codes[j + 1] == S and not classes[codes[j + 2]] & ALPHANUMERIC:
            break
        j = _run(codes, j + 2, classes, TAIL)
    return j


@numba.njit(cache=True)
def _stop(codes: np.ndarray, i: int, classes: np.ndarray, memo: np.ndarray) -> int:
    """`border` at one of ``.!?``: its end, or -1."""
    if i >= memo[STOPS]:
        memo[STOPS] = _run(codes, i, classes, STOP)
        end = _run(codes, memo[STOPS], classes, CLOSER)
        memo[STOPPED] = end if classes[codes[end]] & SPACE else -1
    if memo[STOPPED] < 0 or not classes[codes[i - 1]] & LETTER or classes[codes[i - 2]] & ALPHANUMERIC:
        return memo[STOPPED]
    while classes[codes[i]] & STOP and codes[i] != DOT:
        i += 1
    return memo[STOPPED] if i == memo[STOPS] else -1


@numba.njit(cache=True)
def _token_of_letter(
    codes: np.ndarray, i: int, j: int, at: bool, classes: np.ndarray, domains: np.ndarray, memo: np.ndarray
) -> tuple[int, int]:
    """Kind and end of the token at a letter; `j` is the end of its first part, where a `JOINT` stands."""
    end = _address(codes, i, classes)
    if end < 0:
        end = _host(codes, i, classes, domains, memo)
    if end >= 0:
        return URL, end
    end = _mail(codes, i, classes, memo) if at else -1
    if end >= 0:
        return USER, end
    if codes[j] == DOT and j == i + 1 and not classes[codes[i - 1]] & WORD and codes[i - 1] != QUOTE:
        end = _acronym(codes, i, classes)
        if end >= 0:
            return ACRONYM, end
    return WORDLIKE, _word(codes, j, classes)


@numba.njit(cache=True)
def _token(
    codes: np.ndarray, i: int, at: bool, classes: np.ndarray, domains: np.ndarray, memo: np.ndarray
) -> tuple[int, int]:
    """Kind and end of what `TOKEN` matches at `i`, where no letter stands."""
    code, before = codes[i], codes[i - 1]
    kind = classes[code]
    end = _host(codes, i, classes, domains, memo) if kind & DIGIT else -1
    if end >= 0:
        return URL, end
    end = _mail(codes, i, classes, memo) if at and (kind & LOCAL or code == AT) else -1
    if end >= 0:
        return USER, end
    if code == AT and not classes[before] & WORD and classes[codes[i + 1]] & WORD:
        return USER, _run(codes, i + 1, classes, WORD)
    if code == HASH and not classes[before] & WORD and before != HASH and _has_letter(codes, i + 1, classes):
        return HASHTAG, i + 1
    if kind & DIGIT:
        return NUMBER, _number(codes, i, classes)
    if code == QUOTE and codes[i + 1] == S and classes[before] & ALPHANUMERIC:
        return (NOTHING, i + 1) if classes[codes[i + 2]] & ALPHANUMERIC else (CLITIC, i + 2)
    if kind & FLAG and classes[codes[i + 1]] & FLAG:
        return EMOJI, i + 2
    if kind & PICTURE:
        return EMOJI, i + 1
    if kind & STOP:
        end = _stop(codes, i, classes, memo)
        return (BORDER, end) if end >= 0 else (NOTHING, i + 1)
    return (BORDER if code == LINE else NOTHING), i + 1


@numba.njit(cache=True)
def _has_letter(codes: np.ndarray, i: int, classes: np.ndarray) -> bool:
    """Whether the run of word characters from `i` holds a letter."""
    while classes[codes[i]] & WORD and not classes[codes[i]] & LETTER:
        i += 1
    return classes[codes[i]] & LETTER != 0


@numba.njit(cache=True)
def _scan(
    codes: np.ndarray, starts: np.ndarray, at: np.ndarray, classes: np.ndarray, domains: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fields of `Tokens`."""
    kinds, spans = np.empty(len(codes), np.uint8), np.empty((len(codes), 2), np.int32)
    documents = np.zeros(len(starts), np.int64)
    memo = np.empty(4, np.int64)
    found = 0
    for d in range(len(at)):
        i, end = starts[d], starts[d + 1] - 1
        memo[:] = i
        while i < end:
            code = codes[i]
            if classes[code] & LETTER:
                j, kind = i, PLAIN  # as nearly every token is
                while classes[code] & TAIL:
                    if code >= 0x80 or (code == codes[j - 1] and code == codes[j - 2]):
                        kind = WORDLIKE
                    j += 1
                    code = codes[j]
                if classes[code] & JOINT:
                    kind, j = _token_of_letter(codes, i, j, at[d], classes, domains, memo)
            elif code == BLANK:
                i += 1
                continue
            else:
                kind, j = _token(codes, i, at[d], classes, domains, memo)
            if kind != NOTHING:
                kinds[found], spans[found, 0], spans[found, 1] = kind, i, j
                found += 1
            i = j
        documents[d + 1] = found
    return kinds[:found], spans[:found], documents
