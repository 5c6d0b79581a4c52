"""Clean pages in a child process, so that one bad page costs a time limit and not the whole job.

The passes over a page run for long inside compiled regular expressions, which no signal handler of Python can stop. So
the child asks the system to end it when a page has had its time, and the parent goes on with the next page and a new
child. The child is a program of its own (``python -m wordspaces.corpus.pageworker``), since a copy of the parent would
run the script of the workflow again.
"""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Dropped
from wordspaces.corpus.wikitext import clean, is_disambiguation

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
BATCH_PAGES = 64
BATCH_CHARACTERS = 1_000_000
MEMORY = 1 << 30
READY = "ready"


class Page(NamedTuple):
    """A page to be cleaned: its id, its title and its wikitext."""

    number: str
    title: str
    wikitext: str


def clean_pages(pages: Iterable[Page | Dropped], seconds: float, memory: int = MEMORY) -> Iterator[Document | Dropped]:
    """Yield a document, or why there is none, for each of `pages`, in their order.

    Parameters
    ----------
    pages : pages, and records that were dropped before, which pass unchanged; no more than a batch is held.
    seconds : the longest CPU time that one page may take.
    memory : bytes of address space of the child, where the system can limit it.

    Returns
    -------
    Documents; `Dropped` "disambiguation", "over the time limit", or "not parsable" where a page ends the child twice or
    needs more memory than it has.
    """
    with PageWorker(seconds, memory) as worker:
        for batch in _batches(pages):
            answers = worker.answers(item for item in batch if isinstance(item, Page))
            for item in batch:
                yield item if isinstance(item, Dropped) else next(answers)


def _batches(pages: Iterable[Page | Dropped]) -> Iterator[list[Page | Dropped]]:
    batch: list[Page | Dropped] = []
    characters = 0
    for item in pages:
        batch.append(item)
        characters += len(item.wikitext) if isinstance(item, Page) else 0
        if len(batch) >= BATCH_PAGES or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


class PageWorker:
    """The parent's side: a child process, started when there is work, and the socket to it."""

    def __init__(self, seconds: float, memory: int = MEMORY) -> None:
        self.seconds, self.memory = seconds, memory
        self.process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None

    def __enter__(self) -> "PageWorker":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def answers(self, pages: Iterable[Page]) -> Iterator[Document | Dropped]:
        """Yield what comes of each page; they are sent together, so they should be few."""
        waiting = deque(pages)
        sent = failed = False
        while waiting:
            try:
                if not sent:
                    self._send(waiting)
                sent, (text, reason) = True, self._receive()
                failed = False
            except (EOFError, OSError):
                sent, text = False, None
                if self.stop() == -signal.SIGPROF:
                    reason, failed = "over the time limit", False
                elif not failed:
                    # Something else may have ended the child, such as a machine short of memory: try once more.
                    failed = True
                    continue
                else:
                    reason, failed = "not parsable", False
            page = waiting.popleft()
            yield Dropped(reason) if text is None else Document(page.number, page.title, text)

    def stop(self) -> int | None:
        """End the child, if there is one, and return its exit status."""
        process, link = self.process, self._link
        self.process = self._link = None
        if link is not None:
            link.close()
        if process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.05)  # where it is ending by itself, by its own cause
        process.kill()
        return process.wait()

    def _send(self, pages: Iterable[Page]) -> None:
        if self._link is None:
            self._start()
        self._connection().send([(page.title, page.wikitext) for page in pages])

    def _receive(self) -> tuple[str | None, str]:
        answer: tuple[str | None, str] = self._connection().recv()
        return answer

    def _connection(self) -> Connection:
        if self._link is None:
            raise EOFError
        return self._link

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(filter(None, [str(PACKAGE_PARENT), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-P", "-m", __spec__.name, repr(self.seconds), str(self.memory)]
        with theirs:
            self.process = subprocess.Popen(
                command, stdin=theirs, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path}
            )
        link = Connection(ours.detach())
        try:
            link.recv()
        except (EOFError, OSError):
            link.close()
            status = self.stop()
            raise StudyError(
                "the process that cleans pages", f"an end before its first page (status {status})", "a running child"
            ) from None
        self._link = link


def work(link: Connection, seconds: float) -> None:
    """The child's side: answer batches of (title, wikitext) with (text or None, reason), until the parent is gone."""
    link.send(READY)
    while True:
        for title, wikitext in link.recv():
            # CPU time: a page must not be lost because the machine was busy.
            signal.setitimer(signal.ITIMER_PROF, seconds)
            answer = _answer(title, wikitext)
            signal.setitimer(signal.ITIMER_PROF, 0)
            link.send(answer)


def _answer(title: str, wikitext: str) -> tuple[str | None, str]:
    try:
        if is_disambiguation(title, wikitext):
            return None, "disambiguation"
        return clean(wikitext), ""
    except (MemoryError, RecursionError):
        return None, "not parsable"


def _limit_memory(memory: int) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main(seconds: float, memory: int) -> None:
    """Set the limits of this process and work for the parent at the other end of the standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _limit_memory(memory)
    gc.disable()  # cleaning makes no cycles
    with contextlib.suppress(EOFError, ConnectionError):
        work(Connection(0), seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
