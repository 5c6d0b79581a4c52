"""Figure of stable neighbourhoods: overlap of nearest neighbours against word frequency."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    COMPONENT_COLOURS,
    SILVER,
    Variants,
    absent,
    house_style,
    line,
    log_counts,
    new_figure,
)

LEVELS = {"seed": "another seed, same text", "sample": "another sample of the corpus", "corpus": "another corpus"}
DASHES: dict[str, str | tuple] = {"seed": "-", "sample": (0, (4, 1.6)), "corpus": (0, (6, 1.6, 1.2, 1.6))}
BINS = 8
COLUMNS = 3


@house_style()
def stability(table: pd.DataFrame, variants: Variants) -> Drawn:
    """Overlap of the nearest neighbours against the count of the word, for each recipe and level.

    Parameters
    ----------
    table : columns model, level, id, count, overlap, chance; one row a word, recipe, level and corpus (or pair).
    """
    if table.empty:
        return Drawn(absent("no two runs of one recipe with different seeds"), table)
    binned = by_frequency(table, BINS)
    models = variants.ordered(list(binned["model"]))
    rows = -(-len(models) // COLUMNS)
    figure = new_figure(7.4, 2.35 * rows + 0.6)
    grid = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True)
    low, high = float(table["count"].min()), float(table["count"].max())
    for axes, model in zip(grid.ravel(), models, strict=False):
        for level in LEVELS:
            part = binned[(binned["model"] == model) & (binned["level"] == level)]
            colour = COMPONENT_COLOURS[level]
            axes.fill_between(
                part["count"], part["quarter"], part["three_quarters"], color=colour, alpha=0.16, linewidth=0
            )
            axes.plot(part["count"], part["overlap"], color=colour, linestyle=DASHES[level], marker="o", markersize=3)
        axes.axhline(float(table["chance"].iloc[0]), color=SILVER, linewidth=1.4, linestyle=(0, (1, 1.2)))
        axes.set_title(model)
        axes.set_ylim(-0.02, 1.0)
        log_counts(axes, low * 0.85, high * 1.15)
    _tidy(figure, grid, len(models))
    return Drawn(figure, binned)


def _tidy(figure: Figure, grid: np.ndarray, used: int) -> None:
    for index, axes in enumerate(grid.ravel()):
        axes.set_visible(index < used)
        if index + COLUMNS >= used:  # the lowest panel of each column
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("count of the word")
    for axes in grid[:, 0]:
        axes.set_ylabel("shared neighbours")
    handles = [line(COMPONENT_COLOURS[level], words, DASHES[level]) for level, words in LEVELS.items()]
    handles.append(line(SILVER, "chance", (0, (1, 1.2))))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.3)


def by_frequency(table: pd.DataFrame, bins: int) -> pd.DataFrame:
    """Overlap in bins of equally many words by count.

    Parameters
    ----------
    table : as in `stability`; rows of several corpora are averaged word by word first.
    bins : number of bins; fewer where counts are tied.

    Returns
    -------
    Columns model, level, count (geometric mean of the bin), overlap (mean), quarter, three_quarters, words.
    """
    words = table.groupby(["model", "level", "id", "count"], sort=True)["overlap"].mean().reset_index()
    counts = words.drop_duplicates("id")["count"].to_numpy(np.float64)
    edges = np.unique(np.quantile(counts, np.linspace(0, 1, bins + 1)))
    words["bin"] = np.clip(np.searchsorted(edges, words["count"], side="right") - 1, 0, max(len(edges) - 2, 0))
    words["logarithm"] = np.log(words["count"])
    groups = words.groupby(["model", "level", "bin"], sort=True)
    binned = groups.agg(
        count=("logarithm", "mean"),
        overlap=("overlap", "mean"),
        quarter=("overlap", _quantile(0.25)),
        three_quarters=("overlap", _quantile(0.75)),
        words=("id", "size"),
    ).reset_index()
    binned["count"] = np.exp(binned["count"])
    return binned.drop(columns="bin")


def _quantile(share: float):
    return lambda values: values.quantile(share)


def level_means(table: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Mean overlap over words of each recipe (rows, in order) and level (columns); NaN where a level is missing."""
    means = table.groupby(["model", "level"])["overlap"].mean().unstack("level")
    return means.reindex(index=[name for name in models if name in means.index], columns=list(LEVELS))
