"""Tables behind the word explorer of the planted study: its spaces through the real analyses, its courses made up."""

from itertools import combinations

import numpy as np
import pandas as pd
from planted import CORPORA, RECIPES

from wordspaces.analysis.explorer import courses, neighbours
from wordspaces.analysis.explorer.agreement import agreement_table
from wordspaces.analysis.roster import Roster
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.tables import from_rows

K = 3
TOKENS = (0, 10_000, 100_000)
PICKED = 6  # words whose pairs are followed


def explorer_tables(roster: Roster) -> dict[str, pd.DataFrame]:
    """Tables by name, as the analysis writes them."""
    tables = {
        "word_neighbours": from_rows(_neighbour_rows(roster), neighbours.SCHEMA),
        "word_agreement": agreement_table(roster, list(RECIPES), list(CORPORA)),
        "word_course": from_rows(_course_rows(roster), courses.WORD_COURSE),
        "pair_course": from_rows(_pair_rows(roster), courses.PAIR_COURSE),
    }
    return {name: table.to_pandas() for name, table in tables.items()}


def _cells() -> list[dict[str, str]]:
    return [{"corpus": corpus, "model": model} for corpus in CORPORA for model in RECIPES]


def _neighbour_rows(roster: Roster) -> list[dict]:
    rows = []
    for cell in _cells():
        chosen = [i for i, s in enumerate(roster.spaces) if (s.corpus, s.model) == tuple(cell.values())]
        part = roster.select(chosen)
        units = RDMs.of(part.vectors, part.spaces).units
        own = np.stack([nearest(unit, K) for unit in units])
        for word, listed in enumerate(neighbours.cell_neighbours(units, K)):
            for rank, other in enumerate(listed, start=1):
                held = (own[:, word] == other).any(axis=1)
                row = {"id": word, "word": roster.words.tokens[word], "rank": rank, "neighbour_id": int(other)}
                row |= {"neighbour": roster.words.tokens[other], "spread": 0.1, "held": int(held.sum())}
                row |= {"cosine": float(np.mean([unit[word] @ unit[other] for unit in units])), "spaces": len(units)}
                rows.append(cell | row | {"pattern": int(sum(1 << int(i) for i in np.flatnonzero(held)))})
    return rows


def _course_rows(roster: Roster) -> list[dict]:
    """Words come to their places step by step."""
    names = roster.words.tokens
    return [
        cell
        | {"id": word, "word": name, "snapshot": snapshot, "tokens_seen": tokens, "similarity": snapshot / 2.5}
        | {place: names[(word + step) % len(names)] for step, place in enumerate(courses.PLACES, start=1)}
        for cell in _cells()
        for word, name in enumerate(names)
        for snapshot, tokens in enumerate(TOKENS)
    ]


def _pair_rows(roster: Roster) -> list[dict]:
    pairs = combinations(sorted(roster.words.tokens[:PICKED]), 2)
    return [
        cell
        | {"snapshot": snapshot, "tokens_seen": tokens, "word_a": one, "word_b": other}
        | {"cosine": snapshot / 4 - 0.1, "spread": 0.02}
        for one, other in pairs
        for cell in _cells()
        for snapshot, tokens in enumerate(TOKENS)
    ]
