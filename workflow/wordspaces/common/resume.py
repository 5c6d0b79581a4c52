"""Resume files: a killed training run is late, not lost.

A resume file is not declared to the workflow engine (which deletes declared outputs before a rerun). Its name
carries a key of settings, code and inputs, so a run never continues from somebody else's state.
"""

import hashlib
import json
import time
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wordspaces.common.artefacts import atomic
from wordspaces.common.job import LOG
from wordspaces.common.provenance import Provenance


class Checkpoint:
    """State of one unfinished training run on disk: named arrays and a JSON-able dict.

    Parameters
    ----------
    folder : where the file lives; made when first needed.
    provenance : of the job; settings, code, inputs and seed make the key.
    minutes : least time between two saves; 0 saves every time that `due` is asked.
    """

    def __init__(self, folder: str | Path, provenance: Provenance, minutes: float = 5.0) -> None:
        key = json.dumps(
            [provenance.settings, provenance.code, provenance.inputs, provenance.wildcards], sort_keys=True
        ).encode()
        self.path = Path(folder) / f"{hashlib.blake2b(key, digest_size=8).hexdigest()}.resume"
        self.seconds, self.last = 60.0 * minutes, time.monotonic()

    def due(self) -> bool:
        """Whether the last save is old enough for another."""
        return time.monotonic() - self.last >= self.seconds

    def save(self, arrays: dict[str, np.ndarray], state: dict) -> None:
        """Write the state beside its name, then rename it there."""
        with atomic(self.path) as partial:
            partial.write_bytes(save(dict(sorted(arrays.items())), metadata={"state": json.dumps(state)}))
        self.last = time.monotonic()

    def load(self) -> tuple[dict[str, np.ndarray], dict] | None:
        """The saved arrays and state, or None where there is nothing (or nothing whole) to resume from."""
        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="numpy") as handle:
                arrays = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118 (not a dict)
                return arrays, json.loads(handle.metadata()["state"])
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            LOG.warning("%s: damaged resume file ignored (%s)", self.path, error)
            return None

    def clear(self) -> None:
        """Remove the file once the run has ended, and its folder when that is empty."""
        self.path.unlink(missing_ok=True)
        if self.path.parent.is_dir() and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()
