"""Nearest neighbours of every word of a corpus, in every recipe, and how many of the cell's spaces hold each of them.

A cell is a corpus and a recipe; its spaces are those of all document samples and seeds. Words and neighbours are those
that occur often enough in every training sample of the corpus, so that two corpora list among different words.

Columns of `word_neighbours`: `corpus`, `model`, `id`, `word`, `rank` (1 the nearest), `neighbour_id`, `neighbour`;
`cosine`, the mean over the cell's spaces of the cosine of vectors centred over these words, and `spread`, its standard
deviation (null for a single space); `held`, the number of spaces in which the neighbour is among the k nearest of the
word, and `pattern`, which they are: bit i stands for the i-th space in order of sample, then seed (null where there are
more than 62); `spaces`, their number. Where a corpus has no more than k words, lists are shorter.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.explorer.cells import cells_of, most_frequent
from wordspaces.analysis.explorer.settings import ExploreNeighbourSettings
from wordspaces.analysis.roster import LEAST_WORDS, Run, Words, load_rosters
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.tables import schema
from wordspaces.common.errors import StudyError

MOST_BITS = 62
SCHEMA = schema(
    corpus=pa.string(),
    model=pa.string(),
    id=pa.int32(),
    word=pa.string(),
    rank=pa.int32(),
    neighbour_id=pa.int32(),
    neighbour=pa.string(),
    cosine=pa.float32(),
    spread=pa.float32(),
    held=pa.int32(),
    pattern=pa.int64(),
    spaces=pa.int32(),
)


def cell_neighbours(units: Sequence[np.ndarray], k: int) -> np.ndarray:
    """The k words with the largest mean cosine over spaces with each word, nearest first: int32 [n, k].

    `units[s]` is float64 [n, d_s], of length one. The mean over S spaces of their inner products is one inner product,
    that of the vectors set side by side, over S: no [n, n] matrix is formed.
    """
    return nearest(np.hstack(units) / np.sqrt(len(units)), k)


def cosines_with(units: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Cosine of every word with each of its listed words `found` (int [n, k]) in one space: float64 [n, k]."""
    columns = [np.einsum("nd,nd->n", units, units[found[:, rank]]) for rank in range(found.shape[1])]
    return np.stack(columns, axis=1)


def held_by(lists: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Whether each word of `found` [n, k] is in the same row of `lists` [n, k]: bool [n, k]."""
    return np.stack([(lists == found[:, rank, None]).any(axis=1) for rank in range(found.shape[1])], axis=1)


def patterns_of(held: np.ndarray) -> np.ndarray | None:
    """`held` bool [S, n, k] as the bits of int64 [n, k], bit i for space i; None for more spaces than bits."""
    if len(held) > MOST_BITS:
        return None
    bits = np.left_shift(np.int64(1), np.arange(len(held), dtype=np.int64))
    return np.tensordot(bits, held.astype(np.int64), axes=1)


def listed_words(words: Words, settings: ExploreNeighbourSettings, corpus: str) -> Words:
    """The most frequent of the words of a corpus, in id order; `StudyError` where they are too few."""
    if len(words) < LEAST_WORDS:
        found = f"{len(words)} words that occur {settings.least_count} times in every training sample of {corpus}"
        raise StudyError(
            "words of the explorer", found, f"{LEAST_WORDS} or more", "lower analysis.explorer.least_count"
        )
    return words.take(most_frequent(words.counts, settings.words))


def neighbours_table(
    paths: Sequence[str],
    runs: Sequence[Run],
    words: Mapping[str, Words],
    settings: ExploreNeighbourSettings,
) -> pa.Table:
    """Table of `SCHEMA`, sorted by corpus and model in the order of the study, then by id and rank.

    `paths` of spaces tables are parallel to `runs`; `words` : by corpus (`corpus_words`). The spaces of one cell are in
    memory at a time. `StudyError` for a word without an input vector and for a corpus with fewer than four words.
    """
    chosen = {corpus: listed_words(found, settings, corpus) for corpus, found in words.items()}
    parts = []
    for (corpus, model), members in cells_of(runs, settings.models).items():
        roster, _ = load_rosters([paths[i] for i in members], [runs[i] for i in members], chosen[corpus])
        units = [centred_units(matrix, space) for matrix, space in zip(roster.vectors, roster.spaces, strict=True)]
        parts.append(_cell_table(corpus, model, roster.words, units, min(settings.k, len(roster.words) - 1)))
    return pa.concat_tables([*parts, SCHEMA.empty_table()]).combine_chunks()


def _cell_table(corpus: str, model: str, words: Words, units: Sequence[np.ndarray], k: int) -> pa.Table:
    """Rows of one cell."""
    found = cell_neighbours(units, k)
    cosines = np.stack([cosines_with(matrix, found) for matrix in units])
    held = np.stack([held_by(nearest(matrix, k), found) for matrix in units])
    size, spaces = found.size, len(units)
    patterns = patterns_of(held)
    tokens = pa.array(words.tokens, pa.string())
    rows, flat = np.repeat(np.arange(len(words)), k), found.ravel()
    columns = {
        "corpus": pa.repeat(pa.scalar(corpus), size),
        "model": pa.repeat(pa.scalar(model), size),
        "id": words.ids[rows],
        "word": tokens.take(pa.array(rows)),
        "rank": np.tile(np.arange(1, k + 1, dtype=np.int32), len(words)),
        "neighbour_id": words.ids[flat],
        "neighbour": tokens.take(pa.array(flat)),
        "cosine": cosines.mean(axis=0).ravel().astype(np.float32),
        "spread": pa.nulls(size) if spaces == 1 else cosines.std(axis=0, ddof=1).ravel().astype(np.float32),
        "held": held.sum(axis=0).ravel(),
        "pattern": pa.nulls(size) if patterns is None else patterns.ravel(),
        "spaces": np.full(size, spaces),
    }
    return pa.table([_column(columns[field.name]).cast(field.type) for field in SCHEMA], schema=SCHEMA)


def _column(values: np.ndarray | pa.Array) -> pa.Array:
    return pa.array(values) if isinstance(values, np.ndarray) else values
