"""Nearest neighbours of listed words in every corpus and model, averaged over document samples and seeds."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.rdm import CosineRDMs
from wordspaces.analysis.roster import Roster, Words
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError

SCHEMA = schema(
    corpus=pa.string(),
    model=pa.string(),
    word=pa.string(),
    rank=pa.int32(),
    neighbour=pa.string(),
    cosine=pa.float64(),
    spread=pa.float64(),
    spaces=pa.int32(),
    note=pa.string(),
)


def mean_cosines(units: Sequence[np.ndarray], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over spaces of the cosines of the words `rows` with every word: [len(rows), n] each.

    `units[s]` is float64 [n, d_s], of length one. The standard deviation is NaN for a single space.
    """
    cosines = np.stack([matrix[rows] @ matrix.T for matrix in units])
    spread = cosines.std(axis=0, ddof=1) if len(units) > 1 else np.full(cosines.shape[1:], np.nan)
    return cosines.mean(axis=0), spread


def neighbours_table(roster: Roster, settings: NeighbourSettings) -> pa.Table:
    """The k comparison words with the largest mean cosine (centred) with each listed word.

    Columns: `SCHEMA`; `spread` is the standard deviation of the cosine over the cell's spaces. A listed word outside
    the comparison vocabulary is one row of nulls with a note; `StudyError` where no listed word is inside.
    """
    known, unknown = split_known(settings.words, roster.words, "words of the neighbour lists")
    if settings.k >= len(roster.words):
        allowed = f"1 to {len(roster.words) - 1} for {len(roster.words)} compared words"
        raise StudyError("k of the neighbour lists", str(settings.k), allowed)
    units = CosineRDMs.of(roster.vectors, roster.spaces).units
    at = roster.words.positions()
    targets = np.array([at[word] for word in known])
    rows = []
    for corpus, model in sorted({(space.corpus, space.model) for space in roster.spaces}):
        members = [u for u, s in zip(units, roster.spaces, strict=True) if (s.corpus, s.model) == (corpus, model)]
        cell = {"corpus": corpus, "model": model, "spaces": len(members), "note": ""}
        means, spreads = mean_cosines(members, targets)
        for word, target, mean, spread in zip(known, targets, means, spreads, strict=True):
            mean[target] = -np.inf
            best = np.argsort(-mean, kind="stable")[: settings.k]
            for rank, i in enumerate(best, start=1):
                entry = {"neighbour": roster.words.tokens[i], "cosine": mean[i], "spread": spread[i]}
                rows.append(cell | {"word": word, "rank": rank} | entry)
        note = {"note": "not in the comparison vocabulary"}
        rows += [cell | {"word": word} | note for word in unknown]
    return from_rows(rows, SCHEMA)


def split_known(listed: Sequence[str], words: Words, where: str) -> tuple[list[str], list[str]]:
    """`listed` without repeats, split into comparison words and others; `StudyError` where none is known."""
    at = words.positions()
    distinct = list(dict.fromkeys(listed))
    known = [word for word in distinct if word in at]
    if not known:
        found = f"no known word among {', '.join(distinct[:5])}{' ...' if len(distinct) > 5 else ''}"
        raise StudyError(where, found, "at least one word of the comparison vocabulary", "list more frequent words")
    return known, [word for word in distinct if word not in at]
