"""The tables behind the word explorer at the size of a large study, grown from those of a finished one.

Each value is that of a word drawn at random, in every cell anew, so that values are distributed as in the study and
nothing repeats that would pack well. Neighbours keep the frequency they have in the study: place p of n words becomes
one of those at (p + u) N / n of N, u uniform. Every word is listed in every corpus and compared, with a course through
training. A larger page cannot come of as many words and spaces.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wordspaces.common.artefacts import read_table
from wordspaces.common.streams import generator
from wordspaces.report.explorer import ExplorerTables

WORDS, SNAPSHOTS, FOLLOWED = 20_000, 12, 2_000
MOST = 5_000_000  # occurrences of the first word, the others by Zipf's law
NAMES = ("word_neighbours", "word_agreement", "word_course", "pair_course", "stability")
NEAREST = ("first", "second", "third")


def explorer_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Tables of a study's analysis that the word explorer is made from, by name."""
    return {name: read_table(folder / f"{name}.parquet").to_pandas() for name in NAMES}


def grown(study: Mapping[str, pd.DataFrame], corpora: list[str], models: list[str]) -> ExplorerTables:
    """Tables of `WORDS` words for the cells of `study`; rows of other models are left out.

    Vocabulary ids of the new words are their places in the order of frequency; the words of `pair_course` stay.
    """
    draw = generator(0, "benchmark", "explorer")
    words = _words(study["word_neighbours"]["word"].drop_duplicates().tolist(), study["pair_course"], draw)
    stability = study["stability"][study["stability"]["model"].isin(models)]
    agreement = _by_word(study["word_agreement"], [*_sides("a"), *_sides("b"), "relation"], words, draw)
    counts = (MOST / np.arange(1, WORDS + 1)).astype(np.int64)
    return ExplorerTables(
        neighbours=_neighbours(study["word_neighbours"], words, draw),
        agreement=agreement,
        course=_course(study["word_course"], words, draw),
        pairs=study["pair_course"],
        stability=_by_word(stability, ["corpus", "other_corpus", "model", "level"], words, draw),
        counts=dict.fromkeys(corpora, counts),
    )


def _sides(side: str) -> tuple[str, str]:
    return f"{side}_corpus", f"{side}_model"


def _words(known: list[str], pairs: pd.DataFrame, draw: np.random.Generator) -> np.ndarray:
    """`WORDS` different words: those of the pairs, then beginnings of known words with ends of others."""
    found = dict.fromkeys(sorted({*pairs["word_a"], *pairs["word_b"]}))
    while len(found) < WORDS:
        first, second = (known[i] for i in draw.integers(len(known), size=2))
        found[first[: (len(first) + 1) // 2] + second[len(second) // 2 :]] = None
    return np.array(list(found)[:WORDS], dtype=object)


def _each(table: pd.DataFrame, keys: list[str], grow: Callable[[pd.DataFrame], dict[str, Any]]) -> pd.DataFrame:
    """What `grow` makes of every group of rows, with the keys of the group."""
    groups = table.groupby(keys, sort=False)
    made = [pd.DataFrame(grow(rows) | dict(zip(keys, key, strict=True))) for key, rows in groups]
    return pd.concat(made, ignore_index=True)


def _by_word(table: pd.DataFrame, keys: list[str], words: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    """Rows of a word each: those of words drawn at random."""
    kept = [name for name in table.columns if name not in (*keys, "id", "word", "token")]

    def grow(rows: pd.DataFrame) -> dict[str, Any]:
        source = draw.integers(len(rows), size=WORDS)
        values = {name: rows[name].to_numpy()[source] for name in kept}
        return {"id": np.arange(WORDS), "word": words} | values

    return _each(table, keys, grow)


def _neighbours(table: pd.DataFrame, words: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    """Ranks of a word stay together, so that its cosines fall."""
    ranks = int(table["rank"].max())
    ordered = table.sort_values(["corpus", "model", "id", "rank"])

    def grow(rows: pd.DataFrame) -> dict[str, Any]:
        listed = rows["id"].unique()
        source = draw.integers(len(listed), size=WORDS)

        def column(name: str) -> np.ndarray:
            return rows[name].to_numpy().reshape(len(listed), ranks)[source].ravel()

        places = np.searchsorted(listed, column("neighbour_id")) + draw.random(WORDS * ranks)
        near = (places * WORDS / len(listed)).astype(np.int64)
        own = np.repeat(np.arange(WORDS), ranks)
        kept = {name: column(name) for name in ("cosine", "held", "pattern", "spaces", "rank")}
        return {"id": own, "word": words[own], "neighbour_id": near} | kept

    return _each(ordered, ["corpus", "model"], grow)


def _course(table: pd.DataFrame, words: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    """`SNAPSHOTS` of each course, taken evenly from those of the study; nearest words of the first `FOLLOWED` words.

    A nearest word that stays from one snapshot to the next stays here too. Similarities differ by some hundredths from
    the study's, as snapshots that are taken twice would otherwise pack too well.
    """
    ordered = table.sort_values(["corpus", "model", "snapshot", "id"])

    def grow(rows: pd.DataFrame) -> dict[str, Any]:
        known = rows["word"].drop_duplicates()
        steps, compared = rows["snapshot"].nunique(), len(known)
        taken = np.linspace(0, steps - 1, SNAPSHOTS).round().astype(int)
        source = draw.integers(compared, size=WORDS)
        similarity = rows["similarity"].to_numpy().reshape(steps, compared)[np.ix_(taken, source)]
        at = dict(zip(known, range(compared), strict=True))
        shift = draw.random((compared, FOLLOWED))
        values = {
            "id": np.tile(np.arange(WORDS), SNAPSHOTS),
            "word": np.tile(words, SNAPSHOTS),
            "snapshot": np.repeat(np.arange(SNAPSHOTS), WORDS),
            "tokens_seen": np.repeat(np.geomspace(1, 1e9, SNAPSHOTS).astype(np.int64), WORDS),
            "similarity": (similarity + draw.normal(0, 0.01, similarity.shape)).ravel(),
        }
        for name in NEAREST:
            near = rows[name].map(at).fillna(0).to_numpy(dtype=np.int64).reshape(steps, compared)
            near = near[np.ix_(taken, source[:FOLLOWED])]
            near = ((near + shift[near, np.arange(FOLLOWED)]) * WORDS / compared).astype(np.int64)
            column = np.full((SNAPSHOTS, WORDS), None, dtype=object)
            column[:, :FOLLOWED] = words[near]
            values[name] = column.ravel()
        return values

    return _each(ordered, ["corpus", "model"], grow)
