"""What `make plan` and `make efficiency` print."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.planning import measured
from wordspaces.planning.check import compare_bytes, compare_seconds, failures, records_of, scale_of
from wordspaces.planning.costs import Cost, known
from wordspaces.planning.efficiency import by_rule, uses_of, write_uses
from wordspaces.planning.forecast import Total, costs_of, critical_path, grouped, remaining, schedule_seconds, total
from wordspaces.planning.jobs import Job
from wordspaces.planning.text import duration, share, size, table
from wordspaces.planning.workload import Workload

LINES = 15
Study = tuple[Workload, list[Job]]


def plan(work: Workload, jobs: list[Job], limits: Mapping[str, int], whole: bool, finished: Study | None = None) -> str:
    """The forecast of a study.

    limits : units of "cores", "gpu" and connections there are. whole : all jobs, not only those that would run now.
    finished : another study, the benchmark files of which say how fast this machine is.
    """
    scale = scale_of(*finished) if finished else {}
    if finished and not scale:
        raise StudyError("the finished study", "no benchmark files", "a study that has run here", "run it first")
    costs = costs_of(work, jobs, scale)
    every = len(jobs)
    if not whole:
        jobs, costs = remaining(jobs, costs)
    if not jobs:
        return f"{every} jobs, all finished: nothing to do (ALL=1 forecasts them all)"
    head = [
        f"{len(jobs)} of {every} jobs to do" if not whole else f"all {every} jobs",
        *_assumptions(work, jobs, scale),
    ]
    return "\n\n".join(["\n".join(head), _rules(jobs, costs), _stages(jobs, costs), _times(jobs, costs, limits)])


def _assumptions(work: Workload, jobs: Sequence[Job], scale: Mapping[str, float]) -> list[str]:
    """What the numbers rest on."""
    text = f"samples of {work.millions:.3g} million words, {work.compared:.0f} words compared"
    lines = [f"{text}; GPT and BERT on {work.device}"]
    if scale:
        lines.append("seconds scaled by rule to the benchmark files of the finished study")
    else:
        lines.append(
            f"rates of {measured.CORE} on one core of an AMD EPYC, {measured.CORE_FLOPS.value:.0e} operations/s"
        )
    if any(job.gpus for job in jobs):
        lines.append(f"GPU: {measured.GPU_FLOPS.value:.0e} operations/s, assumed; nothing was measured on one")
    strange = sorted({job.rule for job in jobs if not known(job.rule)})
    if strange:
        lines.append(f"no forecast, the start of a job only: {', '.join(strange)}")
    return lines


def _rules(jobs: Sequence[Job], costs: Sequence[Cost]) -> str:
    """A line a rule, in the order of the stages."""
    stages = list(grouped(jobs, costs, "stage"))
    stage_of = {job.rule: stages.index(job.stage) for job in jobs}
    rows = [
        [
            rule,
            f"{found.jobs}",
            duration(found.seconds / found.jobs),
            *_hours(found),
            size(found.bytes),
            f"{found.megabytes:,.0f}",
            f"{found.asked:,.0f}",
        ]
        for rule, found in sorted(grouped(jobs, costs, "rule").items(), key=lambda row: stage_of[row[0]])
    ]
    return table(["rule", "jobs", "each", "cores", "GPUs", "disk", "MB expected", "MB asked"], rows)


def _stages(jobs: Sequence[Job], costs: Sequence[Cost]) -> str:
    """A line a stage, and the whole."""
    totals = [*grouped(jobs, costs, "stage").items(), ("all", total(jobs, costs))]
    rows = [[name, f"{found.jobs}", *_hours(found), size(found.bytes)] for name, found in totals]
    return table(["stage", "jobs", "cores", "GPUs", "disk"], rows)


def _hours(found: Total) -> tuple[str, str]:
    """Time of cores, and of GPUs where there are any."""
    return duration(found.core_seconds), duration(found.gpu_seconds) if found.gpu_seconds else ""


def _times(jobs: Sequence[Job], costs: Sequence[Cost], limits: Mapping[str, int]) -> str:
    seconds = [cost.seconds for cost in costs]
    chain = critical_path(jobs, seconds)
    steps: dict[str, float] = {}
    for number in chain:
        steps[jobs[number].rule] = steps.get(jobs[number].rule, 0.0) + seconds[number]
    long = sum(steps.values())
    told = ", ".join(f"{rule} {duration(length)}" for rule, length in steps.items() if length >= 0.01 * long)
    gpus = f" and {limits.get('gpu', 0)} GPUs" if any(job.gpus for job in jobs) else ""
    took = duration(schedule_seconds(jobs, seconds, limits))
    late = [number + measured.CLUSTER_START.value for number in seconds]
    slower = duration(schedule_seconds(jobs, late, limits))
    return "\n".join(
        [
            f"expected on {limits['cores']} cores{gpus}: {took}; where each job waits "
            f"{measured.CLUSTER_START.value:g} s to start, as on a cluster: {slower}",
            f"longest chain of jobs (no number of cores is faster): {duration(long)}: {told}",
        ]
    )


def check(work: Workload, jobs: list[Job], root: str | Path = ".") -> str:
    """Forecast beside what a finished study took and wrote.

    Raises
    ------
    StudyError : it has no benchmark files, or the forecast is further off than `check` states.
    """
    costs = costs_of(work, jobs)
    seconds = compare_seconds(jobs, costs, records_of(jobs, root))
    disk = compare_bytes(jobs, costs, root)
    if not seconds:
        raise StudyError(str(Path(root).resolve()), "no benchmark files of this study", "a study that has finished")
    head = ["part", "jobs", "forecast", "measured", "factor"]
    tables = [
        table(
            head,
            [[row.name, f"{row.jobs}", unit(row.forecast), unit(row.measured), f"{row.factor:.2f}"] for row in rows],
        )
        for rows, unit in ((seconds, lambda number: f"{number:,.0f} s"), (disk, size))
    ]
    wrong = failures(seconds, disk)
    if wrong:
        print("\n\n".join(tables))
        raise StudyError("forecast", "; ".join(wrong), "factors as stated in config/README.md")
    return "\n\n".join(tables)


def efficiency(jobs: Sequence[Job], folder: str | Path, patience: float = float("inf"), others: int = 0) -> str:
    """What jobs asked for beside what they used, by rule; by job in `folder`/benchmarks/efficiency.tsv.

    patience : seconds after which no further benchmark file is read; others : jobs of the study beside these.
    """
    uses = uses_of(jobs, patience=patience)
    if not uses:
        return "no benchmark files: nothing to say about efficiency"
    path = Path(folder) / "benchmarks" / "efficiency.tsv"
    write_uses(uses, path)
    rules = by_rule(uses)
    rows = [
        [
            rule.rule,
            f"{rule.jobs}",
            f"{rule.threads}",
            share(rule.threads_share),
            f"{rule.megabytes:,.0f}",
            share(rule.memory_share),
            f"{rule.minutes:.0f}",
            share(rule.minutes_share),
            share(rule.gpu_share),
        ]
        for rule in rules[: LINES - 2]
    ]
    shown = table(["asked and used", "jobs", "threads", "", "MB", "", "minutes", "", "GPU of peak"], rows)
    without = others + sum(job.benchmark is not None for job in jobs) - len(uses)
    rest = f"{len(rules) - len(rows)} more rules and " if len(rules) > len(rows) else ""
    missing = f" ({without} jobs without measures)" if without else ""
    return f"{shown}\n{rest}every job: {path}{missing}"
