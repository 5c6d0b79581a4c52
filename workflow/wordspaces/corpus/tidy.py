"""The last pass over prose of any wiki source: left-over markup, holes, headings, the sections that end an article."""

import re


def names(text: str) -> frozenset[str]:
    """Names between bars."""
    return frozenset(name.strip() for name in text.split("|"))


END_SECTIONS = names(
    "see also | references | external links | notes | further reading | bibliography | footnotes | sources | "
    "citations | works cited | notes and references | references and notes | references and further reading | "
    "literature | endnotes | explanatory notes | general references | cited sources | external sources | "
    "primary sources | secondary sources | tertiary sources | gallery | image gallery | links"
)

MARKUP = re.compile(r"'{2,}|__[A-Z]{3,}__|\[\[|\]\]|\{\{|\}\}|</?[a-z][^<>\n]{0,80}>", re.IGNORECASE)
TABLE_LINE = re.compile(r"\s*(?:\{\||\|\}|\|-|\||!(?=.*\|))")
EMPTY_BRACKETS = re.compile(r"\(\s*(?:[,;:/-]\s*)*\)|\[\s*\]")
BRACKET_EDGES = re.compile(r"(?<=\()\s*(?:[,;:]\s*)+|\s*(?:[,;:]\s*)+(?=\))")
BEFORE_STOP = re.compile(r"(?<![ \t\xa0])[ \t\xa0]++(?=[,.;:!?)])")
LETTER = re.compile(r"[^\W\d_]")
BRACKETED = re.compile(r"\([^()]*\)")


def tidy(text: str) -> str:
    """Drop left-over markup, the holes that removed nodes leave, and lines without a letter."""
    lines = []
    for line in text.splitlines():
        if not LETTER.search(line) or TABLE_LINE.match(line):
            continue
        line = MARKUP.sub("", line)
        bracket = "(" in line
        if bracket or "[" in line:
            line = EMPTY_BRACKETS.sub("", BRACKET_EDGES.sub("", line))
        line = " ".join(BEFORE_STOP.sub("", line).split()).lstrip("*#:; ")
        # A line whose only letters stand in brackets is what is left of a list of dropped templates.
        if LETTER.search(BRACKETED.sub("", line) if bracket else line):
            lines.append(line)
    return "\n".join(lines)
