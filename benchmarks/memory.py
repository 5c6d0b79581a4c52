"""Peak memory of every stage up to tokens, on a text and on eight times as much of it.

Text of any size is drawn anew from real paragraphs and tweets: each document is made of some of them, chosen at random,
and of a word that no other document has, so that no two are equal and new words come for ever. It is put into the
formats of a dump and of a stream archive, in one shard, and goes through the scripts of the workflow. What is measured
is the whole process: interpreter, libraries and all.
"""

import bz2
import io
import json
import string
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.stage import cost
from benchmarks.timing import Gate

from wordspaces.common.streams import generator
from wordspaces.corpus.settings import DuplicateSettings, ExtractionSettings
from wordspaces.tokens.settings import (
    ComparisonSettings,
    NormaliserSettings,
    PieceSettings,
    SelectionSettings,
    VocabularySettings,
)

MEGABYTE = 1_000_000
ONE = {"wiki": 8 * MEGABYTE, "twitter": 3 * MEGABYTE}
"""Bytes of text taken once; eight times as many are taken beside it."""
TIMES = 8
MOST = 1.2
PARAGRAPHS = 12
STREAM_PAGES = 100
TWEETS_A_FILE = 4000
GROUP_ARTICLES = 200
SHARDS = {"wiki": "dump", "twitter": "stream"}


def run_memory(paragraphs: list[str], tweets: list[str], folder: Path) -> Iterator[str | Gate]:
    """A line and a gate for each stage: its peak on eight times the text over that on the text.

    `paragraphs`, `tweets` : the real text; `folder` : where to work.
    """
    peaks = [road(paragraphs, tweets, folder / str(times), times) for times in (1, TIMES)]
    for stage, small in peaks[0].items():
        large = peaks[1][stage]
        yield f"memory of {stage}: {small / MEGABYTE:,.0f} MB, on {TIMES} times the text {large / MEGABYTE:,.0f} MB"
        yield Gate(f"memory_{stage}_{TIMES}x", large / small, MOST, least=False)


def road(paragraphs: list[str], tweets: list[str], folder: Path, times: int) -> dict[str, int]:
    """Peak memory in bytes of each stage, for so many times the text."""
    folder.mkdir(parents=True)
    files = {"wiki": folder / "dump.xml.bz2", "twitter": folder / "stream.tar"}
    write_dump(paragraphs, files["wiki"], times * ONE["wiki"])
    write_stream(tweets, files["twitter"], times * ONE["twitter"])
    peaks: dict[str, int] = {}

    def stage(name: str, script: str, inputs: dict[str, Any], outputs: dict[str, str], **params: Any) -> None:
        peaks[name] = max(peaks.get(name, 0), cost(script, inputs, outputs, **params).memory)

    def path(corpus: str, kind: str) -> str:
        return str(folder / corpus / f"{SHARDS[corpus]}.{kind}.parquet")

    for corpus, script, format in (
        ("wiki", "extract_dumps", "mediawiki"),
        ("twitter", "extract_tweets", "twitter-stream"),
    ):
        documents = {"documents": path(corpus, "documents")}
        reading = {"language": "en", "text": "text", "title": "", "id": "", "encoding": "utf-8"}
        stage(
            script,
            script,
            {"file": [str(files[corpus])], "parts": []},
            {**documents, "dropped": path(corpus, "dropped")},
            place={"prefix": SHARDS[corpus], "file": 0, "part": 0, "path": str(files[corpus])},
            format=format,
            reading=reading | ExtractionSettings().model_dump(mode="json"),
        )
        fingerprints, duplicates = ({kind: path(corpus, kind)} for kind in ("fingerprints", "duplicates"))
        settings = DuplicateSettings().model_dump(mode="json")
        stage("fingerprint_documents", "fingerprint_documents", documents, fingerprints, duplicates=settings)
        stage("find_duplicates", "find_duplicates", {"fingerprints": list(fingerprints.values())}, duplicates)
        normaliser = NormaliserSettings().model_dump(mode="json")
        normalised = {"normalised": path(corpus, "normalised")}
        stage("normalise_documents", "normalise_documents", documents, normalised, normaliser=normaliser)
    table = folder / "wikipedia.parquet"
    write_parquet(paragraphs, table, times * ONE["wiki"])
    stage(
        "extract_tables",
        "extract_tables",
        {"file": [str(table)], "parts": []},
        {"documents": str(folder / "table.parquet"), "dropped": str(folder / "table.dropped.parquet")},
        place={"prefix": "table", "file": 0, "part": 0, "path": str(table)},
        format="wikipedia-parquet",
        reading={},
    )
    _tokens(stage, path, folder)
    return peaks


def _tokens(stage: Any, path: Any, folder: Path) -> None:
    """The stage `tokens`, once all documents are normalised."""
    both = {kind: [path(corpus, kind) for corpus in SHARDS] for kind in ("normalised", "duplicates", "types")}
    selection = {"selection": SelectionSettings(samples=2).model_dump(mode="json")}
    tables = {name: str(folder / f"{name}.parquet") for name in ("samples", "border")}
    inputs = {kind: both[kind] for kind in ("normalised", "duplicates")}
    shards = {corpus: [shard] for corpus, shard in SHARDS.items()}
    stage("select_documents", "select_documents", inputs, tables, shards=shards, **selection)
    for corpus in SHARDS:
        own = {**tables, "normalised": path(corpus, "normalised"), "duplicates": path(corpus, "duplicates")}
        cell = {"number": 0, "wildcards": {"corpus": corpus, "sample": "a"}, **selection}
        stage("count_types", "count_types", own, {"types": path(corpus, "types")}, **cell)
    vocabulary = {"vocabulary": str(folder / "vocabulary.parquet")}
    settings = VocabularySettings(vocabulary_size=8000).model_dump(mode="json")
    stage("build_vocabulary", "build_vocabulary", {"types": both["types"]}, vocabulary, vocabulary=settings)
    cells = [[corpus, sample, shard] for corpus, shard in SHARDS.items() for sample in ("a", "b", "heldout")]
    encoded = []
    for corpus, sample, _ in cells:
        own = {**tables, "normalised": path(corpus, "normalised"), "duplicates": path(corpus, "duplicates")}
        cell = {"number": 0, "wildcards": {"corpus": corpus, "sample": sample}, **selection}
        encoded.append(path(corpus, sample))
        stage("encode_sample", "encode_sample", {**own, **vocabulary}, {"encoded": encoded[-1]}, **cell)
    _pieces(stage, path, folder, both, tables, vocabulary["vocabulary"], selection, shards)
    made = {name: str(folder / f"{name}.parquet") for name in ("counts", "comparison", "summary")}
    comparison = ComparisonSettings().model_dump(mode="json")
    stage("count_tokens", "count_tokens", {**vocabulary, "encoded": encoded}, made, cells=cells, comparison=comparison)


def _pieces(
    stage: Any,
    path: Any,
    folder: Path,
    both: dict[str, list[str]],
    tables: dict[str, str],
    words: str,
    selection: dict[str, Any],
    shards: dict[str, list[str]],
) -> None:
    """A subword tokeniser, and the pieces of one sample."""
    settings = PieceSettings(algorithm="bpe", size=4000, characters=4 * MEGABYTE).model_dump(mode="json")
    inputs = {**tables, "normalised": both["normalised"], "duplicates": both["duplicates"], "words": words}
    made = {name: str(folder / f"pieces.{name}.parquet") for name in ("tokeniser", "vocabulary", "spellings")}
    stage("train_tokeniser", "train_tokeniser", inputs, made, shards=shards, pieces=settings, **selection)
    own = {**tables, "normalised": path("wiki", "normalised"), "duplicates": path("wiki", "duplicates")}
    own |= {"words": words, "tokeniser": made["tokeniser"]}
    cell = {"number": 0, "wildcards": {"corpus": "wiki", "sample": "a"}, **selection}
    stage("encode_pieces", "encode_pieces", own, {"encoded": str(folder / "pieces.encoded.parquet")}, **cell)


def own_word(number: int) -> str:
    """A word that stands for a number: eight letters, none of them three times in a row."""
    letters = string.ascii_lowercase
    digits = [number // 26**place % 26 for place in range(4)]
    return "".join(letters[digit] + letters[(digit + 7) % 26] for digit in digits)


def write_dump(paragraphs: list[str], path: Path, size: int) -> None:
    """A dump in several bzip2 streams whose pages have about `size` bytes of prose, with links, a table and notes."""
    draw, done, number = generator(0, "benchmark", "pages"), 0, 0
    with open(path, "wb") as sink:
        sink.write(bz2.compress(b'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10">\n'))
        while done < size:
            pages = []
            for _ in range(STREAM_PAGES):
                number += 1
                chosen = [paragraphs[index] for index in draw.integers(0, len(paragraphs), PARAGRAPHS)]
                done += sum(map(len, chosen))
                pages.append(page(number, chosen))
            sink.write(bz2.compress("".join(pages).encode()))
        sink.write(bz2.compress(b"</mediawiki>\n"))


def write_parquet(paragraphs: list[str], path: Path, size: int) -> None:
    """Articles of about `size` bytes of text as Hugging Face has them, some hundred to a row group."""
    draw, done, number = generator(0, "benchmark", "articles"), 0, 0
    schema = pa.schema([(name, pa.string()) for name in ("id", "url", "title", "text")])
    with pq.ParquetWriter(path, schema) as writer:
        while done < size:
            rows = []
            for _ in range(GROUP_ARTICLES):
                number += 1
                chosen = [paragraphs[index] for index in draw.integers(0, len(paragraphs), PARAGRAPHS)]
                rows.append((str(number), "u", f"Page {number}", "\n\n".join([own_word(number), *chosen])))
                done += sum(map(len, chosen))
            writer.write_table(pa.table([list(column) for column in zip(*rows, strict=True)], schema=schema))


def page(number: int, paragraphs: list[str]) -> str:
    """One page of a dump."""
    linked = [f"[[{first}]] {rest}" for first, _, rest in (text.partition(" ") for text in paragraphs)]
    table = '{| class="wikitable"\n|-\n| a || b\n|}\n'
    cited = "<ref>{{cite book|title=T}}</ref>\n\n"
    text = (
        f"'''{own_word(number)}''' {cited}".join(["", *linked[:2]]) + f"\n== Part ==\n{table}" + "\n\n".join(linked[2:])
    )
    return (
        f"<page><title>Page {number}</title><ns>0</ns><id>{number}</id><revision><id>{number}</id>"
        f"<model>wikitext</model><format>text/x-wiki</format><text>{escape(text)}</text></revision></page>\n"
    )


def write_stream(tweets: list[str], path: Path, size: int) -> None:
    """A stream archive whose tweets have about `size` bytes of text, each the halves of two real ones."""
    draw, done, number, minute = generator(0, "benchmark", "tweets"), 0, 0, 0
    with tarfile.open(path, "w") as archive:
        while done < size:
            lines = []
            for _ in range(TWEETS_A_FILE):
                number += 1
                first, second = (tweets[index].split() for index in draw.integers(0, len(tweets), 2))
                words = [*first[: (len(first) + 1) // 2], own_word(number), *second[len(second) // 2 :]]
                text = " ".join(words)
                done += len(text)
                lines.append(json.dumps({"id_str": str(number), "text": text, "lang": "en"}))
            payload = bz2.compress("\n".join(lines).encode())
            minute += 1
            member = tarfile.TarInfo(
                f"2016/09/{1 + minute // 1440:02d}/{minute // 60 % 24:02d}/{minute % 60:02d}.json.bz2"
            )
            member.size = len(payload)
            archive.addfile(member, io.BytesIO(payload))
