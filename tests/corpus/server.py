"""A web server on this machine that does what real ones do on a bad day, as told, and remembers what it was asked.

``with misbehaving({"/x": Answer(b"...", cut=100), "/y": [status(503), b"..."]}) as server: server.url("/x")``. A path
has one answer for all requests or a list of them in turn, the last of which stays; bytes stand for a file served well.
In place of the mapping, a folder: its files are served well, each under its path (the query of a request is ignored).
"""

import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer.

    body : the whole file; status : 200 becomes 206 or 416 where a range is asked for; headers : more headers, or
    others in place of the usual ones, None to leave one out; etag : sent, and compared with If-Range; "" for none;
    ranges : whether it can send a part; cut : bytes after which the connection breaks; stall : bytes after which
    nothing comes any more while the server runs; piece, pause : bytes sent at once, seconds between two pieces;
    length : Content-Length to claim; chunked : send without a length, in chunks.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str | None] = field(default_factory=dict)
    etag: str = '"one"'
    ranges: bool = True
    cut: int | None = None
    stall: int | None = None
    piece: int = 1 << 14
    pause: float = 0.0
    length: int | None = None
    chunked: bool = False


@dataclass(frozen=True)
class Request:
    """What a client asked: path with its query, and headers by their names in lower case."""

    path: str
    headers: Mapping[str, str]


def status(code: int, **headers: str) -> Answer:
    """A bare status; `retry_after="7"` becomes the header Retry-After."""
    return Answer(b"no\n", code, {name.replace("_", "-").title(): value for name, value in headers.items()}, etag="")


def redirect(target: str, code: int = 302) -> Answer:
    """A redirect."""
    return status(code, location=target)


def page(text: str = "<!DOCTYPE html>\n<html><body>Please log in</body></html>", kind: str = "text/html") -> Answer:
    """An HTML page with status 200."""
    return Answer(text.encode(), headers={"Content-Type": kind}, etag="")


class Server:
    """A running server: `url` of a path, `requests` so far, `ranges` that were asked of a path."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.requests: list[Request] = []
        self.released = threading.Event()

    def url(self, path: str) -> str:
        return self.base + path

    def ranges(self, path: str) -> list[str | None]:
        """Range header of each request for the path, None where there was none."""
        return [request.headers.get("range") for request in self.requests if request.path == path]


@contextmanager
def misbehaving(
    content: Path | Mapping[str, Answer | bytes | Sequence[Answer | bytes]],
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[Server]:
    """Serve a folder, or answers by path, until the block ends; over TLS where there is a certificate and a key."""
    lock = threading.Lock()
    asked: dict[str, int] = {}

    def choose(path: str) -> Answer:
        if isinstance(content, Path):
            file = content / unquote(urlsplit(path).path).lstrip("/")
            return Answer(file.read_bytes()) if file.is_file() else status(404)
        if path not in content:
            return status(404)
        answers = content[path]
        if isinstance(answers, Answer | bytes):
            answers = [answers]
        with lock:
            number = asked[path] = asked.get(path, 0) + 1
        answer = answers[min(number, len(answers)) - 1]
        return Answer(answer) if isinstance(answer, bytes) else answer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle(self) -> None:
            # Clients leave early or refuse the certificate: some are meant to.
            with suppress(ConnectionError, ssl.SSLError):
                super().handle()

        def do_GET(self) -> None:
            server.requests.append(Request(self.path, {name.lower(): value for name, value in self.headers.items()}))
            self._send(choose(self.path))

        def _send(self, answer: Answer) -> None:
            code, body, headers = _selected(answer, self.headers.get("Range"), self.headers.get("If-Range"))
            self.send_response(code)
            for name, value in {**headers, **answer.headers}.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            stop = min([len(body), *(at for at in (answer.cut, answer.stall) if at is not None)])
            for start in range(0, stop, answer.piece):
                self._piece(body[start : min(start + answer.piece, stop)], answer.chunked)
                time.sleep(answer.pause)
            if answer.stall is not None:
                server.released.wait(60)
            self.close_connection = self.close_connection or stop < len(body) or answer.length is not None
            if stop < len(body):
                return
            if answer.chunked:
                self.wfile.write(b"0\r\n\r\n")

        def _piece(self, piece: bytes, chunked: bool) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked and piece else piece)
            self.wfile.flush()

        def log_message(self, format: str, *values: Any) -> None:
            """Say nothing: the tests look at `Server.requests`."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server = Server(f"{'https' if certificate else 'http'}://127.0.0.1:{listener.server_port}")
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        # The handshake belongs into the thread of the connection: a client may refuse it.
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


def _selected(answer: Answer, asked: str | None, condition: str | None) -> tuple[int, bytes, dict[str, str]]:
    """Status, bytes and headers of an answer to a request for a range (None: for the whole), under a condition."""
    body, code, length = answer.body, answer.status, len(answer.body)
    headers = {"Content-Type": "application/octet-stream"}
    if answer.etag:
        headers["ETag"] = answer.etag
    match = re.fullmatch(r"bytes=(\d+)-", asked or "")
    known = {answer.etag, answer.headers.get("Last-Modified")}
    if code == 200 and match and answer.ranges and (condition is None or condition in known):
        start = int(match[1])
        code, body = (206, body[start:]) if start < length else (416, b"")
        headers["Content-Range"] = f"bytes {start}-{length - 1}/{length}" if body else f"bytes */{length}"
    if answer.chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(len(body) if answer.length is None or code != 200 else answer.length)
    return code, body, headers
