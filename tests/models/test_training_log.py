"""The training log: its schema and what it refuses."""

import math

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.models.training_log import LOG_SCHEMA, TrainingLog

ROW = {
    "step": 0,
    "tokens_seen": 0,
    "epoch": 0.0,
    "loss": 4.0,
    "gradient_norm": 0.1,
    "embedding_norm": 1.0,
    "learning_rate": 0.1,
}


def test_rows_become_a_table_and_resume():
    log = TrainingLog("run")
    log.add(**ROW, heldout_loss=5.0, penalty=0.5)
    log = TrainingLog("run", log.rows)
    log.add(**ROW | {"step": 3, "tokens_seen": 40, "loss": 3.0})
    table = log.table()
    assert table.schema == LOG_SCHEMA
    assert table["tokens_seen"].to_pylist() == [0, 40]
    assert table["heldout_loss"].to_pylist() == [5.0, None]
    assert table["penalty"].to_pylist() == [0.5, None]


@pytest.mark.parametrize("name", ["loss", "heldout_loss", "penalty", "gradient_norm", "embedding_norm"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_divergence_names_step_and_setting(name, value):
    log = TrainingLog("skipgram, seed 1")
    log.add(**ROW)
    with pytest.raises(StudyError, match=rf"skipgram, seed 1, step 9: found {name} = .*learning_rate"):
        log.add(**ROW | {"step": 9, "tokens_seen": 5, name: value})


@pytest.mark.parametrize("change", [{"tokens_seen": 0}, {"step": -1, "tokens_seen": 9}])
def test_rows_rise(change):
    log = TrainingLog("run")
    log.add(**ROW)
    with pytest.raises(StudyError, match="rise"):
        log.add(**ROW | change)


def test_first_row_is_the_untrained_model():
    with pytest.raises(StudyError, match="start at 0"):
        TrainingLog("run").add(**ROW | {"tokens_seen": 8})
