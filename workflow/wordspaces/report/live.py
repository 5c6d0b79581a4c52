"""What the page draws by itself, from tables of the analysis: its charts and the data of the word explorer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wordspaces.report.charts.gallery import gallery
from wordspaces.report.explorer import ExplorerTables, explorer_pack
from wordspaces.report.style import Variants

EXPLORED = {
    "neighbours": "word_neighbours",
    "agreement": "word_agreement",
    "course": "word_course",
    "pairs": "pair_course",
}
CHARTED = ("rsa", "cells", "map", "trajectories")
LIVE = (*CHARTED, "stability", *EXPLORED.values())


@dataclass(frozen=True)
class Live:
    """Charts (`wordspaces.report.charts.gallery`) and the packed data of the word explorer
    (`wordspaces.report.explorer`), "" for none.
    """

    charts: Mapping[str, Any]
    words: str


def live_parts(
    tables: Mapping[str, pd.DataFrame],
    counts: Mapping[str, np.ndarray],
    study: Mapping[str, Any],
    samples: Sequence[str],
    analysis: Mapping[str, Any],
    method: str,
) -> Live:
    """Both parts.

    Parameters
    ----------
    tables : the tables of `LIVE` by name; counts : occurrences in the training samples of each corpus, by vocabulary
        id.
    study : resolved settings; samples : names of the document samples; analysis : settings of components, stability
        and explorer by these names; method : correlation of the main comparison.
    """
    variants = Variants({name: settings["family"] for name, settings in study["models"].items()})
    confidence = analysis["components"]["confidence"]
    charts = gallery(*(tables[name] for name in CHARTED), variants, list(study["corpora"]), confidence, method)
    explored = {part: tables[name] for part, name in EXPLORED.items()}
    words = explorer_pack(
        ExplorerTables(**explored, stability=tables["stability"], counts=counts),
        study,
        samples,
        analysis["explorer"]["k"],
        analysis["stability"]["k"],
    )
    return Live(charts, words)
