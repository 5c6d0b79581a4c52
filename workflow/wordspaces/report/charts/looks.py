"""What the charts of the page share: the house style's colours and dashes as scales of a plotting grammar.

Colours stand in a specification as those of the light page; `templates/scripts/charts.js` swaps them for the colours
that the page has now, by the table `swaps`.
"""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wordspaces.report.style import GRID, INK, MUTED, SILVER, SWAPS, Variants

SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
FILLS = ("transparent", SILVER)
SOLID = [1, 0]


def swaps() -> dict[str, str]:
    """Colour of the light page -> name of the CSS variable that holds it in any theme."""
    return dict(SWAPS)


def colours(models: Sequence[str], variants: Variants) -> alt.Scale:
    """The colour of each recipe's family."""
    return alt.Scale(domain=list(models), range=[variants.colour(name) for name in models])


def fills(models: Sequence[str], variants: Variants) -> alt.Scale:
    """Inside of each recipe's marks: full, hollow, grey for the recipes of one family in their order, so that they are
    not told apart by colour alone.
    """
    inside = {name: (variants.colour(name), *FILLS)[_rank(name, variants) % (1 + len(FILLS))] for name in models}
    return alt.Scale(domain=list(models), range=[inside[name] for name in models])


def _rank(name: str, variants: Variants) -> int:
    own = [other for other in variants.families if variants.family(other) == variants.family(name)]
    return own.index(name) if name in own else 0


def dashes(models: Sequence[str], variants: Variants) -> alt.Scale:
    """Dashes of each recipe within its family, those of the static figures."""
    return alt.Scale(domain=list(models), range=[_dash(variants.dashes(name)) for name in models])


def _dash(style: str | tuple) -> list[float]:
    """A line style of the static figures in lengths of dashes and gaps, for a line two wide."""
    return SOLID if style == "-" else [2.0 * length for length in style[1]]


def rows(table: pd.DataFrame, digits: int) -> alt.InlineData:
    """Rows of a table as data inside a specification: floats rounded to `digits`, missing values left out."""
    records = table.round(digits).astype(object).to_dict("records")
    known = table.notna().to_numpy()
    return alt.InlineData(
        values=[
            {name: value for (name, value), there in zip(record.items(), line, strict=True) if there}
            for record, line in zip(records, known, strict=True)
        ]
    )


def finished(chart: alt.TopLevelMixin, description: str) -> dict[str, object]:
    """The specification of a chart with the page's looks; `description` is read out to those who cannot see it."""
    text = {
        "labelColor": MUTED,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    chart = chart.configure(background="transparent").configure_view(stroke=None)
    chart = chart.configure_axis(gridColor=GRID, domainColor=GRID, tickColor=GRID, **text)
    chart = chart.configure_legend(**text, symbolSize=90, symbolStrokeWidth=1.6)
    with alt.data_transformers.enable("default", consolidate_datasets=False):
        spec = chart.properties(description=description).to_dict()
    spec.pop("$schema")
    return spec
