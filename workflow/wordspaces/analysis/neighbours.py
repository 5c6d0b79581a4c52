"""Nearest neighbours of listed words in every corpus and model, averaged over document samples and seeds.

Neighbours are taken among the words that occur often enough in every training sample of their corpus: the words
compared between corpora are too few to read a neighbourhood from. So two corpora list among different words.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import Roster, Run, Words, load_rosters
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.analysis.similarity.rdm import RDMs
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


def load_neighbours(paths: Sequence[str], runs: Sequence[Run], words: Mapping[str, Words]) -> dict[str, Roster]:
    """Input spaces of each corpus over its own words; `paths` of spaces tables are parallel to `runs`.

    Raises `StudyError` for a word without an input vector.
    """
    rosters = {}
    for corpus, known in words.items():
        chosen = [i for i, run in enumerate(runs) if run.corpus == corpus]
        rosters[corpus], _ = load_rosters([paths[i] for i in chosen], [runs[i] for i in chosen], known)
    return rosters


def neighbours_table(rosters: Mapping[str, Roster], settings: NeighbourSettings) -> pa.Table:
    """The k words of a corpus with the largest mean cosine (centred over these words) with each listed word.

    `rosters` holds the input spaces of each corpus. Columns: `SCHEMA`; `spread` is the standard deviation of the
    cosine over the cell's spaces. A listed word that a corpus does not know is one row of nulls with a note there;
    `StudyError` where no corpus knows a listed word, and where k is not below the number of words of a corpus.
    """
    where = "words of the neighbour lists"
    allowed = f"at least one word that occurs {settings.least_count} times in every training sample of a corpus"
    check_known(settings.words, [roster.words for roster in rosters.values()], where, allowed)
    rows = []
    for corpus in sorted(rosters):
        if settings.k >= len(rosters[corpus].words):
            size = len(rosters[corpus].words)
            bound = f"less than {size}, the words of {corpus} that occur {settings.least_count} times in every sample"
            raise StudyError("k of the neighbour lists", str(settings.k), bound, "lower k or least_count")
        rows += _corpus_rows(corpus, rosters[corpus], settings)
    return from_rows(rows, SCHEMA)


def _corpus_rows(corpus: str, roster: Roster, settings: NeighbourSettings) -> list[dict]:
    """Rows of one corpus, by model, word and rank; unknown words last."""
    known, unknown = split_known(settings.words, roster.words)
    units = RDMs.of(roster.vectors, roster.spaces).units
    at = roster.words.positions()
    targets = np.array([at[word] for word in known], dtype=np.int64)
    note = f"fewer than {settings.least_count} occurrences in a training sample of this corpus"
    rows = []
    for model in sorted({space.model for space in roster.spaces}):
        members = [matrix for matrix, space in zip(units, roster.spaces, strict=True) if space.model == model]
        cell = {"corpus": corpus, "model": model, "spaces": len(members), "note": ""}
        means, spreads = mean_cosines(members, targets)
        for word, target, mean, spread in zip(known, targets, means, spreads, strict=True):
            mean[target] = -np.inf
            best = np.argsort(-mean, kind="stable")[: settings.k]
            for rank, i in enumerate(best, start=1):
                entry = {"neighbour": roster.words.tokens[i], "cosine": mean[i], "spread": spread[i]}
                rows.append(cell | {"word": word, "rank": rank} | entry)
        rows += [cell | {"word": word, "note": note} for word in unknown]
    return rows


def split_known(listed: Sequence[str], words: Words) -> tuple[list[str], list[str]]:
    """`listed` without repeats, split into those among `words` and others."""
    at = words.positions()
    distinct = list(dict.fromkeys(listed))
    return [word for word in distinct if word in at], [word for word in distinct if word not in at]


def check_known(listed: Sequence[str], vocabularies: Sequence[Words], where: str, allowed: str) -> None:
    """`StudyError` where no vocabulary has a word of `listed`."""
    if any(split_known(listed, words)[0] for words in vocabularies):
        return
    distinct = list(dict.fromkeys(listed))
    found = f"no known word among {', '.join(distinct[:5])}{' ...' if len(distinct) > 5 else ''}"
    raise StudyError(where, found, allowed, "list more frequent words")
