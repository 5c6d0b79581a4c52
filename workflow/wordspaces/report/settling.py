"""Figures of when spaces become what they stay: agreement with finished spaces, and which words settle first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from wordspaces.report.forming import finish, mean_lines, of_measures, panels
from wordspaces.report.names import corpus_label
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    BLUE,
    MUTED,
    PAPER,
    VERMILLION,
    YELLOW,
    Variants,
    absent,
    dot,
    house_style,
    log_counts,
    new_figure,
    vertical_grid,
)

REFERENCES = {
    "rsa_initial": "RSA with its own start",
    "rsa_other_seed": "RSA with the end of\nanother seed",
    "rsa_other_family": "RSA with the ends of\nother families",
}
# Bands of words by frequency: colour, words, and place beside the middle of a row.
BANDS = {
    "frequent": (VERMILLION, "frequent words", 0.24),
    "middle": (YELLOW, "middle", 0.0),
    "rare": (BLUE, "rare words", -0.24),
}
# Share of the final agreement, by column: marker and words.
LEVELS = {"tokens_to_half": ("o", "half"), "tokens_to_90": ("D", "90 %")}


@house_style()
def convergence(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """RSA of each snapshot with its own start, with another seed's end and with the ends of other families.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, measure (`REFERENCES`), value.
    """
    table = of_measures(table, list(REFERENCES))
    shown = {measure: words for measure, words in REFERENCES.items() if measure in set(table["measure"])}
    if table.empty:
        return Drawn(absent("no space of which the geometry is known"), table)
    figure, grid = panels(len(shown), corpora, 2.0)
    for row, (measure, words) in zip(grid, shown.items(), strict=True):
        part = table[table["measure"] == measure]
        for axes, corpus in zip(row, corpora, strict=True):
            mean_lines(axes, part[part["corpus"] == corpus], variants)
            axes.set_title(corpus_label(corpus) if measure == next(iter(shown)) else "")
            top = 1.02 if measure != "rsa_other_family" else float(part["value"].max()) + 0.04
            axes.set_ylim(min(-0.03, float(part["value"].min()) - 0.02), top)
        row[0].set_ylabel(words)
    figure.align_ylabels(grid[:, 0])
    finish(figure, grid, table, variants)
    return Drawn(figure, table)


@house_style()
def settling(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Tokens until words have half and 90 % of their final agreement with another seed, by the words' frequency.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, measure, band, tokens_to_half, tokens_to_90; a row of the measure
        second_order for each run and band.
    """
    table = table[(table["measure"] == "second_order") & table["band"].isin(list(BANDS))]
    means = _means(table)
    if means.empty:
        return Drawn(absent("no second seed, so no other finished space"), means)
    models = variants.ordered(list(means["model"]))[::-1]
    figure = new_figure(1.4 + 3.4 * max(len(corpora), 2), 0.6 * len(models) + 1.6)
    grid = figure.subplots(1, len(corpora), squeeze=False, sharex=True, sharey=True)[0]
    for axes, corpus in zip(grid, corpora, strict=True):
        for height, model in enumerate(models):
            _row(axes, height, means[(means["corpus"] == corpus) & (means["model"] == model)])
        axes.set_title(corpus_label(corpus))
        axes.set_yticks(range(len(models)), models)
        axes.set_ylim(-0.6, len(models) - 0.4)
        log_counts(axes, float(means["low"].min()) / 1.5, float(means["high"].max()) * 1.5)
        axes.set_xlabel("training tokens presented")
        vertical_grid(axes)
    handles = [dot(colour, words, "s") for colour, words, _ in BANDS.values()]
    handles += [dot(MUTED, f"{share} of the final agreement", marker) for marker, share in LEVELS.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.1, handlelength=1.0)
    return Drawn(figure, means)


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """Geometric mean over runs of the tokens to each level, lowest and highest run; without runs that have none."""
    keys = ["corpus", "model", "band", "level"]
    long = table.melt(["corpus", "model", "band"], list(LEVELS), "level", "tokens")
    long = long[long["tokens"] > 0]
    found = long.groupby(keys, sort=True)["tokens"].agg(
        tokens=lambda values: float(np.exp(np.log(values).mean())), low="min", high="max"
    )
    return found.reset_index()


def _row(axes: Axes, height: float, part: pd.DataFrame) -> None:
    """A line for each band of one recipe, from half to 90 %; behind each point the range of the runs."""
    for band, (colour, _, beside) in BANDS.items():
        points = part[part["band"] == band].set_index("level")
        y = height + beside
        axes.plot(points["tokens"], [y] * len(points), color=colour, linewidth=1.2)
        for level, (marker, _) in LEVELS.items():
            if level in points.index:
                tokens, low, high = points.loc[level, ["tokens", "low", "high"]]
                axes.plot([low, high], [y, y], color=colour, linewidth=5.5, alpha=0.3, solid_capstyle="butt")
                axes.plot(tokens, y, linestyle="", marker=marker, color=colour, markersize=6, markeredgecolor=PAPER)
