"""Reading a Wikipedia dump beside mwparserfromhell's `strip_code`: CPU seconds, and how much markup is left as junk.

Ours is the whole way from the compressed dump to documents, with its child process; the peer is given the wikitext of
the same articles as strings in memory, so decompression, XML and the choice of pages are on our side only.
"""

import bz2
import gc
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import mwparserfromhell
import numpy as np
from benchmarks.timing import Gate, interleave

from wordspaces.corpus.mediawiki import read_mediawiki
from wordspaces.corpus.records import Document
from wordspaces.corpus.wikitext import is_disambiguation

ROUNDS = 3
SPEED = 1.2
JUNK_PER_10000_WORDS = 1.0

WORD = re.compile(r"\w+")
JUNK = re.compile(
    r"'{2,}"  # quote marks of bold and italics
    r"|\[\[|\]\]|\{\||\|\}|[{}]{2}|[{}]"  # links, tables, templates
    r"|(?:\b(?:thumb|thumbnail|frame|frameless|upright|left|right|center)\s*)?\|"  # bars, caption parameters with them
    r"|\b\d+(?:x\d+)?px\b|\b(?:File|Image|Category):"
    r"|</?[a-z][^<>\n]*>|<!--|&[a-z]+;"  # tags, comments, entities
    r"|^=+|=+$|__[A-Z]{3,}__|^\s*[*#:;]|https?://",  # headings, magic words, list marks, addresses
    re.IGNORECASE | re.MULTILINE,
)


def run_extracting(dump: Path) -> Iterator[str | Gate]:
    """Lines to print and gates, in the order in which they are found; `dump` is an .xml.bz2 of some megabytes."""
    pages = [text for title, text in wikitexts(dump) if not is_disambiguation(title, text)]
    characters = sum(map(len, pages))
    yield f"dump: {dump.name}, {len(pages):,} articles, {characters:,} characters of wikitext"
    yield f"peer: mwparserfromhell {version('mwparserfromhell')}, parse(text).strip_code()"
    found = interleave(lambda number: ours(dump), lambda number: peer(pages), ROUNDS)
    rates = [characters / np.median(seconds) / 1e6 for seconds in (found.ours_seconds, found.peer_seconds)]
    yield f"CPU: {rates[0]:.2f} million characters a second, strip_code {rates[1]:.2f}"
    yield Gate("extraction_over_strip_code", found.speedup, SPEED, least=True)
    words = [count(WORD, texts) for texts in (found.ours[0], found.peer[0])]
    junk = [junk_per_10000_words(texts) for texts in (found.ours[0], found.peer[0])]
    yield f"words: {words[0]:,}, strip_code {words[1]:,} (with tables, captions and the sections at the end)"
    yield f"junk per 10,000 words: {junk[0]:.3f}, strip_code {junk[1]:.1f}"
    yield Gate("extraction_junk_per_10000_words", junk[0], JUNK_PER_10000_WORDS, least=False)


def ours(dump: Path) -> tuple[float, list[str]]:
    """CPU seconds, the child's included, and the text of every document of the dump."""
    gc.collect()
    before = cpu_seconds()
    texts = [record.text for record in read_mediawiki(dump) if isinstance(record, Document)]
    return cpu_seconds() - before, texts


def peer(pages: list[str]) -> tuple[float, list[str]]:
    """CPU seconds and the text that `strip_code` leaves of each page."""
    gc.collect()
    before = cpu_seconds()
    texts = [str(mwparserfromhell.parse(page).strip_code()) for page in pages]
    return cpu_seconds() - before, texts


def cpu_seconds() -> float:
    """User and system time of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def wikitexts(dump: Path) -> Iterator[tuple[str, str]]:
    """Title and wikitext of the pages of the main namespace that are no redirects."""
    with bz2.open(dump) as stream:
        for _, element in ElementTree.iterparse(stream):
            if element.tag.rpartition("}")[2] == "page":
                text = element.findtext("{*}revision/{*}text") or ""
                redirect = element.find("{*}redirect") is not None or text[:9].lower() == "#redirect"
                if element.findtext("{*}ns") == "0" and not redirect:
                    yield element.findtext("{*}title") or "", text
                element.clear()


def junk_per_10000_words(texts: Iterable[str]) -> float:
    """How often markup is left in prose, per 10,000 words.

    Each match of `JUNK` counts as one: quote marks, brackets and braces of links, tables and templates, bars (with the
    parameter of a caption before them), sizes in pixels, prefixes of files and categories, tags, comments, entities,
    marks of headings and lists, magic words, addresses. A page that writes of braces or bars has them counted too.
    """
    texts = list(texts)
    return 1e4 * count(JUNK, texts) / count(WORD, texts)


def count(pattern: re.Pattern[str], texts: Iterable[str]) -> int:
    """Matches of a pattern in all texts."""
    return sum(1 for text in texts for _ in pattern.finditer(text))
