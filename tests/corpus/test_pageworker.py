"""Cleaning in a child process: limits cost one page, an end of the child costs none, nothing is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import wordspaces
from wordspaces.common.errors import StudyError
from wordspaces.corpus import pageworker
from wordspaces.corpus.pageworker import BATCH_PAGES, Page, PageWorker, clean_pages
from wordspaces.corpus.records import Document, Dropped

NESTED = 400_000
SLOW = Page("666", "Slow", "[[a|x" * NESTED + "]]" * NESTED)  # labels in labels: time grows with the square
PACKAGE_PARENT = str(Path(wordspaces.__file__).resolve().parents[1])


def page(number: int) -> Page:
    return Page(str(number), f"Page {number}", f"'''Text''' of [[page]] {number}.")


def document(number: int) -> Document:
    return Document(str(number), f"Page {number}", f"Text of page {number}.")


def gone(pid: int) -> bool:
    """Whether a process has ended and been waited for, within a few seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_answers_keep_the_order_of_pages_and_drops() -> None:
    given = [Dropped("redirect") if number % 3 == 0 else page(number) for number in range(3 * BATCH_PAGES)]
    given[7] = Page("7", "Ada", "{{disambiguation}}")
    expected = [Dropped("redirect") if number % 3 == 0 else document(number) for number in range(3 * BATCH_PAGES)]
    expected[7] = Dropped("disambiguation")
    assert list(clean_pages(given, 10)) == expected


def test_slow_page_is_dropped_and_the_others_are_not() -> None:
    start = time.monotonic()
    found = list(clean_pages([page(1), SLOW, page(2), SLOW, page(3)], 0.5))
    late = Dropped("over the time limit")
    assert found == [document(1), late, document(2), late, document(3)]
    assert time.monotonic() - start < 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_page_that_needs_too_much_memory_is_dropped() -> None:
    greedy = Page("1", "Greedy", "[[a|" * 1_000_000)
    found = list(clean_pages([page(1), greedy, page(2)], 60, memory=150_000_000))
    assert found == [document(1), Dropped("not parsable"), document(2)]


def kill_children(worker: PageWorker, deaths: list[int], times: int) -> None:
    """End so many children of a worker, each while it works."""
    while len(deaths) < times:
        process = worker.process
        if process is not None and worker._link is not None and process.pid not in deaths:
            time.sleep(0.2)
            os.kill(process.pid, signal.SIGSEGV)
            deaths.append(process.pid)
        time.sleep(0.01)


@pytest.mark.parametrize(("times", "slow"), [(1, "over the time limit"), (2, "not parsable")])
def test_page_is_tried_again_once_when_the_child_dies(times: int, slow: str) -> None:
    deaths: list[int] = []
    with PageWorker(2.0) as worker:
        killer = threading.Thread(target=kill_children, args=(worker, deaths, times))
        killer.start()
        assert list(worker.answers([SLOW, page(1)])) == [Dropped(slow), document(1)]
        killer.join()
    assert len(deaths) == times
    assert all(map(gone, deaths))


def test_no_more_than_a_batch_is_taken_ahead() -> None:
    taken = 0

    def endless() -> Iterator[Page]:
        nonlocal taken
        while True:
            taken += 1
            yield page(taken)

    answers = clean_pages(endless(), 10)
    assert [next(answers) for _ in range(3)] == [document(1), document(2), document(3)]
    assert taken <= BATCH_PAGES
    answers.close()


def test_child_ends_when_the_generator_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = PageWorker._start

    def recorded(worker: PageWorker) -> None:
        start(worker)
        assert worker.process is not None
        started.append(worker.process.pid)

    monkeypatch.setattr(PageWorker, "_start", recorded)
    answers = clean_pages([page(1), SLOW, page(2)], 60)
    assert next(answers) == document(1)
    answers.close()
    assert len(started) == 1
    assert gone(started[0])


def test_child_ends_when_its_parent_is_killed() -> None:
    program = textwrap.dedent("""
        import time
        from wordspaces.corpus.pageworker import Page, PageWorker
        worker = PageWorker(60)
        print(next(worker.answers([Page("1", "A", "B.")])).text, worker.process.pid, flush=True)
        time.sleep(60)
    """)
    environment = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        text, pid = parent.stdout.readline().split()
        assert text == b"B."
        parent.kill()
    assert gone(int(pid))


def test_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from wordspaces.corpus.pageworker import Page, clean_pages\n"
        "print('once', [record.text for record in clean_pages([Page('1', 'A', 'B.')], 10)])\n"
    )
    (tmp_path / "wordspaces.py").write_text("raise SystemExit('not this one')\n")
    done = subprocess.run(
        [sys.executable, "-P", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PACKAGE_PARENT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("once ['B.']\n", 0), done.stderr


def test_child_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pageworker, "PACKAGE_PARENT", tmp_path)
    (tmp_path / "wordspaces").mkdir()
    (tmp_path / "wordspaces" / "__init__.py").write_text("")
    with pytest.raises(StudyError, match="an end before its first page"):
        list(clean_pages([page(1)], 10))
