"""Figure of the probes: agreement with human ratings and analogies, and what could have been detected."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from wordspaces.report.names import ABSENT, corpus_label, count, number, percent, plain
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    GRID,
    MUTED,
    PAPER,
    SILVER,
    Variants,
    absent,
    dot,
    house_style,
    line,
    new_figure,
    vertical_grid,
)

LISTS = {"wordsim": "WordSim-353", "simlex": "SimLex-999", "analogies": "analogies"}
MEASURES = {"spearman": "Spearman ρ", "accuracy": "share correct"}
ALL_SECTIONS = "all"
INPUT = "input"
GROUP = ["list", "corpus", "model", "state"]


@house_style()
def probes(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Each recipe on each word list: mean over runs with the mean interval over items, trained and untrained.

    Only input vectors are drawn: contextual ones cover too few items.

    Parameters
    ----------
    table : columns list, section, corpus, model, space, probe, state, measure, items, covered, value, low, high,
        detectable, detectable_difference; a row a run, list and section.
    """
    means = probe_means(table)
    if means.empty:
        return Drawn(absent("no list has enough covered items"), means)
    lists = [name for name in dict.fromkeys([*LISTS, *means["list"]]) if name in set(means["list"])]
    models = variants.ordered(list(means["model"]))
    figure = new_figure(max(7.6, 1.6 + 2.0 * len(lists)), 0.3 * len(models) * len(corpora) + 2.4)
    grid = figure.subplots(len(corpora), len(lists), squeeze=False, sharex="col", sharey=True)
    for row, corpus in zip(grid, corpora, strict=True):
        for axes, name in zip(row, lists, strict=True):
            part = means[(means["corpus"] == corpus) & (means["list"] == name)]
            _panel(axes, part, models, variants)
            if len(part):
                axes.annotate(_covered(part), (0, 1), (0, 6), "axes fraction", "offset points", color=MUTED)
            if corpus == corpora[0]:
                axes.set_title(LISTS.get(name, plain(name)), pad=19)
            if corpus == corpora[-1]:
                axes.set_xlabel(MEASURES.get(means[means["list"] == name]["measure"].iloc[0], "value"))
        row[0].set_yticks(range(len(models)), models)
        row[0].set_ylim(len(models) - 0.4, -0.6)
        row[0].set_ylabel(corpus_label(corpus), fontweight="bold")
    handles = [
        dot(MUTED, "trained"),
        dot(SILVER, "untrained", "|"),
        line(MUTED, "interval over items"),
        Patch(color=GRID, alpha=0.55, label="too small to detect"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.3)
    return Drawn(figure, means)


def probe_means(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the runs of each list, corpus, recipe and state, of input vectors and over all sections.

    Columns: those of the groups, measure, items, covered, detectable, value, low, high, runs.
    """
    table = table[table["measure"].isin(list(MEASURES))]
    table = table[(table["section"] == ALL_SECTIONS) & (table["space"] == INPUT) & table["value"].notna()]
    return (
        table.groupby(GROUP, sort=True)
        .agg(
            measure=("measure", "first"),
            items=("items", "first"),
            covered=("covered", "min"),
            detectable=("detectable", "max"),
            value=("value", "mean"),
            low=("low", "mean"),
            high=("high", "mean"),
            runs=("value", "size"),
        )
        .reset_index()
    )


def _panel(axes: Axes, part: pd.DataFrame, models: Sequence[str], variants: Variants) -> None:
    detectable = part["detectable"].max()
    if np.isfinite(detectable):
        axes.axvspan(-detectable, detectable, color=GRID, alpha=0.55, linewidth=0, zorder=0)
    axes.axvline(0, color=SILVER, linewidth=0.8)
    for height, model in enumerate(models):
        here = part[part["model"] == model]
        colour = variants.colour(model)
        for row in here.itertuples():
            if row.state == "trained":
                axes.plot([row.low, row.high], [height, height], color=colour, linewidth=2.4, zorder=2)
                axes.plot(
                    row.value,
                    height,
                    variants.marker(model),
                    color=colour,
                    markeredgecolor=PAPER,
                    markersize=7,
                    zorder=3,
                )
            else:
                axes.plot(row.value, height, "|", color=SILVER, markersize=11, markeredgewidth=2, zorder=4)
    vertical_grid(axes)


def _covered(part: pd.DataFrame) -> str:
    return f"{count(part['covered'].min())} of {count(part['items'].iloc[0])}"


def coverage_rows(table: pd.DataFrame, corpora: Sequence[str]) -> pd.DataFrame:
    """One row a list and corpus: columns probe (its name for readers), corpus, items, covered, detectable, difference.

    `table` is as in `probes`; what counts are input vectors, trained, over all sections. A list without a correlation
    has no detectable one. difference : the smallest one between two recipes that is found, median over runs.
    """
    chosen = (table["section"] == ALL_SECTIONS) & (table["space"] == INPUT) & (table["state"] == "trained")
    groups = table[chosen & table["measure"].isin(list(MEASURES))].groupby(["list", "corpus"], sort=True)
    rows = groups.agg(
        items=("items", "first"),
        covered=("covered", "min"),
        detectable=("detectable", "max"),
        difference=("detectable_difference", "median"),
    )
    lists = dict.fromkeys([*LISTS, *rows.index.get_level_values("list")])
    rows = rows.reindex([key for key in product(lists, corpora) if key in rows.index]).reset_index()
    rows["probe"] = [LISTS.get(name, plain(name)) for name in rows["list"]]
    return rows[["probe", "corpus", "items", "covered", "detectable", "difference"]]


def least_covered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `coverage_rows` with the fewest covered items of each probe, in their order."""
    return rows.loc[sorted(rows.groupby("probe")["covered"].idxmin())]


def coverage_cells(rows: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of `coverage_rows` as text; a list without a correlation has no detectable one."""
    return [
        {
            "label": row.probe,
            "corpus": corpus_label(row.corpus),
            "total": count(row.items),
            "covered": count(row.covered),
            "share": percent(row.covered / row.items) if row.items else ABSENT,
            "detectable": number(row.detectable) if np.isfinite(row.detectable) else "not defined",
            "difference": number(row.difference) if np.isfinite(row.difference) else "not defined",
        }
        for row in rows.itertuples()
    ]
