"""Chart of the second-order map: every space a point that says its name, seeds as clouds, training as paths."""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from wordspaces.report.charts.looks import SHAPES, SOLID, colours, dashes, fills, finished, rows
from wordspaces.report.names import corpus_label, counted, number
from wordspaces.report.style import INK, MUTED, Variants

CELL = ["corpus", "sample", "model"]
RUN = [*CELL, "seed"]
KINDS = {"final": "finished", "untrained": "untrained", "snapshot": "on its way", "external": "trained by others"}
SIZES = {"final": 75, "untrained": 26, "snapshot": 26, "external": 130}
SHOWN = ("recipe", "text", "sample", "seed", "state", "tokens")
DIGITS = 3


def map_chart(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> dict[str, object] | None:
    """Specification of the map, or None where no finished space has a place in it.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, step, tokens_seen, kind (`KINDS`), x, y, stress, words.
    variants, corpora : colours and fills; shapes.

    A cell is what seeds have in common: pointing at one of its spaces marks all, and a click in the legend keeps one
    recipe. Width and height are to have the ratio of the ranges, `usermeta.aspect`, so that a unit is the same on both.
    """
    drawn = table[table["x"].notna()].sort_values([*RUN, "step"], kind="stable")
    if not (drawn["kind"] == "final").any():
        return None
    named = _named(drawn)
    models = variants.ordered(list(named["recipe"]))
    ranges = {name: _range(named[name]) for name in ("x", "y")}
    x, y = alt.X("x:Q", **_axis(ranges["x"])), alt.Y("y:Q", **_axis(ranges["y"]))
    pick = alt.selection_point(name="recipe_shown", fields=["recipe"], bind="legend")
    near = alt.selection_point(name="cell_marked", fields=["cell"], on="pointerover", clear="pointerout", empty=False)
    title = "recipe (click to keep one)"
    tint = alt.Stroke("recipe:N", scale=colours(models, variants), title=title)
    faded = alt.when(pick)
    paths = (
        alt.Chart(rows(_paths(named), DIGITS))
        .mark_line(strokeWidth=1.3)
        .encode(
            x=x,
            y=y,
            order="step:Q",
            detail="run:N",
            stroke=tint,
            strokeDash=_dashes(models, variants),
            opacity=faded.then(alt.value(0.6)).otherwise(alt.value(0.05)),
        )
    )
    spokes = (
        alt.Chart(rows(_spokes(named), DIGITS))
        .mark_rule(strokeWidth=0.8)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            stroke=tint,
            opacity=faded.then(alt.value(0.35)).otherwise(alt.value(0.05)),
        )
    )
    points = (
        alt.Chart(rows(named[["x", "y", "cell", "size", *SHOWN]], DIGITS))
        .mark_point(strokeWidth=1.4)
        .encode(
            x=x,
            y=y,
            stroke=tint,
            fill=alt.Fill("recipe:N", scale=fills(models, variants), title=title),
            shape=alt.Shape("text:N", scale=_shapes(corpora), legend=_grey("trained on")),
            size=alt.Size("size:Q", scale=None),
            opacity=faded.then(alt.value(1)).otherwise(alt.value(0.07)),
            strokeWidth=alt.when(near).then(alt.value(3.5)).otherwise(alt.value(1.4)),
            tooltip=[f"{name}:N" for name in SHOWN],
        )
        .add_params(pick, near)
    )
    names = (
        alt.Chart(rows(named.loc[named["state"] == KINDS["external"], ["x", "y", "recipe"]], DIGITS))
        .mark_text(align="left", dx=9, color=INK)
        .encode(x=x, y=y, text="recipe:N")
    )
    chart = alt.layer(paths, spokes, points, names).resolve_scale(stroke="shared", fill="shared")
    below = alt.Title(_stress(drawn), orient="bottom", anchor="start", fontSize=12, fontWeight="normal", color=MUTED)
    chart = chart.properties(title=below)
    spec = finished(chart, "Map of all word spaces: spaces that lie near each other have like geometries")
    return spec | {"usermeta": {"aspect": round(float(np.ptp(ranges["y"]) / np.ptp(ranges["x"])), 4)}}


def _stress(table: pd.DataFrame) -> str:
    """How well distances in the plane stand for those of the spaces."""
    final = table[table["kind"] == "final"]
    first = final.iloc[0]
    spaces, words = counted(len(final), "finished space"), counted(int(first["words"]), "word")
    return f"stress-1 {number(first['stress'])} over {spaces}, {words}"


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the map with what a reader is told of each."""
    seen = table["tokens_seen"].fillna(0).astype(int)
    named = table.assign(
        recipe=table["model"],
        text=table["corpus"].map(corpus_label),
        state=table["kind"].map(KINDS),
        size=table["kind"].map(SIZES),
        tokens=[f"{tokens:,} presented" for tokens in seen],
        cell=table[CELL].astype(str).agg(" ".join, axis=1),
        run=table[RUN].astype(str).agg(" ".join, axis=1),
    )
    return named.astype({"sample": str, "seed": str})


def _paths(named: pd.DataFrame) -> pd.DataFrame:
    """Points of the followed runs, from the start through the snapshots to the finished space."""
    followed = set(named.loc[named["kind"] == "snapshot", "run"])
    return named.loc[named["run"].isin(followed), ["run", "recipe", "step", "x", "y"]]


def _spokes(named: pd.DataFrame) -> pd.DataFrame:
    """A line from each finished space to the middle of the seeds of its cell."""
    final = named[named["kind"] == "final"]
    middles = final.groupby("cell")[["x", "y"]].transform("mean")
    return final[["recipe", "x", "y"]].assign(x2=middles["x"], y2=middles["y"])


def _range(values: pd.Series) -> list[float]:
    """Ends of an axis, with a margin."""
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * max(high - low, 1e-3)
    return [round(low - margin, DIGITS), round(high + margin, DIGITS)]


def _axis(ends: Sequence[float]) -> dict[str, object]:
    """Distances alone mean something in a map: no numbers, no names."""
    return {"scale": alt.Scale(domain=list(ends), nice=False, zero=False), "axis": None}


def _dashes(models: Sequence[str], variants: Variants) -> alt.StrokeDashValue:
    """Dashes by conditions: a scale of dashes would have them around the marks of the legend too, or no legend."""
    scale = dashes(models, variants)
    broken = [(name, style) for name, style in zip(scale.domain, scale.range, strict=True) if style != SOLID]
    conditions = [{"test": f"datum.recipe === {json.dumps(name)}", "value": style} for name, style in broken]
    return alt.StrokeDashValue(SOLID, condition=conditions) if conditions else alt.StrokeDashValue(SOLID)


def _grey(title: str) -> alt.Legend:
    """A legend whose marks say a shape and no colour."""
    return alt.Legend(title=title, symbolFillColor=MUTED, symbolStrokeColor=MUTED)


def _shapes(corpora: Sequence[str]) -> alt.Scale:
    names = [corpus_label(corpus) for corpus in corpora]
    return alt.Scale(domain=names, range=[SHAPES[place % len(SHAPES)] for place in range(len(names))])
