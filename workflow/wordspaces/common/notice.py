"""Notice before a kill: SIGTERM and SIGINT become a wish to stop, which a training meets at its next safe point.

Schedulers send SIGTERM some time before they kill: when a job is cancelled, preempted or out of time. Ctrl-C is SIGINT.
"""

import os
import signal
import threading
import time
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGTERM, signal.SIGINT)
# Slurm queues a preempted job again if it runs to the end of its grace time, and calls it failed if it ends by itself.
PATIENCE = 300.0


def end_by(number: signal.Signals, patience: float = PATIENCE) -> NoReturn:
    """End the process as a signal would have; under Slurm, wait some seconds for the kill that SIGTERM announced.

    Raises
    ------
    SystemExit : with the status of a process that the signal ended, 143 for SIGTERM.
    """
    if number == signal.SIGTERM and "SLURM_JOB_ID" in os.environ:
        time.sleep(patience)
    raise SystemExit(128 + number)


class Notice:
    """The last signal that asked this process to stop, None as long as there is none.

    patience : seconds that `end_by` waits under Slurm.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.signal: signal.Signals | None = None
        self._before: dict[signal.Signals, object] = {}

    def watch(self) -> "Notice":
        """Take signals from now on; in any other thread than the first, where Python allows none, do nothing."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._take) for number in STOPPING}
        return self

    def release(self) -> None:
        """Leave signals to whom they belonged before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.signal = signal.Signals(number)
