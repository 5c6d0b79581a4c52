"""No two jobs of a machine have the same device at once, however they start and end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wordspaces.common import devices
from wordspaces.common.errors import StudyError

WORKFLOW = Path(__file__).parents[2] / "workflow"
# Takes devices, marks each with a file that nobody else may have made, works a moment, unmarks them.
PROGRAM = """
import sys, time
from pathlib import Path
from wordspaces.common.devices import claim

folder, count, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
taken = claim(count, lambda said: print(said, flush=True))
for device in taken:
    (folder / device).touch(exist_ok=False)
print("took", *taken, flush=True)
time.sleep(seconds)
for device in taken:
    (folder / device).unlink()
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a driver, with locks of its own and no scheduler."""
    for name in devices.SCHEDULERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(devices, "_held", [])
    monkeypatch.setattr(devices, "_driver_devices", dict)
    return tmp_path


def start(folder: Path, visible: str, count: int, seconds: float) -> subprocess.Popen:
    command = [sys.executable, "-c", PROGRAM, str(folder), str(count), str(seconds)]
    around = os.environ | {"CUDA_VISIBLE_DEVICES": visible, "PYTHONPATH": str(WORKFLOW)}
    return subprocess.Popen(command, env=around, stdout=subprocess.PIPE, text=True)


def test_racing_jobs_never_share_a_device(machine: Path) -> None:
    """Eight jobs that want one, two or three of three devices all get them, one after another."""
    jobs = [start(machine, "0,GPU-a,MIG-1/2/0".replace("/", "_"), 1 + number % 3, 0.05) for number in range(8)]
    for number, job in enumerate(jobs):
        told = job.communicate(timeout=60)[0].splitlines()[-1].split()
        assert job.returncode == 0, told  # a device that somebody had would have raised
        assert told[0] == "took"
        assert len(set(told[1:])) == 1 + number % 3


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_job_gives_its_device_back(machine: Path, how: signal.Signals) -> None:
    first = start(machine, "7", 1, 600)
    assert first.stdout is not None
    assert first.stdout.readline() == "took 7\n"
    second = start(machine, "7", 1, 0)
    assert second.stdout is not None
    assert second.stdout.readline() == "waits for 1 of 1 GPUs that other jobs have\n"
    (machine / "7").unlink()
    first.send_signal(how)
    assert first.wait() == -how
    assert second.communicate(timeout=30)[0] == "took 7\n"
    assert second.returncode == 0
    first.stdout.close()


def test_devices_are_shown_to_cuda(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.VISIBLE, "4,2,3")
    assert devices.claim(2) == ["4", "2"]
    assert os.environ[devices.VISIBLE] == "4,2"
    assert devices.lock_folder().stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv(devices.VISIBLE, "4,2,3")
    assert devices.claim(1) == ["3"]


def test_nothing_is_taken_where_nothing_is_asked_for(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.VISIBLE, "0")
    assert devices.claim(0) == []
    assert not list(machine.iterdir())


def test_what_a_scheduler_gave_is_taken_as_it_is(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slurm numbers the devices of each job from 0: two jobs may both see a device 0, and have different ones."""
    monkeypatch.setenv(devices.VISIBLE, "0")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    held = devices.claim(1)
    assert held == devices.claim(1) == ["0"]
    assert not list(machine.iterdir())
    # A whole node given to a driver that starts jobs on it is still to be shared out.
    monkeypatch.setenv(devices.VISIBLE, "0,1")
    assert [devices.claim(1), monkeypatch.setenv(devices.VISIBLE, "0,1"), devices.claim(1)] == [["0"], None, ["1"]]


@pytest.mark.parametrize(
    ("visible", "found"),
    [("", []), ("-1", []), ("0,-1,2", ["0"]), ("GPU-a, 3", ["GPU-a", "3"]), (None, ["GPU-x", "GPU-y"])],
)
def test_visible_devices(monkeypatch: pytest.MonkeyPatch, visible: str | None, found: list[str]) -> None:
    monkeypatch.delenv(devices.VISIBLE, raising=False)
    if visible is not None:
        monkeypatch.setenv(devices.VISIBLE, visible)
    assert devices.visible_devices({"0": "GPU-x", "1": "GPU-y"}) == found


def test_indices_and_names_of_a_device_are_one(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_driver_devices", lambda: {"0": "GPU-x", "1": "GPU-y"})
    monkeypatch.setenv(devices.VISIBLE, "1")
    assert devices.claim(1) == ["1"]
    monkeypatch.delenv(devices.VISIBLE)
    assert devices.claim(1) == ["GPU-x"]
    assert sorted(file.name for file in devices.lock_folder().iterdir()) == ["GPU-x.lock", "GPU-y.lock", "turn.lock"]


def test_the_driver_is_asked_for_its_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nprintf '0, GPU-12-ab\\n1, GPU-34-cd\\n'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert devices._driver_devices() == {"0": "GPU-12-ab", "1": "GPU-34-cd"}
    tool.write_text("#!/bin/sh\necho no devices were found\nexit 6\n")
    assert devices._driver_devices() == {}


def test_more_than_there_are_is_refused(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.VISIBLE, "5")
    with pytest.raises(StudyError, match=r"CUDA_VISIBLE_DEVICES: found 1 \(5\); allowed: 2 or more for this job"):
        devices.claim(2)
    assert os.environ[devices.VISIBLE] == "5"


def test_locks_of_others_are_refused(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / f"wordspaces-gpus-{os.getuid()}").symlink_to(machine)
    monkeypatch.setenv(devices.VISIBLE, "5")
    with pytest.raises(StudyError, match="wordspaces-gpus"):
        devices.claim(1)


def test_waiting_is_said_now_and_then(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.VISIBLE, "6")
    monkeypatch.setattr(devices, "REMINDER", 0.2)
    monkeypatch.setattr(devices, "POLL", 0.05)
    first, said = start(machine, "6", 1, 1.0), []
    assert first.stdout is not None
    assert first.stdout.readline() == "took 6\n"
    began = time.monotonic()
    assert devices.claim(1, said.append) == ["6"]
    assert time.monotonic() - began > 0.5
    assert len(said) >= 2
    first.communicate()
