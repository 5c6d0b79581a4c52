"""What a reader is given and what it yields: a part of a file, how to read it, documents, and why there is none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Document:
    """One document.

    number : its page id, tweet id or row number; title : "" where it has none; text : clean prose, paragraphs
    separated by a line feed.
    """

    number: str
    title: str
    text: str


@dataclass(frozen=True)
class Dropped:
    """One record of the file that is no document, and why."""

    reason: str


@dataclass(frozen=True)
class Part:
    """The piece of one file that one job reads.

    start, end : from here to before there, in the unit of the format (bytes of a dump or an archive, row groups of a
    Parquet file); records : how many records must be found in it, None where nothing says so.
    """

    start: int
    end: int
    records: int | None = None


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: what the entry of its source says, and the limits of the study.

    language : BCP 47 tag of the texts to keep, where a record says its own; text, title, id : names of columns or
    keys, "" where there is none; encoding : of a text file; mask : whether persons are
    masked in texts that a reader does not know for tweets; page_characters : longest page of wikitext;
    page_seconds : longest CPU time for one page.
    """

    language: str = "en"
    text: str = "text"
    title: str = ""
    id: str = ""
    encoding: str = "utf-8"
    mask: bool = False
    page_characters: int = 4_000_000
    page_seconds: float = 60.0


Reader = Callable[[Path, Part | None, Reading], Iterator[Document | Dropped]]
"""Reads a part of a file, or all of it where the part is None."""

Splitter = Callable[[Path, Path | None, int], list[Part]]
"""Cuts a file (and its index, for a format that has one) into so many parts, some of which may be empty."""
