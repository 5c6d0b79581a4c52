"""All charts that the page draws by itself, and what its controls offer."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wordspaces.report.charts.courses import trajectories_chart
from wordspaces.report.charts.looks import swaps
from wordspaces.report.charts.map import map_chart
from wordspaces.report.charts.matrix import matrix_chart, matrix_methods, matrix_tables
from wordspaces.report.style import Variants

INPUT = "input"
SOURCES = {"matrix": ["rsa", "cells"], "map": ["map"], "trajectories": ["trajectories"]}


def gallery(
    rsa: pd.DataFrame,
    cells: pd.DataFrame,
    places: pd.DataFrame,
    trajectories: pd.DataFrame,
    variants: Variants,
    corpora: Sequence[str],
    confidence: float,
    method: str,
) -> Mapping[str, Any]:
    """Specifications of the charts and what goes with them, ready for JSON.

    Parameters
    ----------
    rsa, cells, places, trajectories : tables `rsa`, `cells`, `map` and `trajectories` of the analysis; only input
        vectors are shown.
    variants, corpora : looks and order; confidence : of the intervals, between 0 and 1.
    method : the measure of RSA that is shown first.

    Returns `sources` (tables of each chart), `swaps` (`wordspaces.report.charts.looks`), `metrics` (name, label) and
    `specs` by name of the chart; a chart that has nothing to show is left out.
    """
    matrix = matrix_tables(
        rsa[rsa["roster"] == INPUT],
        cells[(cells["roster"] == INPUT) & (cells["control"] == "none")],
        variants,
        corpora,
        method,
    )
    specs = {
        "matrix": matrix_chart(matrix, confidence),
        "map": map_chart(places, variants, corpora),
        "trajectories": trajectories_chart(trajectories, variants, corpora),
    }
    return {
        "sources": SOURCES,
        "swaps": swaps(),
        "metrics": matrix_methods(matrix),
        "specs": {name: spec for name, spec in specs.items() if spec is not None},
    }
