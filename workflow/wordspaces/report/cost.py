"""Figure of what each family costs, and the rows of the page's table: exponents beside what theory says."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from wordspaces.models.cost.grid import ATTENTION, FAMILIES, SOFTMAX, TRAINING
from wordspaces.report.names import ABSENT, count, interval, number, percent
from wordspaces.report.pictures import Drawn
from wordspaces.report.scaling import Growth, power_law, with_fixed_part
from wordspaces.report.style import MUTED, PAPER, SILVER, Variants, absent, house_style, human, new_figure

LABELS = {"skipgram": "skip-gram", "cbow": "CBOW", "glove": "GloVe", "gpt": "GPT", "bert": "BERT"}
LOOKS = Variants(FAMILIES)
STATIC, TRANSFORMERS = ("skipgram", "cbow", "glove"), ("gpt", "bert")
ORDERS = {"skipgram": "O(T c d)", "cbow": "O(T c d)", "glove": "O(|X| d)"}
COLUMNS = 3
WITHIN, OUTSIDE, UNTOLD = "yes", "no", "cannot tell"


class Law(NamedTuple):
    """A sweep as theory sees it: who, what is timed, over which factor; the exponent lies between low and high.

    Where the two are equal one term is timed, which may have a fixed part beside it; else a sum of terms, whose
    slope as a whole is compared. An empty theory is that of each trainer, in `ORDERS`.
    """

    trainers: tuple[str, ...]
    measure: str
    factor: str
    title: str
    label: str
    theory: str
    low: float
    high: float


LAWS = (
    Law(STATIC[:2], TRAINING, "tokens", "Word2Vec, a pass", "tokens T", "O(T c d)", 1.0, 1.0),
    Law(STATIC[:2], TRAINING, "window", "Word2Vec, a pass", "window c", "O(T c d)", 1.0, 1.0),
    Law(STATIC, TRAINING, "dimension", "Static families, a pass", "dimension d", "", 1.0, 1.0),
    Law(("glove",), TRAINING, "pairs", "GloVe, a pass", "pairs |X|", "O(|X| d)", 1.0, 1.0),
    Law(("skipgram",), SOFTMAX, "vocabulary", "Full softmax, a pass", "vocabulary V", "O(T c d V)", 1.0, 1.0),
    Law(("gpt",), ATTENTION, "context", "Attention alone", "context n", "O(n² d) a row", 2.0, 2.0),
    Law(("gpt",), ATTENTION, "dimension", "Attention alone", "dimension d", "O(n² d) a row", 1.0, 1.0),
    Law(TRANSFORMERS, TRAINING, "context", "Whole update", "context n", "O(n d) + O(d²) a token", 0.0, 1.0),
    Law(TRANSFORMERS, TRAINING, "dimension", "Whole update", "dimension d", "O(n d) + O(d²) a token", 1.0, 2.0),
)


def sweep_of(records: pd.DataFrame, law: Law, trainer: str) -> pd.DataFrame:
    """Points of one trainer in one sweep, columns x and those of the records, by rising x."""
    chosen = (records["trainer"] == trainer) & (records["measure"] == law.measure) & (records["factor"] == law.factor)
    points = records[chosen]
    return points.assign(x=points[law.factor].astype(float)).sort_values("x")


def growth(points: pd.DataFrame, law: Law) -> Growth:
    """The law fitted to medians. `points` : of `sweep_of`."""
    fit = power_law if law.low < law.high else with_fixed_part
    return fit(points["x"].to_numpy(), points["seconds"].to_numpy())


TELLING = 0.8
"""Widest interval that speaks for or against a theory: a wider one holds the linear and the square root alike."""


def agrees(found: Growth, law: Law) -> str:
    """Whether the interval of the exponent meets what theory says; `UNTOLD` where there is none."""
    if not found.told or found.high - found.low > TELLING:
        return UNTOLD
    return WITHIN if found.low <= law.high and found.high >= law.low else OUTSIDE


def _exponent(found: Growth) -> tuple[str, str]:
    """Exponent and interval as text."""
    return (number(found.exponent), interval(found.low, found.high)) if found.told else (ABSENT, "")


def cost_rows(records: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows of the table on the page, all text. `records` : as `models.cost.timing.read_costs` gives them."""
    table, rows = pd.DataFrame(list(records)), []
    for law, trainer, points in _sweeps(table):
        found, steps = growth(points, law), points["x"].to_numpy()
        plain = power_law(steps, points["seconds"].to_numpy())
        mixed = law.low < law.high
        rows.append(
            {
                "family": FAMILIES[trainer] if law.measure != ATTENTION else "attention",
                "label": _label(trainer, law),
                "measured": law.title.split(", ")[-1] if law.measure == TRAINING else law.title,
                "factor": law.label,
                "range": f"{count(steps[0])} to {count(steps[-1])}",
                "theory": law.theory or ORDERS[trainer],
                "expected": f"{law.low:g} to {law.high:g}" if mixed else f"{law.low:g}",
                "exponent": _exponent(found)[0],
                "interval": _exponent(found)[1],
                "agrees": agrees(found, law),
                "fixed": "" if mixed else percent(found.fixed / float(found.at(steps[:1])[0])),
                "slope": number(plain.exponent),
            }
        )
    return rows


def _label(trainer: str, law: Law) -> str:
    return "attention" if law.measure == ATTENTION else LABELS[trainer]


def _sweeps(table: pd.DataFrame) -> list[tuple[Law, str, pd.DataFrame]]:
    """Every law and trainer with points enough for an exponent."""
    if table.empty:
        return []
    found = [(law, trainer, sweep_of(table, law, trainer)) for law in LAWS for trainer in law.trainers]
    return [each for each in found if each[2]["x"].nunique() > 3]


@house_style()
def cost(records: Sequence[Mapping[str, Any]]) -> Drawn:
    """Seconds over each factor, a panel a law: medians with quartiles, fitted lines, and the slope that theory says.

    `records` : as `models.cost.timing.read_costs` gives them; the table of the figure is theirs.
    """
    table = pd.DataFrame(list(records))
    sweeps = _sweeps(table)
    if not sweeps:
        return Drawn(absent("this study measures no cost"), table)
    laws = [law for law in LAWS if any(law is other for other, *_ in sweeps)]
    rows = -(-len(laws) // COLUMNS)
    figure = new_figure(9.6, 2.95 * rows + 0.45)
    grid = figure.subplots(rows, min(COLUMNS, len(laws)), squeeze=False).ravel()
    for axes in grid[len(laws) :]:
        axes.set_axis_off()
    for axes, law in zip(grid, laws, strict=False):
        _panel(axes, law, [(trainer, points) for other, trainer, points in sweeps if other is law])
    figure.supylabel("seconds on one core", fontsize=9.5)
    guide = Line2D([], [], color=SILVER, linewidth=1.1, linestyle=(0, (1.2, 1.4)), label="slope that theory says")
    figure.legend(handles=[guide], loc="outside lower center")
    return Drawn(figure, table)


def _panel(axes: Axes, law: Law, sweeps: Sequence[tuple[str, pd.DataFrame]]) -> None:
    """One factor: points and lines of every trainer, exponents above them."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    handles = []
    for trainer, points in sweeps:
        found, x = growth(points, law), points["x"].to_numpy()
        colour = MUTED if law.measure == ATTENTION else LOOKS.colour(trainer)
        middle, marker, dashes = points["seconds"].to_numpy(), LOOKS.marker(trainer), LOOKS.dashes(trainer)
        spread = np.maximum([middle - points["low"], points["high"] - middle], 0.0)
        axes.errorbar(x, middle, spread, fmt="none", ecolor=colour, elinewidth=1.0, zorder=2)
        axes.plot(x, middle, linestyle="", marker=marker, color=colour, markersize=5, markeredgecolor=PAPER, zorder=3)
        dense = np.geomspace(x[0], x[-1], 60)
        axes.plot(dense, found.at(dense), color=colour, linestyle=dashes, linewidth=1.4, zorder=2)
        words = f"{_label(trainer, law)}  {' '.join(_exponent(found))}"
        handles.append(
            Line2D([], [], color=colour, linestyle=dashes, marker=marker, markersize=5, linewidth=1.4, label=words)
        )
    _guides(axes, law, pd.concat([points for _, points in sweeps]))
    axes.set_title(law.title)
    axes.set_xlabel(law.label)
    bottom, top = axes.get_ylim()
    # Room above the points for a line of words each.
    axes.set_ylim(bottom, top * (top / bottom) ** (0.13 + 0.13 * len(handles)))
    _ticks(axes, np.unique(np.concatenate([points["x"] for _, points in sweeps])))
    axes.legend(handles=handles, loc="upper left", fontsize=8.5, handlelength=2.2, labelspacing=0.3)


def _guides(axes: Axes, law: Law, points: pd.DataFrame) -> None:
    """Lines of the slopes that theory says, through the largest x, where fixed parts weigh least."""
    last = points["x"].max()
    top = float(np.exp(np.log(points.loc[points["x"] == last, "seconds"]).mean()))
    ends = np.array([points["x"].min(), last])
    lowest, highest = axes.get_ylim()
    for slope in dict.fromkeys((law.low, law.high)):
        axes.plot(ends, top * (ends / last) ** slope, color=SILVER, linewidth=1.1, linestyle=(0, (1.2, 1.4)), zorder=1)
    drawn = top * (ends / last) ** law.high
    axes.set_ylim(max(min(lowest, drawn.min()), lowest / 6.0), highest)


def _ticks(axes: Axes, values: np.ndarray) -> None:
    """Ticks at some of the values of a sweep, far enough apart to be read, and few on the axis of seconds."""
    shown = [values[0]]
    gap = np.log(values[-1] / values[0]) / 4.5
    for value in values[1:]:
        if np.log(value / shown[-1]) >= gap:
            shown.append(value)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(human))
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high / low < 60 else (1.0,), numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_seconds))


def _seconds(value: float, _position: int | None = None) -> str:
    """Seconds, or thousandths of them."""
    return f"{value:g} s" if value >= 1 else f"{1000 * value:g} ms"
