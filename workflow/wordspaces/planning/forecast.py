"""Totals over the jobs of a study, the longest chain of jobs that wait for each other, and a simulated schedule."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wordspaces.planning.costs import Cost, expected
from wordspaces.planning.jobs import Job
from wordspaces.planning.workload import Workload

DOWNLOAD_RULE = "fetch_source"


@dataclass(frozen=True)
class Total:
    """Sum over some jobs.

    seconds : of all jobs; core_seconds : seconds times threads, downloads apart; gpu_seconds : seconds times GPUs;
    bytes : written; megabytes : most memory that any of them takes; asked : most that any asks for.
    """

    jobs: int
    seconds: float
    core_seconds: float
    gpu_seconds: float
    bytes: float
    megabytes: float
    asked: float


def costs_of(work: Workload, jobs: Sequence[Job], scale: Mapping[str, float] | None = None) -> list[Cost]:
    """Cost of each job; scale : by what the seconds of a rule are multiplied, where a machine was measured."""
    scale = scale or {}
    found = (expected(work, job) for job in jobs)
    return [
        cost._replace(seconds=cost.seconds * scale.get(job.rule, 1.0)) for job, cost in zip(jobs, found, strict=True)
    ]


def total(jobs: Sequence[Job], costs: Sequence[Cost]) -> Total:
    """Sum of some jobs, parallel to their costs."""
    both = list(zip(jobs, costs, strict=True))
    return Total(
        jobs=len(both),
        seconds=sum(cost.seconds for cost in costs),
        core_seconds=sum(cost.seconds * job.cores for job, cost in both if job.rule != DOWNLOAD_RULE),
        gpu_seconds=sum(cost.seconds * job.gpus for job, cost in both),
        bytes=sum(cost.bytes for cost in costs),
        megabytes=max((cost.megabytes for cost in costs), default=0.0),
        asked=max((job.megabytes for job in jobs), default=0.0),
    )


def grouped(jobs: Sequence[Job], costs: Sequence[Cost], by: str) -> dict[str, Total]:
    """Totals by "rule" or "stage", in the order in which they first appear."""
    names = dict.fromkeys(getattr(job, by) for job in jobs)
    found = {}
    for name in names:
        chosen = [number for number, job in enumerate(jobs) if getattr(job, by) == name]
        found[name] = total([jobs[number] for number in chosen], [costs[number] for number in chosen])
    return found


def remaining(jobs: Sequence[Job], costs: Sequence[Cost]) -> tuple[list[Job], list[Cost]]:
    """Those jobs that would run now, waiting for each other alone; what is finished holds nothing back."""
    numbers = [number for number, job in enumerate(jobs) if job.todo]
    place = {number: at for at, number in enumerate(numbers)}
    kept = [
        replace(jobs[number], needs=tuple(place[need] for need in jobs[number].needs if need in place))
        for number in numbers
    ]
    return kept, [costs[number] for number in numbers]


def critical_path(jobs: Sequence[Job], seconds: Sequence[float]) -> list[int]:
    """Numbers of the jobs of the longest chain, first to last: the time that no number of cores goes below."""
    ends, before = [0.0] * len(jobs), [-1] * len(jobs)
    for number, job in enumerate(jobs):
        before[number] = max(job.needs, key=ends.__getitem__, default=-1)
        ends[number] = seconds[number] + (ends[before[number]] if before[number] >= 0 else 0.0)
    chain = []
    at = max(range(len(jobs)), key=ends.__getitem__, default=-1)
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]


def schedule_seconds(jobs: Sequence[Job], seconds: Sequence[float], limits: Mapping[str, int]) -> float:
    """Time on the clock when a job starts as soon as what it waits for is done and what it uses is free.

    List scheduling (Graham 1969), longest remaining chain first. limits : units of each resource there are ("cores",
    "gpu", hosts of downloads); what has no limit holds nothing back, and a job that asks for more than there is takes
    all. At most 2 - 1/m times the best schedule on m cores.
    """
    waiters: list[list[int]] = [[] for _ in jobs]
    for number, job in enumerate(jobs):
        for need in job.needs:
            waiters[need].append(number)
    rank = [0.0] * len(jobs)
    for number in range(len(jobs) - 1, -1, -1):
        rank[number] = seconds[number] + max((rank[later] for later in waiters[number]), default=0.0)
    uses = [{name: min(n, limits[name]) for name, n in job.uses.items() if n and name in limits} for job in jobs]
    open_needs = [len(job.needs) for job in jobs]
    free, now = dict(limits), 0.0
    ready = [(-rank[number], number) for number, needs in enumerate(open_needs) if not needs]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    while ready or running:
        blocked = []
        while ready and any(free.values()):
            entry = heapq.heappop(ready)
            number = entry[1]
            if all(free[name] >= n for name, n in uses[number].items()):
                for name, n in uses[number].items():
                    free[name] -= n
                heapq.heappush(running, (now + seconds[number], number))
            else:
                blocked.append(entry)
        for entry in blocked:
            heapq.heappush(ready, entry)
        now, number = heapq.heappop(running)
        for name, n in uses[number].items():
            free[name] += n
        for later in waiters[number]:
            open_needs[later] -= 1
            if not open_needs[later]:
                heapq.heappush(ready, (-rank[later], later))
    return now
