"""Downloading over connections that break, from servers that lie, onto disks that are full."""

import email.utils
import gzip
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server import Answer, Server, misbehaving, page, redirect, status

from wordspaces.common.code import PACKAGE_ROOT
from wordspaces.common.errors import StudyError
from wordspaces.corpus import download as module
from wordspaces.corpus import web
from wordspaces.corpus.download import download

FILE = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
SHA1 = ("sha1", hashlib.sha1(FILE).hexdigest())
Fetch = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go straight to this machine, whatever the user's settings are."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "sources" / "dump.bz2"


@pytest.fixture
def waits() -> list[float]:
    """Seconds that downloads of this test would have waited."""
    return []


@pytest.fixture
def fetch(target: Path, waits: list[float]) -> Fetch:
    """Downloads to `target`, waits for nothing, and returns what was said."""

    def run(url: str, checksum: tuple[str, str] | None = SHA1, size: int | None = None, **more: str) -> list[str]:
        said: list[str] = []
        download(url, target, checksum, size, said.append, pause=waits.append, **more)
        return said

    return run


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers with the given answers for the path /x; all stop with the test."""
    with ExitStack() as running:
        yield lambda *answers: running.enter_context(misbehaving({"/x": list(answers)}))


def kept(target: Path) -> list[str]:
    """Names of the files beside `target`."""
    return sorted(path.name for path in target.parent.iterdir())


def test_file_arrives_whole_and_alone(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    server = serve(FILE)
    said = fetch(server.url("/x"), size=len(FILE))
    assert target.read_bytes() == FILE
    assert kept(target) == ["dump.bz2"]
    assert said == ["dump.bz2: 300,000 bytes, sha1 as published"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_each_kind_of_checksum_in_either_case(serve: Callable[..., Server], fetch: Fetch, algorithm: str) -> None:
    fetch(serve(FILE).url("/x"), (algorithm, hashlib.new(algorithm, FILE).hexdigest().upper()))


@pytest.mark.parametrize(
    ("checksum", "found"),
    [(("crc32", "00"), "kind crc32"), (("sha1", "00"), "40 hexadecimal"), (("md5", "z" * 32), "32")],
)
def test_impossible_checksum_is_refused_before_anything_is_asked(
    serve: Callable[..., Server], fetch: Fetch, checksum: tuple[str, str], found: str
) -> None:
    server = serve(FILE)
    with pytest.raises(StudyError, match=found):
        fetch(server.url("/x"), checksum)
    assert server.requests == []


@pytest.mark.parametrize("length", [0, 1, 13, 511, 512, 513])
def test_short_files(serve: Callable[..., Server], fetch: Fetch, target: Path, length: int) -> None:
    fetch(serve(FILE[:length]).url("/x"), ("md5", hashlib.md5(FILE[:length]).hexdigest()))
    assert target.read_bytes() == FILE[:length]


def test_wrong_checksum_keeps_nothing(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    with pytest.raises(StudyError, match=rf"found sha1 {hashlib.sha1(OTHER).hexdigest()} .*; allowed: sha1 {SHA1[1]}"):
        fetch(serve(OTHER).url("/x"))
    assert kept(target) == []


def test_old_file_stays_when_the_new_one_is_wrong(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(StudyError):
        fetch(serve(OTHER).url("/x"))
    assert target.read_bytes() == b"old"


def test_cuts_are_resumed_in_the_same_call(
    serve: Callable[..., Server], fetch: Fetch, target: Path, waits: list[float]
) -> None:
    server = serve(*[Answer(FILE, cut=20_000)] * 12, FILE)
    said = fetch(server.url("/x"))
    assert target.read_bytes() == FILE
    assert server.ranges("/x") == [None, *(f"bytes={20_000 * number}-" for number in range(1, 13))]
    assert {request.headers.get("if-range") for request in server.requests[1:]} == {'"one"'}
    # More cuts than tries, but each came further than the last: the count begins anew.
    assert waits == [1.0] * 12
    assert "the connection was cut" in said[0]


def test_no_progress_ends_after_a_few_tries_and_keeps_what_is_there(
    serve: Callable[..., Server], fetch: Fetch, target: Path, waits: list[float]
) -> None:
    server = serve(Answer(FILE, cut=20_000), status(503))
    with pytest.raises(StudyError, match=r"503 Service Unavailable, 10 times in a row.*20,000 bytes are kept"):
        fetch(server.url("/x"))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert kept(target) == [".dump.bz2.download", ".dump.bz2.download.json"]
    second = serve(FILE)
    # The same file at another address is another download: it begins anew.
    fetch(second.url("/x"))
    assert second.ranges("/x") == [None]
    assert kept(target) == ["dump.bz2"]


def test_a_later_call_goes_on(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    server = serve(Answer(FILE, cut=20_000), *[status(403)], FILE)
    with pytest.raises(StudyError, match="access denied"):
        fetch(server.url("/x"))
    said = fetch(server.url("/x"))
    assert server.ranges("/x") == [None, "bytes=20000-", "bytes=20000-"]
    assert target.read_bytes() == FILE
    assert said[0] == "dump.bz2: going on after 20,000 bytes"


def test_download_that_was_complete_but_not_named_is_not_asked_for_again(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    server = serve(FILE)
    target.parent.mkdir()
    target.with_name(".dump.bz2.download").write_bytes(FILE)
    note = {"url": server.url("/x"), "etag": '"one"', "modified": "", "total": len(FILE)}
    target.with_name(".dump.bz2.download.json").write_text(json.dumps(note))
    fetch(server.url("/x"))
    assert server.requests == []
    assert target.read_bytes() == FILE


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"url": "http://127.0.0.1/y"}', None])
def test_partial_file_without_a_note_that_fits_is_not_used(
    serve: Callable[..., Server], fetch: Fetch, target: Path, note: str | None
) -> None:
    target.parent.mkdir()
    target.with_name(".dump.bz2.download").write_bytes(OTHER[:1000])
    if note is not None:
        target.with_name(".dump.bz2.download.json").write_text(note)
    server = serve(FILE)
    fetch(server.url("/x"))
    assert server.ranges("/x") == [None]
    assert target.read_bytes() == FILE


def test_server_without_ranges_is_asked_for_the_whole_again(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    server = serve(Answer(FILE, ranges=False, cut=200_000), Answer(FILE, ranges=False))
    said = fetch(server.url("/x"))
    assert target.read_bytes() == FILE
    assert "dump.bz2: the server sends the file from the beginning" in said


def test_server_without_ranges_that_always_cuts_is_given_up(serve: Callable[..., Server], fetch: Fetch) -> None:
    server = serve(Answer(FILE, ranges=False, cut=200_000))
    with pytest.raises(StudyError, match="10 times in a row"):
        fetch(server.url("/x"))
    # Only the first try came further than any before it.
    assert len(server.requests) == 10


@pytest.mark.parametrize("etag", ['"two"', 'W/"two"', ""])
def test_file_that_changes_between_two_tries_is_begun_anew(
    serve: Callable[..., Server], fetch: Fetch, target: Path, etag: str
) -> None:
    server = serve(Answer(OTHER, cut=200_000), Answer(FILE, etag=etag))
    fetch(server.url("/x"), None)
    assert target.read_bytes() == FILE


def test_server_that_ignores_the_condition_does_not_mix_two_versions(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    careless = {"ETag": '"two"'}
    server = serve(Answer(OTHER, cut=200_000), Answer(FILE, headers=careless), Answer(FILE, headers=careless))
    said = fetch(server.url("/x"), None)
    assert target.read_bytes() == FILE
    assert "the file on the server has changed" in said[1]
    assert server.ranges("/x") == [None, "bytes=200000-", None]


def test_date_serves_as_condition_where_the_etag_is_weak(serve: Callable[..., Server], fetch: Fetch) -> None:
    dated = {"Last-Modified": "Sun, 01 May 2016 12:00:00 GMT"}
    weak = 'W/"one"'
    server = serve(Answer(FILE, etag=weak, headers=dated, cut=1000), Answer(FILE, etag=weak, headers=dated))
    fetch(server.url("/x"))
    assert server.requests[1].headers["if-range"] == dated["Last-Modified"]
    assert server.ranges("/x")[1] == "bytes=1000-"


@pytest.mark.parametrize(("checksum", "second"), [(SHA1, "bytes=1000-"), (None, None)])
def test_without_condition_a_part_is_used_only_where_a_checksum_guards_it(
    serve: Callable[..., Server], fetch: Fetch, target: Path, checksum: tuple[str, str] | None, second: str | None
) -> None:
    server = serve(Answer(FILE, etag="", cut=1000), Answer(FILE, etag=""))
    fetch(server.url("/x"), checksum)
    assert server.ranges("/x") == [None, second]
    assert target.read_bytes() == FILE


@pytest.mark.parametrize(
    "said", ["bytes 0-299999/300000", "bytes 20001-299999/300000", "bytes 20000-9/300000", "x", None]
)
def test_wrong_piece_is_refused(serve: Callable[..., Server], fetch: Fetch, target: Path, said: str | None) -> None:
    server = serve(Answer(FILE, cut=20_000), Answer(FILE, headers={"Content-Range": said}))
    with pytest.raises(StudyError, match="a wrong piece of the file"):
        fetch(server.url("/x"))
    assert target.with_name(".dump.bz2.download").read_bytes() == FILE[:20_000]


def test_file_that_is_shorter_than_the_server_claimed(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    server = serve(Answer(FILE, length=len(FILE) + 50), FILE)
    fetch(server.url("/x"))
    assert server.ranges("/x") == [None, "bytes=300000-"]
    assert target.read_bytes() == FILE


def test_range_that_the_server_has_no_more(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    server = serve(Answer(FILE + OTHER, cut=400_000), FILE, FILE)
    fetch(server.url("/x"))
    assert server.ranges("/x") == [None, "bytes=400000-", None]
    assert target.read_bytes() == FILE


@pytest.mark.parametrize("size", [len(FILE) - 1, len(FILE) + 1])
def test_other_size_than_published_is_refused_before_the_body(
    serve: Callable[..., Server], fetch: Fetch, target: Path, size: int
) -> None:
    with pytest.raises(StudyError, match=f"found 300,000 bytes; allowed: {size:,} bytes"):
        fetch(serve(FILE).url("/x"), size=size)
    assert kept(target) == []


def test_size_tells_a_cut_where_the_server_says_no_length(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    silent = {"Content-Length": None, "Connection": "close"}
    server = serve(Answer(FILE, headers=silent, cut=20_000), FILE)
    fetch(server.url("/x"), None, size=len(FILE))
    assert server.ranges("/x") == [None, "bytes=20000-"]
    assert target.read_bytes() == FILE


def test_longer_than_published_where_the_server_says_no_length(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    with pytest.raises(StudyError, match="found 300,000 bytes; allowed: 299,999 bytes"):
        fetch(serve(Answer(FILE, chunked=True)).url("/x"), size=len(FILE) - 1)
    assert kept(target) == []


def test_shorter_than_published_where_the_server_says_no_length(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    server = serve(Answer(FILE[:20_000], headers={"Content-Length": None, "Connection": "close"}), FILE[:20_000])
    with pytest.raises(StudyError, match="found 20,000 bytes; allowed: 300,000 bytes"):
        fetch(server.url("/x"), None, size=len(FILE))
    assert server.ranges("/x") == [None, "bytes=20000-", None]
    assert kept(target) == []


def test_partial_file_longer_than_published_is_not_used(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    server = serve(Answer(FILE + OTHER, cut=400_000), status(403), FILE)
    with pytest.raises(StudyError, match="access denied"):
        fetch(server.url("/x"))
    fetch(server.url("/x"), size=len(FILE))
    assert target.read_bytes() == FILE


def test_chunks_count_more_than_a_length_beside_them(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    fetch(serve(Answer(FILE, chunked=True, headers={"Content-Length": "7"})).url("/x"), None)
    assert target.read_bytes() == FILE


def test_chunks_arrive_and_a_cut_among_them_is_seen(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    server = serve(Answer(FILE, chunked=True, cut=100_000), Answer(FILE, chunked=True))
    fetch(server.url("/x"))
    assert server.ranges("/x") == [None, "bytes=100000-"]
    assert target.read_bytes() == FILE


def test_content_coding_is_left_alone(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    packed = gzip.compress(FILE, mtime=0)
    server = serve(Answer(packed, headers={"Content-Encoding": "gzip"}))
    fetch(server.url("/x"), ("sha1", hashlib.sha1(packed).hexdigest()))
    assert target.read_bytes() == packed
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(
    serve: Callable[..., Server], fetch: Fetch, target: Path, waits: list[float], code: int
) -> None:
    fetch(serve(status(code), status(code), FILE).url("/x"))
    assert target.read_bytes() == FILE
    assert waits == [1, 2]


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("7", 7, 7), ("86400", 120, 120), ("soon", 1, 1), ("-5", 1, 1), ("{date}", 40, 60), ("{past}", 0, 0)],
)
def test_server_says_how_long_to_wait(
    serve: Callable[..., Server], fetch: Fetch, waits: list[float], said: str, least: float, most: float
) -> None:
    now = time.time()
    said = said.format(date=email.utils.formatdate(now + 60, usegmt=True), past=email.utils.formatdate(now - 60))
    fetch(serve(status(429, retry_after=said), FILE).url("/x"))
    assert least <= waits[0] <= most


@pytest.mark.parametrize(
    ("code", "meaning"),
    [(401, "login"), (403, "access denied"), (404, "no such file"), (410, "withdrawn"), (451, "legal"), (418, "418")],
)
def test_what_will_not_pass_is_said_at_once(
    serve: Callable[..., Server], fetch: Fetch, target: Path, waits: list[float], code: int, meaning: str
) -> None:
    server = serve(status(code))
    with pytest.raises(StudyError, match=meaning):
        fetch(server.url("/x"))
    assert len(server.requests) == 1
    assert waits == []
    assert kept(target) == []


def test_nobody_listens(fetch: Fetch, waits: list[float]) -> None:
    with misbehaving({}) as server:
        url = server.url("/x")
    with pytest.raises(StudyError, match=r"no connection \(.*refused\), 10 times in a row.*check the network"):
        fetch(url)
    assert len(waits) == 9


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "dump.bz2", "file:///etc/hosts", "http://[::1/x", "http:///x"])
def test_unusable_address(fetch: Fetch, waits: list[float], url: str) -> None:
    with pytest.raises(StudyError, match="no usable address"):
        fetch(url)
    assert waits == []


def test_server_that_falls_silent(
    serve: Callable[..., Server], fetch: Fetch, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT", (1.0, 0.2))
    server = serve(Answer(FILE, stall=20_000), FILE)
    said = fetch(server.url("/x"))
    assert server.ranges("/x") == [None, "bytes=20000-"]
    assert said[0].startswith("no answer for 0.2 s")
    assert target.read_bytes() == FILE


@pytest.mark.parametrize(
    "answer",
    [
        page(),
        page("whatever"),
        page(kind="application/octet-stream"),
        page("\ufeff \n<HTML lang=en>", kind="application/x-bzip2"),
        replace(page(kind=""), piece=3, pause=0.005),
    ],
)
def test_page_in_place_of_the_file(serve: Callable[..., Server], fetch: Fetch, target: Path, answer: Answer) -> None:
    with pytest.raises(StudyError, match="found an HTML page"):
        fetch(serve(answer).url("/x"), None)
    assert kept(target) == []


def test_page_in_place_of_the_rest_leaves_what_is_there(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    with pytest.raises(StudyError, match="found an HTML page"):
        fetch(serve(Answer(FILE, cut=20_000), page()).url("/x"))
    assert target.with_name(".dump.bz2.download").read_bytes() == FILE[:20_000]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed_with_the_range(fetch: Fetch, target: Path, code: int) -> None:
    answers = {"/a": redirect("b%20c", code), "/b%20c": redirect("/d?x=1"), "/d?x=1": [Answer(FILE, cut=1000), FILE]}
    with misbehaving(answers) as server:
        fetch(server.url("/a"))
        assert server.ranges("/d?x=1") == [None, "bytes=1000-"]
        # The address a redirect gives is good for once: each try begins at the first.
        assert [request.path for request in server.requests] == ["/a", "/b%20c", "/d?x=1"] * 2
    assert target.read_bytes() == FILE


def test_ten_redirects_are_followed_and_no_more(fetch: Fetch) -> None:
    answers = {f"/{number}": redirect(f"/{number + 1}") for number in range(11)}
    with misbehaving({**answers, "/11": FILE}) as server:
        fetch(server.url("/1"))
        with pytest.raises(StudyError, match="more than 10 redirects"):
            fetch(server.url("/0"))


def test_redirect_to_an_impossible_address(serve: Callable[..., Server], fetch: Fetch) -> None:
    with pytest.raises(StudyError, match="no usable address"):
        fetch(serve(redirect("http://[::1/x")).url("/x"))


@pytest.mark.parametrize("target_url", ["ftp://127.0.0.1/x", "file:///etc/hosts"])
def test_redirect_out_of_the_web(fetch: Fetch, target_url: str) -> None:
    with misbehaving({"/a": redirect(target_url)}) as server, pytest.raises(StudyError, match="found a redirect to"):
        fetch(server.url("/a"))


def test_no_room_is_said_before_anything_is_asked(serve: Callable[..., Server], fetch: Fetch) -> None:
    server = serve(FILE)
    with pytest.raises(StudyError, match=r"bytes free; allowed: 1,152,921,504,606,846,976 for the rest of dump.bz2"):
        fetch(server.url("/x"), size=1 << 60)
    assert server.requests == []


def test_no_room_for_what_the_server_announces(serve: Callable[..., Server], fetch: Fetch) -> None:
    with pytest.raises(StudyError, match="bytes free; allowed: 1,152,921,504,606,846,976 for the rest"):
        fetch(serve(Answer(FILE, length=1 << 60)).url("/x"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_disk(serve: Callable[..., Server], fetch: Fetch, target: Path) -> None:
    target.parent.mkdir()
    target.with_name(".dump.bz2.download").symlink_to("/dev/full")
    with pytest.raises(
        StudyError, match=r"no space left on the disk after 0 bytes; allowed: 300,000 bytes more; make room"
    ):
        fetch(serve(FILE).url("/x"))
    assert not target.exists()
    assert kept(target) == [".dump.bz2.download", ".dump.bz2.download.json"]


def test_folder_that_cannot_be_written(fetch: Fetch, target: Path) -> None:
    target.parent.write_text("a file where the folder should be")
    with pytest.raises(StudyError, match="a file system that refuses"):
        fetch("http://127.0.0.1:9/x")


def test_who_asks_is_told(serve: Callable[..., Server], fetch: Fetch) -> None:
    server = serve(FILE)
    fetch(server.url("/x"), contact="someone@example.org")
    fetch(server.url("/x"))
    named, unnamed = (request.headers["user-agent"] for request in server.requests)
    assert named.startswith("wordspaces/")
    assert named.endswith("; contact: someone@example.org)")
    assert "contact" not in unnamed


@pytest.mark.parametrize("host", ["dumps.wikimedia.org", "wikimedia.org", "DUMPS.wikimedia.org."])
def test_wikimedia_is_not_asked_without_a_contact(fetch: Fetch, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *address, **more: pytest.fail("asked the network"))
    with pytest.raises(StudyError, match=r"no contact address .* environment variable WORDSPACES_CONTACT$"):
        fetch(f"https://{host}/enwiki/20160501/x", contact="")


def test_wikimedia_is_not_reached_by_a_redirect_either(serve: Callable[..., Server], fetch: Fetch) -> None:
    server = serve(redirect("https://dumps.wikimedia.org/x"))
    with pytest.raises(StudyError, match="WORDSPACES_CONTACT"):
        fetch(server.url("/x"))


def test_other_hosts_need_no_contact() -> None:
    web.Client()._refuse_anonymous("https://notwikimedia.org/x")


@pytest.mark.parametrize(
    "contact", ["someone", "a b@example.org", "x@example.org\r\nHost: y", "ftp://example.org", "é@ü.org"]
)
def test_contact_that_is_none(fetch: Fetch, contact: str) -> None:
    with pytest.raises(StudyError, match=r"^WORDSPACES_CONTACT: .* mail address or a URL"):
        fetch("http://127.0.0.1:9/x", contact=contact)


def test_progress_is_said_now_and_then(
    serve: Callable[..., Server], fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.05)
    said = fetch(serve(Answer(FILE, pause=0.01)).url("/x"))
    assert 1 <= len(said) - 1 <= 8
    assert all(
        line.startswith("dump.bz2: ") and "% of 0.3 MB" in line and line.endswith("s left") for line in said[:-1]
    )


def test_killed_process_leaves_what_the_next_one_goes_on_from(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    server = serve(Answer(FILE, stall=150_000), FILE)
    code = "import sys; from wordspaces.corpus.download import download; download(*sys.argv[1:3], None, None, print)"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT.parent)}
    process = subprocess.Popen([sys.executable, "-c", code, server.url("/x"), str(target)], env=environment)
    partial = target.with_name(".dump.bz2.download")
    deadline = time.monotonic() + 30
    while not (partial.exists() and partial.stat().st_size == 150_000):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not target.exists()
    fetch(server.url("/x"), SHA1)
    assert server.ranges("/x") == [None, "bytes=150000-"]
    assert target.read_bytes() == FILE
    assert kept(target) == ["dump.bz2"]


def test_damaged_partial_file_is_found_out_by_the_checksum(
    serve: Callable[..., Server], fetch: Fetch, target: Path
) -> None:
    server = serve(Answer(FILE, cut=20_000), status(403), FILE)
    with pytest.raises(StudyError, match="access denied"):
        fetch(server.url("/x"))
    partial = target.with_name(".dump.bz2.download")
    partial.write_bytes(b"\0" + FILE[1:20_000])
    with pytest.raises(StudyError, match="found sha1"):
        fetch(server.url("/x"))
    assert kept(target) == []
    fetch(server.url("/x"))
    assert target.read_bytes() == FILE


@settings(max_examples=30, deadline=None)
@given(
    length=st.integers(0, 4000),
    trouble=st.lists(
        st.one_of(
            st.integers(0, 2000).map(lambda cut: {"cut": cut}),
            st.integers(0, 2000).map(lambda cut: {"cut": cut, "ranges": False}),
            st.integers(0, 2000).map(lambda cut: {"cut": cut, "chunked": True}),
            st.sampled_from([{"status": 503}, {"status": 429}, {"etag": '"two"'}]),
        ),
        max_size=7,
    ),
)
def test_whatever_happens_on_the_way_the_bytes_are_those_of_the_server(length: int, trouble: list[dict]) -> None:
    body = FILE[:length]
    answers = {"/x": [*(Answer(body, **one) for one in trouble), Answer(body)]}
    with tempfile.TemporaryDirectory() as folder, misbehaving(answers) as server:
        path = Path(folder) / "file"
        download(server.url("/x"), path, None, length, str, pause=float)
        assert path.read_bytes() == body
        assert [each.name for each in Path(folder).iterdir()] == ["file"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of this machine, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl here to make a certificate with")
    return folder / "cert.pem", folder / "key.pem"


def test_certificate_nobody_vouches_for(fetch: Fetch, waits: list[float], certificate: tuple[Path, Path]) -> None:
    with misbehaving({"/x": FILE}, certificate) as server:
        with pytest.raises(StudyError, match="a certificate that cannot be trusted"):
            fetch(server.url("/x"))
        assert server.requests == []
    assert waits == []


def test_redirect_from_https_to_http_is_refused(
    fetch: Fetch, target: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with misbehaving({"/x": FILE}) as plain:
        with misbehaving(
            {"/x": FILE, "/away": redirect(plain.url("/x")), "/on": redirect("/x")}, certificate
        ) as server:
            fetch(server.url("/on"))
            assert target.read_bytes() == FILE
            with pytest.raises(StudyError, match=r"found a redirect to http://127.0.0.1; allowed: one to https"):
                fetch(server.url("/away"))
        assert plain.requests == []
