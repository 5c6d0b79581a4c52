"""A small study's files, and its training script run as a process of its own, as the workflow engine runs it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.common.artefacts import read_table, read_tensors, write_table
from wordspaces.common.provenance import Provenance
from wordspaces.tokens.encode import ENCODED

WORKFLOW = Path(__file__).parents[2] / "workflow"
MADE = Provenance(rule="made", script="tests", code="0")
WORDS = 120
FILES = {
    "weights": "weights.safetensors",
    "log": "log.parquet",
    "snapshots": "snapshots.safetensors",
    "timing": "timing.json",
}
RUNNER = """
import json, runpy, sys
from types import SimpleNamespace


class Named(dict):
    __getattr__ = dict.__getitem__

    def __iter__(self):
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


told = json.loads(sys.argv[1])
names = ("input", "output", "params", "wildcards", "resources")
task = SimpleNamespace(rule="train_transformer", log=told["log"], **{name: Named(told[name]) for name in names})
runpy.run_path(told["script"], init_globals={"snakemake": task})
"""


def write_text(folder: Path, documents: int = 35, words: int = WORDS) -> None:
    """A vocabulary, a training shard and a held-out shard in which each word says something about the next."""
    rng = np.random.default_rng(0)
    ids, counts = pa.array(range(words), pa.int32()), pa.array([9] * words, pa.int64())
    names, kinds = ["<unk>", *(f"word{n}" for n in range(1, words))], ["special"] * 4 + ["word"] * (words - 4)
    vocabulary = {"id": ids, "token": names, "kind": kinds, "count": counts}
    write_table(folder / "vocabulary.parquet", pa.table(vocabulary), MADE)
    for shard in ("training", "heldout"):
        starts, steps = rng.integers(4, words, documents), rng.integers(1, 4, (documents, 22))
        texts = (4 + (starts[:, None] + steps.cumsum(1)) % (words - 4)).tolist()
        columns = [[f"{shard}:{n}" for n in range(documents)], texts, [[0, 11]] * documents]
        write_table(folder / f"{shard}.parquet", pa.table(columns, schema=ENCODED), MADE)


def start(folder: Path, name: str, variant: dict, minutes: float = 5.0, **environment: str) -> subprocess.Popen:
    """Train `variant` on the text of `folder` into its subfolder `name`; seed 1."""
    inputs = {"tokens": ["training.parquet"], "heldout": ["heldout.parquet"], "vocabulary": "vocabulary.parquet"}
    told = {
        "script": str(WORKFLOW / "scripts" / "train_transformer.py"),
        "input": inputs,
        "output": {key: f"{name}/{file}" for key, file in FILES.items()},
        "params": {"variant": variant, "code": "0", "script": "train_transformer"},
        "wildcards": {"seed": "1"},
        "resources": {"checkpoint_minutes": minutes},
        "log": [f"{name}.log"],
    }
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    around = {"PYTHONPATH": str(WORKFLOW), "OMP_NUM_THREADS": "1", "TMPDIR": str(temporary)}
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, json.dumps(told)],
        cwd=folder,
        env=os.environ | around | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(job: subprocess.Popen) -> tuple[int, str]:
    """Exit status of a training, and what it said."""
    said = job.communicate(timeout=300)[1]
    return job.returncode, said


def workers(folder: Path) -> list[int]:
    """Process ids of the workers of trainings in `folder`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            told = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if process.name.isdigit() and b"transformer.worker" in told and str(folder).encode() in told:
            found.append(int(process.name))
    return found


def wait_for(what, seconds: float = 60.0) -> None:
    """Wait until `what()` is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def state(folder: Path, name: str) -> bytes | None:
    """The saved state of an unfinished training, if there is one."""
    try:
        return next((file.read_bytes() for file in folder.glob(f"{name}/.resume/*.resume")), None)
    except FileNotFoundError:
        return None


def curve(log: pa.Table) -> np.ndarray:
    """Loss, held-out loss and gradient norm, float64 [rows, 3], of a training log."""
    return np.stack([log[column].to_numpy() for column in ("loss", "heldout_loss", "gradient_norm")], axis=1)


def losses(folder: Path, name: str) -> np.ndarray:
    """The `curve` of a finished training."""
    return curve(read_table(folder / name / FILES["log"]))


def content(folder: Path, name: str) -> dict[str, bytes]:
    """All that a finished training made, but for clock values."""
    made = {file: (folder / name / file).read_bytes() for key, file in FILES.items() if key != "timing"}
    assert read_tensors(folder / name / FILES["weights"])
    return made
