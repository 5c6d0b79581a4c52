"""Several processes that share every update learn what one learns, end together, and leave nothing behind."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.models.training_jobs import content, curve, finish, losses, start, state, wait_for, workers, write_text

from wordspaces.common.provenance import Provenance
from wordspaces.models.transformer.objectives import Batch
from wordspaces.models.transformer.settings import settings_of
from wordspaces.models.transformer.task import Task
from wordspaces.models.transformer.team import Team

SMALL = {"dimension": 16, "context": 16, "snapshots": 4, "snapshot_words": 30, "candidates": 20}
SMALL |= {"heldout_tokens": 512, "embedding_rate": 0.02, "epochs": 2}


def variant(family: str, **said) -> dict:
    return settings_of({"family": family, **SMALL, **said}).model_dump(mode="json")


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_text(folder)
    return folder


def curve_of_one(study: Path, settings: dict) -> np.ndarray:
    """As `losses`, of a training in this process."""
    paths = {
        "tokens": [study / "training.parquet"],
        "heldout": [study / "heldout.parquet"],
        "spellings": [],
        "start": [],
    }
    made = Provenance(rule="train", script="tests", code="0")
    task = Task(settings, **paths, vocabulary=study / "vocabulary.parquet", seed=1, folder=study, provenance=made)
    return curve(task.training(None)[0].run().log)


def test_small_batches_are_shared_out_whole() -> None:
    """Five rows, or one, on three processes: each row on one of them, with what is asked about it."""
    for rows in (5, 1):
        targets = np.arange(4 * rows).reshape(rows, 4) % 3 - 1
        names = ("tokens", "segments", "positions", "parts")
        whole = Batch(
            rows={name: torch.arange(4 * rows).reshape(rows, 4) for name in names},
            chosen=np.flatnonzero(targets >= 0),
            targets=targets[targets >= 0],
            starts=np.arange(0, 4 * rows, 4),
            consecutive=np.arange(rows, dtype=np.float32),
        )
        team, before, seen = Team(), 0, []
        team.size = 3
        for team.rank in range(3):
            own = team.share(whole)
            seen.append((own.chosen + before, own.targets, own.starts + before, own.consecutive))
            before += 4 * len(own.rows["parts"])
        parts = [np.concatenate(part) for part in zip(*seen, strict=True)]
        for part, all_of_it in zip(parts, (whole.chosen, whole.targets, whole.starts, whole.consecutive), strict=True):
            np.testing.assert_array_equal(part, all_of_it)


# Batches of one row leave a process without any; 7 divides neither by 2 nor into the number of rows.
@pytest.mark.parametrize(
    ("family", "softmax", "batch"),
    [("gpt", "sampled", 7), ("gpt", "exact", 1), ("bert", "sampled", 1), ("bert", "exact", 7)],
)
def test_two_processes_have_the_loss_curve_of_one(study: Path, family: str, softmax: str, batch: int) -> None:
    settings, name = variant(family, softmax=softmax, batch=batch), f"{family}-{softmax}"
    assert finish(start(study, name, settings | {"processes": 2})) == (0, "")
    one, two = curve_of_one(study, settings), losses(study, name)
    assert np.abs(one / one[0] - 1).max(axis=0).min() > 1e-3  # all three move
    np.testing.assert_allclose(two, one, rtol=1e-4)
    assert not list((study / "temporary").iterdir())
    assert not list(study.glob("*/.resume"))


def test_half_precision_and_dropout_on_two_processes(study: Path) -> None:
    settings = variant("gpt", precision="bfloat16", dropout=0.1, batch=2)
    assert finish(start(study, "half", settings | {"processes": 2})) == (0, "")
    one, two = curve_of_one(study, settings), losses(study, "half")
    np.testing.assert_allclose(two[:, 1], one[:, 1], rtol=0.02)  # what is dropped differs, what is learnt hardly
    assert two[-1, 1] < 0.9 * two[0, 1]
    assert not np.array_equal(two, one)


def test_a_killed_training_leaves_no_worker_and_ends_with_the_same_bytes(study: Path) -> None:
    settings, states = variant("bert", batch=1, processes=2), []
    for how in (signal.SIGKILL, signal.SIGTERM):
        job = start(study, "killed", settings, minutes=0.0)
        wait_for(lambda: state(study, "killed") not in [None, *states])
        assert len(workers(study)) == 2
        job.send_signal(how)
        status, told = finish(job)
        assert status == (-signal.SIGKILL if how == signal.SIGKILL else 128 + signal.SIGTERM)
        assert ("SIGTERM: state saved in" in told) == (how == signal.SIGTERM)
        assert "Traceback" not in told
        wait_for(lambda: not workers(study), seconds=10)
        assert not (study / "killed" / "weights.safetensors").exists()
        states.append(state(study, "killed"))
    status, told = finish(start(study, "killed", settings, minutes=0.0))
    assert status == 0
    assert "going on from here" in told
    if not (study / "bert-sampled").exists():
        assert finish(start(study, "bert-sampled", settings)) == (0, "")
    assert content(study, "killed") == content(study, "bert-sampled")
    assert not list(study.glob("killed/.resume"))


def test_a_refusal_of_a_worker_is_one_line(study: Path) -> None:
    wild = variant("gpt", embedding_rate=1e30, batch=4, processes=2)
    status, said = finish(start(study, "wild", wild))
    assert status == 1
    assert said.startswith("error in train_transformer: gpt, seed 1, step ")
    assert "lower these rates" in said
    assert said.count("\n") == 1
    assert (study / "wild.log").read_text().endswith(said)


def test_a_worker_that_is_killed_ends_the_training(study: Path) -> None:
    job = start(study, "robbed", variant("gpt", batch=1, processes=2), minutes=0.0)
    wait_for(lambda: state(study, "robbed"))
    os.kill(max(workers(study)), signal.SIGKILL)
    status, said = finish(job)
    assert status == 1
    assert said.count("\n") == 1
    assert "of 2: found killed by SIGKILL" in said
    assert not workers(study)
