"""What jobs asked for beside what they used: a line a job in a table of its own, a line a rule to read."""

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wordspaces.planning.benchmarks import Record, read_records
from wordspaces.planning.jobs import Job

FIELDS = (
    "rule", "benchmark", "threads", "cores_used", "mem_mb", "mb_used", "runtime_minutes", "minutes_used", "gpus",
    "gpu_share_of_peak",
)  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One finished job: what it asked for, its measures, and what share of the best product of matrices it reached on
    its device, where it measured that."""

    job: Job
    record: Record
    share_of_peak: float | None = None

    @property
    def cores(self) -> float:
        """Threads at work on average."""
        return self.record.core_seconds / self.record.seconds if self.record.seconds else 0.0

    @property
    def idle(self) -> float:
        """Memory asked for and not used, times how long, in MB s; of jobs too short to be looked at, none."""
        used = self.record.megabytes
        return 0.0 if used is None else max(0.0, self.job.megabytes - used) * self.record.seconds


@dataclass(frozen=True)
class RuleUse:
    """Jobs of one rule. Shares are of what was asked for: threads weighted by time, memory and time limit of the job
    that used most."""

    rule: str
    jobs: int
    threads: int
    threads_share: float
    megabytes: float
    memory_share: float | None
    minutes: float
    minutes_share: float
    gpu_share: float | None
    idle: float


def uses_of(jobs: Sequence[Job], root: str | Path = ".", patience: float = float("inf")) -> list[Use]:
    """Every job whose benchmark file is there.

    root : folder that paths are from; patience : seconds after which no further file is read.
    """
    paths = [None if job.benchmark is None else str(Path(root) / job.benchmark) for job in jobs]
    records = read_records(paths, patience)
    return [
        Use(job, record, share_of_peak(job, root))
        for job, record in zip(jobs, records, strict=True)
        if record is not None
    ]


def share_of_peak(job: Job, root: str | Path) -> float | None:
    """Share of peak that a training on a GPU wrote into its timing file; None where there is none."""
    timing = next((file for file in job.outputs if file.endswith("/timing.json")), None)
    if timing is None or not job.gpus:
        return None
    try:
        return float(json.loads((Path(root) / timing).read_text(encoding="utf-8"))["share_of_peak"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def by_rule(uses: Sequence[Use]) -> list[RuleUse]:
    """Rules, worst first: by the memory that their jobs held and did not use, times how long."""
    groups: dict[str, list[Use]] = {}
    for use in uses:
        groups.setdefault(use.job.rule, []).append(use)
    return sorted((_rule_use(rule, group) for rule, group in groups.items()), key=lambda rule: (-rule.idle, rule.rule))


def _rule_use(rule: str, group: Sequence[Use]) -> RuleUse:
    held = sum(use.record.seconds * use.job.cores for use in group)
    memory = [use.record.megabytes / use.job.megabytes for use in group if use.record.megabytes and use.job.megabytes]
    peaks = [use.share_of_peak for use in group if use.share_of_peak is not None]
    limits = [use.record.seconds / 60 / use.job.minutes for use in group if use.job.minutes]
    return RuleUse(
        rule=rule,
        jobs=len(group),
        threads=max(use.job.cores for use in group),
        threads_share=sum(use.record.core_seconds for use in group) / held if held else 0.0,
        megabytes=max(use.job.megabytes for use in group),
        memory_share=max(memory, default=None),
        minutes=max(use.job.minutes for use in group),
        minutes_share=max(limits, default=0.0),
        gpu_share=sum(peaks) / len(peaks) if peaks else None,
        idle=sum(use.idle for use in group),
    )


def write_uses(uses: Sequence[Use], path: str | Path) -> None:
    """A tab-separated table, a line a job, of the fields in `FIELDS`; empty where something was not measured."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(beside, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(FIELDS)
        for use in uses:
            job, record, peak = use.job, use.record, use.share_of_peak
            memory = "" if record.megabytes is None else f"{record.megabytes:.0f}"
            times = f"{job.minutes:.0f}", f"{record.seconds / 60:.2f}"
            gpu = job.gpus, "" if peak is None else f"{peak:.2f}"
            writer.writerow(
                [job.rule, job.benchmark, job.cores, f"{use.cores:.2f}", f"{job.megabytes:.0f}", memory, *times, *gpu]
            )
    os.replace(beside, path)
