"""What cost is measured on: the study's own text, repeated or cut, and pairs drawn from its matrix X."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from wordspaces.common.artefacts import read_batches, row_count
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.cooccurrence.tables import read_matrix
from wordspaces.tokens.encoded import Encoded

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def read_first(paths: Sequence[str | Path], tokens: int) -> Encoded:
    """Documents of encoded shards from the first on, until there are `tokens` tokens or no more documents.

    Raises
    ------
    StudyError : no token, a shard is missing or cut short.
    """
    ids, documents, sentences, total = [np.zeros(0, np.int32)], [0], [0], 0
    for words, starts in _documents(paths):
        ids.append(np.asarray(words, np.int32))
        sentences += [total + start for start in starts[1:]]
        total += len(words)
        documents.append(total)
        sentences.append(total)
        if total >= tokens:
            break
    if not total:
        raise StudyError("training sample", "no token", "one token or more", "give the sample more text")
    unique = (np.unique(np.asarray(borders, np.int64)) for borders in (documents, sentences))
    return Encoded(np.concatenate(ids), *unique)


def _documents(paths: Sequence[str | Path]) -> Iterator[tuple[list[int], list[int]]]:
    """Ids of each document and where its sentences start, a batch in memory at a time."""
    for path in paths:
        for batch in read_batches(path, ["ids", "sentences"]):
            yield from zip(batch["ids"].to_pylist(), batch["sentences"].to_pylist(), strict=True)


def sized(text: Encoded, tokens: int) -> Encoded:
    """A text of exactly `tokens` tokens: its documents over and over, the last one cut."""
    times = -(-tokens // len(text.ids))
    shifts = np.arange(times)[:, None] * len(text.ids)
    borders = ((part[:-1] + shifts).ravel() for part in (text.documents, text.sentences))
    return Encoded(
        np.tile(text.ids, times)[:tokens],
        *(np.append(part[part < tokens], tokens).astype(np.int64) for part in borders),
    )


def draw_pairs(path: str | Path, most: int) -> Pairs:
    """Row, column int32 and count float64 of at most `most` pairs of a matrix X, each as likely as any other.

    They come in an order of chance, so that any number of them from the first on is such a draw too.
    """
    total = row_count(path)
    draw = generator(0, "cost", "pairs")
    chosen = np.sort(draw.choice(total, min(most, total), replace=False))
    parts, before = [], 0
    for block in read_matrix(path):
        inside = chosen[(chosen >= before) & (chosen < before + len(block[0]))] - before
        parts.append(tuple(column[inside] for column in block))
        before += len(block[0])
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = draw.permutation(len(chosen))
    row, column, count = (values[order] for values in columns)
    return row, column, count


def first_pairs(pairs: Pairs, count: int) -> Pairs:
    """The first `count` pairs, sorted by row and column as a matrix X is."""
    row, column, counts = (values[:count] for values in pairs)
    order = np.lexsort((column, row))
    return row[order], column[order], counts[order]
