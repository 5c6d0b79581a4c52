"""Run times of the jobs of a study, from the files that the workflow engine writes beside them.

A benchmark file is `<stage>/<rule>.tsv`, or `<stage>/<rule>/...tsv` with the wildcards of the job. It is overwritten
when its job runs again, so what is read is the last run of each. Clock values: two equal studies differ in them.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from wordspaces.report.listing import Column, Listing
from wordspaces.report.names import STAGES, count, number

JOBS = ["stage", "rule", "seconds", "cpu_seconds", "memory_mb"]
_READ = {"s": "seconds", "cpu_time": "cpu_seconds", "max_rss": "memory_mb"}
CLOCK = "number clock"


def read_runs(folder: str | Path, rules: Sequence[str]) -> pd.DataFrame:
    """A row a job: columns stage, rule, seconds, cpu_seconds, memory_mb (largest resident, MB); null is unknown.

    `folder` : of the benchmarks; one that is not there has no jobs. Files that are not of one of `rules` (an earlier
    version of the study wrote them) are passed over.
    """
    rows = []
    for path in sorted(Path(folder).rglob("*.tsv")):
        stage, rule = (*path.relative_to(folder).with_suffix("").parts, "")[:2]
        if rule not in rules:
            continue
        # A job that was tried again has a line for each; jobs of a fraction of a second have no measured memory.
        lines = pd.read_csv(path, sep="\t", na_values=["-", "NA"])
        if len(lines):
            last = pd.to_numeric(lines.iloc[-1].reindex(list(_READ)), errors="coerce")
            rows.append({"stage": stage, "rule": rule} | {name: last[column] for column, name in _READ.items()})
    return pd.DataFrame(rows, columns=JOBS).astype(dict.fromkeys(JOBS[2:], float))


def stage_listing(jobs: pd.DataFrame) -> Listing:
    """Totals of every stage, in the order of the study. `jobs` : of `read_runs`."""
    return _listing(jobs, "stage", "Run times by stage", len(STAGES))


def rule_listing(jobs: pd.DataFrame) -> Listing:
    """Totals of every rule, by stage and name, none of them open at first. `jobs` : of `read_runs`."""
    return _listing(jobs, "rule", "Run times by rule", 0)


def _listing(jobs: pd.DataFrame, by: str, label: str, shown: int) -> Listing:
    rows = []
    place = {stage: number for number, stage in enumerate(STAGES)}
    keys = ["stage"] if by == "stage" else ["stage", "rule"]
    for _, part in sorted(jobs.groupby(keys), key=lambda item: (place.get(item[0][0], len(place)), item[0])):
        # A sum over jobs that all lack a value is none.
        whole, cpu = (part[name].sum(min_count=1) for name in ("seconds", "cpu_seconds"))
        told = [number(whole, 1), number(part["seconds"].max(), 1), number(cpu, 1), count(part["memory_mb"].max())]
        rows.append([*(part[key].iloc[0] for key in keys[::-1]), count(len(part)), *told])
    heads = ("jobs", "seconds", "longest job", "CPU seconds", "peak memory, MB")
    return Listing(
        label,
        "Of the last run of each job, by the clock on the wall, with whatever else the machine did; jobs that ran side "
        "by side are added up. The page itself is made while they are read, and is left out.",
        [*(Column(key) for key in keys[::-1]), *(Column(head, CLOCK) for head in heads)],
        rows,
        "The workflow engine left no benchmarks of this study.",
        shown,
    )
