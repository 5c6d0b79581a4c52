"""Starting a training: in this process, or in several that torch's own launcher starts and watches on this node.

When one of several ends, the others are ended too; when this process is asked to end (SIGTERM), they are asked, the
first saves its state, and all end; when this process is killed, so are they.
"""

import logging
import os
import pickle
import signal
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Job, Ticker
from wordspaces.common.notice import Notice, end_by
from wordspaces.models.result import TrainingResult
from wordspaces.models.transformer import worker
from wordspaces.models.transformer.task import Task
from wordspaces.models.transformer.team import ProcessLostError

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

PATIENCE = 60
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
STOPPED = 128 + signal.SIGTERM


def train(task: Task, job: Job) -> TrainingResult:
    """The result of a training, by as many processes as its settings say; `job` says how far it is.

    Raises
    ------
    StudyError : as `Training`, whichever process met it; or a process was killed. SystemExit : 143 after a SIGTERM
    that ended several processes.
    """
    if task.settings.processes > 1:
        return train_together(task)
    training, total = task.training(task.checkpoint(Notice().watch()))
    return training.run(Ticker(job, total, "tokens"))


def train_together(task: Task) -> TrainingResult:
    """Train by ``settings.processes`` processes of this node; as `train`."""
    with tempfile.TemporaryDirectory(prefix="wordspaces-") as folder, _signals_kept():
        logs = [one.baseFilename for one in logging.getLogger().handlers if isinstance(one, logging.FileHandler)]
        Path(folder, worker.TASK).write_bytes(pickle.dumps((task, logs)))
        _launch(task.settings.processes, folder)
        return pickle.loads(Path(folder, worker.RESULT).read_bytes())


def _launch(processes: int, folder: str) -> None:
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    for name in logging.root.manager.loggerDict:
        if name.startswith("torch.distributed"):
            logging.getLogger(name).disabled = True  # What the launcher says is said below, in one line.
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(log_dir=folder),
        shutdown_timeout=PATIENCE,
    )
    arguments = ["-m", worker.__name__, folder, str(os.getpid())]
    try:
        elastic_launch(config, sys.executable)(*arguments)
    except SignalException as stop:
        end_by(signal.Signals(stop.sigval))
    except ChildFailedError as error:
        _refuse(error, processes)


def _refuse(error: "ChildFailedError", processes: int) -> NoReturn:
    """Raise here what the process raised that ended first, not what others made of its end."""
    failure = _cause(error.failures.values())
    told: dict[str, Any] = failure.error_file_data
    if "refusal" in told:
        raise StudyError(*told["refusal"]) from None
    if told.get("system"):
        raise OSError(*told["system"]) from None
    which = f"process {failure.local_rank + 1} of {processes}"
    if "kind" in told:
        raise RuntimeError(f"{which}:\n{told['message']['extraInfo']['py_callstack']}") from None
    if failure.exitcode in (STOPPED, -signal.SIGTERM):
        end_by(signal.SIGTERM)
    how = f"killed by {signal.Signals(-failure.exitcode).name}" if failure.exitcode < 0 else "ended early"
    raise StudyError(
        which,
        f"{how}, exit status {failure.exitcode}",
        "all processes to the end",
        "give the job more memory if it ran out of it; the training goes on from its last saved state",
    ) from None


def _cause(failures: "Iterable[ProcessFailure]") -> "ProcessFailure":
    def order(failure: "ProcessFailure") -> tuple[int, int]:
        told = failure.error_file_data
        if "kind" in told:
            return (3 if told["kind"] == ProcessLostError.__name__ else 0), failure.timestamp
        return (2 if failure.exitcode in (STOPPED, -signal.SIGTERM) else 1), failure.timestamp

    return min(failures, key=order)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Give signals back to whoever handled them before: torch's launcher takes them, and does not."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
