"""Word vectors from files of other programs: word2vec text and binary, GloVe text, a matrix of a safetensors file.

A word2vec file begins with a line of two numbers, words and dimension (see `wordspaces.models.export`); a GloVe file
has no such line, each of its lines is a word and its numbers. An embedding matrix of a safetensors file has its words
in a text file beside it, a word a line in the order of its rows.
"""

import gzip
import itertools
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from safetensors import SafetensorError, safe_open

from wordspaces.common.errors import StudyError

LONGEST_WORD = 4096
LONGEST_LINE = 1 << 20
GZIP = b"\x1f\x8b"
FLOATS = ("F16", "F32", "F64")

Vectors = tuple[list[str], np.ndarray]


def read_word2vec(path: str | Path, only: Container[str] | None = None) -> Vectors:
    """Read vectors in either format, plain or compressed by gzip; which it is shows in the first word's numbers.

    Parameters
    ----------
    path : the file; only : words to keep, None keeps all; others take no memory.

    Returns
    -------
    The words, in the order of the file; float32 [n, d].

    Raises
    ------
    StudyError : the file is missing, has no header, is cut short or goes on after the last vector, has a line with more
        or fewer numbers than the header says, a word that is no UTF-8 or comes twice, or a number that is not finite.
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
            kept, read_words = _gather(path, itertools.islice(read(path, stream, dimension), words), dimension, only)
            if read_words < words:
                allowed = f"the {words:,} that its first line says"
                _refuse(path, f"{read_words:,} words", allowed, "it is cut short: get it again")
            if stream.read(LONGEST_WORD).strip(b"\n"):
                _refuse(path, f"something after {words:,} words", f"the {words:,} words that its first line says")
    except (OSError, EOFError) as error:
        _refuse(path, f"no readable file ({error})", "a word2vec file")
    return kept


def read_glove(path: str | Path, only: Container[str] | None = None) -> Vectors:
    """Read vectors as the GloVe program writes them, plain or compressed by gzip; the rest as in `read_word2vec`.

    The first line says how many numbers follow a word.
    """
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == GZIP
        with gzip.open(path) if packed else open(path, "rb") as stream:
            fields = stream.readline(LONGEST_LINE).split()
            trailing = len(list(itertools.takewhile(lambda field: _number(field) is not None, reversed(fields))))
            dimension = min(trailing, len(fields) - 1)
            if dimension < 2:
                found = f"a first line of {len(fields)} fields with {max(trailing, 0)} numbers at its end"
                _refuse(path, found, "a word and its numbers on each line, without a header")
            stream.seek(0)
            kept, _ = _gather(path, _text_rows(path, stream, dimension, first=1), dimension, only)
    except (OSError, EOFError) as error:
        _refuse(path, f"no readable file ({error})", "a file of GloVe vectors")
    return kept


def read_matrix(
    path: str | Path, vocabulary: str | Path, tensor: str = "", only: Container[str] | None = None
) -> Vectors:
    """Read an embedding matrix of a safetensors file with its words.

    Parameters
    ----------
    path : the file; vocabulary : text file, a word a line; tensor : name of the matrix [V, d], which may be left out
    where the file has a single matrix of so many rows; only : as in `read_word2vec`.

    Raises
    ------
    StudyError : a file is missing or damaged, there is no such matrix or none or several to choose from, its rows are
        not as many as the words, its numbers are no floating-point numbers of 16, 32 or 64 bits, or not finite.
    """
    try:
        words = Path(vocabulary).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(vocabulary, f"no readable list of words ({error})", "a UTF-8 text file, a word a line")
    words = [word.rstrip("\r") for word in (words[:-1] if words and not words[-1] else words)]
    try:
        with safe_open(path, framework="numpy") as handle:
            parts = {name: handle.get_slice(name) for name in handle.keys()}  # noqa: SIM118
            shapes = {name: tuple(part.get_shape()) for name, part in parts.items()}
            name = tensor or _only_matrix(path, shapes, len(words))
            if name not in parts or len(shapes[name]) != 2 or shapes[name][0] != len(words):
                found = f"{name!r} of shape {list(shapes[name])}" if name in parts else f"no tensor {name!r}"
                known = ", ".join(f"{other} {list(shape)}" for other, shape in sorted(shapes.items()))
                _refuse(path, found, f"a matrix with a row for each of the {len(words):,} words of {vocabulary}", known)
            if (kind := parts[name].get_dtype()) not in FLOATS:
                _refuse(path, f"{name!r} of type {kind}", f"a matrix of type {', '.join(FLOATS)}")
            rows = ((word, parts[name][row]) for row, word in enumerate(words) if only is None or word in only)
            return _gather(path, rows, shapes[name][1], None)[0]
    except (OSError, SafetensorError) as error:
        _refuse(path, f"no readable safetensors file ({error})", "a safetensors file")


def _only_matrix(path: str | Path, shapes: dict[str, tuple[int, ...]], words: int) -> str:
    found = [name for name, shape in sorted(shapes.items()) if len(shape) == 2 and shape[0] == words]
    if len(found) != 1:
        listed = ", ".join(f"{name} {list(shape)}" for name, shape in sorted(shapes.items()))
        allowed = f"a single matrix of {words:,} rows"
        _refuse(path, f"{len(found)} matrices of {words:,} rows among {listed}", allowed, "name it in `tensor`")
    return found[0]


def _gather(
    path: str | Path, rows: Iterable[tuple[str, np.ndarray]], dimension: int, only: Container[str] | None
) -> tuple[Vectors, int]:
    """Words and vectors that are kept, and how many rows there were."""
    kept: dict[str, np.ndarray] = {}
    number = 0
    for word, vector in rows:
        number += 1
        if only is not None and word not in only:
            continue
        if word in kept:
            _refuse(path, f"the word {word!r} twice", "each word once")
        if not np.isfinite(vector).all():
            _refuse(path, f"a number that is not finite in the vector of {word!r}", "finite numbers")
        kept[word] = vector.astype(np.float32)
    return (list(kept), np.array(list(kept.values()), np.float32).reshape(-1, dimension)), number


def _refuse(path: str | Path, found: str, allowed: str, remedy: str = "") -> NoReturn:
    raise StudyError(path, found, allowed, remedy or "check the file, or make it anew") from None


def _header(path: str | Path, stream: Any) -> tuple[int, int]:
    """Words and dimension, from the first line."""
    line = stream.readline(LONGEST_WORD)
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields) or not int(fields[1]):
        found = f"a first line that begins {line[:40].decode(errors='replace').strip()!r}"
        remedy = "write them there; files of GloVe vectors come without such a line and have a format of their own"
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


def _text_rows(path: str | Path, stream: Any, dimension: int, first: int = 2) -> Iterator[tuple[str, np.ndarray]]:
    """Words and vectors of lines from number `first` on; a word may hold blanks, as in some published files."""
    for number, line in enumerate(stream, start=first):
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
