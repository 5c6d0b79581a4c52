"""Read the articles of a MediaWiki XML dump (export format 0.10 and 0.11), compressed by bzip2, as a stream."""

import bz2
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Dropped
from wordspaces.corpus.wikitext import clean, is_disambiguation


def read_mediawiki(path: str | Path) -> Iterator[Document | Dropped]:
    """Yield the articles of the dump at `path`, cleaned; redirects, other namespaces and so on as `Dropped`.

    One page is in memory at a time. Raises `StudyError` where the file is cut short, or is no bzip2 or no XML.
    """
    for page in _pages(path):
        yield _record(page)


def _pages(path: str | Path) -> Iterator[Element]:
    """The ``page`` elements, each of them gone from memory when the next is asked for."""
    try:
        with bz2.open(path) as stream:
            events = ElementTree.iterparse(stream, events=("start", "end"))
            _, root = next(events)
            for event, element in events:
                if event == "end" and element.tag.rpartition("}")[2] == "page":
                    yield element
                    root.clear()
    except EOFError:
        raise StudyError(path, "a bzip2 file that ends early", "a whole download", "delete it and rerun") from None
    except OSError as error:
        raise StudyError(path, f"no readable bzip2 ({error})", "a bzip2 file") from None
    except ElementTree.ParseError as error:
        raise StudyError(path, f"broken XML ({error})", "a whole MediaWiki dump", "delete it and rerun") from None


def _record(page: Element) -> Document | Dropped:
    title = page.findtext("{*}title") or ""
    wikitext = page.findtext("{*}revision/{*}text") or ""
    if page.findtext("{*}ns") not in ("0", None):
        return Dropped("other namespace")
    if page.find("{*}redirect") is not None or wikitext.lstrip()[:9].lower() == "#redirect":
        return Dropped("redirect")
    if is_disambiguation(title, wikitext):
        return Dropped("disambiguation")
    return Document(page.findtext("{*}id") or "", title, clean(wikitext))
