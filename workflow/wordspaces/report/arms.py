"""Figure of why two trainings differ: random streams one by one and together, documents drawn again, another sample."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from wordspaces.report.names import corpus_label, number
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    BLUE,
    COMPONENT_COLOURS,
    PAPER,
    SILVER,
    SKY,
    VERMILLION,
    YELLOW,
    Variants,
    absent,
    dot,
    house_style,
    new_figure,
    vertical_grid,
)

# A bar is what all random streams do together and, after it, what documents drawn again add; a point is the total
# effect of one stream, or what another sample makes of all together.
SEGMENTS: Mapping[str, tuple[str, str]] = {
    "shuffled": ("all that is random in training", SILVER),
    "documents": ("documents drawn anew, with replacement", COMPONENT_COLOURS["sample"]),
}
STREAMS: Mapping[str, tuple[str, str, str]] = {
    "initialisation": ("initial vectors alone", SKY, "o"),
    "order": ("order of the text alone", YELLOW, "s"),
    "sampling": ("drawn samples alone", VERMILLION, "^"),
}
SAMPLE = ("another sample", BLUE, "d")


@house_style()
def arms(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """One minus RSA between two trainings by what differs between them; a bar a recipe, a panel a corpus.

    Parameters
    ----------
    table : columns corpus, model, arm, share, of one method; a share that is not defined is not drawn, a negative one
        (documents that change nothing) stands left of the segment before it.
    """
    shares = table[table["arm"].isin([*SEGMENTS, *STREAMS, "sample"]) & table["share"].notna()]
    if shares.empty:
        return Drawn(absent("no recipe has arms in this study"), shares)
    shown = [corpus for corpus in corpora if corpus in set(shares["corpus"])]
    models = variants.ordered(list(shares["model"]))[::-1]
    figure = new_figure(max(5.1, 1.2 + 3.9 * len(shown)), 0.46 * len(models) + 1.6)
    grid = figure.subplots(1, len(shown), squeeze=False, sharex=True, sharey=True)[0]
    for axes, corpus in zip(grid, shown, strict=True):
        part = shares[shares["corpus"] == corpus]
        for height, model in enumerate(models):
            _row(axes, height, part[part["model"] == model].set_index("arm")["share"])
        axes.set_title(corpus_label(corpus))
        axes.set_yticks(range(len(models)), models)
        axes.set_ylim(-0.6, len(models) - 0.4)
        axes.set_xlim(min(0.0, float(shares["share"].min()) - 0.02), 1.0)
        axes.set_xlabel("disagreement of two trainings, 1 − r")
        vertical_grid(axes)
    handles = [Patch(color=colour, label=words) for words, colour in SEGMENTS.values()]
    handles += [dot(colour, words, marker) for words, colour, marker in (*STREAMS.values(), SAMPLE)]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, columnspacing=1.3, handlelength=1.2)
    return Drawn(figure, table)


def _row(axes: Axes, height: float, share: pd.Series) -> None:
    """The bar of one recipe, its length beside it, and a point for each stream and for another sample."""
    left = 0.0
    for arm, (_, colour) in SEGMENTS.items():
        if arm in share.index:
            axes.barh(height, share[arm], left=left, height=0.62, color=colour, edgecolor=PAPER, linewidth=0.8)
            left += float(share[arm])
    # Behind the point of another sample, which lies near the end of the bar.
    end = max(left, float(share.get("sample", left)))
    axes.annotate(number(left), (end, height), (6, 0), textcoords="offset points", va="center")
    for arm, (_, colour, marker) in (STREAMS | {"sample": SAMPLE}).items():
        if arm in share.index:
            axes.plot(
                share[arm], height, linestyle="", marker=marker, color=colour, markersize=6, markeredgecolor=PAPER
            )
