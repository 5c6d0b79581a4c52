"""Forecasts and efficiency of a study, from the graph of jobs that Snakemake makes of its configuration.

    python workflow/planner.py plan config/full.yaml --cores 64 --gpus 4     nothing runs, nothing is downloaded
    python workflow/planner.py check config/config.yaml                      forecast beside what a finished study took
    python workflow/planner.py efficiency config/config.yaml                 what jobs asked for beside what they used

Beside the scripts this is the only file that knows Snakemake; what is done with the jobs stands in wordspaces.planning.
"""

import argparse
import contextlib
import io
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordspaces.common.errors import StudyError
from wordspaces.planning.commands import check, efficiency, plan
from wordspaces.planning.jobs import Job
from wordspaces.planning.workload import Workload

RULES = Path(__file__).parent / "rules"
PATIENCE = 1.5
"""Seconds that the table at the end of a run may take."""
OWN = ("tmpdir", "runtime", "mem_mb", "mem_mib", "disk_mb", "disk_mib", "checkpoint_minutes", "_nodes", "_cores")


@dataclass(frozen=True)
class Planned:
    """A study with its jobs, in an order in which they could run; limits : connections to hosts, and others."""

    work: Workload
    jobs: list[Job]
    limits: Mapping[str, int]
    folder: str


def jobs_of(dag: Any) -> list[Job]:
    """Jobs of a Snakemake graph that write files, targets left out; needs before what needs them."""
    order = [job for level in dag.toposorted() for job in level if job.output]
    numbers = {job: number for number, job in enumerate(order)}
    return [job_of(dag, job, numbers) for job in order]


def job_of(dag: Any, job: Any, numbers: Mapping[Any, int]) -> Job:
    """One job; it needs those that have a number."""
    resources = {name: value for name, value in job.resources.items() if isinstance(value, int)}
    uses = {name: value for name, value in resources.items() if name not in OWN}
    return Job(
        rule=job.rule.name,
        stage=stage_of(job.rule.snakefile),
        wildcards=dict(job.wildcards_dict),
        needs=tuple(sorted(numbers[need] for need in dag.dependencies[job] if need in numbers)),
        uses={"cores": max(1, job.threads), **uses},
        megabytes=resources.get("mem_mb", 0),
        minutes=resources.get("runtime", 0),
        benchmark=str(job.benchmark) if job.benchmark else None,
        outputs=tuple(str(file) for file in job.output),
        todo=dag.needrun(job),
    )


def stage_of(snakefile: str | Path) -> str:
    """The stage of a rule, by the file it stands in: a file of workflow/rules, or of a folder of the same name."""
    path = Path(snakefile)
    parts = path.relative_to(RULES).parts if path.is_relative_to(RULES) else (path.name,)
    return parts[0].removesuffix(".smk")


def planned(workflow: Any) -> Planned:
    """The study of a Snakemake workflow whose graph is made."""
    named = workflow.globals
    limits = {
        name: resource.value
        for name, resource in workflow.global_resources.items()
        if name not in OWN and isinstance(resource.value, int)
    }
    return Planned(named["WORK"], jobs_of(workflow.dag), limits, named["STUDY"])


def graph_of(configs: list[str], gpus: int | None) -> Planned:
    """The study of some configuration files, by the graph that a dry run would make; the profile is that of Snakemake's
    own command line. Nothing is run or locked, nothing of the study is written.

    gpus : of the machine or cluster that is meant, None for those that are here.
    """
    if gpus is not None:
        os.environ["WORDSPACES_DEVICE"] = "cuda" if gpus else "cpu"
    from snakemake.api import SnakemakeApi
    from snakemake.cli import parse_args
    from snakemake.settings.types import (
        ConfigSettings,
        DAGSettings,
        OutputSettings,
        Quietness,
        ResourceSettings,
        StorageSettings,
        WorkflowSettings,
    )

    with contextlib.redirect_stderr(io.StringIO()):
        _, args = parse_args(["--dry-run", "--cores", "1", "--configfile", *configs])
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        study = api.workflow(
            resource_settings=ResourceSettings(
                cores=sys.maxsize, resources=args.resources, default_resources=args.default_resources
            ),
            config_settings=ConfigSettings(configfiles=args.configfile),
            storage_settings=StorageSettings(),
            workflow_settings=WorkflowSettings(),
            snakefile=RULES.parent.parent / "Snakefile",
        )
        study.dag(DAGSettings(rerun_triggers=args.rerun_triggers, max_checksum_file_size=args.max_checksum_file_size))
        workflow = study._workflow  # What api.printdag does: the graph, and no run.
        workflow._prepare_dag(forceall=False, ignore_incomplete=True, lock_warn_only=True, nolock=True)
        workflow._build_dag()
        return planned(workflow)


def after_run(workflow: Any) -> None:
    """Print the table of efficiency at the end of a run; whatever is wrong with it, the run is what it was.

    Jobs of this run come first. What others asked for has to be worked out anew, a millisecond each: those for which
    patience does not last are left out.
    """
    try:
        dag, end = workflow.dag, time.monotonic() + PATIENCE
        others = sorted((job for job in dag.jobs if job.output), key=lambda job: not dag.needrun(job))
        jobs = [job_of(dag, job, {}) for job in others if dag.needrun(job) or time.monotonic() < end]
        left = max(0.0, end - time.monotonic())
        print(efficiency(jobs, workflow.globals["STUDY"], left, len(others) - len(jobs)), file=sys.stderr)
    except Exception as error:
        print(f"no table of efficiency: {error!r}", file=sys.stderr)


def main() -> None:
    """Read the command line and print what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=("plan", "check", "efficiency"))
    parser.add_argument("configs", nargs="+", help="configuration files, as of --configfile")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--gpus", type=int, help="`device: auto` is then a GPU, or with 0 the CPU, whatever is here")
    parser.add_argument("--all", action="store_true", help="all jobs, finished ones too")
    parser.add_argument("--measured", nargs="*", default=[], help="configuration of a finished study, for its rates")
    parser.add_argument("--root", default=".", help="folder in which the finished study has run")
    chosen = parser.parse_args()
    try:
        found = graph_of(chosen.configs, chosen.gpus)
        if chosen.command == "efficiency":
            print(efficiency(found.jobs, found.folder))
        elif chosen.command == "check":
            print(check(found.work, found.jobs, chosen.root))
        else:
            finished = graph_of(chosen.measured, None) if chosen.measured else None
            gpus = {} if chosen.gpus is None else {"gpu": chosen.gpus}
            limits = found.limits | {"cores": chosen.cores} | gpus
            print(plan(found.work, found.jobs, limits, chosen.all, finished and (finished.work, finished.jobs)))
    except StudyError as refusal:
        sys.exit(f"error: {refusal}")


if __name__ == "__main__":
    main()
