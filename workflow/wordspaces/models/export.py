"""Word vectors in the formats of the word2vec program, text and binary, which most other software reads.

Both begin with a line of two numbers, words and dimension. In the text format each further line is a word and its
numbers, with blanks between them; in the binary one a word, a blank, its numbers as float32 (little-endian) and a line
feed, which some writers leave out. Text is UTF-8.
"""

import gzip
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from wordspaces.common.artefacts import atomic
from wordspaces.common.errors import StudyError

LONGEST_WORD = 4096
GZIP = b"\x1f\x8b"


def write_word2vec_text(path: str | Path, tokens: Sequence[str], vectors: np.ndarray) -> None:
    """Write vectors as text, in digits enough to give back each float32.

    Parameters
    ----------
    path : the file; tokens : n words; vectors : float [n, d], finite.

    Raises
    ------
    StudyError : not as many words as vectors, a number that is not finite, a word that is empty, has white space in it
        or comes twice.
    """
    vectors = _checked(path, tokens, vectors)
    line = " ".join(["%s"] + ["%.9g"] * vectors.shape[1]) + "\n"
    with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="\n") as sink:
        sink.write(f"{len(vectors)} {vectors.shape[1]}\n")
        for token, vector in zip(tokens, vectors, strict=True):
            sink.write(line % (token, *vector.tolist()))


def write_word2vec_binary(path: str | Path, tokens: Sequence[str], vectors: np.ndarray) -> None:
    """Write vectors in the binary format; parameters and errors as in `write_word2vec_text`."""
    vectors = _checked(path, tokens, vectors)
    with atomic(path) as partial, open(partial, "wb") as sink:
        sink.write(b"%d %d\n" % vectors.shape)
        for token, vector in zip(tokens, vectors, strict=True):
            sink.write(token.encode() + b" " + vector.tobytes() + b"\n")


def _checked(path: str | Path, tokens: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """Vectors as little-endian float32, once they and the words are such as the format can hold."""
    if vectors.ndim != 2 or len(tokens) != len(vectors):
        found = f"{len(tokens)} words, vectors of shape {vectors.shape}"
        raise StudyError(path, found, "one vector for each word")
    with np.errstate(over="ignore"):
        vectors = np.ascontiguousarray(vectors, "<f4")
    if not np.isfinite(vectors).all():
        raise StudyError(path, "a vector with a number that is not finite as a float32", "finite vectors")
    seen: set[str] = set()
    for token in tokens:
        if not token or token.split() != [token] or token in seen:
            found = f"the word {token!r}" + (" twice" if token in seen else "")
            raise StudyError(path, found, "words without white space, each once", "the format has no way to write it")
        seen.add(token)
    return vectors


def read_word2vec(path: str | Path, limit: int | None = None) -> tuple[list[str], np.ndarray]:
    """Read vectors in either format, plain or compressed by gzip; which it is shows in the first word's numbers.

    Parameters
    ----------
    path : the file; limit : how many words to read at most, None reads all.

    Returns
    -------
    The words, in the order of the file; float32 [n, d].

    Raises
    ------
    StudyError : the file is missing, has no header, is cut short or goes on after the last vector, has a line with more
        or fewer numbers than the header says, or a word that is no UTF-8.
    """
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == GZIP
        with gzip.open(path) if packed else open(path, "rb") as stream:
            words, dimension = _header(path, stream)
            begin = stream.tell()
            read = _text_rows if _is_text(stream, dimension) else _binary_rows
            stream.seek(begin)
            least, size = begin + 2 * words * (dimension + 1), Path(path).stat().st_size
            if not packed and size < least:
                allowed = f"at least {least:,} for the {words:,} words of {dimension} numbers of its first line"
                _refuse(path, f"{size:,} bytes", allowed, "it is cut short: get it again")
            wanted = words if limit is None else min(limit, words)
            tokens: list[str] = []
            vectors = np.empty((wanted, dimension), np.float32)
            for row, (token, vector) in zip(range(wanted), read(path, stream, dimension), strict=False):
                tokens.append(token)
                vectors[row] = vector
            if len(tokens) < wanted:
                _refuse(
                    path,
                    f"{len(tokens):,} words",
                    f"the {words:,} that its first line says",
                    "it is cut short: get it again",
                )
            if wanted == words and stream.read(LONGEST_WORD).strip(b"\n"):
                _refuse(path, f"something after {words:,} words", f"the {words:,} words that its first line says")
    except (OSError, EOFError) as error:
        _refuse(path, f"no readable file ({error})", "a word2vec file")
    if not np.isfinite(vectors).all():
        word = tokens[int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])]
        _refuse(path, f"a number that is not finite in the vector of {word!r}", "finite numbers")
    return tokens, vectors


def _refuse(path: str | Path, found: str, allowed: str, remedy: str = "") -> NoReturn:
    raise StudyError(path, found, allowed, remedy or "check the file, or make it anew") from None


def _header(path: str | Path, stream: Any) -> tuple[int, int]:
    """Words and dimension, from the first line."""
    line = stream.readline(LONGEST_WORD)
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields) or not int(fields[1]):
        found = f"a first line that begins {line[:40].decode(errors='replace').strip()!r}"
        remedy = "write them there; files of GloVe vectors come without such a line"
        _refuse(path, found, "the number of words and the dimension as a header, such as '400000 100'", remedy)
    return int(fields[0]), int(fields[1])


def _is_text(stream: Any, dimension: int) -> bool:
    """Whether what follows the header is a line of a word and numbers, or the beginning of one."""
    fields = stream.readline(LONGEST_WORD + 40 * dimension).split(b" ")[1:][-dimension:]
    # Bytes of a binary vector may happen to look like a number, hardly half of all between blanks. Not every field must
    # be one, so that a text with a wrong number in it is refused as a text.
    return sum(_number(field) is not None for field in fields) > len(fields) / 2


def _number(field: bytes) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def _text_rows(path: str | Path, stream: Any, dimension: int) -> Iterator[tuple[str, np.ndarray]]:
    """Words and vectors of the text format; a word may hold blanks, as in some published files."""
    for number, line in enumerate(stream, start=2):
        fields = line.rstrip().rsplit(b" ", dimension)
        where = f"{path}, line {number}"
        try:
            vector = np.array(fields[1:], dtype=np.bytes_).astype(np.float32)
        except ValueError:
            vector = np.empty(0)
        wrong = len(vector) != dimension or (b" " in fields[0] and _number(fields[0].rsplit(b" ", 1)[1]) is not None)
        if wrong or not line.endswith(b"\n"):
            found = f"{len(line.split()) - 1} fields after the word" + (
                "" if line.endswith(b"\n") else ", no end of line"
            )
            _refuse(where, found, f"{dimension} numbers, as the first line says")
        yield _word(where, fields[0]), vector


def _binary_rows(path: str | Path, stream: Any, dimension: int) -> Iterator[tuple[str, np.ndarray]]:
    """Words and vectors of the binary format, as far as they are whole."""
    for number in itertools.count(1):
        where, word = f"{path}, word {number:,}", b""
        while not word.endswith(b" "):
            ahead = stream.peek(LONGEST_WORD)
            if not ahead:
                return
            word += stream.read(ahead.find(b" ") + 1 or len(ahead))
            if len(word) > LONGEST_WORD:
                _refuse(where, f"no blank within {LONGEST_WORD:,} bytes", f"a word, a blank and {dimension} numbers")
        raw = stream.read(4 * dimension)
        if len(raw) < 4 * dimension:
            return
        yield _word(where, word[:-1].lstrip(b"\n")), np.frombuffer(raw, "<f4")


def _word(where: str, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        _refuse(where, f"the word {raw[:40]!r}", "a word in UTF-8")
