"""From wikitext to prose, in one pass over the nodes of the parsed page."""

import re
from collections.abc import Iterator

import mwparserfromhell
from mwparserfromhell.nodes import ExternalLink, Heading, HTMLEntity, Node, Tag, Template, Text, Wikilink
from mwparserfromhell.wikicode import Wikicode


def _names(text: str) -> frozenset[str]:
    """Names between bars."""
    return frozenset(name.strip() for name in text.split("|"))


END_SECTIONS = _names(
    "see also | references | external links | notes | further reading | bibliography | footnotes | sources | "
    "citations | works cited | notes and references | references and notes | references and further reading | "
    "literature | endnotes | explanatory notes | general references | cited sources | external sources | "
    "primary sources | secondary sources | tertiary sources | gallery | image gallery | links"
)
DROPPED_TAGS = _names(
    "ref | references | math | chem | ce | gallery | table | timeline | score | source | syntaxhighlight | pre | "
    "code | imagemap | hiero | templatestyles | graph | mapframe | maplink | includeonly | noinclude | section | "
    "inputbox | categorytree | style"
)
BREAKING_TAGS = _names("li | dd | dt | br | hr | p | div | blockquote | tr | td | th | ul | ol | dl | center | poem")
NAMESPACES = _names(
    "file | image | media | category | template | wikipedia | wp | project | user | talk | help | portal | module | "
    "mediawiki | special | draft | timedtext | book | wikt | wiktionary | commons | wikisource | s | wikiquote | q | "
    "wikibooks | b | wikinews | n | wikispecies | wikiversity | v | meta | m | mw | species | d | wikidata"
)
# Templates whose parameters are the prose itself; a sentence that loses them has a hole.
PROSE_TEMPLATES = {
    "lang": ("2",),
    "transl": ("2", "3"),
    "transliteration": ("2", "3"),
    "nowrap": ("1",),
    "nobr": ("1",),
    "small": ("1",),
    "abbr": ("1",),
    "iast": ("1",),
    "quote": ("1", "text", "quote"),
    "blockquote": ("1", "text", "quote"),
    "cquote": ("1", "text", "quote"),
    "circa": ("1",),
    "frac": ("1", "2"),
    "us$": ("1",),
}
CONVERSIONS = ("convert", "cvt")
RANGE_WORDS = ("-", "–", "to", "and", "or", "by", "x", "+/-")
LITERAL_TEMPLATES = {
    "'": "'",
    "ndash": "-",
    "mdash": "-",
    "spaced ndash": " - ",
    "nbsp": " ",
    "snd": " - ",
    "spd": " - ",
}

DISAMBIGUATION = re.compile(
    r"\{\{\s*(?:[^{}|]*\bdisambig(?:uation)?(?: page)?|dab|hndis|geodis|numberdis|letter-?numbercombdisambig|"
    r"(?:given |sur)name|set index(?: article)?|sia|shipindex|mountainindex|roadindex)\s*(?:\||\}\})",
    re.IGNORECASE,
)
INTERLANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]+)*|simple")
MARKUP = re.compile(r"'{2,}|__[A-Z]{3,}__|\[\[|\]\]|\{\{|\}\}|</?[a-z][^<>\n]{0,80}>", re.IGNORECASE)
TABLE_LINE = re.compile(r"^\s*(?:\{\||\|\}|\|-|\||!(?=.*\|))")
EMPTY_BRACKETS = re.compile(r"\(\s*(?:[,;:/-]\s*)*\)|\[\s*\]")
BRACKET_EDGES = re.compile(r"(?<=\()\s*(?:[,;:]\s*)+|\s*(?:[,;:]\s*)+(?=\))")
BEFORE_STOP = re.compile(r"[ \t\xa0]+(?=[,.;:!?)])")
LETTER = re.compile(r"[^\W\d_]")
BRACKETED = re.compile(r"\([^()]*\)")


def is_disambiguation(title: str, wikitext: str) -> bool:
    """Whether a page only tells apart, or lists, things of one name."""
    return title.endswith("(disambiguation)") or DISAMBIGUATION.search(wikitext) is not None


def clean(wikitext: str) -> str:
    """Prose of a page: paragraphs and list items, one a line, without markup, or "" where there is none.

    Out go templates, tables, references, files, categories, formulas, comments, headings, and the sections at the
    end (see also, references, ...). Link text stays, and so does what a few templates wrap around prose.
    """
    # Quote marks for bold and italics are often unbalanced; as plain text they cannot swallow what follows.
    nodes = mwparserfromhell.parse(wikitext, skip_style_tags=True).nodes
    pieces: list[str] = []
    ended: int | None = None
    for node in nodes:
        if isinstance(node, Heading):
            if ended is None or node.level <= ended:
                name = MARKUP.sub("", _prose(node.title)).strip().rstrip(":").lower()
                ended = node.level if name in END_SECTIONS else None
            pieces.append("\n")
        elif ended is None:
            pieces.extend(_pieces(node))
    return tidy("".join(pieces))


def tidy(text: str) -> str:
    """Drop left-over markup, the holes that removed nodes leave, and lines without a letter."""
    lines = []
    for line in text.splitlines():
        if TABLE_LINE.match(line) or not LETTER.search(line):
            continue
        line = EMPTY_BRACKETS.sub("", BRACKET_EDGES.sub("", MARKUP.sub("", line)))
        line = " ".join(BEFORE_STOP.sub("", line).split()).lstrip("*#:; ")
        if LETTER.search(BRACKETED.sub("", line)):
            lines.append(line)
    return "\n".join(lines)


def _prose(code: Wikicode | None) -> str:
    return "" if code is None else "".join(piece for node in code.nodes for piece in _pieces(node))


def _pieces(node: Node) -> Iterator[str]:
    """Text that one node contributes."""
    if isinstance(node, Text):
        yield str(node.value)
    elif isinstance(node, Wikilink):
        yield _link_text(node)
    elif isinstance(node, Tag):
        yield from _tag_text(node)
    elif isinstance(node, Template):
        yield _template_text(node)
    elif isinstance(node, ExternalLink):
        yield _prose(node.title)
    elif isinstance(node, HTMLEntity):
        yield node.normalize()
    elif isinstance(node, Heading):
        yield "\n"


def _link_text(link: Wikilink) -> str:
    title = str(link.title).strip()
    prefix, colon, _ = title.partition(":")
    if colon and prefix:
        plain = prefix.strip().lower()
        if plain in NAMESPACES or (link.text is None and INTERLANGUAGE.fullmatch(prefix)):
            return ""
    if link.text is not None:
        return _prose(link.text)
    return title.lstrip(":").partition("#")[0] or title.lstrip(":#")


def _tag_text(tag: Tag) -> Iterator[str]:
    name = str(tag.tag).strip().lower()
    if name in DROPPED_TAGS:
        return
    if name in BREAKING_TAGS:
        yield "\n"
    if tag.contents is not None:
        yield _prose(tag.contents)


def _template_text(template: Template) -> str:
    name = " ".join(str(template.name).split()).lower()
    if name in LITERAL_TEMPLATES:
        return LITERAL_TEMPLATES[name]
    if name.startswith("lang-"):
        wanted: tuple[str, ...] = ("1",)
    elif name in CONVERSIONS:
        ranged = template.has("2") and str(template.get("2").value).strip() in RANGE_WORDS
        wanted = ("1", "2", "3", "4") if ranged else ("1", "2")
    elif name in PROSE_TEMPLATES:
        wanted = PROSE_TEMPLATES[name]
    else:
        return ""
    return " ".join(_prose(template.get(key).value).strip() for key in wanted if template.has(key))
