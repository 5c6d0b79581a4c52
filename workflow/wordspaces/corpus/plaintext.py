"""Read plain text: one document a line, or documents parted by blank lines."""

from collections.abc import Iterator
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.corpus.opening import file_blocks, text_lines
from wordspaces.corpus.records import Document, Dropped, Part, Reading

LONGEST_DOCUMENT = 1 << 28
"""Characters; a document is in memory as a whole."""


def read_lines(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield each line of a text as a document, numbered by its line, counted from 0.

    Parameters
    ----------
    path : plain or compressed text; lines end with a line feed, with or without a carriage return before it.
    reading : its encoding is that of the text.

    Raises
    ------
    StudyError : bytes in another encoding, with their line; a line too long to be held; a cut or broken file.
    """
    for number, line in enumerate(text_lines(file_blocks(path), reading.encoding, path, LONGEST_DOCUMENT)):
        yield Document(str(number), "", line.rstrip("\r\n")) if line.strip() else Dropped("blank line")


def read_paragraphs(path: Path, part: Part | None, reading: Reading) -> Iterator[Document]:
    """Yield what stands between blank lines as one document, numbered by its place, counted from 0.

    The lines of a document stay lines. Parameters and refusals are those of `read_lines`.
    """
    number, length = 0, 0
    held: list[str] = []
    for line in text_lines(file_blocks(path), reading.encoding, path, LONGEST_DOCUMENT):
        if line.strip():
            held.append(line.rstrip("\r\n"))
            length += len(line)
            if length > LONGEST_DOCUMENT:
                allowed = "documents parted by blank lines, or one a line (format lines)"
                raise StudyError(path, f"more than {LONGEST_DOCUMENT:,} characters without a blank line", allowed)
        elif held:
            yield Document(str(number), "", "\n".join(held))
            number, length, held = number + 1, 0, []
    if held:
        yield Document(str(number), "", "\n".join(held))
