"""A script's frame: provenance of what it writes, one clear line when it refuses, progress that is not a flood."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from wordspaces.common.artefacts import read_provenance
from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker, job
from wordspaces.common.node import node
from wordspaces.common.provenance import file_digest


class Params(dict):
    """Params as the workflow engine gives them: by attribute and by key."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def task(tmp_path):
    """What the workflow engine hands to a script."""
    (tmp_path / "in.txt").write_text("corpus")
    return SimpleNamespace(
        input=[str(tmp_path / "in.txt")],
        output=[str(tmp_path / "out.parquet")],
        params=Params(script="scripts/x.py", code="abc", variant={"epochs": 2}),
        wildcards=Params(corpus="wiki", seed="7"),
        resources=Params(),
        log=[str(tmp_path / "logs" / "x.log")],
        rule="train_x",
    )


def test_written_artefact_says_how_it_was_made(task):
    with job(task) as run:
        run.write_table(run.output[0], pa.table({"x": [1]}))
    record = read_provenance(task.output[0])
    assert (record.rule, record.script, record.code, record.seed) == ("train_x", "scripts/x.py", "abc", 7)
    assert record.settings == {"variant": {"epochs": 2}}
    assert record.inputs == {task.input[0]: file_digest(task.input[0])}
    assert record.versions["pyarrow"] == pa.__version__


def test_refusal_is_one_line_and_status_one(task, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop, job(task):
        raise StudyError("config.yaml: seeds", "[]", "at least one seed", "add one")
    assert stop.value.code == 1
    line = "error in train_x: config.yaml: seeds: found []; allowed: at least one seed; add one\n"
    assert (tmp_path / "logs" / "x.log").read_text() == f"{node()}\n{line}"
    assert capsys.readouterr().err == line


def test_unforeseen_failure_keeps_its_traceback_in_the_log(task, tmp_path):
    with pytest.raises(SystemExit), job(task):
        raise ZeroDivisionError("a bug")
    assert "ZeroDivisionError: a bug" in (tmp_path / "logs" / "x.log").read_text()


def test_ticker_says_share_rate_and_note(task, tmp_path):
    with job(task) as run:
        quiet, talking = Ticker(run, 100, "tokens", every=3600), Ticker(run, 100, "tokens", every=0)
        for ticker in (quiet, talking):
            ticker(5)
        quiet(50)
        talking(25, "loss 1.5")
    log = (tmp_path / "logs" / "x.log").read_text()
    first, line = log.splitlines()
    assert first == node()
    assert line.startswith("train_x wiki 7: 25%")
    assert log.endswith("loss 1.5\n")


def test_jobs_that_need_no_pandas_do_not_load_it():
    program = (
        "import sys, pyarrow as pa\n"
        "from wordspaces.common.job import settle_pandas\n"
        "settle_pandas()\n"
        "x = pa.table({'x': [1, 2]})['x'].to_numpy()\n"
        "print('pandas' in sys.modules, x.tolist())\n"
        "import pandas\n"
        "print(pandas.DataFrame({'x': x}).x.sum())\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["False [1, 2]", "3"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_one_line_too(task, tmp_path):
    (tmp_path / ".out.parquet.partial").symlink_to("/dev/full")
    with pytest.raises(SystemExit) as stop, job(task) as run:
        run.write_table(task.output[0], pa.table({"x": list(range(100_000))}))
    assert stop.value.code == 1
    _, line = (tmp_path / "logs" / "x.log").read_text().splitlines()
    assert line.startswith("error in train_x: results/: found no space left on the disk; allowed: ")
    assert not (tmp_path / "out.parquet").exists()
