"""Independent pieces of work over the threads that the linear algebra was given, with the same result for any number.

The last bits of a product of matrices depend on the number of threads that BLAS takes for it. So a piece runs with one
of them; pieces come back in the order in which they were given.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")
AHEAD = 2


@cache
def _controller() -> tuple[ThreadpoolController, int]:
    """Handle on the BLAS libraries and the threads they had at first (OMP_NUM_THREADS and the like)."""
    controller = ThreadpoolController()
    return controller, max((library["num_threads"] for library in controller.info()), default=1)


def threads() -> int:
    """Number of threads that work is spread over."""
    return _controller()[1]


@contextmanager
def one_thread() -> Iterator[None]:
    """Context in which BLAS takes one thread for a product; may be entered again, also by several threads at once."""
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


class _Limit:
    """The limit is of the whole process: set by the first that enters, lifted by the last that leaves."""

    def __init__(self) -> None:
        self.lock, self.inside, self.limiter = Lock(), 0, None

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                self.limiter = _controller()[0].limit(limits=1, user_api="blas")
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.limiter.restore_original_limits()


_limit = _Limit()


def ordered(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`function` of every item, in their order, a few items ahead of what was taken.

    Functions must release the interpreter (numpy, numba with `nogil`) to run side by side.
    """
    workers, waiting = threads(), list(items)
    with one_thread():
        if workers == 1 or len(waiting) < 2:
            yield from map(function, waiting)
            return
        with ThreadPoolExecutor(workers) as pool:
            running: deque[Future[Result]] = deque()
            for item in waiting:
                running.append(pool.submit(function, item))
                if len(running) > AHEAD * workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
