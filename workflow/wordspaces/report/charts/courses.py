"""Chart of the listed pairs of words while the spaces form: related words, synonyms, unrelated words, by recipe."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wordspaces.report.charts.looks import colours, finished, rows
from wordspaces.report.forming import KINDS, RUN, aligned
from wordspaces.report.names import corpus_label
from wordspaces.report.style import INK, MUTED, Variants

DIGITS = 3
KIND_DASHES = {"related": [1, 0], "synonym": [10, 3], "unrelated": [2, 3]}
PANEL = (280, 92)  # pixels; the page fits the width to the window


def trajectories_chart(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> dict[str, object] | None:
    """Mean cosine of related words, synonyms and unrelated words: a panel for each recipe and corpus; None for none.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, relation (one of `KINDS`), cosine; a row a pair of words.

    Lines are means over runs, in the band from the lowest run to the highest. A rule stands at the parameter `moment`,
    tokens presented, which the page moves. `usermeta` says how many panels there are, and how many beside each other.
    """
    means = kind_means(table)
    if means.empty:
        return None
    models = variants.ordered(list(means["recipe"]))
    shown = [kind for kind in KINDS if kind in set(means["kind"])]
    words = [KINDS[kind][1] for kind in shown]
    order = [f"{model}, {corpus_label(corpus)}" for model in models for corpus in corpora]
    places = {name: place for place, name in enumerate([*models, *map(corpus_label, corpora), *KINDS])}
    means = means.sort_values(["recipe", "text", "kind"], key=lambda names: names.map(places), kind="stable")
    means["kind"] = means["kind"].map({kind: words for kind, (_, words) in KINDS.items()})
    x, tint = _tokens(means["tokens"]), alt.Color("recipe:N", scale=colours(models, variants), legend=None)
    dashes = alt.Scale(domain=words, range=[KIND_DASHES[kind] for kind in shown])
    key = alt.Legend(
        title=None, orient="top", symbolType="stroke", symbolSize=400, symbolStrokeWidth=2, symbolStrokeColor=MUTED
    )
    y = alt.Y("mean:Q", title=None, axis=alt.Axis(tickCount=4, format=".1f"))
    band = alt.Chart().mark_area(opacity=0.16).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=tint, detail="kind:N")
    dash = alt.StrokeDash("kind:N", scale=dashes, legend=key)
    lines = alt.Chart().mark_line().encode(x=x, y=y, color=tint, strokeDash=dash)
    # Nothing to see, but something to point at.
    points = (
        alt.Chart()
        .mark_point(size=60, opacity=0)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("panel:N", title="recipe, corpus"),
                alt.Tooltip("kind:N", title="pairs"),
                alt.Tooltip("tokens:Q", title="tokens presented", format=","),
                alt.Tooltip("mean:Q", title="mean cosine", format=".2f"),
                alt.Tooltip("low:Q", title="lowest run", format=".2f"),
                alt.Tooltip("high:Q", title="highest run", format=".2f"),
            ],
        )
    )
    rule = (
        alt.Chart()
        .transform_aggregate(rows="count()", groupby=["panel"])
        .mark_rule(color=MUTED, strokeDash=[3, 3])
        .encode(x=alt.XDatum(alt.ExprRef("moment"), type="quantitative"))
    )
    there = set(means["recipe"] + ", " + means["text"])
    panels = [name for name in order if name in there]
    chart = (
        alt.layer(rule, band, lines, points, data=rows(means, DIGITS))
        .properties(width=PANEL[0], height=PANEL[1])
        .facet(
            facet=alt.Facet(
                "panel:N",
                sort=panels,
                header=alt.Header(title=None, labelAnchor="start", labelColor=INK, labelFontSize=12),
            ),
            columns=len(corpora),
            spacing=12,
        )
        .transform_calculate(panel="datum.recipe + ', ' + datum.text")
        .add_params(alt.param(name="moment", value=int(means["tokens"].max())))
    )
    spec = finished(chart, "Mean cosine of related words, synonyms and unrelated words over training tokens presented")
    return spec | {"usermeta": {"columns": len(corpora), "panels": len(panels)}}


def kind_means(table: pd.DataFrame) -> pd.DataFrame:
    """Mean centred cosine of each kind of pairs at each snapshot, over the runs of a recipe on a corpus.

    table : as for `trajectories_chart`; a null cosine counts for nothing. Returns columns recipe, text (label of the
    corpus), kind, tokens (mean over runs, int64), low, mean, high.
    """
    known = table[table["cosine"].notna()]
    runs = known.groupby([*RUN, "tokens_seen", "relation"], sort=True)["cosine"].mean().reset_index()
    runs = aligned(runs, "relation")
    means = runs.groupby(["model", "corpus", "relation", "snapshot"], sort=True).agg(
        tokens=("tokens_seen", "mean"), low=("cosine", "min"), mean=("cosine", "mean"), high=("cosine", "max")
    )
    means = means.reset_index().rename(columns={"model": "recipe", "relation": "kind"})
    tokens = means["tokens"].round().astype("int64")
    means = means.assign(text=means["corpus"].map(corpus_label), tokens=tokens)
    return means[["recipe", "text", "kind", "tokens", "low", "mean", "high"]]


def _tokens(seen: pd.Series) -> alt.X:
    """Tokens presented, logarithmic from the first snapshot on and still with 0."""
    last = max(int(seen.max()), 1)
    first = int(seen[seen > 0].min()) if (seen > 0).any() else last
    powers = [10**power for power in range(13) if first <= 10**power <= last]
    scale = alt.Scale(type="symlog", constant=first, domain=[0, last], nice=False)
    told = "format(datum.value, '~s')"  # as an axis format it would be one unit for all
    axis = alt.Axis(values=[0, *powers], labelExpr=told, grid=False, labelOverlap=True, labelFlush=False)
    return alt.X("tokens:Q", title="tokens presented", scale=scale, axis=axis)
