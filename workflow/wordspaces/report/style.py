"""One house style for every figure: colours, names, ticks; the same colour for the same family everywhere.

Colours are the eight of Okabe and Ito (2008), told apart by the three common kinds of colour blindness; variants of one
family share its colour and differ by marker and dashes, so that nothing is said by colour alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

ORANGE, SKY, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILLION, PURPLE = "#0072b2", "#d55e00", "#cc79a7"
INK, MUTED, SILVER, GRID, PAPER = "#1f2328", "#5b6470", "#a3abb5", "#dde1e6", "#fdfdfc"
# What a page swaps for its own colours (dark mode), by the name of the CSS variable.
SWAPS = {
    INK: "ink",
    MUTED: "muted",
    SILVER: "silver",
    GRID: "grid",
    PAPER: "paper",
    BLUE: "blue",
    GREEN: "green",
    VERMILLION: "vermillion",
    PURPLE: "purple",
    ORANGE: "orange",
    SKY: "sky",
    YELLOW: "yellow",
}
FAMILY_COLOURS = {"word2vec": BLUE, "glove": ORANGE, "svd": VERMILLION, "gpt": GREEN, "bert": PURPLE}
COMPONENT_COLOURS = {
    "shared": SILVER,
    "model": VERMILLION,
    "corpus": SKY,
    "interaction": YELLOW,
    "sample": INK,
    "seed": MUTED,
}
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES: tuple[str | tuple, ...] = (
    "-",
    (0, (4, 1.6)),
    (0, (1.2, 1.4)),
    (0, (6, 1.6, 1.2, 1.6)),
    (0, (2.5, 1.2)),
    (0, (8, 2)),
)
RC = {
    "axes.axisbelow": True,
    "axes.edgecolor": SILVER,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.dpi": 100,
    "figure.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.borderaxespad": 0.0,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "path.simplify": True,
    "savefig.bbox": None,
    "svg.fonttype": "none",
    "svg.hashsalt": "wordspaces",
    "svg.image_inline": True,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": SILVER,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.color": SILVER,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's defaults with the house style over them, whatever the user's own settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def new_figure(width: float, height: float) -> Figure:
    """A figure of `width` x `height` inches with constrained layout, outside any window system."""
    return Figure(figsize=(width, height), layout="constrained")


def absent(reason: str) -> Figure:
    """A figure that says why there is nothing to draw in this study."""
    figure = new_figure(6.6, 1.0)
    figure.text(0.5, 0.5, f"not defined: {reason}", ha="center", va="center", color=MUTED)
    return figure


class Variants:
    """How the named variants of a study look: colour of the family, marker and dashes of the variant within it.

    families : variant -> family, in the order of the configuration.
    """

    def __init__(self, families: Mapping[str, str]) -> None:
        self.families = dict(families)
        ranks: dict[str, int] = {}
        self._ranks = {}
        for name, family in self.families.items():
            self._ranks[name] = ranks.get(family, 0)
            ranks[family] = self._ranks[name] + 1

    def family(self, model: str) -> str:
        """Family of a variant; the name itself where the study does not know it (a baseline)."""
        return self.families.get(model, model)

    def colour(self, model: str) -> str:
        """Colour of the variant's family; grey for what belongs to none."""
        return FAMILY_COLOURS.get(self.family(model), MUTED)

    def marker(self, model: str) -> str:
        """Marker of the variant within its family."""
        return MARKERS[self._ranks.get(model, 0) % len(MARKERS)]

    def dashes(self, model: str) -> str | tuple:
        """Line style of the variant within its family."""
        return DASHES[self._ranks.get(model, 0) % len(DASHES)]

    def ordered(self, models: Sequence[str]) -> list[str]:
        """The distinct `models`, in the order of the configuration; unknown names last, sorted."""
        known = [name for name in self.families if name in set(models)]
        return known + sorted(set(models) - set(known))


def human(value: float, _position: int | None = None) -> str:
    """A count in few characters: 0, 950, 1.2k, 25k, 3M."""
    rounded = float(f"{value:.3g}")
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(rounded) >= limit:
            return f"{rounded / limit:.3g}{unit}"
    return f"{rounded:.3g}"


def log_counts(axes: Axes, low: float, high: float) -> None:
    """Put a logarithmic count axis under `axes`, ticked at powers of ten, over a short range at 3 times these too."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    leads = (1.0, 3.0) if high / low < 1000 else (1.0,)
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    _ticks(axes, [lead * 10.0**power for power in powers for lead in leads], low, high)


def presentations(axes: Axes, first: float, last: float) -> None:
    """Put an axis of token presentations under `axes` that is logarithmic from `first` on and still shows 0."""
    axes.set_xscale("symlog", linthresh=first, linscale=0.6)
    axes.set_xlim(-0.15 * first, last * 1.25)
    powers = [10.0**k for k in range(int(np.ceil(np.log10(first))), int(np.ceil(np.log10(last))) + 1)]
    _ticks(axes, [0.0, *powers], 0, last * 1.25)
    axes.set_xlabel("training tokens presented")


def _ticks(axes: Axes, values: Sequence[float], low: float, high: float) -> None:
    axes.xaxis.set_major_locator(FixedLocator([value for value in values if low <= value <= high]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(human))


def spread(count: int, width: float) -> np.ndarray:
    """Offsets float64 [count] within +-`width`: a golden-ratio sequence, which spreads points without chance."""
    return ((np.arange(count) * 0.6180339887498949 + 0.5) % 1.0 - 0.5) * 2.0 * width


def dot(colour: str, label: str, marker: str = "o") -> Line2D:
    """A legend entry that is a point."""
    size, edge = (10.0, 2.0) if marker == "|" else (5.5, 0.0)
    return Line2D([], [], linestyle="", marker=marker, markersize=size, markeredgewidth=edge, color=colour, label=label)


def line(colour: str, label: str, dashes: str | tuple = "-") -> Line2D:
    """A legend entry that is a line."""
    return Line2D([], [], color=colour, label=label, linestyle=dashes)


def vertical_grid(axes: Axes) -> None:
    """Keep the grid across the value axis of a horizontal plot only, with no ticks beside names."""
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
