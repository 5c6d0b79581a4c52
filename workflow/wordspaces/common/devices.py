"""Which GPUs of a machine a job may use: as many as it asks for, and no two jobs the same.

A lock on a file of each device says that it is taken. The kernel drops it when the process ends, in whatever way.
"""

import fcntl
import os
import re
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from wordspaces.common.errors import StudyError

VISIBLE = "CUDA_VISIBLE_DEVICES"
SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "FLUX_JOB_ID")
POLL, REMINDER = 0.5, 60.0

_held: list[IO] = []  # Locks live as long as their files are open.


def claim(count: int, progress: Callable[[str], None] | None = None) -> list[str]:
    """Take `count` GPUs that no other job of this user has, wait until there are so many, and show CUDA only these.

    To be called before CUDA is first used: it sets ``CUDA_VISIBLE_DEVICES``. Where a cluster's scheduler has given
    this job just so many, these are taken as they are. With `count` 0 nothing happens. Jobs take their devices in
    turn, so that one which needs several is not passed for ever by those which need one.

    progress : is told, now and then, what is being waited for.

    Returns
    -------
    The devices as ``CUDA_VISIBLE_DEVICES`` names them.

    Raises
    ------
    StudyError : the machine has fewer, or the folder of the locks belongs to somebody else.
    """
    if count == 0:
        return []
    known = _driver_devices()
    devices = visible_devices(known)
    if len(devices) < count:
        raise StudyError(
            VISIBLE if VISIBLE in os.environ else "GPUs of this machine",
            f"{len(devices)} ({', '.join(devices) or 'none'})",
            f"{count} or more for this job",
            "ask for fewer `processes`, or for `device: cpu`",
        )
    if len(devices) > count or not any(name in os.environ for name in SCHEDULERS):
        devices = _lock(devices, known, count, progress or (lambda message: None))
    os.environ[VISIBLE] = ",".join(devices)
    return devices


def visible_devices(known: dict[str, str]) -> list[str]:
    """The GPUs that this process may use: those of ``CUDA_VISIBLE_DEVICES``, else all that the driver knows.

    known : index -> UUID of the driver's devices. As CUDA does, a list is read up to its first entry that is no device.
    """
    given = os.environ.get(VISIBLE)
    if given is None:
        return list(known.values()) or _torch_devices()
    entries = [entry.strip() for entry in given.split(",")]
    wrong = next((i for i, entry in enumerate(entries) if not entry or entry.startswith("-")), len(entries))
    return entries[:wrong]


def lock_folder() -> Path:
    """Where the locks of this user on this machine lie; made when first needed, for nobody else to write to."""
    folder = Path(tempfile.gettempdir(), f"wordspaces-gpus-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StudyError(folder, f"a folder of user {found.st_uid}", f"one of user {os.getuid()}", "set TMPDIR")
    return folder


def _driver_devices() -> dict[str, str]:
    """Index -> UUID of the GPUs that the driver's own tool finds; empty where there is no such tool."""
    command = ["nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(re.findall(r"^(\d+), *(\S+)$", told, re.MULTILINE))


def _torch_devices() -> list[str]:
    """Indices of the GPUs that torch counts, which it does without taking hold of any."""
    import torch

    return [str(index) for index in range(torch.cuda.device_count())]


def _lock(devices: list[str], known: dict[str, str], count: int, progress: Callable[[str], None]) -> list[str]:
    folder, taken, said = lock_folder(), [], -REMINDER
    names = {device: re.sub(r"[^\w.-]", "_", known.get(device, device)) for device in devices}
    turn = None
    while True:
        turn = turn or _try(folder / "turn.lock")
        for device in devices if turn else []:
            if len(taken) < count and device not in taken and (lock := _try(folder / f"{names[device]}.lock")):
                _held.append(lock)
                taken.append(device)
        if turn and len(taken) == count:
            turn.close()
            return [device for device in devices if device in taken]
        if time.monotonic() - said >= REMINDER:
            said = time.monotonic()
            progress(f"waits for {count - len(taken)} of {len(devices)} GPUs that other jobs have")
        time.sleep(POLL)


def _try(path: Path) -> IO | None:
    """A lock on a file, or None where another process has it."""
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle
