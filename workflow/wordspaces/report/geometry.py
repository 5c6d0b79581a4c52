"""Figures of the shape of forming spaces, and of when in training they moved to where they end."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from wordspaces.report.forming import RUN, aligned, finish, mean_lines, of_measures, panels
from wordspaces.report.names import corpus_label, number
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    SILVER,
    SKY,
    YELLOW,
    Variants,
    absent,
    house_style,
    human,
    new_figure,
    vertical_grid,
)

SHAPE = {
    "effective_rank": "effective rank",
    "participation_ratio": "participation ratio",
    "directions": "directions\nbeyond noise",
    "isotropy": "isotropy I(W)",
}
# Categories of words, and what stands in for them in a study with too few words of each.
CLUSTERS = {
    "silhouette": "silhouette of cate-\ngories, above chance",
    "silhouette_pos": "silhouette of parts of\nspeech, above chance",
}
ABOVE = "above_chance"
COLUMNS = [*RUN, "decade", "share", "straightness"]
# Decades of tokens presented, the earliest first; the first holds all before.
PHASE_COLOURS = (SILVER, SKY, BLUE, YELLOW, ORANGE, INK)


@house_style()
def geometry(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Spread over directions, isotropy and clustering of every snapshot: a row of panels a measure, a column a corpus.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, measure, value. The silhouette is drawn less that of
        shuffled labels; of parts of speech where the categories have none.
    """
    clusters, label = above_chance(table)
    table = pd.concat([of_measures(table, list(SHAPE)), clusters], ignore_index=True)
    if table.empty:
        return Drawn(absent("no space of which the geometry is known"), table)
    rows = SHAPE | ({ABOVE: label} if len(clusters) else {})
    figure, grid = panels(len(rows), corpora, 1.65)
    for row, (measure, words) in zip(grid, rows.items(), strict=True):
        for axes, corpus in zip(row, corpora, strict=True):
            mean_lines(axes, table[(table["measure"] == measure) & (table["corpus"] == corpus)], variants)
            axes.set_title(corpus_label(corpus) if measure == next(iter(rows)) else "")
            if measure == ABOVE:
                axes.axhline(0, color=MUTED, linewidth=0.6)
            else:
                axes.set_ylim(bottom=0.0)
        row[0].set_ylabel(words)
    figure.align_ylabels(grid[:, 0])
    finish(figure, grid, table, variants)
    return Drawn(figure, table)


def above_chance(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Silhouettes less those of shuffled labels, measure `ABOVE`, and their name; empty without any value.

    `table` : columns corpus, sample, model, seed, step, tokens_seen, measure, value.
    """
    keys = [*RUN, "step", "tokens_seen"]
    for measure, label in CLUSTERS.items():
        both = table[table["measure"].isin([measure, f"{measure}_chance"])]
        wide = both.pivot(index=keys, columns="measure", values="value").dropna()
        if len(wide):
            above = (wide[measure] - wide[f"{measure}_chance"]).rename("value").reset_index()
            return aligned(above.assign(measure=ABOVE), "measure"), label
    return pd.DataFrame(), ""


@house_style()
def phases(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """What each decade of tokens presented made of the way from the first to the last vectors; a bar a recipe.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, step, tokens_seen, measure (phase_share, straightness), value.
    """
    shares = decade_shares(table)
    if shares.empty:
        return Drawn(absent("no run moved"), shares)
    decades = sorted(set(shares["decade"]))
    colours = dict(zip(decades, PHASE_COLOURS, strict=False))
    models = variants.ordered(list(shares["model"]))[::-1]
    figure = new_figure(1.4 + 3.6 * max(len(corpora), 2), 0.42 * len(models) + 1.6)
    grid = figure.subplots(1, len(corpora), squeeze=False, sharex=True, sharey=True)[0]
    for axes, corpus in zip(grid, corpora, strict=True):
        for height, model in enumerate(models):
            _bar(axes, height, shares[(shares["corpus"] == corpus) & (shares["model"] == model)], colours)
        axes.set_title(corpus_label(corpus))
        axes.set_yticks(range(len(models)), models)
        axes.set_ylim(-0.6, len(models) - 0.4)
        axes.set_xlim(min(0.0, float(shares["share"].min()) - 0.02), 1.24)
        axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
        axes.set_xlabel("share of the final displacement")
        axes.annotate(
            "straightness", (1.0, 1.0), (4, 5), ("data", "axes fraction"), "offset points", color=MUTED, size=8
        )
        vertical_grid(axes)
    handles = [Patch(color=colours[decade], label=decade_name(decade, decades)) for decade in decades]
    figure.legend(
        handles=handles,
        title="training tokens presented",
        loc="outside lower center",
        ncols=len(handles),
        handlelength=1.2,
    )
    return Drawn(figure, shares)


def _bar(axes: Axes, height: float, part: pd.DataFrame, colours: dict[int, str]) -> None:
    """Mean shares of one recipe, one after another, and the mean straightness of its way behind them."""
    if part.empty:
        return
    left = 0.0
    for decade, share in part.groupby("decade", sort=True)["share"].mean().items():
        axes.barh(height, share, left=left, height=0.62, color=colours[decade], edgecolor=PAPER, linewidth=0.8)
        left += float(share)
    axes.annotate(number(part["straightness"].mean()), (1.0, height), (6, 0), textcoords="offset points", va="center")


def decade_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Share of the final displacement made in each decade of tokens presented, and straightness, of every run.

    `table` as in `phases`. Progress between two snapshots is taken as linear in the logarithm of the tokens, before the
    first snapshot after step 0 in the tokens. Columns corpus, sample, model, seed, decade (k: from 10^k to 10^(k + 1)
    tokens; the first that any run has also holds all before), share, straightness (of the last snapshot).
    """
    runs = table[table["measure"].isin(["phase_share", "straightness"])]
    seen = runs.loc[runs["tokens_seen"] > 0, "tokens_seen"]
    if seen.empty:
        return pd.DataFrame(columns=COLUMNS)
    # Of all runs, so that a run which ends before a decade made nothing in it.
    low, high = int(np.floor(np.log10(seen.min()))), int(np.ceil(np.log10(seen.max())))
    decades = np.arange(low, max(high, low + 1))[-len(PHASE_COLOURS) :]
    rows = []
    for run, part in runs.groupby(RUN, sort=True):
        wide = part.pivot(index="tokens_seen", columns="measure", values="value").sort_index()
        if len(wide) < 2 or wide["phase_share"].iloc[1:].isna().any():
            continue
        tokens = wide.index.to_numpy(dtype=np.float64)
        progress = np.concatenate([[0.0], np.cumsum(wide["phase_share"].to_numpy()[1:])])
        reached = np.interp(_scale(10.0 ** decades[1:], tokens[1]), _scale(tokens, tokens[1]), progress)
        made = np.diff(np.concatenate([[0.0], reached, progress[-1:]]))
        row = dict(zip(RUN, run, strict=True)) | {"straightness": wide["straightness"].iloc[-1]}
        rows += [row | {"decade": int(k), "share": share} for k, share in zip(decades, made, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _scale(tokens: np.ndarray, first: float) -> np.ndarray:
    """Tokens on an axis that is linear up to `first`, then logarithmic; without a gap between the two."""
    return np.where(tokens < first, tokens / first, 1.0 + np.log(np.maximum(tokens, first) / first))


def decade_name(decade: int, decades: Sequence[int]) -> str:
    """A decade in words: "up to 10k", "10k to 100k", "from 1M"."""
    low, high = human(10.0**decade), human(10.0 ** (decade + 1))
    if decade == decades[0]:
        return f"up to {high}"
    return f"from {low}" if decade == decades[-1] else f"{low} to {high}"
