"""Run one script of the workflow in a process of its own, as the engine would, and say what it took.

    python -m benchmarks.stage job.json

The job holds the script's name, its inputs, outputs and params. The last line printed is the peak of resident memory in
bytes and the CPU seconds, child processes included in both.
"""

import json
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from wordspaces.common.code import PACKAGE_ROOT
from wordspaces.common.errors import StudyError

SCRIPTS = PACKAGE_ROOT.parent / "scripts"
STATUS = Path("/proc/self/status")
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the operating system counts memory in use."""


class Cost(NamedTuple):
    """What a script took: peak of resident memory in bytes, CPU seconds."""

    memory: int
    seconds: float


class Named(dict):
    """Params and wildcards, by attribute and by key."""

    __getattr__ = dict.__getitem__


class Files(list):
    """Files by name and in a flat list."""

    def __init__(self, named: dict[str, Any]) -> None:
        super().__init__(path for value in named.values() for path in (value if isinstance(value, list) else [value]))
        self.__dict__.update(named)


def cost(script: str, inputs: dict[str, Any], outputs: dict[str, str], **params: Any) -> Cost:
    """What a script takes to make `outputs` from `inputs`; `wildcards` and `resources` may be among the params."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"script": script, "inputs": inputs, "outputs": outputs, "params": params}, file)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.stage", file.name]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise StudyError(script, f"exit status {result.returncode}", "a script that ends well", result.stderr[-500:])
    memory, seconds = result.stdout.split()[-2:]
    return Cost(int(memory), float(seconds))


def main(path: str) -> int:
    """Run the script of a job."""
    job = json.loads(Path(path).read_text())
    params = job["params"]
    wildcards, resources = Named(params.pop("wildcards", {})), Named(params.pop("resources", {}))
    task = SimpleNamespace(
        input=Files(job["inputs"]),
        output=Files(job["outputs"]),
        params=Named(params, script=f"scripts/{job['script']}.py", code="0" * 32),
        wildcards=wildcards,
        resources=resources,
        threads=1,
        log=[],
        rule=job["script"],
    )
    runpy.run_path(str(SCRIPTS / f"{job['script']}.py"), init_globals={"snakemake": task})
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() + children.ru_utime + children.ru_stime
    print(own_peak() + UNIT * children.ru_maxrss, seconds)
    return 0


def own_peak() -> int:
    """Peak of this process's own memory, in bytes.

    On Linux from the kernel's mark for this program: the usual figure (``ru_maxrss``) begins with what the process
    that started this one was using, which may be more than this one ever needs.
    """
    if not STATUS.is_file():
        return UNIT * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
