"""The nested markup of a page (templates, links, tables) flattened to the text that it shows, in one scan.

The scan follows the rules of MediaWiki's own preprocessor: a pair of braces or brackets closes the nearest open pair of
its kind, and what is never closed is text. Time grows with the length of the page, however deep the nesting, but for
link labels within link labels.
"""

import re
from collections.abc import Set
from typing import NamedTuple

from wordspaces.corpus.tidy import names

# Templates whose parameters are the prose itself; a sentence that loses them has a hole.
FIRST = names(
    "nowrap | nobr | nobold | noitalic | no italic | small | smaller | big | larger | abbr | abbrv | tooltip | iast | "
    "sic | typo | not a typo | as written | smallcaps | sc | aut | angbr | nihongo | em | strong | sup | sub | "
    "ill | interlanguage link | interlanguage link multi | keypress | linktext | bracket | font color | "
    "visible anchor | vanchor"
)
SECOND = names("lang | langx | wikt-lang | linktext lang | color | font")
PROSE_TEMPLATES = {
    **dict.fromkeys(FIRST, ("1",)),
    **dict.fromkeys(SECOND, ("2",)),
    "frac": ("1", "2"),
    "us$": ("1",),
    "circa": ("1",),
    "quote": ("1", "text", "quote"),
    "blockquote": ("1", "text", "quote"),
    "cquote": ("1", "text", "quote"),
    "quotation": ("1", "text", "quote"),
    "block indent": ("1", "text"),
}
TRANSLITERATIONS = ("transl", "transliteration")
CONVERSIONS = ("convert", "cvt")
RANGE_WORDS = ("-", "–", "to", "and", "or", "by", "x", "+/-")
LITERAL_TEMPLATES = {
    "'": "'",
    "=": "=",
    "okina": "ʻ",
    "ndash": "-",
    "mdash": "-",
    "en dash": "-",
    "em dash": "-",
    "spaced ndash": " - ",
    "spaced en dash": " - ",
    "nbsp": " ",
    "snd": " - ",
    "spd": " - ",
}
SHIPS = names("hms | uss | hmas | hmcs | rms | ss | usns | uscgc | hmnzs | sms | ms | mv")

HIDDEN = names("file | image | category")
NAMESPACES = names(
    "media | template | wikipedia | wp | project | user | talk | help | portal | module | mediawiki | special | "
    "draft | timedtext | book | wikt | wiktionary | commons | wikisource | s | wikiquote | q | wikibooks | b | "
    "wikinews | n | wikispecies | wikiversity | v | meta | m | mw | species | d | wikidata"
)
INTERLANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]+)*|simple")

LINK = re.compile(r"\[\[([^\[\]{}|\n<>]*)(?:\|([^\[\]{}|\n]*))?\]\]")
TOKEN = re.compile(
    LINK.pattern  # 1, 2: a link without anything nested
    + r"|\{\{\{[^{}]*\}\}\}"  # no group: a parameter, empty outside a template
    + r"|\{\{([^{}]*)\}\}"  # 3: a template without one inside
    + r"|(\{\{)|(\}\})|(\[\[)(?!\[)|(\]\])(?!\](?!\]))"  # 4 to 7; of three brackets one is text
    + r"|\n[ \t:*#;]*(\{\||<table\b)"  # 8
    + r"|\n[ \t]*(\|\}(?!\})|</table\b)"  # 9
    + r"|(<table\b)|(</table\b)",  # 10, 11
    re.IGNORECASE,
)
TARGET = re.compile(r"[^\[\]{}|\n<>]*")
PARAMETER = re.compile(r"\s*(\w[\w -]*?)\s*=(.*)", re.DOTALL)

CALL, OPEN_LINK, TABLE = range(3)
TRIES = 4  # scans of a page; each but the first knows more of the braces that nothing closes


class _Frame(NamedTuple):
    """Something open: what it is, the number of pieces before it, and where it stands in the text."""

    kind: int
    pieces: int
    start: int


def flatten(text: str) -> str:
    """Text that shows when templates, files, categories and tables are gone and links are replaced by their labels.

    Parameters
    ----------
    text : wikitext without comments and without tags whose content is no wikitext.

    Returns
    -------
    The same text, other markup (headings, quote marks, tags, list marks) untouched.
    """
    unclosed: frozenset[int] = frozenset()
    text = "\n" + text
    for _ in range(TRIES):
        scan = _Scan(text, unclosed)
        pieces = scan.run()
        found = scan.unclosed()
        if not found:
            break
        unclosed |= found
    return "".join(pieces)


class _Scan:
    """One scan over the tokens of a page; the braces that begin at `unclosed` are taken for text."""

    def __init__(self, text: str, unclosed: Set[int]) -> None:
        self.text, self.dead = text, unclosed
        self.pieces: list[str] = []
        self.stack: list[_Frame] = []
        self.open = [0, 0, 0]

    def run(self) -> list[str]:
        """Pieces of the flattened text, in order."""
        text, pieces, here = self.text, self.pieces, 0
        for token in TOKEN.finditer(text):
            start, end = token.span()
            if start > here:
                pieces.append(text[here:start])
            here = end
            kind = token.lastindex
            if kind == 3:
                pieces.append(_template_text(token[3]))
            elif kind is None:
                continue
            elif kind <= 2:
                pieces.append(_link_text(token[1], token[2]))
            elif kind == 4:
                if start not in self.dead:
                    self._push(CALL, start)
            elif kind == 5:
                self._close_template()
            elif kind == 6:
                self._open_link(start)
            elif kind == 7:
                self._close_link()
            elif kind in (8, 10):
                pieces.append("\n")
                self._push(TABLE, start)
            else:
                self._close_table(token[kind])
        pieces.append(text[here:])
        self._drop_open_files()
        return pieces

    def unclosed(self) -> frozenset[int]:
        """Where the braces stand that nothing closed."""
        return frozenset(frame.start for frame in self.stack if frame.kind == CALL)

    def _push(self, kind: int, start: int) -> None:
        self.stack.append(_Frame(kind, len(self.pieces), start))
        self.open[kind] += 1

    def _pop(self, kind: int) -> _Frame:
        """Close the nearest open `kind`; what is open within it is text."""
        while True:
            frame = self.stack.pop()
            self.open[frame.kind] -= 1
            if frame.kind == kind:
                return frame

    def _take(self, frame: _Frame) -> str:
        """The text since the frame was opened, taken off the pieces."""
        body = "".join(self.pieces[frame.pieces :])
        del self.pieces[frame.pieces :]
        return body

    def _close_template(self) -> None:
        if self.open[CALL]:
            frame = self._pop(CALL)
            name = TARGET.match(self.text, frame.start + 2)
            if name is not None and _known(name[0]):
                self.pieces.append(_template_text(self._take(frame)))
            else:
                del self.pieces[frame.pieces :]

    def _open_link(self, start: int) -> None:
        target = TARGET.match(self.text, start + 2)
        if target is not None and self.text[target.end() : target.end() + 1] not in ("\n", "[", "]", ""):
            self._push(OPEN_LINK, start)

    def _close_link(self) -> None:
        if not self.stack or self.stack[-1].kind != OPEN_LINK:
            return
        frame = self._pop(OPEN_LINK)
        if self._is_hidden(frame):
            del self.pieces[frame.pieces :]
            return
        body = self._take(frame)
        # No label spans paragraphs: these brackets are no link.
        self.pieces.append(body if "\n\n" in body else body.rpartition("|")[2])

    def _is_hidden(self, frame: _Frame) -> bool:
        target = TARGET.match(self.text, frame.start + 2)
        return target is not None and target[0].partition(":")[0].strip().lower() in HIDDEN

    def _close_table(self, mark: str) -> None:
        self.pieces.append("\n")
        for frame in reversed(self.stack):
            if frame.kind == CALL:
                break  # a bar before the braces that end a template
            if frame.kind == TABLE:
                del self.pieces[self._pop(TABLE).pieces :]
                self.pieces.append("\n")
                break
        if mark[0] == "<":
            self.pieces.append("</table")  # its end is for the pass over tags

    def _drop_open_files(self) -> None:
        """A file whose brackets nothing closes goes with the rest of its line."""
        reached = -1
        for frame in self.stack:
            if frame.kind != OPEN_LINK or frame.pieces <= reached or not self._is_hidden(frame):
                continue
            for reached in range(frame.pieces, len(self.pieces)):
                _, line_end, rest = self.pieces[reached].partition("\n")
                self.pieces[reached] = line_end + rest
                if line_end:
                    break


def _link_text(target: str, label: str | None) -> str:
    if ":" in target:
        prefix, _, rest = target.partition(":")
        prefix = prefix.strip()
        name = prefix.lower()
        if name in HIDDEN or (label is None and name not in NAMESPACES and INTERLANGUAGE.fullmatch(prefix)):
            return ""
        if not prefix or name in NAMESPACES:
            target = rest.rpartition(":")[2]
    if label and not label.isspace():
        return label
    target = target.strip()
    return target.partition("#")[0] or target.lstrip("#")


def _known(name: str) -> bool:
    name = " ".join(name.split()).lower()
    return (
        name in PROSE_TEMPLATES
        or name in LITERAL_TEMPLATES
        or name in CONVERSIONS
        or name in TRANSLITERATIONS
        or name in SHIPS
        or name.startswith("lang-")
    )


def _template_text(body: str) -> str:
    """What a template shows, from the text between its braces, where other templates are flattened already."""
    name, bar, rest = body.partition("|")
    if not _known(name):
        return ""
    name = " ".join(name.split()).lower()
    if name in LITERAL_TEMPLATES:
        return LITERAL_TEMPLATES[name]
    found = _parameters(LINK.sub(lambda link: _link_text(link[1], link[2]), rest).split("|") if bar else [])
    if name in SHIPS:
        return f"{name.upper()} {found.get('1', '')}"
    if name in CONVERSIONS:
        wanted: tuple[str, ...] = ("1", "2", "3", "4") if found.get("2") in RANGE_WORDS else ("1", "2")
    elif name in TRANSLITERATIONS:
        wanted = ("3",) if "3" in found else ("2",)  # the second of three is the name of a standard
    else:
        wanted = PROSE_TEMPLATES.get(name, ("1",))
    return " ".join(found[key] for key in wanted if key in found)


def _parameters(parts: list[str]) -> dict[str, str]:
    """Values by name, those without a name by their number."""
    found: dict[str, str] = {}
    number = 0
    for part in parts:
        named = PARAMETER.fullmatch(part)
        if named:
            found[named[1]] = named[2].strip()
        else:
            number += 1
            found[str(number)] = part.strip()
    return found
