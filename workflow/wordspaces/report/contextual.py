"""Figures of contextual vectors: what context does to a word layer by layer, and the occurrences of single words."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from wordspaces.report.names import corpus_label, percent
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    INK,
    MUTED,
    PAPER,
    SILVER,
    SKY,
    YELLOW,
    Variants,
    absent,
    dot,
    house_style,
    line,
    new_figure,
)

MEASURES = {
    "self_similarity": "self-similarity",
    "intra_sentence_similarity": "within sentences",
    "maximum_explainable_variance": "explainable variance",
    "anisotropy": "anisotropy",
}
KINDS = {"value": "as measured", "adjusted": "less the baseline"}
SAME, OTHER = "-", (0, (1.2, 1.4))
# Colours that no family has.
TEXTS = ((INK, "o"), (SKY, "s"), (YELLOW, "^"), (MUTED, "D"))
WORDS, SNIPPETS, SIDE = 3, 4, 5


@house_style()
def contextual(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Each measure by layer: a line a recipe, mean over runs, its own corpus apart from others; a run is a point.

    Parameters
    ----------
    table : columns corpus, model, probe, layer, measure, value, adjusted; null values are not drawn.
    """
    table = table[table["value"].notna()]
    if table.empty:
        return Drawn(absent("no recipe of this study reads words in context"), table)
    models = variants.ordered(list(table["model"]))
    same = table["corpus"] == table["probe"]
    figure = new_figure(8.6, 4.8)
    grid = figure.subplots(len(KINDS), len(MEASURES), squeeze=False, sharex=True, sharey=True)
    for row, kind in zip(grid, KINDS, strict=True):
        for axes, measure in zip(row, MEASURES, strict=True):
            if kind == "adjusted" and measure == "anisotropy":
                axes.set_axis_off()
                continue
            for model in models:
                for chosen, dashes in ((same, SAME), (~same, OTHER)):
                    part = table[chosen & (table["model"] == model) & (table["measure"] == measure)]
                    _course(axes, part, kind, variants.colour(model), dashes)
            axes.axhline(0.0, color=SILVER, linewidth=0.8)
            axes.set_xticks(range(int(table["layer"].max()) + 1))
            if kind == "value":
                axes.set_title(MEASURES[measure])
        row[0].set_ylabel(KINDS[kind])
    for axes in [*grid[-1][:-1], grid[0][-1]]:
        axes.set_xlabel("layer")
        axes.tick_params(labelbottom=True)
    handles = [line(variants.colour(model), model) for model in models]
    if len(corpora) > 1:
        handles += [line(MUTED, "reads held-out text of its own corpus"), line(MUTED, "reads another corpus", OTHER)]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.3)
    return Drawn(figure, table)


def _course(axes: Axes, part: pd.DataFrame, kind: str, colour: str, dashes: str | tuple) -> None:
    """Means over runs, layer by layer, and the runs."""
    part = part[part[kind].notna()]
    if part.empty:
        return
    face = colour if dashes == SAME else PAPER
    axes.scatter(part["layer"], part[kind], s=9, facecolors=face, edgecolors=colour, linewidths=0.6, alpha=0.55)
    means = part.groupby("layer")[kind].mean()
    axes.plot(means.index, means, color=colour, linestyle=dashes)


@house_style()
def occurrences(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Every occurrence of the words that occur most often in all texts: first two components, coloured by text.

    A row a word, a column a recipe, of the first seed, sample and corpus; numbered points have their context below.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, token, layer, probe, occurrence, x, y, x_share, y_share, context.
    """
    chosen = drawn_runs(table, variants, corpora)
    words = drawn_words(chosen)
    if not words:
        return Drawn(absent("no listed word occurs often enough in held-out text that is read in context"), chosen)
    models = variants.ordered(list(chosen["model"]))
    probes = [corpus for corpus in corpora if corpus in set(chosen["probe"])]
    colours = {probe: TEXTS[number % len(TEXTS)] for number, probe in enumerate(probes)}
    figure = new_figure(4.9 * len(models), 4.1 * len(words) + 0.5)
    parts = figure.subfigures(len(words), len(models), squeeze=False)
    for row, word in zip(parts, words, strict=True):
        for part, model in zip(row, models, strict=True):
            own = chosen[(chosen["token"] == word) & (chosen["model"] == model)]
            _panel(part, own, f"{word} · {model}", colours)
    handles = [dot(colour, f"in {corpus_label(probe)}", marker) for probe, (colour, marker) in colours.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return Drawn(figure, chosen[chosen["token"].isin(words)])


def drawn_runs(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> pd.DataFrame:
    """The rows of the first seed of every recipe, on the first sample of the first corpus that has any."""
    for name, order in (("corpus", corpora), ("sample", sorted(set(table["sample"]))), ("seed", None)):
        known = sorted(set(table[name])) if order is None else [one for one in order if one in set(table[name])]
        table = table[table[name] == known[0]] if known else table
    return table[table["model"].isin(variants.ordered(list(table["model"])))]


def drawn_words(table: pd.DataFrame) -> list[str]:
    """Up to three words: those with most occurrences in the text that has fewest of them, then with most in all."""
    if table.empty:
        return []
    model = table["model"].iloc[0]
    counts = table[table["model"] == model].groupby(["token", "probe"]).size().unstack(fill_value=0)
    order = sorted(counts.index, key=lambda word: (-counts.loc[word].min(), -counts.loc[word].sum(), word))
    return order[:WORDS]


def _panel(figure: SubFigure, part: pd.DataFrame, title: str, colours: dict[str, tuple[str, str]]) -> None:
    """One word in one recipe: points, numbers at the ones that are told of, and their contexts below."""
    axes, told = figure.subplots(2, 1, height_ratios=(3.0, 1.25))
    for probe, (colour, marker) in colours.items():
        own = part[part["probe"] == probe]
        axes.scatter(own["x"], own["y"], s=24, c=colour, marker=marker, edgecolors=PAPER, linewidths=0.5, alpha=0.9)
    axes.set_title(title)
    axes.set_xlabel(f"first component ({percent(part['x_share'].iloc[0])} of variance)")
    axes.set_ylabel(f"second ({percent(part['y_share'].iloc[0])})")
    axes.tick_params(labelbottom=False, labelleft=False, length=0)
    axes.margins(0.12)
    told.set_axis_off()
    for number, place in enumerate(apart(part[["x", "y"]].to_numpy(), SNIPPETS), start=1):
        row = part.iloc[place]
        colour = colours[row["probe"]][0]
        axes.annotate(
            str(number),
            (row["x"], row["y"]),
            (5, 5),
            textcoords="offset points",
            fontweight="bold",
            color=INK,
            bbox={"facecolor": PAPER, "edgecolor": colour, "pad": 1.4, "linewidth": 0.9},
        )
        place_of_line = 1.0 - (number - 0.5) / SNIPPETS
        text = f"{number}  {snippet(row['context'])}"
        told.text(0.0, place_of_line, text, transform=told.transAxes, size=7.8, va="center", color=INK)


def apart(points: np.ndarray, number: int) -> list[int]:
    """Up to `number` points [n, 2] far from each other: the farthest from the mean, then the farthest from those."""
    chosen = [int(np.square(points - points.mean(axis=0)).sum(axis=1).argmax())]
    while len(chosen) < min(number, len(points)):
        distances = np.square(points[:, None] - points[chosen]).sum(axis=2).min(axis=1)
        chosen.append(int(distances.argmax()))
    return chosen


def snippet(context: str) -> str:
    """A few words on either side of the word in square brackets, in one short line."""
    words = context.split()
    at = next((i for i, word in enumerate(words) if word.startswith("[") and word.endswith("]")), 0)
    left, right = words[max(0, at - SIDE) : at], words[at + 1 : at + 1 + SIDE]
    return textwrap.shorten(" ".join([*left, words[at], *right]), 62, placeholder=" …")
