"""What every script does around its work: log, progress, provenance, one clear line on refusal."""

import errno
import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from wordspaces.common.artefacts import ROW_GROUP, TableWriter, atomic, open_table, write_table, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.node import node
from wordspaces.common.provenance import Provenance, input_digests, versions

LOG = logging.getLogger("wordspaces")


class Job:
    """One running rule: its inputs, outputs, params and wildcards, and the doors through which it writes.

    Wraps the object that the workflow engine hands to a script (anything with ``input``, ``output``, ``params``,
    ``wildcards``, ``log``, ``rule``, ``resources``). ``params.code`` is the digest of the code behind the script
    ``params.script``.
    """

    def __init__(self, task: Any) -> None:
        self.input, self.output, self.params = task.input, task.output, task.params
        self.wildcards, self.resources, self.rule = task.wildcards, task.resources, task.rule
        self.label = " ".join([self.rule, *(str(value) for _, value in self.wildcards.items())])
        self._inputs: dict[str, str] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Everything in params that is not about code: what the configuration says to this rule."""
        return {key: value for key, value in self.params.items() if key not in ("code", "script")}

    def provenance(self) -> Provenance:
        """The record that goes into each artefact of this job, with the inputs' digests as they are now."""
        if self._inputs is None:
            self._inputs = input_digests(str(path) for path in self.input)
        wildcards = {key: str(value) for key, value in self.wildcards.items()}
        seed = wildcards.get("seed")
        return Provenance(
            rule=self.rule,
            script=self.params.script,
            code=self.params.code,
            wildcards=wildcards,
            settings=json.loads(json.dumps(self.settings, sort_keys=True)),
            inputs=self._inputs,
            seed=None if seed is None else int(seed),
            versions=versions(),
        )

    def write_table(self, path: str, table: pa.Table) -> None:
        """Write a Parquet artefact with this job's provenance."""
        write_table(path, table, self.provenance())

    def open_table(self, path: str, schema: pa.Schema, rows: int = ROW_GROUP) -> AbstractContextManager[TableWriter]:
        """Write a Parquet artefact piece by piece: ``with run.open_table(path, schema) as sink: sink.write(table)``."""
        return open_table(path, schema, self.provenance, rows)

    def write_tensors(self, path: str, tensors: Mapping[str, np.ndarray]) -> None:
        """Write a safetensors artefact with this job's provenance."""
        write_tensors(path, tensors, self.provenance())

    def write_timing(self, path: str, values: Mapping[str, float]) -> None:
        """Write clock values as JSON: the only file of a job that differs between two equal runs."""
        with atomic(path) as partial:
            partial.write_text(json.dumps(dict(values), indent=1, sort_keys=True) + "\n")

    def progress(self, message: str) -> None:
        """Say `message` in the log file and on the terminal, after the job's own name."""
        LOG.info("%s: %s", self.label, message)


class Ticker:
    """Rate-limited progress of a long loop: a line every `every` seconds with share done, rate and time left.

    A `total` of 0 is one that nobody knows: the line then says what is done, and the rate.
    """

    def __init__(self, job: Job | None, total: float, unit: str, every: float = 10.0) -> None:
        self.job, self.total, self.unit, self.every = job, total, unit, every
        self.start = self.last = time.monotonic()
        self.first: float | None = None

    def __call__(self, done: float, note: str = "") -> None:
        """Report that `done` of `total` units are behind us; silent until the next line is due."""
        now = time.monotonic()
        if self.first is None:
            # A resumed run begins in the middle: its rate is that of what it has done itself.
            self.first, self.start = done, now
        if self.job is None or now - self.last < self.every or done <= self.first:
            return
        self.last = now
        rate = (done - self.first) / max(now - self.start, 1e-9)
        if not self.total:
            self.job.progress(f"{done:,.0f} {self.unit}, {rate:,.0f} {self.unit}/s{note and ', ' + note}")
            return
        left = (self.total - done) / max(rate, 1e-9)
        self.job.progress(
            f"{done / self.total:.0%}, {rate:,.0f} {self.unit}/s, {left:,.0f} s left{note and ', ' + note}"
        )


class _NoPandas:
    """Import hook that says there is no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def settle_pandas() -> None:
    """Keep pyarrow from importing pandas, unless this process has imported it already.

    pyarrow looks for pandas when it makes its first array, and remembers. Loading it takes longer than many jobs do;
    a study has hundreds. Afterwards `import pandas` works as ever, but ``Table.to_pandas`` does not.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)


@contextmanager
def job(task: Any) -> Iterator[Job]:
    """Run a script's body as a `Job`; a `StudyError` becomes one line in the log and on the terminal, exit status 1.

    The log file begins with the node that the job runs on; the artefacts do not know it.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if task.log:
        log = Path(task.log[0])
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"{node()}\n", encoding="utf-8")
        # Processes of a job may write to it together.
        handlers.append(logging.FileHandler(log, mode="a", encoding="utf-8"))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    logging.captureWarnings(True)
    settle_pandas()
    try:
        yield Job(task)
    except StudyError as error:
        LOG.error("error in %s: %s", task.rule, error)
        sys.exit(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            LOG.exception("error in %s", task.rule)
            sys.exit(1)
        full = StudyError(
            error.filename or "results/", "no space left on the disk", "room for the artefact", "make room"
        )
        LOG.error("error in %s: %s", task.rule, full)
        sys.exit(1)
    except Exception:
        LOG.exception("error in %s", task.rule)
        sys.exit(1)
