"""The forecast of a finished study beside what its jobs took and wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wordspaces.planning.benchmarks import Record, read_records
from wordspaces.planning.costs import Cost
from wordspaces.planning.forecast import DOWNLOAD_RULE, costs_of
from wordspaces.planning.jobs import Job
from wordspaces.planning.workload import Workload

WITHIN, STAGE_WITHIN, DISK_WITHIN = 1.3, 2.0, 1.5
"""Factors that the forecast of the default study keeps to: all core seconds, those of a stage, all bytes."""
SMALL = 0.01
"""Stages of a smaller share of the core seconds are not held to anything."""
FAMILY_RULES = ("train_transformer", "extract_contextual_space")


@dataclass(frozen=True)
class Comparison:
    """Forecast and measure of one thing, in seconds or bytes."""

    name: str
    jobs: int
    forecast: float
    measured: float

    @property
    def factor(self) -> float:
        """Forecast over measure; how far it is off, whichever way, is the larger of it and its inverse."""
        return self.forecast / self.measured if self.measured else float("inf")

    @property
    def off(self) -> float:
        """By what factor the forecast is off, at least 1."""
        return max(self.factor, 1 / self.factor) if self.factor else float("inf")


def part_of(job: Job) -> str:
    """What is compared on its own: a stage, and of models and spaces the transformers apart."""
    return f"{job.stage}, transformers" if job.rule in FAMILY_RULES else job.stage


def compare_seconds(jobs: Sequence[Job], costs: Sequence[Cost], records: Sequence[Record | None]) -> list[Comparison]:
    """Core seconds by part, and of all (last), over the jobs that have a record; downloads apart."""
    parts: dict[str, list[float]] = {}
    for job, cost, record in zip(jobs, costs, records, strict=True):
        if record is None or job.rule == DOWNLOAD_RULE:
            continue
        for name in (part_of(job), "all"):
            held = parts.setdefault(name, [0, 0.0, 0.0])
            held[0] += 1
            held[1] += cost.seconds * job.cores
            held[2] += record.core_seconds
    return _ordered(parts)


def compare_bytes(jobs: Sequence[Job], costs: Sequence[Cost], root: str | Path) -> list[Comparison]:
    """Bytes on disk by stage, and of all (last), over the jobs whose outputs are there; downloads apart."""
    parts: dict[str, list[float]] = {}
    for job, cost in zip(jobs, costs, strict=True):
        files = [Path(root) / file for file in job.outputs]
        if job.rule == DOWNLOAD_RULE or not all(file.is_file() for file in files):
            continue
        for name in (job.stage, "all"):
            held = parts.setdefault(name, [0, 0.0, 0.0])
            held[0] += 1
            held[1] += cost.bytes
            held[2] += sum(file.stat().st_size for file in files)
    return _ordered(parts)


def _ordered(parts: Mapping[str, list[float]]) -> list[Comparison]:
    names = [name for name in parts if name != "all"] + ["all"] * ("all" in parts)
    return [Comparison(name, int(parts[name][0]), *parts[name][1:]) for name in names]


def failures(seconds: Sequence[Comparison], disk: Sequence[Comparison]) -> list[str]:
    """Lines for what is further off than stated."""
    found = []
    whole = {row.name: row for row in seconds}.get("all")
    for row in seconds:
        bound = WITHIN if row.name == "all" else STAGE_WITHIN
        if row.measured >= SMALL * whole.measured and row.off > bound:
            found.append(f"core seconds of {row.name}: off by {row.off:.2f} (at most {bound:g})")
    for row in disk:
        if row.name == "all" and row.off > DISK_WITHIN:
            found.append(f"bytes: off by {row.off:.2f} (at most {DISK_WITHIN:g})")
    return found


def scale_of(work: Workload, jobs: Sequence[Job], root: str | Path = ".") -> dict[str, float]:
    """By what the seconds of each rule have to be multiplied to give those of a finished study."""
    costs = costs_of(work, jobs)
    records = records_of(jobs, root)
    forecast: dict[str, float] = {}
    measured: dict[str, float] = {}
    for job, cost, record in zip(jobs, costs, records, strict=True):
        if record is not None and job.rule != DOWNLOAD_RULE:
            forecast[job.rule] = forecast.get(job.rule, 0.0) + cost.seconds * job.cores
            measured[job.rule] = measured.get(job.rule, 0.0) + record.core_seconds
    return {rule: measured[rule] / forecast[rule] for rule in forecast if forecast[rule] and measured[rule]}


def records_of(jobs: Sequence[Job], root: str | Path = ".") -> list[Record | None]:
    """Records of jobs, in the folder that their paths are from."""
    return read_records([None if job.benchmark is None else str(Path(root) / job.benchmark) for job in jobs])
