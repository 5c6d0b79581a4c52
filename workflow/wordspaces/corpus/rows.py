"""Rows of a table of separated values, one of which may be broken without harm to the others."""

import csv
from collections.abc import Iterator

LONGEST_FIELD = 1 << 26
"""Characters; a quote that is never closed takes all that follows it for one field."""


def table_rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str] | None]:
    """Fields of each row of separated values; None for a row that cannot be parsed, or has a field without an end."""
    csv.field_size_limit(LONGEST_FIELD)
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            yield next(rows)
        except csv.Error:
            yield None
        except StopIteration:
            return
