"""A cluster of two nodes for the tests, and this project on it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # for `cluster`, beside the tests

from cluster import Cluster, Job, missing_programs, wait_for

PACKAGES = "slurmctld slurmd slurm-client munge"
PROFILE = (
    *("--workflow-profile", "profiles/slurm", "--cores", "2"),
    # Faster than a cluster would like.
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a Slurm."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slurm)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Cluster:
    """The cluster; it ends with the namespace that it runs in."""
    missing = missing_programs()
    if missing:
        pytest.skip(f"no {', '.join(missing)} here; Debian has them in: {PACKAGES}")
    return Cluster(tmp_path_factory.mktemp("slurm"))


class Driver:
    """Snakemake at work on the cluster, in the folder of a project."""

    def __init__(self, project, targets: tuple[str, ...], options: tuple[str, ...]) -> None:
        self.project, self.log = project, project.folder / f"driver-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "snakemake", *targets, *PROFILE, *options, "--configfile", "config/smoke.yaml"]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=project.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def said(self) -> str:
        """All that it has printed so far."""
        return self.log.read_text()

    def end(self, seconds: float = 300) -> str:
        """Wait for its end, which must be a good one; what it printed."""
        status = self.process.wait(seconds)
        assert status == 0, self.said[-6000:]
        return self.said

    def kill(self) -> None:
        """Kill it outright, as a login node does that restarts."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def drive(cluster) -> Iterator[Callable[..., Driver]]:
    """Starts Snakemake on the cluster; what still runs after the test is ended, its jobs too."""
    started = []

    def starting(project, *targets: str, options: tuple[str, ...] = ()) -> Driver:
        started.append(Driver(project, targets, options))
        return started[-1]

    yield starting
    for driver in started:
        if driver.process.poll() is None:
            driver.kill()
    for job in cluster.jobs("pending,running,completing"):
        subprocess.run(["scancel", "--signal=KILL", str(job.number)], check=False)
    for job in cluster.jobs("pending,running"):
        subprocess.run(["scancel", str(job.number)], check=False)
    wait_for(lambda: not cluster.jobs("pending,running,completing"), 90, "an empty queue")


@pytest.fixture(scope="session")
def run_of(cluster) -> Callable[[str], list[Job]]:
    """Jobs of a rule, by what Snakemake wrote into their comment."""
    return lambda rule: [job for job in cluster.jobs() if rule in job.comment]


@pytest.fixture(scope="session")
def downloaded(bare, finished, tmp_path_factory) -> Callable[[], object]:
    """Makes clean copies of the project with its downloads, as after `make fetch`."""

    def making():
        project = bare(tmp_path_factory.mktemp("cluster"))
        shutil.copytree(finished.folder / "results" / "sources", project.folder / "results" / "sources")
        return project

    return making
