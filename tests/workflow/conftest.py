"""The real Snakemake on copies of this project: what a user's own folder would do."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(Path(__file__).parent))  # for `serving`, `extension`, `sameness`, beside the tests
PARTS = ("Snakefile", "workflow", "config", "profiles", "envs")
SMOKE = "config/smoke.yaml"


@dataclass(frozen=True)
class Project:
    """A folder with the project's own files, in which Snakemake runs."""

    folder: Path

    def snakemake(self, *arguments: str, config: str = SMOKE, timeout: int = 2700) -> subprocess.CompletedProcess[str]:
        """Run Snakemake here as a user would; output and errors come back together in ``stdout``.

        `config` may name several files, as `make study CONFIG="..."` does.
        """
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments, "--configfile", *config.split()]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            command, cwd=self.folder, env=environment, text=True, stdout=-1, stderr=-2, timeout=timeout, check=False
        )

    def plan(self, *arguments: str, config: str = SMOKE) -> list[tuple[str, dict[str, str]]]:
        """Jobs of a dry run as (rule, wildcards)."""
        run = self.snakemake("--dry-run", *arguments, config=config)
        assert run.returncode == 0, run.stdout
        jobs = []
        # Jobs of a group, which share a submission to a cluster, are indented.
        for block in re.split(r"\n *(?=(?:local)?rule )", run.stdout)[1:]:
            rule = re.match(r"(?:local)?rule (\w+):", block).group(1)
            listed = re.search(r"^ +wildcards: (.*)$", block, flags=re.MULTILINE)
            wildcards = dict(part.split("=", 1) for part in listed.group(1).split(", ")) if listed else {}
            jobs.append((rule, wildcards))
        return jobs

    def rules(self, *arguments: str, config: str = SMOKE) -> set[str]:
        """Names of the rules that a dry run would run."""
        return {rule for rule, _ in self.plan(*arguments, config=config)}

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{file} does not hold {old!r}"
        path.write_text(text.replace(old, new))

    def copy_to(self, folder: Path) -> "Project":
        """The same folder elsewhere, times of change and Snakemake's memory included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)


def bare_project(folder: Path) -> Project:
    """A clean copy of the project's files, without results."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(source, folder / part)
    return Project(folder)


def finished_project(folder: Path) -> Project:
    """A smoke study that has run from nothing, downloads included."""
    project = bare_project(folder)
    run = project.snakemake()
    assert run.returncode == 0, run.stdout[-6000:]
    return project


@pytest.fixture(scope="session")
def bare():
    """Makes a clean copy of the project's files in a folder; for fixtures that live longer than a test."""
    return bare_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """A finished smoke study. Read it; change only copies of it.

    `FINISHED` of the environment names a folder to keep it in, where later runs of the tests find it, whole.
    """
    kept = os.environ.get("FINISHED")
    if not kept:
        return finished_project(tmp_path_factory.mktemp("finished"))
    folder = Path(kept) / "study"
    if not folder.is_dir():
        finished_project(Path(kept) / f"unfinished-{os.getpid()}").folder.rename(folder)
    return Project(folder)


@pytest.fixture(scope="session")
def finished_again(tmp_path_factory) -> Project:
    """The same study from a second clean folder, elsewhere and deeper."""
    return finished_project(tmp_path_factory.mktemp("again") / "deeper" / "still")


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """A copy of the finished study, for changing."""
    return finished.copy_to(tmp_path / "study")


@pytest.fixture
def clean(tmp_path) -> Project:
    """A clean copy of the project without results."""
    return bare_project(tmp_path / "study")
