"""Word2Vec in torch: the same updates as the compiled kernels, and with larger ones the same space; equal bytes."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.word2vec import torch_train, train
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.text import text_of_arrays
from wordspaces.models.word2vec.torch_train import add_rows

WORDS, TOPICS = 120, 12
ARCHITECTURES = pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
OBJECTIVES = pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
SMALL = {"dimension": 12, "window": 3, "epochs": 2, "subsample": 0.05, "snapshots": 4}
NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    monkeypatch.setattr(train, "SEGMENT", 3000)


def topical_text(documents, seed):
    """Documents of 20 words, half of them from one of the topics, half from anywhere, in which low ids are frequent."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, TOPICS, documents)[:, None]
    anywhere = (WORDS * rng.random((documents, 20)) ** 2).astype(np.int64)
    ids = np.where(rng.random((documents, 20)) < 0.5, topic + TOPICS * rng.integers(0, 10, (documents, 20)), anywhere)
    return text_of_arrays(ids.astype(np.int32).ravel(), np.arange(0, ids.size + 1, 20), WORDS)


def fit(device="cpu", seed=1, checkpoint=None, documents=300, **changes):
    chosen = Word2VecSettings(**SMALL | changes)
    return train.train_text(topical_text(documents, 0), topical_text(60, 9), chosen, seed, checkpoint, None, device)


def same(a, b):
    arrays = all(x[n].tobytes() == y[n].tobytes() for x, y in [(a.weights, b.weights)] for n in x)
    return arrays and a.log.equals(b.log)


def cosines(vectors):
    """Correlation-like geometry: cosines of all pairs of centred vectors."""
    centred = vectors - vectors.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return (centred @ centred.T)[np.triu_indices(len(vectors), 1)]


def test_add_rows_sums_what_falls_on_one_row():
    rng = np.random.default_rng(0)
    table, ids, steps = rng.normal(size=(7, 3)), rng.integers(0, 5, 50), rng.normal(size=(50, 3))
    expected = table.copy()
    np.add.at(expected, ids, steps)
    found = torch.tensor(table)
    add_rows(found, torch.tensor(ids), torch.tensor(steps))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


@ARCHITECTURES
@OBJECTIVES
@pytest.mark.parametrize("l2", [0.0, 0.02])
def test_one_block_an_update_is_the_compiled_kernel(monkeypatch, architecture, objective, l2):
    monkeypatch.setattr(torch_train, "BATCH", train.BLOCK)
    choices = {"architecture": architecture, "objective": objective, "l2": l2, "learning_rate": 0.1, "documents": 60}
    ours, twin = fit(**choices), fit(device=None, **choices)
    for name in ours.weights:
        assert np.abs(twin.weights[name]).max() > 0.04
        np.testing.assert_allclose(ours.weights[name], twin.weights[name], atol=2e-5)
    for column in ("step", "tokens_seen", "learning_rate"):
        assert ours.log[column].equals(twin.log[column])
    for column in ("loss", "heldout_loss"):
        np.testing.assert_allclose(ours.log[column].to_numpy(), twin.log[column].to_numpy(), rtol=1e-5)


@ARCHITECTURES
@OBJECTIVES
def test_larger_updates_learn_the_same_space(architecture, objective):
    """Loss within 1 %, and a geometry nearer to the compiled kernel's than that of another seed of it."""
    choices = {"architecture": architecture, "objective": objective, "learning_rate": 0.1, "documents": 450}
    choices["epochs"] = 4 if architecture == "skipgram" else 8
    ours, twin, other = fit(**choices), fit(device=None, **choices), fit(device=None, seed=2, **choices)
    losses = [found.log["heldout_loss"][-1].as_py() for found in (ours, twin)]
    assert losses[0] < twin.log["heldout_loss"][0].as_py() - 0.2
    assert abs(losses[0] / losses[1] - 1) < 0.01
    space, reference, seed = (cosines(found.weights["centre"]) for found in (ours, twin, other))
    assert np.corrcoef(space, reference)[0, 1] > np.corrcoef(seed, reference)[0, 1]


@ARCHITECTURES
@OBJECTIVES
def test_a_rerun_gives_the_same_bytes(architecture, objective):
    first = fit(architecture=architecture, objective=objective)
    assert same(first, fit(architecture=architecture, objective=objective))
    assert not same(first, fit(architecture=architecture, objective=objective, seed=2))


class Stop(Exception):
    """Stands for a kill."""


class Killed(Checkpoint):
    """A checkpoint whose second save is the run's last deed."""

    saves = 2

    def save(self, arrays, state):
        super().save(arrays, state)
        self.saves -= 1
        if not self.saves:
            raise Stop


def test_resumes_with_the_same_bytes(tmp_path):
    provenance = Provenance(rule="train", script="x.py", code="0")
    with pytest.raises(Stop):
        fit(checkpoint=Killed(tmp_path, provenance, minutes=0))
    resumed = fit(checkpoint=Checkpoint(tmp_path, provenance, minutes=10))
    assert same(resumed, fit())


def test_divergence_is_refused():
    with pytest.raises(StudyError, match=r"seed 1, step \d+: found .*lower `learning_rate`"):
        fit(learning_rate=1e20, final_learning_rate=1e19, snapshots=2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(StudyError, match="device: found 'cuda'"):
        train.train_text(topical_text(20, 0), topical_text(2, 9), Word2VecSettings(device="cuda", window=3), 1)


def test_the_cpu_does_without_torch():
    """Loading it takes longer than many a job."""
    code = "import sys, wordspaces.models.word2vec.train; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_updates_are_smaller_where_a_word_is_frequent():
    chosen = Word2VecSettings(window=5, learning_rate=0.025)
    assert torch_train.batch_positions(chosen, 1e-6) == torch_train.BATCH
    for share, change, positions in [
        (0.02, {}, 333),
        (0.02, {"dynamic_window": False}, 200),
        (0.05, {"architecture": "cbow"}, 800),
    ]:
        found = torch_train.batch_positions(chosen.model_copy(update=change), share)
        assert found == pytest.approx(positions, abs=1)


@NEEDS_GPU
@ARCHITECTURES
@OBJECTIVES
def test_on_a_gpu(architecture, objective):
    choices = {"architecture": architecture, "objective": objective, "learning_rate": 0.1}
    first, again = fit("cuda", **choices), fit("cuda", **choices)
    assert same(first, again)
    np.testing.assert_allclose(first.weights["centre"], fit(**choices).weights["centre"], atol=2e-3)
