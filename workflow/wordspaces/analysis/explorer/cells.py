"""Cells of the word explorer: every corpus and training recipe of a study, in the order of its configuration."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from wordspaces.analysis.roster import Run

Cell = tuple[str, str]


def cells_of(runs: Sequence[Run], models: Sequence[str]) -> dict[Cell, list[int]]:
    """Positions in `runs` of the runs of each (corpus, model), by sample, then seed.

    Corpora come as they do in `runs`, models as in `models`; a cell without a run is left out.
    """
    corpora = list(dict.fromkeys(run.corpus for run in runs))
    found = {}
    for cell in product(corpora, models):
        members = [i for i, run in enumerate(runs) if (run.corpus, run.model) == cell]
        if members:
            found[cell] = sorted(members, key=lambda i: (runs[i].sample, runs[i].seed))
    return found


def most_frequent(counts: np.ndarray, most: int) -> np.ndarray:
    """Rows of the `most` largest of `counts` [n], in ascending order of row, earlier rows first among equals: int64."""
    return np.sort(np.argsort(-counts, kind="stable")[:most])
