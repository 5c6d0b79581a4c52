"""The door of this stage: a downloaded file of any known format becomes a table of documents."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.corpus.mediawiki import read_mediawiki
from wordspaces.corpus.records import Document, Dropped
from wordspaces.corpus.summaries import read_summaries
from wordspaces.corpus.tweets import read_csv, read_orange_tab

READERS: dict[str, Callable[[str | Path], Iterator[Document | Dropped]]] = {
    "mediawiki": read_mediawiki,
    "summaries": read_summaries,
    "orange-tab": read_orange_tab,
    "csv": read_csv,
}
DOCUMENTS = pa.schema([("id", pa.string()), ("title", pa.string()), ("text", pa.string())])
DROPPED = pa.schema([("reason", pa.string()), ("documents", pa.int64())])
KEPT = "kept"


def extract(path: str | Path, format: str, source: str) -> tuple[pa.Table, pa.Table]:
    """Documents of a file, and how many of its records were dropped for which reason.

    Parameters
    ----------
    format : one of `READERS`.
    source : name of the source, the first part of every document's id.

    Returns
    -------
    documents : id string ("{source}:{page id or row}"), title string, text string; sorted by id.
    dropped : reason string, documents int64; sorted by reason, one of them "kept".

    Raises
    ------
    StudyError : unknown format, broken file, or no document left.
    """
    if format not in READERS:
        raise StudyError(f"source {source}", f"format {format}", ", ".join(READERS))
    counts: Counter[str] = Counter()
    kept: list[tuple[str, str, str]] = []
    for record in READERS[format](path):
        reason = _reason(record)
        counts[reason] += 1
        if isinstance(record, Document) and reason == KEPT:
            kept.append((f"{source}:{record.number}", record.title, record.text))
    if not kept:
        said = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.items())) or "no record at all"
        raise StudyError(path, f"no document ({said})", f"a file of format {format} with text in it")
    kept.sort()
    documents = pa.table([list(column) for column in zip(*kept, strict=True)], schema=DOCUMENTS)
    dropped = pa.table([sorted(counts), [counts[reason] for reason in sorted(counts)]], schema=DROPPED)
    return documents, dropped


def _reason(record: Document | Dropped) -> str:
    if isinstance(record, Dropped):
        return record.reason
    return KEPT if any(character.isalpha() for character in record.text) else "empty"
