"""The list of sources is complete, wrong entries are refused, and shards have names of their own."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from wordspaces.common.errors import StudyError
from wordspaces.corpus import readers_dumps, readers_tables, readers_tweets
from wordspaces.corpus.parts import SPLITTERS
from wordspaces.corpus.plan import files_of, shards_of_study
from wordspaces.corpus.sources import CORPUS_FORMATS, DUMP_FORMATS, TABLE_FORMATS, TWEET_FORMATS, Source, shards_of

ENTRIES = yaml.safe_load((Path(__file__).parents[2] / "config" / "sources.yaml").read_text(encoding="utf-8"))


def entry(**change: object) -> Source:
    return Source(**{**ENTRIES["wiki-leads"], **change})


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_entry_is_valid(name: str) -> None:
    source = Source(**ENTRIES[name])
    assert source.parts == 1 or source.format in SPLITTERS
    if source.where.fetcher != "local":
        assert all(file and "/" not in file for file in source.where.names())


def test_every_corpus_format_has_a_reader() -> None:
    assert tuple(readers_dumps.READERS) == DUMP_FORMATS
    assert tuple(readers_tweets.READERS) == TWEET_FORMATS
    assert tuple(readers_tables.READERS) == TABLE_FORMATS
    assert set(SPLITTERS) <= set(CORPUS_FORMATS)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "pairs"},
        {"bytes": 0},
        {"licence": ""},
        {"url": "x"},
        {"kind": "text"},
        {"parts": 0},
        {"encoding": "utf-9"},
        {"where": {"fetcher": "ftp"}},
        {"where": {**ENTRIES["wiki-leads"]["where"], "sha256": "abc"}},
        {"where": {"fetcher": "wikimedia", "wiki": "enwiki", "date": "latest"}},
        {"where": {"fetcher": "wikimedia", "wiki": "../enwiki", "date": "20240101"}},
        {"where": {"fetcher": "web", "files": [{"url": "https://a.org/x"}, {"url": "https://b.org/x"}]}},
        {"where": {"fetcher": "web", "files": [{"url": "file:///etc/passwd"}]}},
        {"where": {**ENTRIES["wikipedia-20231101-en"]["where"], "pattern": "same.parquet"}},
        {"where": {**ENTRIES["wikipedia-20231101-en"]["where"], "pattern": "t-{num}.parquet"}},
        {"where": {**ENTRIES["wikipedia-20231101-en"]["where"], "pattern": "data/t-{number}.parquet"}},
        {"where": {"fetcher": "web", "files": [{"url": "https://a.org/?x=1"}]}},
    ],
)
def test_wrong_entry_is_refused(change: dict) -> None:
    with pytest.raises(ValidationError):
        entry(**change)


def test_names_of_the_files_of_each_fetcher() -> None:
    names = {name: Source(**raw).where.names() for name, raw in ENTRIES.items() if raw["where"]["fetcher"] != "local"}
    assert names["wiki-leads"] == ["summaries_en-us.json"]
    assert names["enwiki-dump"] == ["enwiki-20261101-pages-articles-multistream.xml.bz2"]
    assert names["wikipedia-20231101-en"][40] == "train-00040-of-00041.parquet"
    assert len(names["wikipedia-20231101-en"]) == 41
    assert names["twitter-stream-2019-05"][-1] == "twitter_stream_2019_05_31.tar"


def test_an_address_names_its_file_without_what_is_asked_of_the_host() -> None:
    files = [{"url": "https://a.org/record/1/t%C3%A9xt.txt.gz?download=1"}]
    assert entry(where={"fetcher": "web", "files": files}).where.names() == ["téxt.txt.gz"]


def test_what_identifies_a_file_says_nothing_of_the_others() -> None:
    stream = ENTRIES["twitter-stream-2019-05"]["where"]
    first = stream["files"][0]
    whole, short = (entry(where={**stream, "files": files}).where for files in (stream["files"], stream["files"][:2]))
    assert whole.entry(first) == short.entry(first)
    assert whole.entry(first) != whole.entry(stream["files"][1])
    leads = entry().where
    assert leads.entry("summaries_en-us.json") == leads.model_dump(mode="json")


def test_a_reader_is_told_only_what_it_reads_by() -> None:
    told = {name: set(entry(format=name).reading()) for name in CORPUS_FORMATS}
    assert told["mediawiki"] == told["summaries"] == set()
    assert told["twitter-stream"] == {"language"}
    assert told["lines"] == {"encoding", "mask"}
    assert told["csv"] == {"text", "title", "id", "encoding", "mask"}


def test_a_source_in_one_part_is_a_shard_of_its_name_and_others_are_numbered() -> None:
    assert [shard.name for shard in shards_of("leads", 1, 1)] == ["leads"]
    shards = shards_of("stream", 2, 3)
    assert [shard.name for shard in shards] == [f"stream.{number:04d}" for number in range(6)]
    assert [(shard.file, shard.part) for shard in shards] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_numbers_that_begin_anew_in_each_file_get_the_files_own() -> None:
    lines = entry(format="lines")
    assert [lines.prefix("mine", file, 2) for file in (0, 1)] == ["mine.0", "mine.1"]
    assert lines.prefix("mine", 0, 1) == "mine"
    assert entry(format="csv", id="tweet_id").prefix("mine", 1, 2) == "mine"
    assert entry(format="twitter-stream").prefix("stream", 1, 2) == "stream"


def test_local_files_are_found_by_pattern_in_order_of_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / "mine" / name).write_text("text")
    source = entry(where={"fetcher": "local", "files": ["mine/*.txt"]}, format="lines")
    assert files_of("mine", source, "results/sources") == ["mine/a.txt", "mine/b.txt"]
    assert list(shards_of_study({"x": ["mine"]}, {"mine": source})) == ["mine.0000", "mine.0001"]
    (tmp_path / "mine" / "br[1].txt").write_text("text")
    exact = entry(where={"fetcher": "local", "files": ["mine/br[1].txt", "mine/b[1].*"]}, format="lines")
    with pytest.raises(StudyError, match=r"no file mine/b\[1\]"):
        files_of("mine", exact, "results/sources")
    exact = entry(where={"fetcher": "local", "files": ["mine/br[1].txt", "mine/br[1].*"]}, format="lines")
    assert files_of("mine", exact, "results/sources") == ["mine/br[1].txt"] * 2
    missing = entry(where={"fetcher": "local", "files": ["mine/*.csv"]}, format="csv")
    with pytest.raises(
        StudyError, match=r"source mine: where.files: found no file mine/\*.csv; allowed: paths of files"
    ):
        files_of("mine", missing, "results/sources")
