"""Download one file, however often the connection breaks: resumed, checked, and there whole or not at all."""

import re
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import requests

from wordspaces.common.errors import StudyError
from wordspaces.corpus.checksums import DIGITS
from wordspaces.corpus.partial import Partial, Version
from wordspaces.corpus.web import Client, Interrupted, Patience, blocks, is_page

PAGES = ("text/html", "application/xhtml+xml")
HEAD = 512
EVERY = 10.0
NOT_THE_FILE = "the published file has changed, or the list of sources is wrong"


def download(
    url: str,
    destination: str | Path,
    checksum: tuple[str, str] | None,
    size: int | None,
    progress: Callable[[str], None],
    contact: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Write the file at `url` to `destination`.

    What has arrived is kept in a hidden partial file beside `destination` when the connection breaks, the disk is full
    or the process is killed; this call and later ones go on from there.

    Parameters
    ----------
    checksum : algorithm (md5, sha1, sha256) and hexadecimal digest of the file, None where it is not published.
    size : bytes of the file, None where it is not published.
    progress : is told what happens, a line at a time, while it runs at most every 10 seconds.
    contact : mail address or URL of whoever runs the study; some hosts require it (`wordspaces.corpus.web`).
    pause : waits so many seconds between two tries.

    Raises
    ------
    StudyError : no such file or no access, no network for long, another size or checksum, an HTML page in place of
        the file, a full disk. `destination` then stays as it was.
    """
    algorithm, digest = _usable(url, checksum)
    with Client(contact) as client, Partial(Path(destination), url, algorithm) as partial:
        if partial.length:
            progress(f"{partial.destination.name}: going on after {partial.length:,} bytes")
        patience = Patience(url, progress, pause, partial.length)
        while True:
            try:
                _receive(client, partial, url, size, progress)
                break
            except Interrupted as cut:
                patience.wait(cut, partial.length)
        if digest is not None and partial.checksum != digest:
            found = f"{algorithm} {partial.checksum} of {partial.length:,} bytes"
            partial.discard()
            raise StudyError(url, found, f"{algorithm} {digest}", NOT_THE_FILE)
        partial.finish()
        checked = f", {algorithm} as published" if algorithm else ", no checksum to compare with"
        progress(f"{partial.destination.name}: {partial.length:,} bytes{checked}")


def _usable(url: str, checksum: tuple[str, str] | None) -> tuple[str | None, str | None]:
    """Algorithm and digest in lower case; `StudyError` where they cannot be what they should."""
    if checksum is None:
        return None, None
    algorithm, digest = checksum[0].lower(), checksum[1].lower()
    if algorithm not in DIGITS:
        raise StudyError(url, f"a checksum of kind {checksum[0]}", ", ".join(DIGITS))
    if not re.fullmatch(rf"[0-9a-f]{{{DIGITS[algorithm]}}}", digest):
        raise StudyError(url, f"{algorithm} {checksum[1]}", f"{DIGITS[algorithm]} hexadecimal digits")
    return algorithm, digest


def _receive(client: Client, partial: Partial, url: str, size: int | None, progress: Callable[[str], None]) -> None:
    """Ask once for what is missing and return when the file is whole; `Interrupted` where another try is needed."""
    known = size if size is not None else partial.version and partial.version.total
    partial.expect(known)
    if partial.length and partial.length == known:
        return
    headers = _rest(partial)
    with client.get(url, headers, accept=(200, 206, 416) if headers else (200,)) as response:
        if response.status_code == 416:
            _nothing_more(partial, size, response)
            return
        body = blocks(url, response)
        if response.status_code == 206:
            head = _go_on(partial, url, size, response)
        else:
            if partial.length:
                progress(f"{partial.destination.name}: the server sends the file from the beginning")
            head = _begin(partial, url, size, response, body)
        total = partial.version.total if partial.version.total is not None else size
        partial.expect(total)
        meter = Meter(progress, partial.destination.name, partial.length, total)
        for block in chain([head], body):
            partial.write(block)
            meter(partial.length)
    if total is not None and partial.length < total:
        raise Interrupted(f"the connection was cut after {partial.length:,} of {total:,} bytes")
    if total is not None and partial.length > total:
        found = f"{partial.length:,} bytes"
        partial.discard()
        raise StudyError(url, found, f"{total:,} bytes", NOT_THE_FILE)


def _rest(partial: Partial) -> dict[str, str]:
    """Headers that ask for the rest of the same version; none where the whole file is to be asked for."""
    if not partial.length or partial.version is None:
        return {}
    headers = {"Range": f"bytes={partial.length}-"}
    if partial.version.condition:
        return {**headers, "If-Range": partial.version.condition}
    # Two versions pasted together would go unseen without a checksum.
    return headers if partial.checksum else {}


def _begin(partial: Partial, url: str, size: int | None, response: requests.Response, body: Iterator[bytes]) -> bytes:
    """First bytes of a file that begins at byte 0, or a refusal before anything is written."""
    head = b""
    for block in body:
        head += block
        if len(head) >= HEAD:
            break
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in PAGES or is_page(head):
        found = f"an HTML page ({' '.join(head[:80].decode('utf-8', 'replace').split())})"
        raise StudyError(url, found, "the file itself", "open the address in a browser to see what the page says")
    length = "" if "Transfer-Encoding" in response.headers else response.headers.get("Content-Length", "")
    version = _version(url, response, int(length) if length.isdecimal() else None)
    _refuse_size(url, version, size)
    partial.restart(version)
    return head


def _go_on(partial: Partial, url: str, size: int | None, response: requests.Response) -> bytes:
    """No bytes, once it is certain that the answer goes on where the partial file ends, in the same version."""
    said = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"\s*bytes\s+(\d+)-(\d+)/(\d+|\*)\s*", said)
    if not match or int(match[1]) != partial.length or int(match[2]) < partial.length:
        raise StudyError(
            url,
            f"a wrong piece of the file (Content-Range: {said or 'missing'})",
            f"bytes {partial.length}-",
            f"run again, or delete {partial.path} to begin anew",
        )
    version = _version(url, response, None if match[3] == "*" else int(match[3]))
    _refuse_size(url, version, size)
    if not version.same(partial.version):
        partial.discard()
        raise Interrupted("the file on the server has changed")
    return b""


def _nothing_more(partial: Partial, size: int | None, response: requests.Response) -> None:
    """Return where the server has no more bytes because there are none; begin anew otherwise."""
    match = re.fullmatch(r"\s*bytes\s+\*/(\d+)\s*", response.headers.get("Content-Range", ""))
    if match and int(match[1]) == partial.length and size in (None, partial.length):
        return
    length = partial.length
    partial.discard()
    raise Interrupted(f"the server has no byte {length:,} of this file")


def _version(url: str, response: requests.Response, total: int | None) -> Version:
    """What an answer says of the version of the file."""
    return Version(url, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), total)


def _refuse_size(url: str, version: Version, size: int | None) -> None:
    """`StudyError` where the server has a file of another size."""
    if version.total is not None and size is not None and version.total != size:
        raise StudyError(url, f"{version.total:,} bytes", f"{size:,} bytes", NOT_THE_FILE)


class Meter:
    """Says at most every `EVERY` seconds how far a download is, how fast, and how long it will take.

    Parameters
    ----------
    start, total : bytes that were there before, bytes in all or None.
    """

    def __init__(self, progress: Callable[[str], None], name: str, start: int, total: int | None) -> None:
        self.progress, self.name, self.start, self.total = progress, name, start, total
        self.begun = self.last = time.monotonic()

    def __call__(self, done: int) -> None:
        """Report that `done` bytes are here."""
        now = time.monotonic()
        if now - self.last < EVERY:
            return
        self.last = now
        rate = (done - self.start) / max(now - self.begun, 1e-9)
        speed = f"{rate / 1e6:.1f} MB/s"
        if not self.total:
            self.progress(f"{self.name}: {done / 1e6:,.1f} MB, {speed}")
            return
        left = f"{(self.total - done) / max(rate, 1.0):,.0f} s left"
        self.progress(f"{self.name}: {done / self.total:.0%} of {self.total / 1e6:,.1f} MB, {speed}, {left}")
