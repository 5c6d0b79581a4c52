"""Numbers and tables as a terminal shows them."""

from collections.abc import Sequence


def duration(seconds: float) -> str:
    """Seconds in the unit in which they are read: 42 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"


def size(number: float) -> str:
    """Bytes in decimal units: 7 kB, 12 MB, 3.5 GB."""
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= step:
            return f"{number / step:.1f} {unit}"
    return f"{number / 1e3:.0f} kB"


def share(part: float | None) -> str:
    """A share as per cent; nothing where it is not known."""
    return "" if part is None else f"{100 * part:.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width: the first to the left, the others to the right, a blank between them."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
