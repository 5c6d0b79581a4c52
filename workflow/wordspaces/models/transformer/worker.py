"""One of several processes that train a model together: ``python -m`` this module, started by `parallel`.

Its arguments are a folder, which holds the pickled task and takes the result, and the process id of the launcher,
without which it does not live on.
"""

import ctypes
import json
import logging
import os
import pickle
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.common.job import LOG, Ticker
from wordspaces.common.notice import STOPPING, Notice
from wordspaces.models.transformer.task import Task

TASK, RESULT = "task.pickle", "result.pickle"
PR_SET_PDEATHSIG = 1


class Voice:
    """Says progress under the name of a job, as `wordspaces.common.job.Job` does."""

    def __init__(self, label: str) -> None:
        self.label = label

    def progress(self, message: str) -> None:
        """Say `message` after the job's name."""
        LOG.info("%s: %s", self.label, message)


def end_with(launcher: int) -> None:
    """Be killed when the launcher ends in whatever way (Linux), so that nothing trains on unattended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:  # It ended before it could be asked for.
        os._exit(1)


def listen(logs: list[str]) -> None:
    """Write what is logged to the terminal and to the end of the job's own log files."""
    handlers = [
        logging.StreamHandler(sys.stderr),
        *(logging.FileHandler(path, mode="a", encoding="utf-8") for path in logs),
    ]
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    logging.captureWarnings(True)


def take_part(folder: Path) -> None:
    """Train as one of a process group; the first process leaves the pickled result in `folder`."""
    import torch
    import torch.distributed as dist

    task, logs = pickle.loads((folder / TASK).read_bytes())
    rank, backend = int(os.environ["RANK"]), "gloo"
    if rank == 0:
        listen(logs)
    if any(name == "lo" for _, name in socket.if_nameindex()):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # One node; the name of a host need not lead anywhere.
    if task.settings.device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend)
    _train(task, rank, folder)
    dist.destroy_process_group()


def _train(task: Task, rank: int, folder: Path) -> None:
    # The launcher waits for the kill that a signal announced, not each process for itself.
    notice = Notice(patience=0.0).watch() if rank == 0 else None
    training, total = task.training(task.checkpoint(notice) if rank == 0 else None)
    if rank > 0:
        for number in STOPPING:  # The first process is told, saves, and ends for all.
            signal.signal(number, signal.SIG_IGN)
        return training.train()
    training.train(Ticker(Voice(task.label), total, "tokens"))
    (folder / RESULT).write_bytes(pickle.dumps(training.result()))


def report(error: Exception) -> None:
    """Leave an error where the launcher looks for it, in the form that torch's launcher reads."""
    extra = {"py_callstack": traceback.format_exc(), "timestamp": str(int(time.time()))}
    told = {"message": {"message": str(error), "extraInfo": extra}, "kind": type(error).__name__}
    if isinstance(error, StudyError):
        told["refusal"] = [error.where, error.found, error.allowed, error.remedy]
    if isinstance(error, OSError):
        told["system"] = [error.errno, error.strerror, error.filename and str(error.filename)]
    Path(os.environ["TORCHELASTIC_ERROR_FILE"]).write_text(json.dumps(told))


def main() -> None:
    """Take part, and report what goes wrong in place of a traceback."""
    end_with(int(sys.argv[2]))
    status = 0
    try:
        take_part(Path(sys.argv[1]))
    except SystemExit as stop:
        status = stop.code
    except Exception as error:
        report(error)
        status = 1
    logging.shutdown()
    # At once: the others notice, and threads that still wait for them are not waited for.
    os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    main()
