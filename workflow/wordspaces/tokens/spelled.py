"""Text in pieces of words: the pieces a model reads, and the words they spell.

A piece is an entry of the vocabulary of a tokeniser; a word one of the vocabulary that all models share. A text in
pieces knows both, so that whatever is said of a model is said of the same words as of every other model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError
from wordspaces.tokens.encoded import Encoded, read_encoded

WHOLE_WORDS = "words"
SPELLINGS = pa.schema([("id", pa.int32()), ("pieces", pa.list_(pa.int32()))])
ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class SpelledText(Encoded):
    """Tokens of a sample, in pieces; documents and sentences are offsets into the pieces.

    ids : int32 [pieces]. words : int32 [words], ids in the vocabulary of words, 0 where it lacks the word. starts :
    int64 [words + 1], strictly rising: where in ids the pieces of each word begin; the last is the number of pieces.
    """

    words: np.ndarray
    starts: np.ndarray

    @cached_property
    def begins(self) -> np.ndarray:
        """Whether a piece is the first of its word, bool [pieces]."""
        first = np.zeros(len(self.ids), bool)
        first[self.starts[:-1]] = True
        return first

    def word_at(self, places: np.ndarray) -> np.ndarray:
        """Number of the word that the pieces at these places belong to, int64."""
        return np.searchsorted(self.starts, places, side="right") - 1

    def as_words(self) -> Encoded:
        """The same text as ids of words, as a model of whole words reads it."""
        borders = (np.searchsorted(self.starts, at) for at in (self.documents, self.sentences))
        return Encoded(self.words, *borders)


def as_words(text: Encoded) -> Encoded:
    """A text as ids of words, whether it is in pieces or not."""
    return text.as_words() if isinstance(text, SpelledText) else text


def word_count(text: Encoded) -> int:
    """Number of words (and placeholders) of a text, whether it is in pieces or not."""
    return len(text.words) if isinstance(text, SpelledText) else len(text.ids)


def read_text(paths: Sequence[str | Path], tokeniser: str = WHOLE_WORDS) -> Encoded:
    """Shards of a sample, one after another in the order given: `SpelledText` unless `tokeniser` is "words".

    Raises
    ------
    StudyError : a shard is missing or cut short.
    """
    text = read_encoded(paths)
    if tokeniser == WHOLE_WORDS:
        return text
    columns = [[read_table(path, [name])[name].combine_chunks() for path in paths] for name in ("words", "starts")]
    words, starts = ([np.zeros(0, np.int32), *(part.flatten().to_numpy() for part in parts)] for parts in columns)
    counts = np.concatenate([np.zeros(0, np.int64), *(part.value_lengths().to_numpy() for part in columns[1])])
    placed = np.concatenate(starts) + np.repeat(text.documents[:-1], counts)
    return SpelledText(
        text.ids,
        text.documents,
        text.sentences,
        np.concatenate(words),
        np.append(placed, len(text.ids)).astype(np.int64),
    )


@dataclass(frozen=True)
class Spellings:
    """The pieces of every word of the vocabulary: word n has ``pieces[offsets[n] : offsets[n + 1]]``, one or more.

    offsets : int64 [V + 1]; pieces : int32.
    """

    offsets: np.ndarray
    pieces: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def pool(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors of words, float32 [V, d]: the mean of the `vectors` [pieces, d] of each word's own pieces."""
        pooled = np.empty((len(self), vectors.shape[1]), np.float32)
        for start in range(0, len(self), ROWS_AT_ONCE):
            offsets = self.offsets[start : start + ROWS_AT_ONCE + 1]
            gathered = vectors[self.pieces[offsets[0] : offsets[-1]]].astype(np.float64)
            sums = np.add.reduceat(gathered, offsets[:-1] - offsets[0], axis=0)
            pooled[start : start + len(sums)] = sums / np.diff(offsets)[:, None]
        return pooled


def read_spellings(paths: Sequence[str | Path], tokeniser: str = WHOLE_WORDS) -> Spellings | None:
    """Spellings of the vocabulary of words, from the one path given; None for a model of whole words.

    Raises
    ------
    StudyError : not one path for a tokeniser of pieces, or some path for words; a word without a piece.
    """
    if len(paths) != int(tokeniser != WHOLE_WORDS):
        found = f"{len(paths)} tables for the tokeniser {tokeniser!r}"
        raise StudyError("spellings", found, f"one for a tokeniser of pieces, none for {WHOLE_WORDS!r}")
    if not paths:
        return None
    pieces = read_table(paths[0], ["pieces"])["pieces"].combine_chunks()
    lengths = pieces.value_lengths().to_numpy()
    if not (lengths > 0).all():
        raise StudyError(paths[0], f"no piece of word {int(np.argmin(lengths))}", "one or more pieces of every word")
    return Spellings(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), pieces.flatten().to_numpy())
