"""Figure of the probes: agreement with human ratings and analogies, and what could have been detected."""

from collections.abc import Sequence

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
GROUP = ["list", "corpus", "model", "space", "state"]


@house_style()
def probes(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Each recipe on each word list: mean over runs with the mean interval over items, trained and untrained.

    Parameters
    ----------
    table : columns list, section, corpus, model, space, probe, state, measure, items, covered, value, low, high,
        detectable; a row a run, list and section.
    """
    means = probe_means(table)
    if means.empty:
        return Drawn(absent("no list has enough covered items"), means)
    lists = [name for name in dict.fromkeys([*LISTS, *means["list"]]) if name in set(means["list"])]
    lines = recipe_lines(means, variants)
    figure = new_figure(7.6, 0.3 * len(lines) * len(corpora) + 1.9)
    grid = figure.subplots(len(corpora), len(lists), squeeze=False, sharex="col", sharey=True)
    for row, corpus in zip(grid, corpora, strict=True):
        for axes, name in zip(row, lists, strict=True):
            part = means[(means["corpus"] == corpus) & (means["list"] == name)]
            _panel(axes, part, lines, variants)
            if corpus == corpora[0]:
                axes.set_title(LISTS.get(name, plain(name)), pad=19)
                axes.annotate(_covered(means[means["list"] == name]), (0, 1), (0, 6), "axes fraction", "offset points")
            if corpus == corpora[-1]:
                axes.set_xlabel(MEASURES.get(means[means["list"] == name]["measure"].iloc[0], "value"))
        row[0].set_yticks(range(len(lines)), [label for _, _, label in lines])
        row[0].set_ylim(len(lines) - 0.4, -0.6)
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
    """Means over the runs of each list, corpus, recipe, space and state; contextual spaces read from their own corpus.

    Columns: those of the groups, measure, items, covered, detectable, value, low, high, runs.
    """
    own = (table["space"] == INPUT) | (table["probe"] == table["corpus"])
    table = table[(table["section"] == ALL_SECTIONS) & own & table["value"].notna()]
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


def recipe_lines(means: pd.DataFrame, variants: Variants) -> list[tuple[str, bool, str]]:
    """Lines of a panel: (recipe, whether contextual, label), input vectors of a recipe before its contextual ones."""
    found = {(row.model, row.space != INPUT) for row in means.itertuples()}
    models = variants.ordered([model for model, _ in found])
    return [
        (model, contextual, f"{model} in context" if contextual else model)
        for model in models
        for contextual in (False, True)
        if (model, contextual) in found
    ]


def _panel(axes: Axes, part: pd.DataFrame, lines: Sequence[tuple[str, bool, str]], variants: Variants) -> None:
    detectable = part["detectable"].max()
    if np.isfinite(detectable):
        axes.axvspan(-detectable, detectable, color=GRID, alpha=0.55, linewidth=0, zorder=0)
    axes.axvline(0, color=SILVER, linewidth=0.8)
    for height, (model, contextual, _) in enumerate(lines):
        here = part[(part["model"] == model) & ((part["space"] != INPUT) == contextual)]
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
    """Coverage by the input vectors, and by the contextual ones where these cover fewer."""
    inputs = part[part["space"] == INPUT]["covered"].max()
    contextual = part[part["space"] != INPUT]["covered"].min()
    text = f"{count(inputs)} of {count(part['items'].iloc[0])} items"
    return f"{text}, in context {count(contextual)}" if contextual < inputs else text


def coverage_rows(table: pd.DataFrame) -> pd.DataFrame:
    """One row a list: columns probe (its name for readers), items, covered (fewest over spaces), detectable.

    `table` is as in `probes`; what counts are input vectors, trained, over all sections.
    """
    chosen = (table["section"] == ALL_SECTIONS) & (table["space"] == INPUT) & (table["state"] == "trained")
    groups = table[chosen].groupby("list", sort=True)
    rows = groups.agg(items=("items", "first"), covered=("covered", "min"), detectable=("detectable", "max"))
    rows = rows.reindex([name for name in dict.fromkeys([*LISTS, *rows.index]) if name in rows.index]).reset_index()
    rows["probe"] = [LISTS.get(name, plain(name)) for name in rows["list"]]
    return rows[["probe", "items", "covered", "detectable"]]


def coverage_cells(rows: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of `coverage_rows` as text; a list without a correlation has no detectable one."""
    return [
        {
            "label": row.probe,
            "total": count(row.items),
            "covered": count(row.covered),
            "share": percent(row.covered / row.items) if row.items else ABSENT,
            "detectable": number(row.detectable) if np.isfinite(row.detectable) else "not defined",
        }
        for row in rows.itertuples()
    ]
