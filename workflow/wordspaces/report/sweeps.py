"""Figures of sweeps: bias and variance over the dimension, growth of norms and quality over a regularisation."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from wordspaces.report.names import corpus_label, plain
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import (
    COMPONENT_COLOURS,
    DASHES,
    INK,
    MARKERS,
    MUTED,
    PAPER,
    SILVER,
    SKY,
    VERMILLION,
    Variants,
    absent,
    dot,
    house_style,
    line,
    new_figure,
    presentations,
)

TARGETS = {"ppmi": "from all data (PPMI)", "largest": "largest, other samples"}
PARTS: Mapping[str, tuple[str, str]] = {
    "bias2": ("bias²", SILVER),
    "variance_samples": ("variance of samples", COMPONENT_COLOURS["sample"]),
    "variance_seeds": ("variance of seeds", COMPONENT_COLOURS["seed"]),
}
QUALITIES: Mapping[str, tuple[str, str]] = {
    "rsa_other_seed": ("RSA with another seed", MUTED),
    "rsa_unregularised": ("RSA with another seed without it", INK),
    "wordsim": ("ρ with WordSim-353", SKY),
    "simlex": ("ρ with SimLex-999", VERMILLION),
}
OPAQUE = 0.75
SETTINGS = {"l2": "L2 penalty", "weight_decay": "decoupled weight decay"}
CELL = ["sweep", "model", "corpus", "setting"]


@house_style()
def dimension(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Mean squared error of normalised Gram matrices and its parts against the swept value; a row a sweep and corpus.

    Parameters
    ----------
    table : columns sweep, model, corpus, setting, setting_value, target, total, bias2, variance_samples,
        variance_seeds, best, distinguishable; of a part that is not defined nothing is drawn.
    """
    shown = table[table["total"].notna()]
    if shown.empty:
        return Drawn(absent("no setting is swept for bias and variance (sweeps)"), shown)
    cells = _cells(shown, corpora)
    targets = [name for name in TARGETS if name in set(shown["target"])]
    figure = new_figure(1.0 + 3.3 * len(targets), 2.35 * len(cells) + 0.9)
    grid = figure.subplots(len(cells), len(targets), squeeze=False)
    for row, (cell, part) in zip(grid, cells, strict=True):
        for axes, target in zip(row, targets, strict=True):
            if target not in set(part["target"]):
                axes.set_axis_off()
                continue
            _errors(axes, part[part["target"] == target].sort_values("setting_value"), variants.colour(cell["model"]))
            axes.set_title(f"{cell['model']}, {corpus_label(cell['corpus'])}: {TARGETS[target]}", fontsize=9)
            axes.set_xlabel(SETTINGS.get(cell["setting"], plain(cell["setting"])))
        row[0].set_ylabel("‖G − G*‖²")
    handles = [Patch(color=colour, alpha=OPAQUE, linewidth=0, label=words) for words, colour in PARTS.values()]
    handles += [
        dot(INK, "best, where it is told from any", "D"),
        dot(INK, "not told from the best"),
        _hollow("worse than the best"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.3)
    return Drawn(figure, shown)


def _errors(axes: Axes, part: pd.DataFrame, colour: str) -> None:
    """Stacked parts, their sum as a line, and a point for each value that says whether it is the best."""
    values, lower = part["setting_value"].to_numpy(), np.zeros(len(part))
    for name, (_, shade) in PARTS.items():
        upper = lower + part[name].fillna(0.0).to_numpy(dtype=float)
        axes.fill_between(values, lower, upper, color=shade, linewidth=0, alpha=OPAQUE)
        lower = upper
    axes.plot(values, part["total"], color=colour, zorder=3)
    known = (part["distinguishable"] == True).any()  # noqa: E712  Null for the best, and where it is not defined.
    for value, total, best, told in zip(values, part["total"], part["best"], part["distinguishable"], strict=True):
        marker, size = ("D", 8) if best is True and known else ("o", 6)
        face = PAPER if told is True else colour
        axes.plot(value, total, marker, markersize=size, markerfacecolor=face, markeredgecolor=colour, zorder=4)
    if (values > 0).all():
        axes.set_xscale("log", base=2)
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.minorticks_off()
    axes.set_ylim(0.0, 1.08 * float(part["total"].max()))


def _hollow(words: str):
    handle = dot(INK, words)
    handle.set(markerfacecolor=PAPER, markeredgewidth=1.2)
    return handle


@house_style()
def regularisation(table: pd.DataFrame, growth: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Norms over training for each strength, effective rank and quality against the strength; a row a sweep and corpus.

    Parameters
    ----------
    table : columns sweep, model, corpus, setting, setting_value, measure, value; of one method.
    growth : columns sweep, model, corpus, setting, setting_value, tokens_seen, mean_norm.
    """
    if growth.empty:
        return Drawn(absent("no regularisation is swept (sweeps)"), table)
    keys = [*CELL, "setting_value"]
    norms = growth.rename(columns={"mean_norm": "value"}).assign(measure="mean_norm")
    # Samples of one corpus differ by a few tokens; a point of the log is the same share of the training in each.
    norms["tokens_seen"] = norms["tokens_seen"].astype(float)
    norms["point"] = norms.groupby([*keys, "sample", "seed"]).cumcount()
    means = norms.groupby([*keys, "measure", "point"])[["tokens_seen", "value"]].mean().reset_index()
    wanted = table[table["measure"].isin([*QUALITIES, "effective_rank"]) & table["value"].notna()]
    quality = wanted.groupby([*keys, "measure"])["value"].agg(["mean", "min", "max"]).reset_index()
    drawn = pd.concat([means, quality.rename(columns={"mean": "value"})], ignore_index=True)
    cells = _cells(drawn, corpora)
    figure = new_figure(9.6, 2.9 * len(cells) + 0.7)
    grid = figure.subplots(len(cells), 3, squeeze=False)
    for (left, middle, right), (cell, part) in zip(grid, cells, strict=True):
        name, colour = SETTINGS.get(cell["setting"], plain(cell["setting"])), variants.colour(cell["model"])
        _growth(left, part[part["measure"] == "mean_norm"], colour, name)
        left.set_title(f"{cell['model']}, {corpus_label(cell['corpus'])}")
        _against(middle, part, {"effective_rank": ("", colour)}, name)
        middle.set_ylabel("effective rank")
        middle.set_ylim(bottom=0.0)
        _against(right, part, QUALITIES, name)
        right.set_ylim(min(0.0, right.get_ylim()[0]), 1.03)
        right.set_ylabel("correlation")
    handles = [line(colour, words) for words, colour in QUALITIES.values()]
    for handle, marker in zip(handles, MARKERS, strict=False):
        handle.set(marker=marker, markersize=5)
    figure.legend(handles=handles, loc="outside lower right", ncols=2, columnspacing=1.3)
    return Drawn(figure, drawn.drop(columns="point"))


def _growth(axes: Axes, part: pd.DataFrame, colour: str, name: str) -> None:
    """Mean norm over training, a line for each strength: the stronger, the darker."""
    values = sorted(part["setting_value"].unique())
    shades = np.linspace(0.35, 1.0, len(values))
    for rank, (value, shade) in enumerate(zip(values, shades, strict=True)):
        one = part[part["setting_value"] == value]
        dashes = DASHES[rank % len(DASHES)]
        axes.plot(one["tokens_seen"], one["value"], color=colour, alpha=shade, linestyle=dashes, label=f"{value:g}")
    seen = part.loc[part["tokens_seen"] > 0, "tokens_seen"]
    presentations(axes, float(seen.min()), float(seen.max()))
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("mean norm of a word vector")
    axes.legend(title=name, loc="upper left", fontsize=8, title_fontsize=8)


def _against(axes: Axes, part: pd.DataFrame, measures: Mapping[str, tuple[str, str]], name: str) -> None:
    """Means of some measures against the strength, with the range over the runs; strengths at equal distances."""
    values = sorted(part["setting_value"].unique())
    for (measure, (_, colour)), marker in zip(measures.items(), MARKERS, strict=False):
        one = part[part["measure"] == measure].sort_values("setting_value")
        places = [values.index(value) for value in one["setting_value"]]
        axes.fill_between(places, one["min"], one["max"], color=colour, alpha=0.16, linewidth=0)
        axes.plot(places, one["value"], color=colour, marker=marker, markersize=5)
    axes.set_xticks(range(len(values)), [f"{value:g}" for value in values])
    axes.set_xlim(-0.3, len(values) - 0.7)
    axes.set_xlabel(name)


def _cells(table: pd.DataFrame, corpora: Sequence[str]) -> list[tuple[dict, pd.DataFrame]]:
    """Sweeps and corpora in their order, each with its rows."""
    found = []
    for sweep in dict.fromkeys(table["sweep"]):
        for corpus in corpora:
            part = table[(table["sweep"] == sweep) & (table["corpus"] == corpus)]
            if len(part):
                found.append((part.iloc[0][CELL].to_dict(), part))
    return found
