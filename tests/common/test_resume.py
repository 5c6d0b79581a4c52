"""Resume files: found again by the same run only; a damaged one is as none."""

from dataclasses import replace

import numpy as np

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
