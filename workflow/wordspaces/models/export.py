"""Word vectors in the formats of the word2vec program, text and binary, which most other software reads.

Both begin with a line of two numbers, words and dimension. In the text format each further line is a word and its
numbers, with blanks between them; in the binary one a word, a blank, its numbers as float32 (little-endian) and a line
feed, which some writers leave out. Text is UTF-8. `wordspaces.models.vector_files` reads them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wordspaces.common.artefacts import atomic
from wordspaces.common.errors import StudyError


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
