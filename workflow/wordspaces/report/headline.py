"""Figures that answer what shapes a word space: the ladder of similarities, variance components, the RSA matrix."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wordspaces.analysis.relations import SAME_SEED
from wordspaces.common.errors import StudyError
from wordspaces.report.names import component_label, corpus_label, family_label, interval, number, percent
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    COMPONENT_COLOURS,
    INK,
    MUTED,
    PAPER,
    SILVER,
    Variants,
    dot,
    house_style,
    new_figure,
    spread,
    vertical_grid,
)

LIGHT_TEXT = ("model", "sample", "seed")  # components whose colour is too dark for ink
PHONE = 5.1  # inches: the first figures are to be read on a phone without scrolling
LABELLED_SHARE = 0.07  # a narrower segment has no room for its number
NUMBERED_ROWS = 24  # in a larger matrix the numbers in the cells are too small to read
CELL = ["corpus", "model", "sample"]


@house_style()
def ladder(table: pd.DataFrame, variants: Variants) -> Drawn:
    """Similarity of pairs of spaces, by what differs between the two: each pair a point, the mean of a rung a bar.

    Parameters
    ----------
    table : columns rung, place (0 at the top), a_model, b_model, r; one row a pair of spaces, or a rung of nulls.
    variants : colours; a pair of two families is grey.

    Raises
    ------
    StudyError : no rung has a pair.
    """
    table = table[table["r"].notna()].sort_values(["place", "r", "a_model", "b_model"], kind="stable")
    rungs = list(dict.fromkeys(table["rung"]))[::-1]
    if not rungs:
        raise StudyError("ladder table", "no pair of spaces", "pairs on one rung at least")
    figure = new_figure(PHONE, 1.4 + 0.4 * len(rungs))
    axes = figure.add_subplot()
    for height, rung in enumerate(rungs):
        pairs = table[table["rung"] == rung]
        colours = [_pair_colour(a, b, variants) for a, b in zip(pairs["a_model"], pairs["b_model"], strict=True)]
        axes.scatter(pairs["r"], height + spread(len(pairs), 0.27), s=11, c=colours, alpha=0.75, linewidths=0)
        mean = float(pairs["r"].mean())
        axes.plot([mean, mean], [height - 0.36, height + 0.36], color=INK, linewidth=2.2, solid_capstyle="butt")
        _beside(axes, height, number(mean), weight="bold")
    _beside(axes, len(rungs) - 0.4, "mean", color=MUTED)
    axes.set_yticks(range(len(rungs)), rungs)
    axes.set_ylim(-0.6, len(rungs) - 0.4)
    axes.set_xlim(min(-0.05, float(table["r"].min()) - 0.03), 1.01)
    axes.set_xlabel("RSA: correlation of the two geometries")
    vertical_grid(axes)
    _families_below(figure, table, variants)
    return Drawn(figure, table)


def _pair_colour(a: str, b: str, variants: Variants) -> str:
    return variants.colour(a) if variants.family(a) == variants.family(b) else SILVER


def _beside(axes: Axes, height: float, text: str, **style: object) -> None:
    """Write `text` right of the axes, level with `height` on its vertical scale."""
    axes.annotate(
        text, (1.015, height), xycoords=("axes fraction", "data"), va="center", annotation_clip=False, **style
    )


def _families_below(figure: Figure, table: pd.DataFrame, variants: Variants) -> None:
    names = variants.ordered([*table["a_model"], *table["b_model"]])
    families = {variants.family(name): variants.colour(name) for name in reversed(names)}
    handles = [dot(colour, f"both {family_label(family)}") for family, colour in reversed(families.items())]
    handles.append(dot(SILVER, "two families"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handletextpad=0.1, columnspacing=1.2)


@house_style()
def components(table: pd.DataFrame) -> Drawn:
    """Shares of the geometry stacked to one, and below each share with its interval.

    Parameters
    ----------
    table : columns component, share, low, high, as `wordspaces.report.findings.share_rows` returns them; a share that
        is not defined takes no room.
    """
    figure = new_figure(PHONE, 3.5)
    bar, bars = figure.subplots(2, 1, height_ratios=[1, 3.4], sharex=True)
    left = {True: 0.0, False: 0.0}  # negative estimates are stacked to the left of zero
    for row in table[table["share"].notna()].itertuples():
        positive = row.share >= 0
        bar.barh(
            0,
            row.share,
            left=left[positive],
            height=0.8,
            color=COMPONENT_COLOURS[row.component],
            edgecolor=PAPER,
            linewidth=1.2,
        )
        if row.share >= LABELLED_SHARE:
            colour = PAPER if row.component in LIGHT_TEXT else "#1f2329"
            bar.text(
                left[positive] + row.share / 2, 0, percent(row.share), ha="center", va="center", color=colour, size=9
            )
        left[positive] += row.share
    bar.set_yticks([0], ["stacked to 100 %"])
    bar.grid(False)
    bar.spines[:].set_visible(False)
    bar.tick_params(length=0)
    heights = np.arange(len(table))[::-1]
    for height, row in zip(heights, table.itertuples(), strict=True):
        if not np.isfinite(row.share):
            _beside(bars, height, "not defined", color=MUTED)
            continue
        bars.barh(height, row.share, height=0.62, color=COMPONENT_COLOURS[row.component])
        for colour, width in ((PAPER, 3.6), (INK, 1.4)):  # the pale edge keeps the interval visible inside a dark bar
            ends = {"marker": "|", "markersize": 6 + width, "markeredgewidth": width}
            bars.plot([row.low, row.high], [height, height], color=colour, linewidth=width, **ends)
        _beside(bars, height, f"{percent(row.share)}  {interval(row.low, row.high, 100, 0)}")
    bars.set_yticks(heights, [component_label(name) for name in table["component"]])
    bars.set_ylim(-0.6, len(table) - 0.4)
    bars.spines["left"].set_visible(False)
    bars.axvline(0, color=SILVER, linewidth=0.8)
    lows = table["low"].dropna()
    bars.set_xlim(min(0.0, left[False], float(lows.min()) if len(lows) else 0.0) - 0.01, max(1.0, left[True]) + 0.005)
    bars.set_xticks(np.arange(0, 1.01, 0.2), [f"{share:.0%}" for share in np.arange(0, 1.01, 0.2)])
    bars.set_xlabel("share of the geometry, with its interval")
    vertical_grid(bars)
    return Drawn(figure, table)


@house_style()
def matrix(table: pd.DataFrame, variants: Variants, corpora: list[str]) -> Drawn:
    """Mean RSA between cells of corpus x recipe x document sample, with both ceilings of each cell on the margin.

    Parameters
    ----------
    table : columns relation, a_corpus, a_model, a_sample, b_corpus, b_model, b_sample, r; one row a pair of spaces.
    variants, corpora : the order of rows and columns.
    """
    cells = cell_means(table)
    models = variants.ordered([*cells["a_model"], *cells["b_model"]])
    samples = sorted({*cells["a_sample"], *cells["b_sample"]})
    keys = [(corpus, model, sample) for corpus in corpora for model in models for sample in samples]
    place = {key: index for index, key in enumerate(keys)}
    values = np.full((len(keys), len(keys)), np.nan)
    for row in cells.itertuples():
        a, b = place[row.a_corpus, row.a_model, row.a_sample], place[row.b_corpus, row.b_model, row.b_sample]
        values[a, b] = values[b, a] = row.r
    figure, axes, margin, scale = _matrix_axes(len(keys), max(len(name) for name in models))
    bottom = min(0.0, float(np.nanmin(values))) if np.isfinite(values).any() else 0.0
    colours = _heat(axes, values, bottom)
    _heat(margin, _ceilings(values, keys, place), bottom)
    _matrix_labels(axes, margin, keys, len(samples), len(models) * len(samples))
    figure.colorbar(colours, cax=scale, orientation="horizontal", label="mean RSA r").outline.set_visible(False)
    return Drawn(figure, cells)


def _matrix_axes(rows: int, letters: int) -> tuple[Figure, Axes, Axes, Axes]:
    """Axes of square cells for the matrix and its margin, placed in inches, and a narrow one for the colour scale."""
    side, label, gap = 0.27 * rows, 0.4 + 0.066 * letters, 0.25
    width, height = label + side + gap + 0.27 * 2 + 0.15, 0.4 + side + label + 0.75
    figure = Figure(figsize=(width, height))

    def place(left: float, bottom: float, wide: float, high: float) -> Axes:
        return figure.add_axes((left / width, bottom / height, wide / width, high / height))

    axes = place(label, label + 0.75, side, side)
    margin = place(label + side + gap, label + 0.75, 0.54, side)
    return figure, axes, margin, place(label, 0.5, side, 0.14)


def cell_means(table: pd.DataFrame) -> pd.DataFrame:
    """Mean r over pairs of different seeds of each pair of cells, the smaller cell first; columns a_*, b_*, r, pairs.

    Two runs of one seed agree in what the texts did not make; they stand only where a pair of cells has no others.
    """
    a, b = [f"a_{name}" for name in CELL], [f"b_{name}" for name in CELL]
    turned = table[a].apply(tuple, axis=1) > table[b].apply(tuple, axis=1)
    table = table.copy()
    table.loc[turned, a + b] = table.loc[turned, b + a].to_numpy()
    table["alike"] = table["relation"].str.contains(SAME_SEED, regex=False)
    table = table[table["alike"] == table.groupby(a + b)["alike"].transform("min")]
    return table.groupby(a + b, sort=True).agg(r=("r", "mean"), pairs=("r", "size")).reset_index()


def _ceilings(values: np.ndarray, keys: list[tuple[str, str, str]], place: Mapping[tuple, int]) -> np.ndarray:
    """Float [cells, 2]: r with another seed on the same text, mean r with the other samples of the same corpus."""
    ceilings = np.full((len(keys), 2), np.nan)
    for row, (corpus, model, sample) in enumerate(keys):
        ceilings[row, 0] = values[row, row]
        others = [place[key] for key in keys if key[:2] == (corpus, model) and key[2] != sample]
        if others and np.isfinite(values[row, others]).any():
            ceilings[row, 1] = np.nanmean(values[row, others])
    return ceilings


def _heat(axes: Axes, values: np.ndarray, bottom: float):
    colours = axes.pcolormesh(values, cmap="viridis", vmin=bottom, vmax=1.0, edgecolors=PAPER, linewidth=0.4)
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    if len(values) <= NUMBERED_ROWS:
        middle = (1.0 + bottom) / 2
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                colour = "#ffffff" if value < middle else "#1f2329"
                text = number(value).replace("0.", ".")
                axes.text(column + 0.5, row + 0.55, text, ha="center", va="center", color=colour, size=6.5)
    return colours


def _matrix_labels(axes: Axes, margin: Axes, keys: list[tuple[str, str, str]], samples: int, block: int) -> None:
    middles = np.arange(len(keys)) + 0.5
    axes.set_yticks(middles, [f"{model} {sample}" for _, model, sample in keys], size=8)
    axes.set_xticks(middles, [f"{model} {sample}" for _, model, sample in keys], size=8, rotation=90)
    margin.set_yticks([])
    margin.set_xticks([0.5, 1.5], ["other seed", "other sample"], size=8, rotation=90)
    margin.set_title("ceilings", fontweight="normal", fontsize=8.5, color=MUTED, loc="center")
    for edge in range(0, len(keys), samples):
        width = 2.0 if edge % block == 0 and edge else 0.9
        for part in (axes, margin):
            part.axhline(edge, color=PAPER, linewidth=width)
        axes.axvline(edge, color=PAPER, linewidth=width)
    for start in range(0, len(keys), block):
        axes.annotate(
            corpus_label(keys[start][0]),
            (start + block / 2, -0.35),
            ha="center",
            va="bottom",
            fontweight="bold",
            annotation_clip=False,
        )
