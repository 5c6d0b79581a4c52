"""Asking a web server politely: who we are, where it sends us, what its refusals mean, when to try again."""

import importlib.metadata
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from wordspaces.common.errors import StudyError

CONTACT_VARIABLE = "WORDSPACES_CONTACT"
CONTACT_HOSTS = ("wikimedia.org",)
CONTACT = re.compile(r"(mailto:)?[^\s@()<>;]+@[^\s@()<>;]+\.[^\s@()<>;]+|https?://[^\s()<>;]+")
PURPOSE = "a study of word embeddings trained on Wikipedia and Twitter"
BLOCK = 1 << 18
TEXT_BYTES = 1 << 25
TIMEOUT = (30.0, 60.0)
REDIRECTS = 10
ATTEMPTS = 10
LONGEST_WAIT = 120.0
MOVED = (301, 302, 303, 307, 308)
PASSING = (408, 429, 500, 502, 503, 504)
BY_HAND = "read its terms; a file downloaded by hand can stand in the list of sources as a local one"
REFUSALS = {
    401: ("a server that wants a login (401)", "a file open to all", BY_HAND),
    403: ("access denied (403)", "a file open to all", BY_HAND),
    404: ("no such file (404)", "the address of a published file", "correct the list of sources"),
    410: ("a file that has been withdrawn (410)", "a published file", "name another in the list of sources"),
    451: ("a file withheld for legal reasons (451)", "a file open to all", "name another in the list of sources"),
}


class Interrupted(Exception):
    """A failure that another try may mend; `wait` is the pause in seconds that the server asks for, if it does."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Absent(StudyError):
    """The server has no such file."""


@dataclass(frozen=True)
class Page:
    """A text from a server; `following` is the address of the next page of a long list, "" where there is none."""

    text: str
    following: str = ""


class Client:
    """A session with any number of servers, under one name.

    Parameters
    ----------
    contact : mail address or URL of whoever runs the study, sent to every server; some require it (`CONTACT_HOSTS`).
        Proxies and certificates are the user's own (environment variables that requests knows).

    Raises
    ------
    StudyError : a contact that is neither.
    """

    def __init__(self, contact: str | None = None) -> None:
        self.contact = contact
        self._session = requests.Session()
        # A compressed transfer would not be the file whose checksum is published.
        self._session.headers.update(
            {"User-Agent": user_agent(contact), "Accept": "*/*", "Accept-Encoding": "identity"}
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    @contextmanager
    def get(
        self, url: str, headers: Mapping[str, str] | None = None, accept: tuple[int, ...] = (200,)
    ) -> Iterator[requests.Response]:
        """Answer to a GET request, its body still to be read, after redirects.

        Parameters
        ----------
        accept : statuses that are an answer. Any other is a `StudyError` or, where it may pass, `Interrupted`.
        """
        place = url
        for _ in range(1 + REDIRECTS):
            with _told(url):
                self._refuse_anonymous(place)
                response = self._session.get(
                    place, headers=dict(headers or {}), stream=True, allow_redirects=False, timeout=TIMEOUT
                )
            with response:
                if response.status_code not in MOVED:
                    _refuse(url, response, accept)
                    yield response
                    return
                with _told(url):
                    place = self._next_place(url, place, response)
        raise StudyError(url, f"more than {REDIRECTS} redirects", "an address that ends at a file")

    def _refuse_anonymous(self, place: str) -> None:
        """`StudyError` where the host wants to know who asks and nobody has said."""
        host = (urlsplit(place).hostname or "").rstrip(".")
        if not self.contact and any(host == known or host.endswith(f".{known}") for known in CONTACT_HOSTS):
            raise StudyError(
                host,
                "no contact address to send along",
                "a mail address or URL, which this host requires of programs",
                f"set the environment variable {CONTACT_VARIABLE}",
            )

    def _next_place(self, url: str, place: str, response: requests.Response) -> str:
        """Where a redirect leads; `StudyError` where that is nowhere, or less safe than before."""
        target = self._session.get_redirect_target(response)
        following = requests.utils.requote_uri(urljoin(place, target)) if target else ""
        schemes = ("https",) if urlsplit(place).scheme == "https" else ("http", "https")
        if urlsplit(following).scheme not in schemes:
            # The address may carry a signature: no more of it than the host goes into a message.
            found = f"a redirect to {urlsplit(following).scheme or 'nowhere'}://{urlsplit(following).hostname or ''}"
            raise StudyError(url, found, f"one to {' or '.join(schemes)}")
        return following

    def text(self, url: str) -> Page:
        """A short text, UTF-8; `StudyError` where it is too long or no text, `Interrupted` where it was cut."""
        with self.get(url) as response:
            body = bytearray()
            for block in blocks(url, response, decode=True):
                body += block
                if len(body) > TEXT_BYTES:
                    raise StudyError(url, f"more than {TEXT_BYTES:,} bytes", "a short list of files and checksums")
            following = response.links.get("next", {}).get("url", "")
        try:
            return Page(body.decode("utf-8"), urljoin(url, following) if following else "")
        except UnicodeDecodeError as error:
            raise StudyError(url, f"no UTF-8 ({error})", "a list of files and checksums") from None


class Patience:
    """Counts failures in a row without progress, waits longer after each, and gives up after `ATTEMPTS`.

    Parameters
    ----------
    done : how far the work has come already, in any unit; a failure further on than ever before begins the count anew.
    """

    def __init__(
        self, url: str, progress: Callable[[str], None], pause: Callable[[float], None], done: int = 0
    ) -> None:
        self.url, self.progress, self.pause = url, progress, pause
        self.best, self.failures = done, 0

    def wait(self, cut: Interrupted, done: int = 0) -> None:
        """Wait after a failure; `StudyError` where it was one too many."""
        if done > self.best:
            self.best, self.failures = done, 0
        self.failures += 1
        if self.failures >= ATTEMPTS:
            raise StudyError(
                self.url,
                f"{cut}, {ATTEMPTS} times in a row",
                "a server that answers",
                f"check the network and run again{f': {done:,} bytes are kept' if done else ''}",
            )
        seconds = min(2.0 ** (self.failures - 1) if cut.wait is None else cut.wait, LONGEST_WAIT)
        self.progress(f"{cut}; trying again in {seconds:.0f} s")
        self.pause(seconds)


def user_agent(contact: str | None) -> str:
    """Name under which the study asks; `StudyError` where the contact is neither a mail address nor a URL."""
    if contact and not (contact.isascii() and contact.isprintable() and CONTACT.fullmatch(contact)):
        raise StudyError(CONTACT_VARIABLE, repr(contact), "a mail address or a URL that begins with http")
    about = f"{PURPOSE}; contact: {contact}" if contact else PURPOSE
    try:
        version = importlib.metadata.version("wordspaces")
    except importlib.metadata.PackageNotFoundError:
        version = "source"
    return f"wordspaces/{version} ({about})"


def blocks(url: str, response: requests.Response, decode: bool = False) -> Iterator[bytes]:
    """Body of an answer as it comes in, at most `BLOCK` bytes at a time; `Interrupted` where it is cut.

    The bytes are those on the wire; `decode` undoes a content coding.
    """
    while True:
        # Whatever is there already: a cut loses no byte that has arrived.
        with _told(url):
            block = response.raw.read1(BLOCK, decode_content=decode)
        if not block:
            return
        yield block


def is_page(head: bytes) -> bool:
    """Whether a file that begins like this is an HTML page."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:14].lower()
    return start.startswith((b"<!doctype html", b"<html"))


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Turn what the layers below raise into `Interrupted`, or `StudyError` where another try is of no use."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        cause: BaseException = error
        while (deeper := cause.__cause__ or cause.__context__) is not None:
            cause = deeper
        said = " ".join(str(cause).split())[:200] or type(cause).__name__
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            found, allowed = f"a certificate that cannot be trusted ({said})", "a server that proves who it is"
            raise StudyError(url, found, allowed, "REQUESTS_CA_BUNDLE names other certificates to trust") from None
        if isinstance(error, ValueError):
            raise StudyError(url, f"no usable address ({said})", "an address that begins with http or https") from None
        if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
            raise Interrupted(f"no answer for {TIMEOUT[1]:g} s") from None
        if isinstance(error, urllib3.exceptions.ProtocolError):
            raise Interrupted(f"the connection was cut ({said})") from None
        raise Interrupted(f"no connection ({said})") from None


def _refuse(url: str, response: requests.Response, accept: tuple[int, ...]) -> None:
    """Raise what a status means that is no answer."""
    status = response.status_code
    if status in accept:
        return
    if status in PASSING:
        raise Interrupted(f"the server says {status} {response.reason}", _retry_after(response))
    found, allowed, remedy = REFUSALS.get(
        status, (f"an unexpected answer ({status} {response.reason})", "the address of a published file", "")
    )
    raise (Absent if status in (404, 410) else StudyError)(url, found, allowed, remedy)


def _retry_after(response: requests.Response) -> float | None:
    """Seconds that the server asks us to wait, whether it says seconds or a date."""
    said = response.headers.get("Retry-After")
    try:
        return urllib3.Retry().parse_retry_after(said) if said else None
    except urllib3.exceptions.InvalidHeader:
        return None
