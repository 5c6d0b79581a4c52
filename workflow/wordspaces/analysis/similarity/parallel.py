"""Independent pieces of work over the threads that the linear algebra was given, with the same result for any number.

A piece runs with one thread of BLAS, so its sums have one order; pieces come back in the order in which they were
given.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
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


def ordered(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`function` of every item, in their order, a few items ahead of what was taken.

    Functions must release the interpreter (numpy, numba with `nogil`) to run side by side.
    """
    controller, workers = _controller()
    waiting = list(items)
    with controller.limit(limits=1, user_api="blas"):
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
