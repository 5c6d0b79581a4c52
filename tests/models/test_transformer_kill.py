"""A training that is killed outright, at any moment, ends with the bytes of one that never was."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import time
from pathlib import Path
import numpy as np
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.models.transformer.settings import settings_of
from wordspaces.models.transformer.train import Training
from wordspaces.tokens.encoded import Encoded
from safetensors.numpy import save

family, folder, name, share = sys.argv[1:]
offsets = np.arange(0, 1201, 20)
text = Encoded(generator(0, "text").integers(4, 50, 1200).astype(np.int32), offsets, offsets)
small = {"dimension": 16, "context": 16, "batch": 4, "snapshots": 4, "snapshot_words": 30, "candidates": 20}
settings = settings_of({"family": family, "epochs": 3, "dropout": 0.1, **small})
checkpoint = Checkpoint(Path(folder, "state"), Provenance("train", "train.py", "0"), minutes=0)
training = Training(settings, text, text, 50, 1, checkpoint)


def tell(done, note=""):
    print(training.at.step, training.steps, flush=True)
    if training.at.step >= float(share) * training.steps:
        time.sleep(600)  # until it is killed


result = training.run(tell)
checkpoint.clear()
arrays = result.weights | {f"snapshots.{key}": value for key, value in result.snapshots.items()}
arrays |= {f"log.{column}": np.array(result.log[column].to_pylist(), np.float64) for column in result.log.column_names}
Path(folder, name).write_bytes(save(dict(sorted(arrays.items()))))
"""


def start(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("family", ["gpt", "bert"])
def test_a_killed_training_ends_with_the_same_bytes(family: str, tmp_path: Path) -> None:
    whole = start(family, str(tmp_path), "whole", "2")
    told = whole.communicate()[0].split("\n")
    assert whole.returncode == 0
    steps = int(told[0].split()[1])
    reached = []
    for share in (0.2, 0.7):
        killed = start(family, str(tmp_path), "resumed", str(share))
        assert killed.stdout is not None
        for line in killed.stdout:
            reached.append(int(line.split()[0]))
            if reached[-1] >= share * steps:
                killed.send_signal(signal.SIGKILL)
                break
        assert killed.wait() == -signal.SIGKILL
        assert not (tmp_path / "resumed").exists()
        assert list(tmp_path.glob("state/*.resume"))
    last = start(family, str(tmp_path), "resumed", "2")
    first = int(last.communicate()[0].split()[0])
    assert last.returncode == 0
    # It went on from where it was, give or take the update whose state was being written.
    assert first >= reached[-1]
    assert (tmp_path / "resumed").read_bytes() == (tmp_path / "whole").read_bytes()
    assert not list(tmp_path.glob("state/*.resume"))
