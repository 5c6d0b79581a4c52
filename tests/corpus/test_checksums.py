"""What hosts publish of their files, and what is said where they publish something else."""

import hashlib
import json
import random
from pathlib import Path

import pytest
from server import Answer, misbehaving, page, status

from wordspaces.common.errors import StudyError
from wordspaces.corpus import web
from wordspaces.corpus.checksums import (
    Getter,
    Published,
    archive_file,
    hugging_face_file,
    text_getter,
    wikimedia_file,
)
from wordspaces.corpus.download import download
from wordspaces.corpus.web import Absent, Page

BASE = "https://host.example"
SHA1, OTHER_SHA1, MD5, SHA256 = "a1" * 20, "b2" * 20, "c3" * 16, "d4" * 32
PAGE = "<!DOCTYPE html><html><body>503 Backend fetch failed</body></html>"
NAME = "enwiki-20160501-pages-articles-multistream.xml.bz2"
INDEX = "enwiki-20160501-pages-articles-multistream-index.txt.bz2"
STATUS = f"{BASE}/enwiki/20160501/dumpstatus.json"
SUMS = f"{BASE}/enwiki/20160501/enwiki-20160501-sha1sums.txt"
FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "formats"


def pages(texts: dict[str, str | Page]) -> Getter:
    """A getter for what is published at these addresses, and nothing else."""

    def get(url: str) -> Page:
        if url not in texts:
            raise Absent(url, "no such file (404)", "the address of a published file")
        found = texts[url]
        return found if isinstance(found, Page) else Page(found)

    return get


def dump(status: str = "done", **changes: object) -> str:
    """A dumpstatus.json with one job and two files."""
    files = {NAME: {"size": 1700006, "md5": MD5, "sha1": SHA1, **changes}, INDEX: {"size": 2002, "sha1": OTHER_SHA1}}
    job = {"status": status, "updated": "2016-05-01 12:00:00", "files": files}
    return json.dumps({"version": "0.8", "jobs": {"articlesmultistreamdump": job, "articlesdump": {"status": "done"}}})


def of_dump(texts: dict[str, str], name: str = NAME, date: str = "20160501") -> Published:
    return wikimedia_file(pages(texts), f"{BASE}/", "enwiki", date, name)


def test_wikimedia_file_with_sums_that_agree() -> None:
    sums = f"{OTHER_SHA1}  {INDEX}\n{SHA1.upper()} *{NAME}\n"
    expected = Published(f"{BASE}/enwiki/20160501/{NAME}", "sha1", SHA1, 1700006)
    assert of_dump({STATUS: dump(), SUMS: sums}) == expected
    assert of_dump({STATUS: dump()}) == expected
    assert expected.checksum == ("sha1", SHA1)


def test_wikimedia_sums_stand_in_where_the_status_has_none() -> None:
    bare = json.dumps({"jobs": {"articlesmultistreamdump": {"status": "done", "files": {NAME: {"size": 5}}}}})
    assert of_dump({STATUS: bare, SUMS: f"{SHA1}  {NAME}\n"}) == Published(
        f"{BASE}/enwiki/20160501/{NAME}", "sha1", SHA1, 5
    )
    with pytest.raises(StudyError, match=f"no sha1 of {NAME}"):
        of_dump({STATUS: bare})


@pytest.mark.parametrize("state", ["in-progress", "waiting", "failed"])
def test_wikimedia_dump_that_is_not_finished(state: str) -> None:
    with pytest.raises(StudyError, match=rf"articlesmultistreamdump: {state}; allowed: .*done; wait until"):
        of_dump({STATUS: dump(state)})


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({}, r"dumpstatus.json: found no dump of 20160501; .* lists those that are there"),
        ({STATUS: PAGE}, "dumpstatus.json: found an HTML page"),
        ({STATUS: dump()[:150]}, r"dumpstatus.json: found no whole JSON \("),
        ({STATUS: ""}, r"no whole JSON"),
        ({STATUS: "[]"}, "JSON of another kind"),
        ({STATUS: "{}"}, r"no jobs \(but an empty list\)"),
        ({STATUS: '{"jobs": {"articlesdump": {}}}'}, "no job articlesmultistreamdump; allowed: articlesdump"),
        ({STATUS: dump(), SUMS: PAGE}, "sha1sums.txt: found an HTML page"),
        ({STATUS: dump(), SUMS: ""}, "sha1sums.txt: found no list of checksums"),
        ({STATUS: dump(), SUMS: f"{SHA1}  {NAME}\n{SHA1[:20]}"}, "sha1sums.txt: found no list of checksums"),
        ({STATUS: dump(), SUMS: f"{SHA1}  {INDEX}\n"}, rf"sha1sums.txt: found no file {NAME}; allowed: {INDEX}"),
        (
            {STATUS: dump(), SUMS: f"{OTHER_SHA1}  {NAME}\n"},
            rf"sha1 {OTHER_SHA1} of {NAME}, where dumpstatus.json says {SHA1}",
        ),
        ({STATUS: dump(sha1="xyz")}, "sha1 'xyz' of"),
        ({STATUS: dump(sha1=None)}, "sha1 None of"),
        ({STATUS: dump(size="many")}, "size 'many' of"),
        ({STATUS: dump(size=-1)}, "size -1 of"),
    ],
)
def test_what_wikimedia_may_publish_instead(texts: dict[str, str], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        of_dump(texts)


def test_wikimedia_name_that_is_nearly_right() -> None:
    with pytest.raises(StudyError, match=rf"no file {NAME[:-4]}.7z; allowed: {NAME}"):
        of_dump({STATUS: dump()}, f"{NAME[:-4]}.7z")


@pytest.mark.parametrize("date", ["latest", "2016-05-01", "201605", ""])
def test_wikimedia_wants_one_date(date: str) -> None:
    with pytest.raises(StudyError, match=rf"found the date {date}; allowed: .*YYYYMMDD"):
        of_dump({}, date=date)


ITEM = f"{BASE}/metadata/archiveteam-twitter-stream-2016-09"
DAY = "twitter stream/2016-09-01 #1.tar"


def item(**changes: object) -> str:
    """Metadata of an item with one file that is as wanted but for the changes."""
    file = {"name": DAY, "size": "419170", "md5": MD5, "sha1": SHA1, "crc32": "4db3022d", **changes}
    own = {"name": "archiveteam-twitter-stream-2016-09_files.xml", "md5": MD5}
    return json.dumps({"created": 1616004182, "files": [file, own], "metadata": {"title": "x"}})


def of_item(text: str, name: str = DAY) -> Published:
    return archive_file(pages({ITEM: text}), BASE, "archiveteam-twitter-stream-2016-09", name)


def test_archive_file() -> None:
    url = f"{BASE}/download/archiveteam-twitter-stream-2016-09/twitter%20stream/2016-09-01%20%231.tar"
    assert of_item(item()) == Published(url, "sha1", SHA1, 419170)
    assert of_item(item(sha1=None)) == Published(url, "md5", MD5, 419170)
    assert of_item(item(), "archiveteam-twitter-stream-2016-09_files.xml").size is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "no item archiveteam-twitter-stream-2016-09;"),
        ('{"error": "invalid identifier"}', r"no item .* \(invalid identifier\)"),
        ('{"is_dark": true, "files": []}', "withdrawn from the public"),
        (item(private="true"), r"not open to all \(private\)"),
        (item(private=True), r"not open to all \(private\)"),
        (item(sha1=None, md5=None), "neither sha1 nor md5"),
        (item(name="twitter stream/2016-09-02 #1.tar"), r"no file .*; allowed: twitter stream/2016-09-02 #1.tar"),
        (item(size="12 MB"), "size '12 MB' of"),
        (PAGE, "an HTML page"),
        (item()[:-20], "no whole JSON"),
        ('{"created": 1, "metadata": {}}', r"no files \(but created, metadata\)"),
    ],
)
def test_what_an_archive_may_publish_instead(text: str, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        of_item(text)


TREE = f"{BASE}/api/datasets/wikimedia/wikipedia/tree/main/20231101.en"
PARQUET = "20231101.en/train-00001-of-00041.parquet"


def entry(path: str, **changes: object) -> dict[str, object]:
    """An entry in the list of a folder, as Hugging Face writes it."""
    stored = {"oid": SHA256, "size": 420304000, "pointerSize": 134}
    return {"type": "file", "oid": SHA1, "size": 420304000, "path": path, "lfs": stored, **changes}


def of_tree(texts: dict[str, str | Page], path: str = PARQUET, revision: str = "main") -> Published:
    return hugging_face_file(pages(texts), BASE, "wikimedia/wikipedia", revision, path)


def test_hugging_face_file_on_a_later_page() -> None:
    first = Page(json.dumps([entry("20231101.en/train-00000-of-00041.parquet")]), f"{TREE}?cursor=abc")
    second = json.dumps([{"type": "directory", "oid": SHA1, "path": "20231101.en/more"}, entry(PARQUET)])
    expected = Published(f"{BASE}/datasets/wikimedia/wikipedia/resolve/main/{PARQUET}", "sha256", SHA256, 420304000)
    assert of_tree({TREE: first, f"{TREE}?cursor=abc": second}) == expected


def test_hugging_face_file_at_the_top_of_a_revision_with_slashes() -> None:
    tree = f"{BASE}/api/datasets/wikimedia/wikipedia/tree/refs%2Fconvert%2Fparquet"
    found = of_tree({tree: json.dumps([entry("a b.parquet")])}, "a b.parquet", "refs/convert/parquet")
    assert found.url == f"{BASE}/datasets/wikimedia/wikipedia/resolve/refs%2Fconvert%2Fparquet/a%20b.parquet"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps([entry(f"{PARQUET}.old")]), rf"no file {PARQUET}; allowed: {PARQUET}.old"),
        (json.dumps([entry(PARQUET, lfs=None)]), "no SHA-256 of"),
        (json.dumps([entry(PARQUET, type="directory")]), f"no file {PARQUET}"),
        (json.dumps([entry(PARQUET, lfs={"oid": SHA1})]), "sha256 'a1"),
        ("[]", f"no file {PARQUET}; allowed: an empty list"),
        ('{"error": "Repository not found"}', r"no list of files \('{\"error\""),
        ("[1]", "no list of files"),
        (PAGE, "an HTML page"),
        (json.dumps([entry(PARQUET)])[:-1], "no whole JSON"),
    ],
)
def test_what_hugging_face_may_publish_instead(text: str, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        of_tree({TREE: text})


def test_hugging_face_pages_that_turn_in_a_circle() -> None:
    with pytest.raises(StudyError, match="turns in a circle"):
        of_tree({TREE: Page("[]", f"{TREE}?cursor=a"), f"{TREE}?cursor=a": Page("[]", TREE)})


@pytest.fixture
def get(monkeypatch: pytest.MonkeyPatch) -> Getter:
    """The getter that asks the network, but straight and without its waiting."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return text_getter(str, pause=float)


def test_getter_asks_again_and_tells_the_next_page(get: Getter) -> None:
    text = "ä" * 50_000
    link = {"Link": '</tree?cursor=b>; rel="next", </tree>; rel="first"'}
    answer = Answer(text.encode(), headers=link)
    with misbehaving({"/tree": [status(503), Answer(text.encode(), cut=99), answer]}) as server:
        assert get(server.url("/tree")) == Page(text, server.url("/tree?cursor=b"))
        assert server.requests[0].headers["user-agent"].startswith("wordspaces/")


def test_getter_refuses_what_is_no_short_text(get: Getter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TEXT_BYTES", 1000)
    with misbehaving({"/long": b"x" * 1001, "/fits": b"x" * 1000, "/bytes": b"\xff\xfe"}) as server:
        assert get(server.url("/fits")) == Page("x" * 1000)
        with pytest.raises(StudyError, match="more than 1,000 bytes"):
            get(server.url("/long"))
        with pytest.raises(StudyError, match="no UTF-8"):
            get(server.url("/bytes"))
        with pytest.raises(Absent, match="no such file"):
            get(server.url("/none"))


def test_getter_gives_up(get: Getter) -> None:
    with misbehaving({"/x": status(500)}) as server, pytest.raises(StudyError, match="10 times in a row"):
        get(server.url("/x"))


def test_page_where_a_list_should_be_is_told_from_the_list(get: Getter) -> None:
    with misbehaving({"/metadata/x": page()}) as server, pytest.raises(StudyError, match="an HTML page"):
        archive_file(get, server.base, "x", "y")


def test_dump_from_list_to_file(get: Getter, tmp_path: Path) -> None:
    body = random.Random(3).randbytes(50_000)
    sums = f"{hashlib.sha1(body).hexdigest()}  {NAME}\n"
    folder = tmp_path / "host" / "enwiki" / "20160501"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(body)
    (folder / "dumpstatus.json").write_text(dump(sha1=hashlib.sha1(body).hexdigest(), size=len(body)))
    (folder / "enwiki-20160501-sha1sums.txt").write_text(sums)
    with misbehaving(tmp_path / "host") as server:
        found = wikimedia_file(get, server.base, "enwiki", "20160501", NAME)
        download(found.url, tmp_path / NAME, found.checksum, found.size, str, pause=float)
    assert (tmp_path / NAME).read_bytes() == body


def test_real_dump_from_list_to_file(get: Getter, tmp_path: Path) -> None:
    if not (FORMATS / "wikimedia").is_dir():
        pytest.skip("the Wikimedia dump is not here")
    with misbehaving(FORMATS / "wikimedia") as server:
        for name in (NAME, INDEX):
            found = wikimedia_file(get, server.base, "enwiki", "20160501", name)
            download(found.url, tmp_path / name, found.checksum, found.size, str, pause=float)
            assert (tmp_path / name).stat().st_size == found.size
