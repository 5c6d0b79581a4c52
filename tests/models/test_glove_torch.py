"""GloVe in torch: the same steps as the compiled kernel, and with larger updates the same space; equal bytes."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.glove import torch_train, train
from wordspaces.models.glove.settings import GloveSettings

WORDS = 150
NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(train, "SIDE", 64)


def topical_matrix(seed=0):
    """Counts of words that have a topic each, and in which low ids are frequent."""
    rng = np.random.default_rng(seed)
    frequency = 1.0 / (1.0 + np.arange(WORDS))
    topic = rng.integers(0, 10, WORDS)
    rates = 4000 * np.outer(frequency, frequency) * np.where(topic[:, None] == topic, 6.0, 1.0)
    counts = rng.poisson(rates).astype(np.float64)
    row, column = np.nonzero(counts)
    return train.in_memory(row.astype(np.int32), column.astype(np.int32), counts[row, column])


def fit(device="cpu", seed=1, checkpoint=None, **changes):
    settings = GloveSettings(**{"dimension": 12, "epochs": 4, "snapshots": 4} | changes)
    return train.train_glove(topical_matrix(), WORDS, 20_000, settings, seed, checkpoint, device=device)


def same(a, b):
    return all(a.weights[n].tobytes() == b.weights[n].tobytes() for n in a.weights) and a.log.equals(b.log)


def cosines(result):
    centred = result.snapshots["vectors"][-1].astype(np.float64)
    centred = centred - centred.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return (centred @ centred.T)[np.triu_indices(len(centred), 1)]


@pytest.mark.parametrize("changes", [{}, {"l2": 0.01}, {"biases": False}], ids=["plain", "l2", "no biases"])
def test_one_pair_an_update_is_the_compiled_kernel(monkeypatch, changes):
    monkeypatch.setattr(torch_train, "BATCH", 1)
    ours, twin = fit(epochs=1, **changes), fit(device=None, epochs=1, **changes)
    for name in ours.weights:
        np.testing.assert_allclose(ours.weights[name], twin.weights[name], atol=2e-5)
    assert np.abs(twin.weights["word"]).max() > 0.2
    for column in ("step", "tokens_seen"):
        assert ours.log[column].equals(twin.log[column])
    np.testing.assert_allclose(ours.log["loss"].to_numpy(), twin.log["loss"].to_numpy(), rtol=1e-4)


def test_larger_updates_learn_the_same_space():
    """Cost within 2 %, and a geometry nearer to the compiled kernel's than that of another seed of it."""
    ours, twin, other = fit(epochs=15), fit(device=None, epochs=15), fit(device=None, epochs=15, seed=2)
    costs = [found.log["loss"][-1].as_py() for found in (ours, twin)]
    assert costs[1] < 0.5 * twin.log["loss"][0].as_py()
    assert abs(costs[0] / costs[1] - 1) < 0.02
    space, reference, seed = (cosines(found) for found in (ours, twin, other))
    assert np.corrcoef(space, reference)[0, 1] > np.corrcoef(seed, reference)[0, 1]


def test_a_rerun_gives_the_same_bytes():
    assert same(fit(), fit())
    assert not same(fit(), fit(seed=2))


class Stop(Exception):
    """Stands for a kill."""


class Killed(Checkpoint):
    """A checkpoint whose third save is the run's last deed."""

    saves = 3

    def save(self, arrays, state):
        super().save(arrays, state)
        self.saves -= 1
        if not self.saves:
            raise Stop


@pytest.mark.parametrize("device", ["cpu", None], ids=["torch", "compiled"])
def test_resumes_inside_a_pass_with_the_same_bytes(tmp_path, monkeypatch, device):
    whole = fit(device)
    monkeypatch.setattr(torch_train, "BATCH", 1 << 14)
    monkeypatch.setattr(train, "PIECE", 1000 if device is None else torch_train.BATCH)
    provenance = Provenance(rule="train", script="x.py", code="0")
    with pytest.raises(Stop):
        fit(device, checkpoint=Killed(tmp_path, provenance, minutes=0))
    saved = Checkpoint(tmp_path, provenance).load()[1]
    if device is None:
        assert 0 < saved["done"] < 10_000
        assert saved["epoch"] == 0
    assert same(fit(device, checkpoint=Checkpoint(tmp_path, provenance, minutes=10)), whole)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(StudyError, match="device: found 'cuda'"):
        train.train_glove(topical_matrix(), WORDS, 20_000, GloveSettings(device="cuda"), 1)


def test_the_cpu_does_without_torch():
    """Loading it takes longer than many a job."""
    code = "import sys, wordspaces.models.glove.train; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@NEEDS_GPU
def test_on_a_gpu():
    first, again = fit("cuda"), fit("cuda")
    assert same(first, again)
    np.testing.assert_allclose(first.weights["word"], fit().weights["word"], atol=2e-3)
