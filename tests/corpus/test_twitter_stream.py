"""Reading archives of the Twitter stream, whole and as crawls leave them."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Dropped, Part, Reading
from wordspaces.corpus.twitter_stream import read_tweet, read_twitter_stream, split_twitter_stream

FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "formats" / "twitterstream"
LINK = "https://t.co/Ab1"


def tweet(number: int, text: str = "a word", **more: Any) -> dict[str, Any]:
    """A tweet of the streaming API, as far as it is read."""
    return {"id": number, "id_str": str(number), "text": text, "lang": "en", "truncated": False, **more}


def as_lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\r\n" for record in records)


def read(path: Path, part: Part | None = None, language: str = "en") -> tuple[list[Document], dict[str, int]]:
    """Documents, and how many records were dropped for which reason."""
    records = list(read_twitter_stream(path, part, Reading(language=language)))
    documents = [record for record in records if isinstance(record, Document)]
    return documents, dict(Counter(record.reason for record in records if isinstance(record, Dropped)))


def write_tar(path: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, payload in files:
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            archive.addfile(info, io.BytesIO(payload))
    return path


def numbers(documents: Sequence[Document]) -> list[int]:
    return [int(document.number) for document in documents]


def test_documents_of_every_kind_of_tweet() -> None:
    cut = f"{'word ' * 20}trunca… {LINK}"
    whole = "@amy " + "word " * 40 + "whole"
    original = tweet(7, cut, truncated=True, extended_tweet={"full_text": whole})
    assert read_tweet(tweet(1, "Hi @amy_B, see\n\n " + LINK), "en") == Document("1", "", "Hi @user, see\nhttp://url")
    assert read_tweet(original, "en") == Document("7", "", "@user " + "word " * 40 + "whole")
    assert read_tweet(tweet(8, f"RT @amy: {cut}", retweeted_status=original), "en") == read_tweet(original, "en")
    assert read_tweet(tweet(9, "old form", full_text="the full text"), "en") == Document("9", "", "the full text")
    assert read_tweet(tweet(2, cut, truncated=True), "en") == Document("2", "", ("word " * 20).strip())
    assert read_tweet(tweet(3, cut), "en") == Document("3", "", "word " * 20 + "trunca… http://url")
    assert read_tweet({"id": 4, "text": "no string", "lang": "en"}, "en") == Document("4", "", "no string")
    assert read_tweet({"id": 2**60, "id_str": "99", "text": "both", "lang": "en"}, "en") == Document("99", "", "both")
    assert read_tweet({"id": 1.5, "text": "none", "lang": "en"}, "en") == Dropped("no id")
    assert read_tweet(tweet(5, "a half \ud83d of a pair &amp; &lt;3"), "en") == Document(
        "5", "", "a half of a pair & <3"
    )


def test_language_of_the_tweet_then_of_its_author() -> None:
    def language(**record: Any) -> Document | Dropped:
        return read_tweet({"id_str": "1", "text": "x", **record}, "en-GB")

    assert isinstance(language(lang="en"), Document)
    assert isinstance(language(lang="EN_us"), Document)
    assert isinstance(language(lang=None, user={"lang": "en-gb"}), Document)
    assert language(lang="es", user={"lang": "en"}) == Dropped("other language")
    assert language(user={"lang": "eng"}) == Dropped("other language")
    for unknown in ({}, {"lang": "und"}, {"lang": ""}, {"lang": 3}, {"user": None}, {"user": {"lang": None}}):
        assert language(**unknown) == Dropped("language unknown")
    foreign = tweet(2, "bonjour", lang="fr")
    assert read_tweet(tweet(1, "RT @a: bonjour", retweeted_status=foreign), "en") == Dropped("other language")


def test_lines_that_are_no_tweets_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    notices = [{name: {"x": 1}} for name in ("delete", "limit", "scrub_geo", "status_withheld", "user_withheld")]
    notices += [{"disconnect": {"code": 7}}, {"warning": {}}, {"friends": [1]}, {"id": 1, "text": None}]
    broken = b'\r\n  \n"NULL"\nNULL\nnull\n[1]\n' + b"[" * 100_000 + b'\n{"text": "caf\xe9"}\n'
    path.write_bytes(as_lines(tweet(1), *notices) + broken + as_lines(tweet(2)) + b'{"id_str": "3", "te')
    documents, dropped = read(path)
    assert numbers(documents) == [1, 2]
    assert dropped == {
        "delete notice": 1,
        "limit notice": 1,
        "scrub geo notice": 1,
        "status withheld notice": 1,
        "user withheld notice": 1,
        "disconnect notice": 1,
        "warning notice": 1,
        "other notice": 2,
        "blank line": 2,
        "broken line": 6,
        "not UTF-8": 1,
    }
    path.write_bytes(b"")
    assert read(path) == ([], {})


def test_a_line_of_fifty_megabytes_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.json.bz2"
    path.write_bytes(
        bz2.compress(as_lines(tweet(1)) + b'{"text": "' + b"a" * (50 << 20) + b'"}\n' + as_lines(tweet(2)))
    )
    documents, dropped = read(path)
    assert (numbers(documents), dropped) == ([1, 2], {"overlong line": 1})


def test_archives_of_all_layouts_and_their_parts(tmp_path: Path) -> None:
    files = [
        ("2016/09/01/00/30.json.bz2", bz2.compress(as_lines(tweet(1), tweet(2)))),
        ("20160801/20160801005700.json.gz", gzip.compress(as_lines(tweet(3)))),
        ("./deeper/2016/09/01/00/31.json", as_lines(tweet(4))),
        ("2016/README.txt", b"about"),
        ("2016/._32.json", b"\0\1"),
        ("2016/33.JSON.BZ2", bz2.compress(as_lines(tweet(5)))),
    ]
    tar = write_tar(tmp_path / "a.tar", files)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, payload in files:
            archive.writestr(name, payload)
    for path in (tar, tmp_path / "a.zip"):
        documents, dropped = read(path)
        assert (numbers(documents), dropped) == ([1, 2, 3, 4, 5], {"other file": 2})
        for parts in (1, 2, 4, 9):
            cut = split_twitter_stream(path, None, parts)
            assert [document for part in cut for document in read(path, part)[0]] == documents


@pytest.mark.parametrize("suffix", [".gz", ".bz2"])
def test_a_member_that_is_cut_or_broken_keeps_what_comes_before(tmp_path: Path, suffix: str) -> None:
    many = as_lines(*(tweet(number, f"word {number * 7919}") for number in range(20_000)))
    payload = gzip.compress(many) if suffix == ".gz" else bz2.compress(many)
    cut = payload[: len(payload) - 1000]
    broken = payload[: len(payload) - 5000] + bytes(2000) + payload[len(payload) - 3000 :]
    for damaged in (cut, broken):
        files = [("1.json" + suffix, damaged), ("2.json" + suffix, b""), ("3.json", as_lines(tweet(-1)))]
        documents, dropped = read(write_tar(tmp_path / "a.tar", files))
        assert dropped["cut file"] >= 1
        assert set(dropped) <= {"cut file", "broken line", "not UTF-8"}
        # A broken gzip stream may go on for a while with garbled text before it is found out.
        assert numbers(documents)[:5000] == list(range(5000))
        assert numbers(documents)[-1] == -1


@pytest.mark.parametrize("suffix", [".gz", ".bz2"])
def test_a_single_file_that_is_cut_or_broken_is_refused(tmp_path: Path, suffix: str) -> None:
    many = as_lines(*(tweet(number, f"word {number * 7919}") for number in range(20_000)))
    payload = gzip.compress(many) if suffix == ".gz" else bz2.compress(many)
    path = tmp_path / f"x.json{suffix}"
    path.write_bytes(payload[:-1000])
    with pytest.raises(StudyError, match="ends early"):
        read(path)
    path.write_bytes(payload[:-5000] + bytes(2000) + payload[-3000:])
    with pytest.raises(StudyError, match="a broken stream"):
        read(path)


def test_a_cut_archive_a_web_page_and_a_climbing_name_are_refused(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("1.json", as_lines(tweet(1))), ("2.json", as_lines(tweet(2)) * 50)])
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(StudyError, match="cut or broken"):
        read(path)
    for name in ("a.tar", "a.zip", "a.json.gz", "a.json"):
        (tmp_path / name).write_bytes(b"<!DOCTYPE html><title>Item not available</title>")
        with pytest.raises(StudyError, match="a web page"):
            read(tmp_path / name)
    with pytest.raises(StudyError, match="leads out of the archive"):
        read(write_tar(path, [("../../1.json", as_lines(tweet(1)))]))
    assert [child.name for child in tmp_path.parent.glob("*.json")] == []


def test_a_single_file_is_one_part(tmp_path: Path) -> None:
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(as_lines(tweet(1))))
    (part,) = split_twitter_stream(path, None, 1)
    assert numbers(read(path, part)[0]) == [1]
    with pytest.raises(StudyError, match="parts: 2 of a single file"):
        split_twitter_stream(path, None, 2)


def test_real_archives() -> None:
    if not FORMATS.exists():
        pytest.skip("the archives for tests are not here")
    documents, dropped = read(FORMATS / "all.json.bz2")
    assert (len(documents), sum(dropped.values())) == (6248, 7750 - 6248)
    assert (dropped["delete notice"], dropped["limit notice"]) == (1289, 17)
    for name, kept in (("archiveteam-twitter-stream-2016-09.tar", 934), ("twitter-stream-20160801.tar", 788)):
        documents, dropped = read(FORMATS / name)
        assert len(documents) == kept
        parts = split_twitter_stream(FORMATS / name, None, 5)
        assert [found for part in parts for found in read(FORMATS / name, part)[0]] == documents
