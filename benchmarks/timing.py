"""Ours beside a peer: both measured in turn in one process, and what came out held to a bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

Ours = TypeVar("Ours")
Peer = TypeVar("Peer")


@dataclass(frozen=True)
class Gate:
    """A measured value and its bound: a least value where `least`, a greatest one otherwise; NaN passes neither."""

    name: str
    value: float
    bound: float
    least: bool

    @property
    def passed(self) -> bool:
        """Whether the value keeps the bound."""
        return self.value >= self.bound if self.least else self.value <= self.bound

    def __str__(self) -> str:
        sign, verdict = (">=" if self.least else "<="), ("pass" if self.passed else "fail")
        return f"gate {self.name}: {self.value:.4g} (needs {sign} {self.bound:g}) {verdict}"


@dataclass(frozen=True)
class Rounds(Generic[Ours, Peer]):
    """Seconds float64 [rounds] and results of both sides, round by round."""

    ours_seconds: np.ndarray
    peer_seconds: np.ndarray
    ours: list[Ours]
    peer: list[Peer]

    @property
    def speedup(self) -> float:
        """Median over rounds of the peer's seconds over ours."""
        return float(np.median(self.peer_seconds / self.ours_seconds))


def stopwatch(work: Callable[[], Ours]) -> tuple[float, Ours]:
    """Wall-clock seconds of one call, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def interleave(
    ours: Callable[[int], tuple[float, Ours]], peer: Callable[[int], tuple[float, Peer]], rounds: int
) -> Rounds[Ours, Peer]:
    """Run both sides once a round; the side that begins changes from round to round.

    Each side gets the number of the round and returns its own seconds and its result, so that a side can leave its
    preparation out. A machine that slows down for a while slows both sides of a round, which leaves their ratio.
    """
    ours_found: list[tuple[float, Ours]] = []
    peer_found: list[tuple[float, Peer]] = []
    for number in range(rounds):
        if number % 2 == 0:
            ours_found.append(ours(number))
            peer_found.append(peer(number))
        else:
            peer_found.append(peer(number))
            ours_found.append(ours(number))
    return Rounds(
        np.array([seconds for seconds, _ in ours_found]),
        np.array([seconds for seconds, _ in peer_found]),
        [result for _, result in ours_found],
        [result for _, result in peer_found],
    )
