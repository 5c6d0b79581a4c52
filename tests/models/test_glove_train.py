"""Training of GloVe: cost, equal bytes, resumption, refusals."""

import numpy as np
import pytest
from pydantic import ValidationError

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.glove import evaluation, train
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.training_log import LOG_SCHEMA

WORDS, TOKENS = 50, 4000
SMALL = {"dimension": 8, "epochs": 6, "snapshots": 5, "learning_rate": 0.1}


def matrix():
    """Counts of a known model: two groups of words that occur more within than across; some pairs are absent."""
    rng = np.random.default_rng(0)
    group = np.arange(WORDS) % 2
    mean = np.where(group[:, None] == group, 30.0, 3.0) * np.outer(*2 * [1 / np.arange(1, WORDS + 1) ** 0.5])
    counts = rng.poisson(mean)
    row, column = np.nonzero(counts)
    return row.astype(np.int32), column.astype(np.int32), counts[row, column].astype(np.float64)


def fit(seed=1, checkpoint=None, **changes):
    return train.train_glove(
        train.in_memory(*matrix()), WORDS, TOKENS, GloveSettings(**SMALL | changes), seed, checkpoint
    )


def same(a, b):
    """Whether two results agree in every byte."""
    sides = [(a.weights, b.weights), (a.snapshots, b.snapshots)]
    return a.log.equals(b.log) and all(x[name].tobytes() == y[name].tobytes() for x, y in sides for name in x)


def test_cost_falls_at_every_point_and_groups_form():
    found = fit(epochs=40)
    loss = found.log["loss"].to_numpy()
    assert np.all(np.diff(loss) < 0)
    assert loss[-1] < 0.2 * loss[0]
    space = found.weights["word"] + found.weights["context"]
    centred = space[:20] - space[:20].mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    cosines, together = centred @ centred.T, (np.add.outer(np.arange(20), np.arange(20)) % 2) == 0
    assert cosines[together & ~np.eye(20, dtype=bool)].mean() > cosines[~together].mean() + 0.5


def test_log_and_snapshots_follow_the_grid():
    found = fit()
    log, pairs = found.log, len(matrix()[0])
    assert log.schema == LOG_SCHEMA
    assert log["tokens_seen"].to_pylist() == [0, 24, 240, 2400, 24000]
    assert log["step"].to_pylist() == [seen * pairs // TOKENS for seen in log["tokens_seen"].to_pylist()]
    assert log["heldout_loss"].null_count == 5
    assert found.snapshots["vectors"].shape == (5, WORDS, 8)
    space = found.weights["word"] + found.weights["context"]
    assert found.snapshots["vectors"][-1].tobytes() == space.tobytes()
    assert {name: part.shape for name, part in found.weights.items()} == {
        "word": (WORDS, 8),
        "context": (WORDS, 8),
        "word_bias": (WORDS,),
        "context_bias": (WORDS,),
    }


def test_heldout_cost_is_that_of_the_scaled_counts():
    """A matrix with half the counts, scaled by two, costs what the training matrix does; an empty one is refused."""
    row, column, count = matrix()
    half = evaluation.scaled(train.in_memory(row, column, count / 2), 2.0)
    given = train.in_memory(*matrix()), WORDS, TOKENS, GloveSettings(**SMALL, l2=0.01), 1
    log = train.train_glove(*given, heldout=half).log
    np.testing.assert_allclose(log["heldout_loss"].to_numpy(), log["loss"].to_numpy(), rtol=1e-6)
    few = train.in_memory(row[:9], column[:9], count[:9])
    other = train.train_glove(*given, heldout=few).log
    assert other["loss"].equals(log["loss"])
    assert other["heldout_loss"][-1].as_py() != log["loss"][-1].as_py()
    with pytest.raises(StudyError, match="no pair"):
        train.train_glove(*given, heldout=train.in_memory(row[:0], column[:0], count[:0]))


def test_context_vectors_are_added_unless_the_settings_say_no():
    both, alone = fit(), fit(add_context=False)
    for name, table in alone.weights.items():
        assert table.tobytes() == both.weights[name].tobytes()
    np.testing.assert_array_equal(alone.snapshots["vectors"][-1], alone.weights["word"])
    np.testing.assert_array_equal(both.snapshots["vectors"][-1], both.weights["word"] + both.weights["context"])


def test_same_seed_same_bytes_other_seed_other_bytes():
    assert same(fit(), fit())
    assert not same(fit(), fit(seed=2))


@pytest.mark.parametrize("stream", ["initialisation", "order"])
def test_streams_are_separate(stream, monkeypatch):
    base, original = fit(), train.generator
    monkeypatch.setattr(
        train, "generator", lambda seed, *names: original(seed + 1000 if stream in names else seed, *names)
    )
    changed = fit()
    starts_equal = np.array_equal(base.snapshots["vectors"][0], changed.snapshots["vectors"][0])
    assert starts_equal == (stream == "order")
    assert not same(base, changed)


class Stop(Exception):
    """Stands for a kill."""


class Interrupted(Checkpoint):
    """A checkpoint that saves each time and kills the run after some saves."""

    saves = 1

    def save(self, arrays, state):
        super().save(arrays, state)
        self.saves -= 1
        if self.saves == 0:
            raise Stop


@pytest.mark.parametrize("saves", [1, 2, 6])
def test_resumes_with_the_same_bytes(tmp_path, monkeypatch, saves):
    small_tiles(monkeypatch)
    provenance = Provenance(rule="train", script="x.py", code="0")
    checkpoint = Interrupted(tmp_path, provenance, minutes=0)
    checkpoint.saves = saves
    with pytest.raises(Stop):
        fit(checkpoint=checkpoint)
    assert same(fit(checkpoint=Checkpoint(tmp_path, provenance, minutes=10)), fit())


def test_divergence_is_refused_with_step_and_setting():
    with pytest.raises(StudyError, match=r"glove, seed 1, step \d+: found .*learning_rate"):
        fit(learning_rate=1e30)
    with pytest.raises(StudyError, match=r"step \d+: found cost = \S+, untrained \S+, at learning_rate = 30; .*lower"):
        fit(learning_rate=30.0)


def test_divergence_is_seen_at_the_end_of_a_pass(monkeypatch):
    """Not only at the points of the grid: here there are none between the first and the last."""
    original, passes = train.train_pass, []

    def broken(tables, *arguments):
        passes.append(1)
        original(tables, *arguments)
        tables[0][3, 0, 0] = np.nan

    monkeypatch.setattr(train, "train_pass", broken)
    with pytest.raises(StudyError, match="vectors that are not finite"):
        fit(snapshots=2)
    assert len(passes) == 1


@pytest.mark.parametrize(
    ("row", "column", "count", "part"),
    [
        ([], [], [], "no pair"),
        ([0], [50], [1.0], "word ids 0 to 50"),
        ([-1], [0], [1.0], "word ids -1"),
        ([0], [1], [0.0], "count of 0"),
        ([0, 3], [1, 4], [1.0, -2.5], "count of -2.5 for the words 3 and 4"),
        ([0], [1], [np.nan], "count of nan"),
        ([0], [1], [np.inf], "count of inf"),
    ],
)
def test_refuses_what_is_no_matrix(row, column, count, part):
    arrays = np.array(row, np.int32), np.array(column, np.int32), np.array(count, np.float64)
    with pytest.raises(StudyError, match=part):
        train.train_glove(train.in_memory(*arrays), WORDS, TOKENS, GloveSettings(**SMALL), 1)


def test_refuses_more_snapshots_than_tokens():
    with pytest.raises(StudyError, match=r"snapshots: found 5 points in a training of 3 presentations.*lower"):
        train.train_glove(train.in_memory(*matrix()), WORDS, 1, GloveSettings(**SMALL | {"epochs": 3}), 1)


def small_tiles(monkeypatch):
    """Several tiles, some of them with few pairs."""
    monkeypatch.setattr(train, "SIDE", 7)


def test_tiles_reach_the_cost_of_one_shuffled_list(monkeypatch):
    """Means over six seeds; one seed is 4 % off the mean."""

    def final_costs():
        return [fit(seed=seed, epochs=40).log["loss"][-1].as_py() for seed in range(6)]

    whole, start = final_costs(), fit()
    small_tiles(monkeypatch)
    tiled, other = final_costs(), fit()
    assert np.mean(tiled) == pytest.approx(np.mean(whole), rel=0.04)
    assert start.snapshots["initial"].tobytes() == other.snapshots["initial"].tobytes()
    assert not same(start, other)


def test_every_pass_visits_every_part_in_another_order(monkeypatch):
    small_tiles(monkeypatch)
    tiles = train.cut_tiles(train.in_memory(*matrix()), WORDS, GloveSettings(**SMALL), 1, train.SIDE)
    first, second = (train.tile_order(tiles, 1, epoch) for epoch in range(2))
    assert sorted(first) == sorted(second) == list(range(len(tiles.tile)))
    assert not np.array_equal(first, second)
    assert len(np.unique(tiles.tile)) > 4


def test_no_biases_where_there_are_to_be_none():
    found = fit(biases=False, epochs=40)
    assert not found.weights["word_bias"].any()
    assert not found.weights["context_bias"].any()
    assert found.log["loss"][-1].as_py() > 1.2 * fit(epochs=40).log["loss"][-1].as_py()


def test_penalty_holds_vectors_back():
    assert fit().log["penalty"].to_pylist() == [None] * 5
    assert fit(l2=0.05).log["penalty"][-1].as_py() > 0.0
    assert fit(l2=0.05).log["embedding_norm"][-1].as_py() < 0.9 * fit().log["embedding_norm"][-1].as_py()


def test_settings_refuse_nonsense():
    for wrong in ({"x_max": 0.0}, {"epochs": 0}, {"iterations": 5}, {"family": "word2vec"}):
        with pytest.raises(ValidationError):
            GloveSettings(**wrong)
