"""Times tasks in turn, and keeps what the clock said in a file of its own.

A record is one point in one sweep: trainer, family, measure, factor, the factors of `grid.Point` (null where one plays
no part), repetitions; of the seconds of the process on its CPU `seconds`, the median, and `low` and `high`, their
quartiles; `wall_seconds`, the median of a clock on the wall.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wordspaces.common.artefacts import atomic
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.cost.grid import FAMILIES, Point, Swept

LEAST = 0.01
"""Seconds that a task is timed for at least, over and over: a clock says little about less."""

KEYS = ("trainer", "family", "measure", "factor", "repetitions", "seconds", "low", "high", "wall_seconds")


class Times(NamedTuple):
    """Seconds, float64 [tasks, repetitions]: of the process on its CPU, and on the wall."""

    cpu: np.ndarray
    wall: np.ndarray


def interleaved(tasks: Sequence[Callable[[], None]], repetitions: int) -> Times:
    """Time every task once a round, in a new order each, after two rounds that are not timed.

    A short task is called as often as `LEAST` takes, by the second of these rounds; its seconds are those of one call.
    So compilation is in no time, and a slow stretch of the machine falls on all tasks alike. What other processes take
    of the CPU is not in the process's own seconds, but what they take of its caches and its clock rate is.
    """
    cpu, wall = (np.zeros((len(tasks), repetitions)) for _ in range(2))
    for task in tasks:
        task()
    calls = [_calls(task) for task in tasks]
    for repetition in range(repetitions):
        for number in generator(0, "cost", "order", str(repetition)).permutation(len(tasks)):
            before = time.process_time(), time.perf_counter()
            for _ in range(calls[number]):
                tasks[number]()
            after = time.process_time(), time.perf_counter()
            cpu[number, repetition], wall[number, repetition] = after[0] - before[0], after[1] - before[1]
    each = np.array(calls, np.float64)[:, None]
    return Times(cpu / each, wall / each)


def _calls(task: Callable[[], None]) -> int:
    """How often a task is called to be timed."""
    start = time.process_time()
    task()
    return math.ceil(LEAST / max(time.process_time() - start, LEAST / 1000))


def records(swept: Sequence[Swept], points: Sequence[Point], times: Times) -> list[dict[str, Any]]:
    """One record for each point in each sweep. points : distinct, parallel to the rows of `times`."""
    rows = {point: row for row, point in enumerate(points)}
    found = []
    for factor, point in swept:
        seconds, wall = times.cpu[rows[point]], times.wall[rows[point]]
        low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75])
        told = {"family": FAMILIES[point.trainer], "factor": factor, "repetitions": len(seconds)}
        clock = {"seconds": middle, "low": low, "high": high, "wall_seconds": np.median(wall)}
        found.append(asdict(point) | told | {name: float(value) for name, value in clock.items()})
    return found


def write_costs(path: str | Path, found: Sequence[Mapping[str, Any]]) -> None:
    """Write records as JSON."""
    with atomic(path) as partial:
        partial.write_text(json.dumps({"measurements": [dict(record) for record in found]}, indent=1) + "\n")


def read_costs(path: str | Path) -> list[dict[str, Any]]:
    """Records of a file of costs; `StudyError` where it is none."""
    try:
        found = json.loads(Path(path).read_text())["measurements"]
        for record in found:
            _ = [record[key] for key in KEYS]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(path, f"no readable costs ({error!r})", "a finished file", "delete it and rerun") from None
    return found
