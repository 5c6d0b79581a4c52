"""Forecasts and efficiency of the real graph: before a run, of a finished study, at the end of a run that fails."""

import csv
import os
import re
import subprocess
import sys

import pytest

SMOKE, SMALL = "config/smoke.yaml", "config/small.yaml"
WITHIN = 2.0
"""The smoke study is jobs of a second, on cores that may be shared with other work."""


def planner(project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `make plan` and `make efficiency` run; output and errors apart."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "workflow/planner.py", *arguments]
    return subprocess.run(
        command, cwd=project.folder, env=environment, text=True, capture_output=True, timeout=300, check=False
    )


def files_of(project) -> set[str]:
    """Files of a project folder, those that Python compiles and Snakemake notes down apart."""
    return {
        str(path.relative_to(project.folder))
        for path in project.folder.rglob("*")
        if path.is_file() and not {".snakemake", "__pycache__"} & set(path.parts)
    }


@pytest.fixture(scope="module")
def small_plan(bare, tmp_path_factory):
    """The forecast of a study of which nothing is there, on a cluster with GPUs, and the folder it was made in."""
    project = bare(tmp_path_factory.mktemp("plan"))
    before = files_of(project)
    run = planner(project, "plan", SMALL, "--cores", "16", "--gpus", "2")
    return run, before, files_of(project)


def test_a_study_is_forecast_without_a_download(small_plan):
    run, before, after = small_plan
    assert (run.returncode, run.stderr) == (0, "")
    assert before == after
    assert re.search(r"^381 of 381 jobs to do|^(\d+) of \1 jobs to do", run.stdout)
    assert "expected on 16 cores and 2 GPUs" in run.stdout
    assert "1e+13 operations/s, assumed" in run.stdout
    assert re.search(r"longest chain of jobs .*: fetch_source .*train_transformer .*write_report", run.stdout)


def test_every_stage_has_its_total_and_their_sum_is_the_whole(small_plan):
    lines = small_plan[0].stdout.split("stage ")[-1].splitlines()
    jobs = {line.split()[0]: int(line.split()[1]) for line in lines[1:] if re.match(r"\w+ +\d+ ", line)}
    assert set(jobs) == {"corpus", "tokens", "cooccurrence", "models", "spaces", "analysis", "report", "all"}
    assert sum(jobs.values()) == 2 * jobs["all"]


def test_a_finished_study_took_and_wrote_about_what_is_forecast(finished):
    run = planner(finished, "check", SMOKE)
    factors = [float(line.split()[-1]) for line in run.stdout.splitlines() if line.startswith("all ")]
    assert len(factors) == 2, run.stdout + run.stderr
    assert all(1 / WITHIN < factor < WITHIN for factor in factors), run.stdout


def test_every_job_of_a_run_has_a_line_of_efficiency(finished):
    folder = finished.folder / "results" / "smoke" / "benchmarks"
    with open(folder / "efficiency.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    benchmarks = {str(path.relative_to(finished.folder)) for path in folder.rglob("*.tsv")} - {
        "results/smoke/benchmarks/efficiency.tsv"
    }
    listed = {row["benchmark"] for row in rows}
    assert benchmarks <= listed
    assert all(row["rule"] == "fetch_source" for row in rows if row["benchmark"] not in benchmarks)
    training = next(row for row in rows if row["rule"] == "train_transformer")
    assert int(training["mem_mb"]) > float(training["mb_used"]) > 100
    assert float(training["minutes_used"]) > 0


def test_a_finished_study_has_nothing_to_do_and_its_table_comes_by_hand(copied):
    assert "all finished: nothing to do" in planner(copied, "plan", SMOKE).stdout
    table = copied.folder / "results" / "smoke" / "benchmarks" / "efficiency.tsv"
    table.unlink()
    run = planner(copied, "efficiency", SMOKE)
    assert run.returncode == 0, run.stderr
    assert 3 <= len(run.stdout.splitlines()) <= 15
    assert table.is_file()


def test_a_run_that_fails_ends_with_the_table_and_a_dry_run_without_it(copied):
    copied.edit("workflow/scripts/write_report.py", "from ", "raise SystemExit('on purpose')\nfrom ")
    assert "asked and used" not in copied.snakemake("--dry-run").stdout
    run = copied.snakemake()
    assert run.returncode != 0
    assert "asked and used" in run.stdout
    assert "no table" not in run.stdout


def test_a_table_that_cannot_be_made_leaves_the_run_finished(copied):
    (copied.folder / "results" / "smoke" / "report.html").unlink()
    copied.edit("workflow/planner.py", "dag, end = workflow.dag, ", "dag, end = workflow.no_graph, ")
    run = copied.snakemake()
    assert run.returncode == 0, run.stdout
    assert "no table of efficiency" in run.stdout


def test_a_configuration_that_is_wrong_is_refused_in_its_one_line(clean):
    clean.edit(SMOKE, "seeds: [1, 2]", "seeds: [1, 1]")
    run = planner(clean, "plan", SMOKE)
    assert run.returncode != 0
    assert "seeds" in run.stderr
    assert "Traceback" not in run.stderr
