"""From wikitext to prose, in a few linear passes over a page.

The order is MediaWiki's: comments and tags with raw content, then the nested markup (`markup.flatten`), then links to
addresses, tags, headings, quote marks, entities.
"""

import html
import re

from wordspaces.corpus.markup import flatten
from wordspaces.corpus.tidy import END_SECTIONS, MARKUP, tidy

DISAMBIGUATION = re.compile(
    r"\{\{\s*+(?:[^{}|]*\bdisambig(?:uation)?(?: page)?|dab|hndis|geodis|numberdis|letter-?numbercombdisambig|"
    r"(?:given |sur)name|set index(?: article)?|sia|shipindex|mountainindex|roadindex)\s*(?:\||\}\})",
    re.IGNORECASE,
)

DROPPED_TAGS = (
    "ref|references|math|chem|ce|gallery|timeline|score|source|syntaxhighlight|pre|code|imagemap|hiero|templatestyles|"
    "graph|mapframe|maplink|includeonly|noinclude|section|inputbox|categorytree|style|nowiki"
)
# A comment that nothing closes hides the rest of a page, a tag that nothing closes is dropped by itself: another one
# of its name before its end says that it is not closed.
RAW = re.compile(
    rf"<!--.*?(?:-->|\Z)|<({DROPPED_TAGS})\b[^<>]*?(?:/\s*>|>(?:((?:[^<]++|<(?!/?\1\b))*+)</\1\s*>)?)",
    re.IGNORECASE | re.DOTALL,
)
# What stands in <nowiki> is hidden from the passes as control characters, which no XML can hold.
MARKS = "[]{}|=*#:;<>'"
CONTROLS = "".join(chr(14 + place) for place in range(len(MARKS)))
GUARD, RELEASE, NO_CONTROLS = (
    str.maketrans(MARKS, CONTROLS),
    str.maketrans(CONTROLS, MARKS),
    str.maketrans("", "", CONTROLS),
)
NOWIKI = re.compile("<nowiki", re.IGNORECASE)

SCHEME = r"(?:https?://|ftp://|//|mailto:|news:|irc://|gopher://)"
LABELLED = re.compile(rf"\[{SCHEME}[^\s\[\]]*[ \t]*([^\[\]\n]*)\]", re.IGNORECASE)
ADDRESS = re.compile(r"\b(?:https?|ftp)://[^\s<>\[\]\"|]+?(?=[.,;:!?)']*(?:[\s<>\[\]\"|]|\Z))", re.IGNORECASE)
BREAKING = re.compile(r"</?(?:li|dd|dt|br|hr|p|div|blockquote|tr|td|th|ul|ol|dl|center|poem)\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*|/)?>", re.IGNORECASE)
TERM = re.compile(r"^;([^:\n]*):[ \t]", re.MULTILINE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
HEADING = re.compile(r"^(={1,6})(?!=)([^\n]*?)(?<!=)\1=*+[ \t]*+$", re.MULTILINE)
QUOTES = re.compile(r"'{2,}")


def is_disambiguation(title: str, wikitext: str) -> bool:
    """Whether a page only tells apart, or lists, things of one name."""
    return title.endswith("(disambiguation)") or DISAMBIGUATION.search(wikitext) is not None


def clean(wikitext: str) -> str:
    """Prose of a page: paragraphs and list items, one a line, without markup, or "" where there is none.

    Out go templates, tables, references, files, categories, formulas, comments, headings, and the sections at the
    end (see also, references, ...). Link text stays, and so does what a few templates wrap around prose.
    """
    guarded = NOWIKI.search(wikitext) is not None
    text = wikitext.translate(NO_CONTROLS) if guarded else wikitext
    if "<" in text:
        text = RAW.sub(_raw, text)
    text = flatten(text)
    if "//" in text or "[" in text:
        text = ADDRESS.sub("", LABELLED.sub(r"\1", text))
    if "<" in text:
        text = TAG.sub("", BREAKING.sub("\n", text))
    text = TERM.sub(r"\1\n", _without_end_sections(text))
    if "''" in text:
        text = "\n".join(_without_quotes(line) if "''" in line else line for line in text.split("\n"))
    if guarded:
        text = text.translate(RELEASE)
    if "&" in text:
        text = ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return tidy(text)


def _raw(found: re.Match[str]) -> str:
    """What is left of a comment or of a tag with raw content: the content of ``<nowiki>``, guarded."""
    if found[2] and found[1].lower() == "nowiki":
        return found[2].translate(GUARD)
    return ""


def _without_end_sections(text: str) -> str:
    """The text without headings and without the sections, subsections included, that end an article."""
    pieces: list[str] = []
    here, ended = 0, None
    for heading in HEADING.finditer(text):
        if ended is None:
            pieces.append(text[here : heading.start()])
        here, level = heading.end(), len(heading[1])
        if ended is None or level <= ended:
            name = MARKUP.sub("", heading[2]).strip().rstrip(":").lower()
            ended = level if name in END_SECTIONS else None
    if ended is None:
        pieces.append(text[here:])
    return "".join(pieces)


def _without_quotes(line: str) -> str:
    """A line without the quote marks of bold and italics.

    An apostrophe beside them stays, by MediaWiki's own rule: of four quote marks one is an apostrophe, and where both
    bold and italics are left open, so is the first of three that follow a word, best of one letter.
    """
    texts, runs = QUOTES.split(line), [len(run) for run in QUOTES.findall(line)]
    for place, run in enumerate(runs):
        if run == 4 or run > 5:
            runs[place] = 3 if run == 4 else 5
            texts[place] += "'" * (run - runs[place])
    bold, italic = (sum(run in (size, 5) for run in runs) for size in (3, 2))
    if bold % 2 and italic % 2:
        places = [place for place, run in enumerate(runs) if run == 3 and texts[place][-1:].isalpha()]
        if places:
            texts[min(places, key=lambda place: (texts[place][-2:-1] != " ", place))] += "'"
    return "".join(texts)
