"""Figure of the second-order map: every space a point, the ways there from the start as thin lines."""

from collections.abc import Sequence
from itertools import cycle

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wordspaces.report.names import corpus_label, number
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import INK, MARKERS, MUTED, PAPER, SILVER, Variants, absent, house_style, line, new_figure

FILLS = ("full", "none", "bottom", "top", "left", "right")  # variants of one family, in the order of the configuration
RUN = ["corpus", "sample", "model", "seed"]
WIDTH, HEIGHT = 7.4, 6.6


@house_style()
def spaces_map(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Finished spaces as points, with a spoke from each to the middle of its seeds; snapshots of one seed as paths.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, step, kind (final, untrained, snapshot or external), x, y, stress,
        words; an external space is a star with its name.
    variants, corpora : colours and fills; the corpora's marker shapes.
    """
    drawn = table[table["x"].notna()]
    final = drawn[drawn["kind"] == "final"]
    if final.empty:
        return Drawn(absent("no finished space"), table)
    figure = new_figure(WIDTH, HEIGHT)
    axes = figure.add_subplot()
    _paths(axes, drawn, variants)
    for (_, _, model), seeds in final.groupby(["corpus", "sample", "model"], sort=True):
        middle = seeds[["x", "y"]].mean()
        for row in seeds.itertuples():
            axes.plot(
                [middle["x"], row.x], [middle["y"], row.y], color=variants.colour(model), linewidth=0.7, alpha=0.3
            )
    for corpus, marker in zip(corpora, cycle(MARKERS), strict=False):
        for model, spaces in final[final["corpus"] == corpus].groupby("model", sort=True):
            axes.plot(spaces["x"], spaces["y"], **_looks(model, marker, variants))
    for row in drawn[drawn["kind"] == "external"].itertuples():
        axes.plot(row.x, row.y, linestyle="", marker="*", markersize=10, color=INK, markeredgecolor=PAPER)
        axes.annotate(row.model, (row.x, row.y), (7, 0), textcoords="offset points", va="center")
    starts = drawn[drawn["kind"] == "untrained"]
    axes.plot(starts["x"], starts["y"], linestyle="", marker="x", markersize=4, color=MUTED, markeredgewidth=0.9)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    first = final.iloc[0]
    axes.set_xlabel(f"stress-1 {number(first['stress'])} over {len(final)} finished spaces, {first['words']} words")
    _legends(figure, final, variants, corpora, not starts.empty)
    return Drawn(figure, table)


def _paths(axes: Axes, table: pd.DataFrame, variants: Variants) -> None:
    """A line from the start of each followed run through its snapshots to its finished space."""
    followed = table.loc[table["kind"] == "snapshot", RUN].drop_duplicates()
    for run in followed.itertuples(index=False):
        own = (table[RUN] == list(run)).all(axis=1)
        way = table[own].sort_values("step", kind="stable")
        axes.plot(
            way["x"],
            way["y"],
            color=variants.colour(run.model),
            linestyle=variants.dashes(run.model),
            linewidth=1.2,
            alpha=0.75,
        )


def _looks(model: str, marker: str, variants: Variants) -> dict:
    colour = variants.colour(model)
    fill = FILLS[MARKERS.index(variants.marker(model))]
    return {
        "color": colour,
        "fillstyle": fill,
        "linestyle": "",
        "marker": marker,
        "markeredgewidth": 1.1,
        "markerfacecoloralt": "none",
        "markersize": 6.5,
    }


def _legends(figure: Figure, final: pd.DataFrame, variants: Variants, corpora: Sequence[str], starts: bool) -> None:
    names = variants.ordered(list(final["model"]))
    handles = [Line2D([], [], label=name, **_looks(name, MARKERS[0], variants)) for name in names]
    shapes = zip(corpora, cycle(MARKERS), strict=False)
    handles += [
        Line2D([], [], linestyle="", marker=shape, color=SILVER, markersize=6.5, label=corpus_label(corpus))
        for corpus, shape in shapes
    ]
    if starts:
        handles.append(Line2D([], [], linestyle="", marker="x", color=MUTED, markersize=4, label="untrained"))
    handles.append(line(SILVER, "way of one run"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(5, len(handles)), columnspacing=1.3)
