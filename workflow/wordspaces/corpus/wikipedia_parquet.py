"""Read articles of `wikimedia/wikipedia` on Hugging Face: Parquet of plain text, headings on lines of their own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wordspaces.corpus.records import Document, Dropped, Part, Reading
from wordspaces.corpus.tables import read_parquet_table, split_parquet_table
from wordspaces.corpus.tidy import END_SECTIONS, names, tidy

# Headings that nothing but an end section bears. The others are words of ordinary sections too.
CERTAIN = names(
    "see also | references | external links | further reading | works cited | notes and references | "
    "references and notes | references and further reading | footnotes | endnotes"
)
HEADING_LENGTH = 100
HEADING_WORDS = 12
LIST_LINE = 200
SENTENCE_END = (".", "!", "?", ":", ";", ",", '."', '!"', '?"', ".)")
LEAD_LINES = 3
LISTING = re.compile(
    r"\b(?:may|might|can|could) (?:[a-z]+ly )?(?:also )?(?:[a-z]+ly )?(?:refer to|mean|stand for)\b[^.]*:?$|"
    r"\b(?:may|might|can|could) (?:also )?be:$|"
    r"\bpeople with (?:the|this) (?:sur|given |family |last |first )?name\b[^.]*(?:includes?)?:$"
)


def read_wikipedia_parquet(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield the articles of a file whose columns hold id, title and text, without headings and end sections.

    Parameters
    ----------
    path : a Parquet file, read some rows at a time.
    part : range of row groups; None reads all.

    Returns
    -------
    A document for each row, numbered by its page id, or `Dropped` ("disambiguation", or a row without text or id).

    Raises
    ------
    StudyError : a missing column, a cut file, or no Parquet at all.
    """
    for record in read_parquet_table(path, part, replace(reading, id="id", title="title", text="text")):
        if isinstance(record, Dropped):
            yield record
        elif is_listing(record.title, record.text):
            yield Dropped("disambiguation")
        else:
            yield replace(record, text=prose(record.text))


def split_row_groups(path: Path, index: Path | None, parts: int) -> list[Part]:
    """Cut a Parquet file between row groups into `parts` ranges of nearly equal bytes; `StudyError` if broken."""
    return split_parquet_table(path, index, parts)


def is_listing(title: str, text: str) -> bool:
    """Whether an article only tells apart things or people of one name, by its title or its first lines."""
    if title.endswith("(disambiguation)"):
        return True
    lead = [line.strip() for line in text[:2000].split("\n") if line.strip()][:LEAD_LINES]
    return any(LISTING.search(line) for line in lead)


def prose(text: str) -> str:
    """Paragraphs and list items of an article, one a line, without headings and without what follows the last section.

    A heading is a short line between blank ones that does not end like a sentence. The article ends at the first
    heading that only an end section bears, and at one such as "Sources" where nothing but short lines follows.
    """
    lines = [line.strip() for line in text.rstrip().split("\n")]
    lines = lines[: _end(lines)]
    kept = [line for place, line in enumerate(lines) if line and not _is_heading(lines, place)]
    return tidy("\n".join(kept))


def _end(lines: list[str]) -> int:
    """Number of lines before the sections that end an article."""
    last = len(lines)
    while last and len(lines[last - 1]) <= LIST_LINE:
        last -= 1  # from here on all lines are short
    for place, line in enumerate(lines):
        name = line.rstrip(":").lower()
        if name in END_SECTIONS and not (place and lines[place - 1]):
            if name in CERTAIN:
                return place
            if place >= last and _only_end_sections(lines, place):
                return place
    return len(lines)


def _only_end_sections(lines: list[str], start: int) -> bool:
    """Whether every line from `start` on that stands alone like a heading is the heading of an end section."""
    return all(
        lines[place].rstrip(":").lower() in END_SECTIONS
        for place in range(start, len(lines))
        if _is_heading(lines, place) and place + 1 < len(lines) and any(lines[place + 1 :])
    )


def _is_heading(lines: list[str], place: int) -> bool:
    line = lines[place]
    alone = not (place and lines[place - 1]) and not (place + 1 < len(lines) and lines[place + 1])
    short = 0 < len(line) <= HEADING_LENGTH and len(line.split()) <= HEADING_WORDS
    named = line.rstrip(":").lower() in END_SECTIONS and not (place and lines[place - 1])
    return named or (alone and short and place > 0 and not line.endswith(SENTENCE_END))
