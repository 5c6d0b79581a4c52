"""Figure of adaptation: what is kept of one corpus and gained of another, and which words move."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wordspaces.report.names import corpus_label
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    INK,
    MUTED,
    Variants,
    absent,
    house_style,
    line,
    new_figure,
    presentations,
)

DASHES = {"continued": "-", "contrastive": (0, (4, 1.6))}
# Measure of the course, its panel's title, and the reliability that bounds it.
PANELS = {
    "rsa_source_other": ("kept of {source}", "reliability_source"),
    "rsa_target": ("gained of {target}", "reliability_target"),
}
FAINT = {"alpha": 0.4, "linewidth": 1.2}
LABELS = 9
# What a letter and a line of a label take of a panel, for labels that keep clear of each other.
LETTER, LINE = 0.022, 0.058


@house_style()
def adaptation(course: pd.DataFrame, words: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """RSA with both corpora over training and the displacement of every word; a row a direction.

    Parameters
    ----------
    course : the table `adaptation`; words : the table `adaptation_words`. Lines are means over seeds. The words are
        those of the first recipe of the configuration that has them, continued where it was, of its first seed.
    """
    known = course[course["measure"].isin(PANELS) & course["value"].notna()]
    ways = [(a, b) for a in corpora for b in corpora if a != b]
    ways = [(a, b) for a, b in ways if ((known["source"] == a) & (known["target"] == b)).any()]
    if not ways:
        return Drawn(absent("no recipe goes on with another corpus in this study, or it has one seed"), course)
    figure = new_figure(9.6, 3.0 * len(ways) + 0.5)
    grid = figure.subplots(len(ways), 3, squeeze=False, width_ratios=[1, 1, 1.25])
    first, last = known.loc[known["tokens_seen"] > 0, "tokens_seen"].agg(["min", "max"])
    for axes, (source, target) in zip(grid, ways, strict=True):
        part = course[(course["source"] == source) & (course["target"] == target)]
        names = {"source": corpus_label(source), "target": corpus_label(target)}
        for panel, (measure, (title, bound)) in zip(axes, PANELS.items(), strict=False):
            _course(panel, part, measure, bound, variants)
            if panel is axes[0]:
                control = course[(course["source"] == source) & (course["target"] == source)]
                _course(panel, control, measure, "", variants)
            presentations(panel, float(first), float(last))
            panel.set_title(title.format(**names))
            panel.set_ylim(min(0.0, float(known["value"].min()) - 0.02), 1.02)
        axes[0].set_ylabel(f"{names['source']} → {names['target']}\nRSA, Pearson")
        _words(axes[2], words[(words["source"] == source) & (words["target"] == target)], variants, names)
    handles = [
        line(variants.colour(model), f"{model}, {objective}", DASHES[objective])
        for model in variants.ordered(list(known["model"]))
        for objective in DASHES
        if ((known["model"] == model) & (known["objective"] == objective)).any()
    ]
    if (known["source"] == known["target"]).any():
        told = "on with other text of the first corpus"
        handles.append(Line2D([], [], color=MUTED, label=told, **FAINT))
    handles.append(line(MUTED, "other seeds of the corpus alone", (0, (1, 2))))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(4, len(handles)), columnspacing=1.3)
    return Drawn(figure, course)


def _course(axes: Axes, part: pd.DataFrame, measure: str, bound: str, variants: Variants) -> None:
    """A line for each recipe and objective, faint without a `bound`, and the reliability of the corpus's own spaces."""
    for model in variants.ordered(list(part["model"])):
        own = part[part["model"] == model]
        ceiling = own.loc[own["measure"] == bound, "value"].mean()
        if np.isfinite(ceiling):
            axes.axhline(ceiling, color=variants.colour(model), linewidth=1.0, linestyle=(0, (1, 2)))
        for objective, rows in own[own["measure"] == measure].groupby("objective"):
            # Seeds differ by a few tokens in where their snapshots lie; a snapshot is the same share of each training.
            rows = rows.sort_values("step").assign(point=rows.sort_values("step").groupby("seed").cumcount())
            means = rows.groupby("point")[["tokens_seen", "value"]].mean().dropna()
            looks = {"color": variants.colour(model), "linestyle": DASHES[objective]} | ({} if bound else FAINT)
            axes.plot(means["tokens_seen"], means["value"], **looks)


def _words(axes: Axes, words: pd.DataFrame, variants: Variants, names: dict[str, str]) -> None:
    """Displacement of every word of one run against its change of frequency, those that move most by name."""
    model = variants.ordered(list(words["model"]))[0]
    shown = words[words["model"] == model]
    objective = "continued" if (shown["objective"] == "continued").any() else "contrastive"
    shown = shown[(shown["objective"] == objective) & (shown["seed"] == shown["seed"].min())]
    shown = shown[shown["displacement"].notna()]
    x, y = (shown["log_ratio"] / np.log(10.0)).to_numpy(), shown["displacement"].to_numpy()
    axes.plot(x, y, linestyle="", marker="o", markersize=2.6, color=variants.colour(model), alpha=0.55)
    reach = 1.35 * max(0.5, float(np.abs(x).max(initial=0.0)))
    top = 1.15 * max(1e-6, float(y.max(initial=0.0)))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(0.0, top)
    axes.set_title(f"words of {model}, {objective}")
    axes.set_xlabel(f"log10 of count, {names['target']} : {names['source']}")
    axes.set_ylabel("1 − cosine, before and after")
    baseline = shown["displacement_control"].median()
    if np.isfinite(baseline) and baseline < top:
        axes.axhline(baseline, color=MUTED, linewidth=1.0, linestyle=(0, (1, 2)))
    _labels(axes, shown["word"].tolist(), (x + reach) / (2 * reach), y / top)


def _labels(axes: Axes, tokens: Sequence[str], x: np.ndarray, y: np.ndarray) -> None:
    """Names of the words that move most, in axes fractions; one that would cover another or a point is left out."""
    boxes: list[tuple[float, float, float, float]] = []
    for row in np.argsort(-y, kind="stable"):
        if len(boxes) == LABELS:
            return
        width = LETTER * len(tokens[row])
        for side in (1, -1):
            left = x[row] + 0.015 if side > 0 else x[row] - 0.015 - width
            box = (left, left + width, y[row] - LINE / 2, y[row] + LINE / 2)
            free = all(box[1] < b[0] or b[1] < box[0] or box[3] < b[2] or b[3] < box[2] for b in boxes)
            covered = (x > box[0]) & (x < box[1]) & (y > box[2]) & (y < box[3])
            if free and not covered.any() and box[0] > 0.0 and box[1] < 1.0:
                boxes.append(box)
                axes.annotate(
                    tokens[row],
                    (x[row], y[row]),
                    (4 * side, 0),
                    xycoords="axes fraction",
                    textcoords="offset points",
                    ha="left" if side > 0 else "right",
                    va="center",
                    fontsize=8,
                    color=INK,
                )
                break
