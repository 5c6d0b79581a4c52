"""Figure of where the variance between trainings comes from: random streams one by one, and the documents."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from wordspaces.report.names import corpus_label, number
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    INK,
    MUTED,
    PAPER,
    SILVER,
    SKY,
    VERMILLION,
    YELLOW,
    Variants,
    absent,
    house_style,
    new_figure,
    vertical_grid,
)

# What adds up to the disagreement of two bootstrap runs: words in the legend, colour.
PARTS: Mapping[str, tuple[str, str]] = {
    "initialisation": ("initial vectors", SKY),
    "order": ("order of the text", YELLOW),
    "sampling": ("drawn samples", VERMILLION),
    "interaction": ("their interplay", SILVER),
    "documents": ("documents", INK),
}


@house_style()
def arms(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """One minus RSA between two trainings, split by what differs between them; a bar a recipe, a panel a corpus.

    Parameters
    ----------
    table : columns corpus, model, arm, share, of one method; a share that is not defined takes no room, a negative one
        (streams that together do less than one by one) stands left of zero.
    """
    shares = table[table["arm"].isin(PARTS) & table["share"].notna()]
    if shares.empty:
        return Drawn(absent("no recipe has arms in this study"), shares)
    shown = [corpus for corpus in corpora if corpus in set(shares["corpus"])]
    models = variants.ordered(list(shares["model"]))[::-1]
    figure = new_figure(max(5.1, 1.2 + 3.9 * len(shown)), 0.46 * len(models) + 1.5)
    grid = figure.subplots(1, len(shown), squeeze=False, sharex=True, sharey=True)[0]
    for axes, corpus in zip(grid, shown, strict=True):
        part = shares[shares["corpus"] == corpus]
        for height, model in enumerate(models):
            _bar(axes, height, part[part["model"] == model].set_index("arm")["share"])
        axes.set_title(corpus_label(corpus))
        axes.set_yticks(range(len(models)), models)
        axes.set_ylim(-0.6, len(models) - 0.4)
        axes.axvline(0, color=SILVER, linewidth=0.8)
        vertical_grid(axes)
    figure.supxlabel("disagreement of two trainings: 1 − r", size=9.5)
    known = set(shares["arm"])
    handles = [Patch(color=colour, label=words) for name, (words, colour) in PARTS.items() if name in known]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.3, handlelength=1.2)
    return Drawn(figure, table)


def _bar(axes: Axes, height: float, share: pd.Series) -> None:
    """Parts stacked from zero, negative ones to the left, and their sum beside them."""
    ends = {True: 0.0, False: 0.0}
    for name, (_, colour) in PARTS.items():
        if name in share.index:
            value = float(share[name])
            axes.barh(height, value, left=ends[value >= 0], height=0.66, color=colour, edgecolor=PAPER, linewidth=0.8)
            ends[value >= 0] += value
    axes.annotate(
        number(sum(ends.values())), (ends[True], height), (4, 0), textcoords="offset points", va="center", color=MUTED
    )
