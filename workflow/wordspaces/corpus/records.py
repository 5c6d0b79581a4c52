"""The two things a reader yields, in the order of the file: a document, or why there is none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """One document.

    number : its page id or row number, unique in its source; title : "" where it has none; text : clean prose,
    paragraphs separated by a line feed.
    """

    number: str
    title: str
    text: str


@dataclass(frozen=True)
class Dropped:
    """One record of the file that is no document, and why."""

    reason: str
