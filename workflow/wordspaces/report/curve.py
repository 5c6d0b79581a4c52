"""Figure of agreement between corpora over the size of the training text, as it is and with noise taken out."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    GREEN,
    INK,
    MUTED,
    SKY,
    VERMILLION,
    Variants,
    absent,
    house_style,
    human,
    line,
    new_figure,
)

COLUMNS = 3
# Measure of the table: words in the legend, colour, dashes.
LINES: Mapping[str, tuple[str, str, str | tuple]] = {
    "seed reliability": ("another seed", MUTED, (0, (1.2, 1.4))),
    "sample ceiling": ("another sample", INK, (0, (4, 1.6))),
    "between corpora": ("another corpus", SKY, "-"),
    "disattenuated by seed": ("another corpus, noise of seeds taken out", VERMILLION, (0, (6, 1.6, 1.2, 1.6))),
    "disattenuated by sample": ("another corpus, noise of documents taken out", GREEN, "-"),
}


@house_style()
def curve(table: pd.DataFrame, variants: Variants) -> Drawn:
    """RSA with another seed, another sample and another corpus against the words of a training sample.

    Parameters
    ----------
    table : columns model, words_trained, measure, value, low, high; of one method. Pairs of more than two corpora are
        averaged.
    """
    table = table[table["value"].notna()]
    if table["words_trained"].nunique() < 2:
        return Drawn(absent("no recipe is trained on shares of the samples (curve)"), table)
    keys = ["model", "measure", "words_trained"]
    means = table.groupby(keys, sort=True)[["value", "low", "high"]].mean().reset_index()
    models = variants.ordered(list(means["model"]))
    columns = min(COLUMNS, len(models))
    rows = -(-len(models) // columns)
    figure = new_figure(max(5.1, 2.5 * columns), 2.7 * rows + 1.0)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, model in zip(grid.ravel(), models, strict=False):
        _panel(axes, means[means["model"] == model])
        axes.set_title(model)
    for axes in grid.ravel()[len(models) :]:
        axes.set_visible(False)
    for axes in grid[:, 0]:
        axes.set_ylabel("RSA r")
    for axes in grid.ravel()[max(0, len(models) - columns) : len(models)]:
        axes.set_xlabel("words of a training sample")
    shown = [LINES[name] for name in LINES if name in set(means["measure"])]
    handles = [line(colour, words, dashes) for words, colour, dashes in shown]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, columnspacing=1.3)
    return Drawn(figure, means)


def _panel(axes: Axes, means: pd.DataFrame) -> None:
    sizes = sorted(means["words_trained"].unique())
    for measure, (_, colour, dashes) in LINES.items():
        part = means[means["measure"] == measure]
        axes.fill_between(part["words_trained"], part["low"], part["high"], color=colour, alpha=0.16, linewidth=0)
        axes.plot(
            part["words_trained"], part["value"], color=colour, linestyle=dashes, marker="o", markersize=3.5, zorder=3
        )
    axes.set_xscale("log")
    axes.set_xticks(sizes, [human(round(size, -3) if size > 1e4 else size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(min(0.0, float(means["low"].min()) - 0.02), max(1.0, float(means["value"].max()) + 0.05))
