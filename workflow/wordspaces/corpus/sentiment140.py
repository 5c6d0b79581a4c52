"""Read Sentiment140: six quoted columns (polarity, id, date, query, user, text), no header, in a zip archive."""

from collections.abc import Iterator
from pathlib import Path

from wordspaces.corpus.archives import zip_members
from wordspaces.corpus.mojibake import restore_lost
from wordspaces.corpus.opening import file_blocks, stream_blocks, text_lines
from wordspaces.corpus.records import Document, Dropped, Part, Reading
from wordspaces.corpus.rows import table_rows
from wordspaces.corpus.tweets import prose

COLUMNS = 6
ID, TEXT = 1, 5
LONGEST_LINE = 1 << 20


def read_sentiment140(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield the tweets of all tables (training and test) in the archive at `path`, or of one table, by tweet id.

    Nothing is unpacked to disk. `StudyError` where the archive is cut or broken, or a name leads out of it.

    References
    ----------
    Go, A., Bhayani, R. and Huang, L. (2009). Twitter sentiment classification using distant supervision.
    """
    if path.suffix.lower() != ".zip":
        yield from _tweets(text_lines(file_blocks(path), "latin-1", path, LONGEST_LINE))
        return
    for member in zip_members(path):
        if member.name.lower().endswith(".csv"):
            where = f"{path}: {member.name}"
            yield from _tweets(text_lines(stream_blocks(member.stream, ""), "latin-1", where, LONGEST_LINE))
        else:
            yield Dropped("other file")


def _tweets(lines: Iterator[str]) -> Iterator[Document | Dropped]:
    for row in table_rows(lines, ","):
        if row and len(row) == COLUMNS and row[ID].isdecimal():
            yield Document(row[ID], "", prose(_decoded(row[TEXT])))
        else:
            yield Dropped("broken row")


def _decoded(text: str) -> str:
    """Text of a field: the tables are said to be Latin-1, but most of what is not ASCII in them is UTF-8."""
    if text.isascii():
        return text
    try:
        return restore_lost(text.encode("latin-1").decode("utf-8"))
    except UnicodeDecodeError:
        return text
