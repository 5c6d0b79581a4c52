"""What all readers of tweets share, and two tables of tweets: Orange's tab-separated format, and CrowdFlower's."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.corpus.masking import mask
from wordspaces.corpus.mojibake import lines
from wordspaces.corpus.records import Document, Dropped, Part, Reading

CUT_WORD = re.compile(r"\S+…\s*\Z")
CUT_FROM = 125
"""Characters from which a final ellipsis is taken for the cut that retweeting makes at the limit of 140."""
CUT_TAIL = re.compile(r"\S*…\s*(?:https?://\S*\s*)?\Z")
"""End of a tweet that Twitter has truncated: the rest of a word, and a link to the tweet itself."""
ORANGE_HEADERS = 3
"""Orange's own format: names of the columns, then their types, then their roles."""
UNKNOWN_LANGUAGES = ("", "und", "zxx", "mul", "mis")


def prose(text: str, truncated: bool = False) -> str:
    """A tweet as it is stored: persons masked, blanks folded, empty lines and a word cut in two at the end left out.

    truncated : whether Twitter says that the text is not all of the tweet.
    """
    if truncated:
        text = CUT_TAIL.sub("", text)
    elif len(text) >= CUT_FROM:
        text = CUT_WORD.sub("", text)
    return "\n".join(folded for line in mask(text).splitlines() if (folded := " ".join(line.split())))


FORMER = {"in": "id", "iw": "he", "ji": "yi"}
"""Codes that Twitter went on using after the standard had changed them."""


def language_refusal(tag: object, language: str) -> Dropped | None:
    """Why a record in the language `tag` is no document of the corpus: tags are compared by their first part."""
    primary = _primary(tag) if isinstance(tag, str) else ""
    if primary in UNKNOWN_LANGUAGES:
        return Dropped("language unknown")
    return None if primary == _primary(language) else Dropped("other language")


def _primary(tag: str) -> str:
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return FORMER.get(primary, primary)


def read_orange_tab(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield the tweets (columns ``Language`` and ``Content``) in the language of the source, numbered by row.

    Retweets stand in the file as their own text; duplicates of one another are a later step's business.

    Raises
    ------
    StudyError : a broken table, or one without these columns.
    """
    rows = _rows(path, "\t")
    header = next(rows, [])
    language, content = _column(path, header, "Language"), _column(path, header, "Content")
    for _ in range(ORANGE_HEADERS - 1):
        next(rows, None)
    for number, row in enumerate(rows):
        if len(row) != len(header):
            yield Dropped("broken row")
        else:
            refusal = language_refusal(row[language], reading.language)
            yield refusal or Document(str(number), "", prose(row[content]))


def read_crowdflower(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield the tweets of the column ``text``, their mangled quotes repaired, numbered by row.

    `StudyError` where the table is broken or has no such column.
    """
    rows = _rows(path, ",")
    header = next(rows, [])
    content = _column(path, header, "text")
    for number, row in enumerate(rows):
        if len(row) != len(header):
            yield Dropped("broken row")
        else:
            yield Document(str(number), "", prose(row[content]))


def _rows(path: Path, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines(path), delimiter=delimiter)
    except csv.Error as error:
        raise StudyError(path, f"a broken table ({error})", "a table in UTF-8", "delete it and rerun") from None


def _column(path: Path, header: list[str], name: str) -> int:
    if name not in header:
        raise StudyError(path, f"columns {', '.join(header) or '(none)'}", f"a column {name}")
    return header.index(name)
