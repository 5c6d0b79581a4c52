"""Rows of a table of separated values, one of which may be broken without harm to the others."""

import csv
from collections import deque
from collections.abc import Iterator

LONGEST_FIELD = 1 << 26
"""Characters of a field."""
MOST_LINES = 10_000
"""Lines of a row; a quote that is not closed within so many was never meant to open a field."""


class _Lines:
    """Lines of one row at a time, which can be given back."""

    def __init__(self, source: Iterator[str]) -> None:
        self.source, self.given_back = source, deque[str]()
        self.begin_row()

    def begin_row(self) -> None:
        self.row: list[str] = []
        self.ended = False

    def give_back(self) -> None:
        """All lines of this row but the first are to come again."""
        self.given_back.extendleft(reversed(self.row[1:]))

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = None
        if len(self.row) < MOST_LINES:
            line = self.given_back.popleft() if self.given_back else next(self.source, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.row.append(line)
        return line


def table_rows(source: Iterator[str], delimiter: str) -> Iterator[list[str] | None]:
    """Fields of each row of separated values; None for a row that cannot be parsed.

    Between tabs quotes are ordinary characters. Between commas they may hold line feeds; one that is never closed costs
    its own line only, for what follows is read again.
    """
    csv.field_size_limit(LONGEST_FIELD)
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    lines = _Lines(source)
    rows = csv.reader(lines, delimiter=delimiter, quoting=quoting)
    while True:
        lines.begin_row()
        try:
            row = next(rows)
        except csv.Error:
            yield None
            continue
        except StopIteration:
            return
        if lines.ended:
            # The reader asked for more before it gave the row: it ends inside quotes.
            lines.give_back()
            rows = csv.reader(lines, delimiter=delimiter, quoting=quoting)
            yield None
        else:
            yield row
