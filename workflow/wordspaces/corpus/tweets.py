"""Read tweets from two kinds of table: Orange's tab-separated format, and comma-separated values."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.corpus.mojibake import lines
from wordspaces.corpus.records import Document, Dropped

LANGUAGE = "en"
CUT_WORD = re.compile(r"\S+…\s*\Z")
CUT_FROM = 125
"""Characters from which a final ellipsis is taken for the cut that retweeting makes at the limit of 140."""
ORANGE_HEADERS = 3
"""Orange's own format: names of the columns, then their types, then their roles."""


def read_orange_tab(path: str | Path) -> Iterator[Document | Dropped]:
    """Yield the English tweets (columns ``Language`` and ``Content``), numbered by row; `StudyError` without them.

    Retweets stand in the file as their own text; duplicates of one another are the next step's business.
    """
    rows = _rows(path, "\t")
    header = next(rows, [])
    language, content = _column(path, header, "Language"), _column(path, header, "Content")
    for _ in range(ORANGE_HEADERS - 1):
        next(rows, None)
    for number, row in enumerate(rows):
        if len(row) != len(header):
            yield Dropped("broken row")
        elif row[language] != LANGUAGE:
            yield Dropped("not English")
        else:
            yield Document(str(number), "", _paragraphs(row[content]))


def read_csv(path: str | Path) -> Iterator[Document | Dropped]:
    """Yield the tweets of the column ``text``, numbered by row; `StudyError` where there is no such column."""
    rows = _rows(path, ",")
    header = next(rows, [])
    content = _column(path, header, "text")
    for number, row in enumerate(rows):
        if len(row) != len(header):
            yield Dropped("broken row")
        else:
            yield Document(str(number), "", _paragraphs(row[content]))


def _rows(path: str | Path, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines(path), delimiter=delimiter)
    except csv.Error as error:
        raise StudyError(path, f"a broken table ({error})", "a table in UTF-8", "delete it and rerun") from None


def _column(path: str | Path, header: list[str], name: str) -> int:
    if name not in header:
        raise StudyError(path, f"columns {', '.join(header) or '(none)'}", f"a column {name}")
    return header.index(name)


def _paragraphs(text: str) -> str:
    """The lines of a tweet without empty ones, blanks folded, a word cut in two at the end left out."""
    if len(text) >= CUT_FROM:
        text = CUT_WORD.sub("", text)
    return "\n".join(folded for line in text.splitlines() if (folded := " ".join(line.split())))
