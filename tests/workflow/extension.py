"""The fenced blocks of a document that extend the project: where each goes, and how it is put there."""

import re
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(?:python|yaml|markdown)\n# (?P<place>[^\n]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r'(?P<file>\S+?)(?:, (?P<how>at the end|after|instead of)(?: "(?P<line>.*)")?)?')


@dataclass(frozen=True)
class Block:
    """A text and its place: a new `file`, its end, or after or instead of its one line that begins with `line`."""

    file: str
    how: str | None
    line: str | None
    text: str

    def apply(self, folder: Path) -> None:
        """Put the text where it belongs; `ValueError` where the place is not there, or there more than once."""
        path = folder / self.file
        if self.how is None:
            if path.exists():
                raise ValueError(f"{self.file} is no new file")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text)
            return
        lines = path.read_text().splitlines(keepends=True)
        at = len(lines)
        if self.how != "at the end":
            found = [number for number, line in enumerate(lines) if line.startswith(self.line)]
            if len(found) != 1:
                raise ValueError(f"{self.file} has {len(found)} lines that begin with {self.line!r}")
            at = found[0]
        kept = at + (self.how == "after")
        resumed = at + (self.how in ("after", "instead of"))
        path.write_text("".join([*lines[:kept], self.text, *lines[resumed:]]))


def blocks(section: str) -> list[Block]:
    """Blocks of a part of a document, in their order; those that name no place are none."""
    return [
        Block(place["file"], place["how"], place["line"], found["text"])
        for found in BLOCK.finditer(section)
        if (place := PLACE.fullmatch(found["place"]))
    ]


def section(document: str, title: str) -> str:
    """The part of a document under one heading, up to the next of the same or a higher level."""
    # Comments inside blocks look like headings: they are hidden, at the same length, while headings are looked for.
    plain = FENCED.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), document)
    found = re.search(rf"^(#+) {re.escape(title)}\n", plain, re.MULTILINE)
    if not found:
        raise ValueError(f"no heading {title!r}")
    end = re.compile(rf"^#{{1,{len(found[1])}}} ", re.MULTILINE).search(plain, found.end())
    return document[found.end() : end.start() if end else None]
