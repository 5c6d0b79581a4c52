"""Resume files: found again by the same run only; where the last is damaged, the one before is taken."""

import logging
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from wordspaces.common.notice import PATIENCE, Notice
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint

RECORD = Provenance(rule="train_x", script="scripts/x.py", code="c", settings={"epochs": 2}, wildcards={"seed": "1"})
ARRAYS = {"w": np.arange(4, dtype=np.float32)}


def test_state_comes_back_and_is_cleared(tmp_path):
    checkpoint = Checkpoint(tmp_path / ".resume", RECORD)
    assert checkpoint.load() is None
    checkpoint.save(ARRAYS, {"step": 3, "generator": {"state": 2**100}})
    arrays, state = Checkpoint(tmp_path / ".resume", RECORD).load()
    assert np.array_equal(arrays["w"], ARRAYS["w"])
    assert state == {"step": 3, "generator": {"state": 2**100}}
    checkpoint.clear()
    assert not (tmp_path / ".resume").exists()


def test_other_settings_code_inputs_or_seed_do_not_find_it(tmp_path):
    Checkpoint(tmp_path, RECORD).save(ARRAYS, {})
    for change in ({"settings": {"epochs": 3}}, {"code": "d"}, {"inputs": {"x": "y"}}, {"wildcards": {"seed": "2"}}):
        assert Checkpoint(tmp_path, replace(RECORD, **change)).load() is None
    # The versions of packages are no part of the key: an update in the middle of a run is the user's own choice.
    assert Checkpoint(tmp_path, replace(RECORD, versions={"numpy": "0"})).load() is not None


def test_a_cut_file_is_ignored(tmp_path):
    checkpoint = Checkpoint(tmp_path, RECORD)
    checkpoint.save(ARRAYS, {"step": 1})
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:-5])
    assert checkpoint.load() is None


def test_due_by_minutes(tmp_path):
    assert Checkpoint(tmp_path, RECORD, minutes=0).due()
    assert not Checkpoint(tmp_path, RECORD, minutes=60).due()


def damaged(path, how):
    """Harm a file as a full disk, a lost node or a worn one would."""
    whole = path.read_bytes()
    middle = len(whole) - 3  # in the last array
    path.write_bytes(
        {
            "cut": whole[:-5],
            "empty": b"",
            "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "zeroed": bytes(len(whole)),
        }[how]
    )


@pytest.mark.parametrize("how", ["cut", "empty", "flipped", "zeroed"])
def test_a_damaged_last_state_falls_back_to_the_one_before(tmp_path, caplog, how):
    checkpoint = Checkpoint(tmp_path, RECORD)
    for step in (1, 2, 3):
        checkpoint.save({"w": ARRAYS["w"] + step}, {"step": step})
    damaged(checkpoint.path, how)
    with caplog.at_level(logging.WARNING, logger="wordspaces"):
        arrays, state = Checkpoint(tmp_path, RECORD).load()
    assert state == {"step": 2}
    assert np.array_equal(arrays["w"], ARRAYS["w"] + 2)
    assert str(checkpoint.path) in caplog.text
    # The damaged file is gone: the next save must not put it in the place of the good one.
    resumed = Checkpoint(tmp_path, RECORD)
    resumed.save(ARRAYS, {"step": 4})
    damaged(resumed.path, how)
    assert resumed.load()[1] == {"step": 2}
    damaged(resumed.older, how)
    assert resumed.load() is None


def test_two_states_are_kept_and_all_are_cleared(tmp_path):
    folder = tmp_path / ".resume"
    Checkpoint(folder, replace(RECORD, code="of yesterday")).save(ARRAYS, {})
    checkpoint = Checkpoint(folder, RECORD)
    for step in range(5):
        checkpoint.save(ARRAYS, {"step": step})
    assert len(list(folder.iterdir())) == 3
    (folder / f".{checkpoint.path.name}.partial").write_bytes(b"what a kill left")
    checkpoint.clear()
    assert not folder.exists()


def test_a_kill_between_the_two_renames_loses_one_state_at_most(tmp_path, monkeypatch):
    checkpoint = Checkpoint(tmp_path, RECORD)
    checkpoint.save(ARRAYS, {"step": 1})
    real = os.replace

    def killed(source, target):
        if target == checkpoint.path:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(ARRAYS, {"step": 2})
    monkeypatch.undo()
    assert Checkpoint(tmp_path, RECORD).load()[1] == {"step": 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_notice_makes_a_save_due_that_ends_the_process(tmp_path, number, monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    before = signal.getsignal(number)
    checkpoint = Checkpoint(tmp_path / ".resume", RECORD, minutes=60, notice=Notice().watch())
    checkpoint.save(ARRAYS, {"step": 1})
    assert not checkpoint.due()
    os.kill(os.getpid(), number)
    assert checkpoint.due()
    with pytest.raises(SystemExit) as ended:
        checkpoint.save(ARRAYS, {"step": 2})
    assert ended.value.code == 128 + number
    assert Checkpoint(tmp_path / ".resume", RECORD).load()[1] == {"step": 2}
    checkpoint.clear()
    assert signal.getsignal(number) is before


def test_under_slurm_a_saved_training_waits_for_its_kill(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    waited = []
    monkeypatch.setattr("wordspaces.common.notice.time.sleep", waited.append)
    checkpoint = Checkpoint(tmp_path, RECORD, notice=Notice().watch())
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        checkpoint.save(ARRAYS, {})
    assert ended.value.code == 143
    assert waited == [PATIENCE]
    checkpoint.clear()
