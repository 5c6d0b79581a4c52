"""Extraction, normalising and memory: this project's stages up to tokens beside the usual ways of doing their work."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.extracting import run_extracting
from benchmarks.memory import run_memory
from benchmarks.normalising import run_normalising
from benchmarks.timing import Gate

from wordspaces.common.artefacts import read_batches
from wordspaces.common.errors import StudyError

DUMP = Path("results/sources/wiki-dump-sample/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2")
CHARACTERS = 12_000_000
WIKI, TWEETS = "wiki.txt.gz", "tweets.jsonl.gz"


def run(study: str, corpus: Path | None) -> Iterator[str | Gate]:
    """Lines to print and gates, in the order in which they are found."""
    if not DUMP.is_file():
        raise StudyError(DUMP, "no such file", "the dump of the default study", "run `make fetch` first")
    paragraphs, tweets = texts_of_folder(corpus) if corpus else texts_of_study(Path("results") / study)
    yield f"text: {corpus or study}, {len(paragraphs):,} paragraphs and {len(tweets):,} tweets"
    yield from run_extracting(DUMP)
    yield from run_normalising(shortened(paragraphs) + shortened(tweets))
    with tempfile.TemporaryDirectory(prefix="wordspaces-") as folder:
        yield from run_memory(paragraphs, tweets, Path(folder))


def shortened(texts: list[str]) -> list[str]:
    """The first texts, about half of `CHARACTERS` of them."""
    size, taken = 0, []
    for text in texts:
        if size > CHARACTERS // 2:
            break
        taken.append(text)
        size += len(text)
    return taken


def texts_of_study(folder: Path) -> tuple[list[str], list[str]]:
    """Paragraphs of the corpus "wiki" and tweets of the corpus "twitter" of a finished study."""
    found = []
    for corpus in ("wiki", "twitter"):
        paths = [path for path in sorted((folder / "corpus" / corpus).glob("*.parquet")) if path.name.count(".") == 1]
        texts = [
            text
            for path in paths
            if path.stem != "duplicates"
            for batch in read_batches(path, ["text"])
            for text in batch["text"].to_pylist()
        ]
        if not texts:
            allowed = "the documents of a finished study"
            raise StudyError(
                folder, f"no documents of {corpus}", allowed, "run `make study` first, or give CORPUS=path"
            )
        found.append(texts)
    paragraphs = [line for text in found[0] for line in text.splitlines()]
    return paragraphs, found[1]


def texts_of_folder(folder: Path) -> tuple[list[str], list[str]]:
    """Paragraphs of `WIKI` (a text, one paragraph a line) and tweets of `TWEETS` (JSON lines with a key text)."""
    try:
        with gzip.open(folder / WIKI, "rt", encoding="utf-8") as stream:
            paragraphs = [line.strip() for line in stream if len(line.split()) > 3]
        with gzip.open(folder / TWEETS, "rt", encoding="utf-8") as stream:
            tweets = [json.loads(line)["text"] for line in stream]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise StudyError("CORPUS", f"{folder} ({error})", f"a folder with {WIKI} and {TWEETS}") from None
    return paragraphs, tweets
