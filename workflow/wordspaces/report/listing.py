"""A table of the page: its columns, and rows of text of which the first stand open and the rest can be opened."""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 15


@dataclass(frozen=True)
class Column:
    """Head of a column and how its cells look: "number", "number clock", "words", "text", "names" or plain ("")."""

    head: str
    looks: str = ""


@dataclass(frozen=True)
class Listing:
    """A table whose first column heads its rows.

    label : what it is, for those who cannot see it; caption : above it; columns, rows : parallel, every cell text, of
    which a second line is said small; absent : said instead of a table without rows; shown : rows that stand open.
    """

    label: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    absent: str
    shown: int = SHOWN

    @property
    def first(self) -> Sequence[Sequence[str]]:
        """Rows that stand open."""
        return self.rows[: self.shown]

    @property
    def rest(self) -> Sequence[Sequence[str]]:
        """Rows behind a door of their own."""
        return self.rows[self.shown :]


def numbers(*heads: str) -> list[Column]:
    """Columns of numbers."""
    return [Column(head, "number") for head in heads]
