"""Resume files: a killed training run is late, not lost.

A resume file is not declared to the workflow engine (which deletes declared outputs before a rerun). Its name
carries a key of settings, code and inputs, so a run never continues from somebody else's state. The last two states are
kept: where the newer one is damaged, the older one is taken.
"""

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from wordspaces.common.artefacts import atomic
from wordspaces.common.job import LOG, Job
from wordspaces.common.notice import Notice, end_by
from wordspaces.common.provenance import Provenance

SUFFIX, OLDER = ".resume", ".older.resume"


def checkpoint_of(run: Job) -> "Checkpoint":
    """The checkpoint of a training job, beside its weights, as often as its resource ``checkpoint_minutes`` says.

    From here on SIGTERM and SIGINT no longer end the process at once, but after the next update, with its state saved.
    """
    folder = Path(run.output.weights).parent / ".resume"
    return Checkpoint(folder, run.provenance(), run.resources.get("checkpoint_minutes", 5), Notice().watch())


class Checkpoint:
    """State of one unfinished training run on disk: named arrays and a JSON-able dict.

    Parameters
    ----------
    folder : where the files lie, of this run alone; made when first needed.
    provenance : of the job; settings, code, inputs and seed make the key.
    minutes : least time between two saves; 0 saves every time that `due` is asked.
    notice : of a kill to come, after which a save is due at once and ends the process; None where nobody gives any.
    """

    def __init__(
        self, folder: str | Path, provenance: Provenance, minutes: float = 5.0, notice: Notice | None = None
    ) -> None:
        key = json.dumps(
            [provenance.settings, provenance.code, provenance.inputs, provenance.wildcards], sort_keys=True
        ).encode()
        name = hashlib.blake2b(key, digest_size=8).hexdigest()
        self.path, self.older = Path(folder) / (name + SUFFIX), Path(folder) / (name + OLDER)
        self.seconds, self.last, self.notice = 60.0 * minutes, time.monotonic(), notice

    def due(self) -> bool:
        """Whether the last save is old enough for another, or the process has been told to stop."""
        told = self.notice is not None and self.notice.signal is not None
        return told or time.monotonic() - self.last >= self.seconds

    def save(self, arrays: dict[str, np.ndarray], state: dict) -> None:
        """Write the state beside its name, then rename it there; the one before keeps a name of its own.

        Raises
        ------
        SystemExit : where a signal asked the process to stop, see `end_by`.
        """
        arrays = dict(sorted(arrays.items()))
        with atomic(self.path) as partial:
            save_file(arrays, partial, metadata={"state": json.dumps(state), "digest": _digest(arrays)})
            _to_disk(partial)
            if self.path.is_file():
                os.replace(self.path, self.older)
        with contextlib.suppress(OSError):  # not every file system can do that with a folder
            _to_disk(self.path.parent)
        self.last = time.monotonic()
        if self.notice is not None and self.notice.signal is not None:
            told = self.notice.signal.name
            LOG.warning("%s: state saved in %s; the next run of this job goes on from it", told, self.path)
            end_by(self.notice.signal, self.notice.patience)

    def load(self) -> tuple[dict[str, np.ndarray], dict] | None:
        """The arrays and state last saved, or None where there is nothing (or nothing whole) to resume from."""
        for path in (self.path, self.older):
            if not path.is_file():
                continue
            try:
                found = _read(path)
            except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
                LOG.warning("%s: damaged resume file ignored (%s)", path, error)
                path.unlink(missing_ok=True)  # else the next save would keep it as the older one
                continue
            LOG.info("%s: going on from here", path)
            return found
        return None

    def clear(self) -> None:
        """Remove what was saved once the run has ended, what other settings or code left too; take no more notice."""
        for pattern in (f"*{SUFFIX}", f".*{SUFFIX}.partial"):
            for path in self.path.parent.glob(pattern):
                path.unlink(missing_ok=True)
        if self.path.parent.is_dir() and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()
        if self.notice is not None:
            self.notice.release()


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and state of a file; `ValueError` where the arrays are not those that were written."""
    with safe_open(path, framework="numpy") as handle:
        arrays = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118 (not a dict)
        metadata = handle.metadata()
    if metadata["digest"] != _digest(dict(sorted(arrays.items()))):
        raise ValueError("its content is not what was written")
    return arrays, json.loads(metadata["state"])


def _digest(arrays: dict[str, np.ndarray]) -> str:
    """Digest of the content of some arrays, in their order."""
    digest = hashlib.blake2b(digest_size=16)
    for name, array in arrays.items():
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _to_disk(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk: a name may outlive a node, content not."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
