"""Training of Word2Vec: learning, equal bytes, streams, resumption, refusals."""

import dataclasses

import numpy as np
import pytest
from pydantic import ValidationError

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.training_log import LOG_SCHEMA
from wordspaces.models.word2vec import evaluation, text, train
from wordspaces.models.word2vec.settings import Word2VecSettings

WORDS, TOPICS = 60, 6
SMALL = {"dimension": 12, "window": 3, "epochs": 3, "subsample": None, "snapshots": 5, "learning_rate": 0.05}


def topical_text(documents, seed):
    """Documents of 20 words, each from one of six topics of ten words: neighbours share a topic."""
    rng = np.random.default_rng(seed)
    topics = rng.integers(0, TOPICS, documents)
    ids = (topics[:, None] * 10 + rng.integers(0, 10, (documents, 20))).astype(np.int32)
    return ids.ravel(), np.arange(0, ids.size + 1, 20)


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    """Several segments an epoch, so that their borders are part of every test."""
    monkeypatch.setattr(train, "SEGMENT", 1500)


def fit(seed=1, checkpoint=None, documents=200, heldout=40, text_seed=0, **changes):
    settings = Word2VecSettings(**SMALL | changes)
    held = topical_text(heldout, 9)
    return train.train_word2vec(*topical_text(documents, text_seed), *held, WORDS, settings, seed, checkpoint)


def same(a, b):
    """Whether two results agree in every byte."""
    arrays = all(
        x[name].tobytes() == y[name].tobytes()
        for x, y in [(a.weights, b.weights), (a.snapshots, b.snapshots)]
        for name in x
    )
    return arrays and a.log.equals(b.log)


def within_topic(vectors):
    """Mean cosine of words of one topic, less that of words of different topics, after centring."""
    centred = vectors - vectors.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-12
    cosines, together = centred @ centred.T, np.kron(np.eye(TOPICS), np.ones((10, 10))) > 0
    return cosines[together & ~np.eye(WORDS, dtype=bool)].mean() - cosines[~together].mean()


@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_learns_the_topics(architecture, objective):
    found = fit(architecture=architecture, objective=objective, learning_rate=0.1, epochs=6)
    log = found.log.to_pandas()
    assert log.loss.iloc[-1] < log.loss.iloc[0] - 0.5
    assert log.heldout_loss.iloc[-1] < log.heldout_loss.iloc[0] - 0.5
    assert within_topic(found.weights["centre"]) > 0.5
    assert abs(within_topic(found.snapshots["vectors"][0])) < 0.1


def test_log_and_snapshots_follow_the_grid():
    found = fit()
    log = found.log
    assert log.schema == LOG_SCHEMA
    total = 200 * 20 * 3
    assert log["tokens_seen"].to_pylist() == [0, 12, 120, 1200, total]
    assert log["epoch"].to_pylist()[-1] == 3.0
    np.testing.assert_allclose(log["loss"][0].as_py(), 6 * np.log(2), rtol=1e-12)
    np.testing.assert_allclose(log["learning_rate"].to_pylist()[::4], [0.05, 1e-4])
    np.testing.assert_array_equal(found.snapshots["tokens_seen"], log["tokens_seen"].to_numpy())
    np.testing.assert_array_equal(found.snapshots["step"], log["step"].to_numpy())
    assert found.snapshots["vectors"].shape == (5, WORDS, 12)
    assert found.snapshots["vectors"][-1].tobytes() == found.weights["centre"].tobytes()
    assert fit(snapshot_words=7).snapshots["vectors"].shape == (5, 7, 12)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_same_seed_same_bytes_other_seed_other_bytes(architecture):
    first = fit(architecture=architecture, subsample=0.01)
    assert same(first, fit(architecture=architecture, subsample=0.01))
    assert not same(first, fit(architecture=architecture, subsample=0.01, seed=2))


class Stop(Exception):
    """Stands for a kill."""


class Interrupted(Checkpoint):
    """A checkpoint that saves each time and kills the run after some saves."""

    saves = 4

    def save(self, arrays, state):
        super().save(arrays, state)
        self.saves -= 1
        if self.saves == 0:
            raise Stop


@pytest.mark.parametrize("saves", [1, 3, 4, 7])
@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_resumes_with_the_same_bytes(tmp_path, monkeypatch, saves, objective, architecture):
    monkeypatch.setattr(text, "POOL", 2500)
    monkeypatch.setattr(text, "GROUP", 300)
    provenance = Provenance(rule="train", script="x.py", code="0")
    choices = {"architecture": architecture, "objective": objective, "subsample": 0.01, "epochs": 3}
    checkpoint = Interrupted(tmp_path, provenance, minutes=0)
    checkpoint.saves = saves
    with pytest.raises(Stop):
        fit(checkpoint=checkpoint, **choices)
    resumed = fit(checkpoint=Checkpoint(tmp_path, provenance, minutes=10), **choices)
    assert same(resumed, fit(**choices))


def test_the_slow_objective_saves_after_fewer_tokens(tmp_path):
    """4,000 tokens in segments of 1,500, of 94 with the full softmax; documents of 20 words stay whole."""
    asked = {}
    for objective in ("negative_sampling", "full_softmax"):
        checkpoint = Checkpoint(tmp_path / objective, Provenance(rule="train", script="x.py", code="0"), minutes=10)
        moments = []
        checkpoint.due = lambda moments=moments: bool(moments.append(None))
        fit(checkpoint=checkpoint, objective=objective, epochs=1)
        asked[objective] = len(moments)
    assert asked["negative_sampling"] == 3
    assert asked["full_softmax"] >= 40


def test_streams_are_separate(monkeypatch):
    """Another name for one stream changes what it feeds and nothing else."""
    drawn = {}

    def record(name, original):
        def wrapped(*arguments):
            found = original(*arguments)
            drawn.setdefault(name, []).append(found)
            return found

        return wrapped

    monkeypatch.setattr(train, "draw_segment", record("segments", train.draw_segment))
    monkeypatch.setattr(train, "_segments", record("orders", train._segments))
    monkeypatch.setattr(text, "POOL", 2500)
    monkeypatch.setattr(text, "GROUP", 300)
    base = fit(subsample=0.01)
    first, drawn_first = base.snapshots["vectors"][0], dict(drawn)
    original = train.generator
    for stream, stays in [("initialisation", ("segments", "orders")), ("order", ("initial",))]:
        drawn.clear()

        def other(seed, *names, stream=stream):
            return original(seed + 1000 if stream in names else seed, *names)

        monkeypatch.setattr(train, "generator", other)
        changed = fit(subsample=0.01)
        monkeypatch.setattr(train, "generator", original)
        equal = {
            name: all(
                np.array_equal(x, y)
                for a, b in zip(drawn[name], drawn_first[name], strict=True)
                for x, y in zip(a, b, strict=True)
            )
            for name in ("segments", "orders")
        }
        equal["initial"] = np.array_equal(changed.snapshots["vectors"][0], first)
        assert tuple(name for name, value in equal.items() if value) == stays
        assert changed.log["heldout_loss"][0] == base.log["heldout_loss"][0]
        assert not same(base, changed)


def test_sampling_stream_leaves_initialisation_and_order(monkeypatch):
    orders, original, segments = [], train.stream_state, train._segments
    monkeypatch.setattr(train, "_segments", lambda order, *given: orders.append(order) or segments(order, *given))
    base = fit(subsample=0.01)
    monkeypatch.setattr(train, "stream_state", lambda seed, *names: original(seed + 1000, *names))
    changed = fit(subsample=0.01)
    assert np.array_equal(base.snapshots["vectors"][0], changed.snapshots["vectors"][0])
    assert len(orders) == 6
    assert all(np.array_equal(a, b) for a, b in zip(orders[:3], orders[3:], strict=True))
    assert not same(base, changed)


def test_losses_of_all_seeds_are_read_on_the_same_text():
    first, second = fit(seed=1).log, fit(seed=2).log
    assert first["heldout_loss"][0] == second["heldout_loss"][0]
    full = [fit(seed=seed, objective="full_softmax", epochs=1).log["loss"][0].as_py() for seed in (1, 2)]
    np.testing.assert_allclose(full, np.log(WORDS), rtol=1e-12)


def test_without_held_out_text_the_loss_is_null():
    assert fit(heldout=0).log["heldout_loss"].null_count == 5


def test_penalty_shrinks_the_vectors_and_is_logged_apart():
    plain, shrunk = fit(), fit(l2=0.1)
    assert plain.log["penalty"].null_count == 5
    penalty = shrunk.log["penalty"].to_pylist()
    assert 0 < penalty[0] < penalty[-1]
    # The loss has no penalty in it: that of the untrained model is known.
    np.testing.assert_allclose(shrunk.log["loss"][0].as_py(), 6 * np.log(2), rtol=1e-12)
    assert shrunk.log["embedding_norm"][-1].as_py() < 0.9 * plain.log["embedding_norm"][-1].as_py()


@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
def test_divergence_is_refused_with_step_and_setting(objective):
    with pytest.raises(
        StudyError, match=r"seed 1, step \d+: found .* at learning_rate = \S+e\+(19|20);.*lower `learning_rate`"
    ):
        fit(learning_rate=1e20, final_learning_rate=1e19, epochs=4, objective=objective)


@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
def test_divergence_is_seen_between_snapshots(objective):
    """With only the two ends recorded, a run that diverges still stops in its first segments."""
    message = r"seed 1, step \d\d?\d?: found vectors that are not finite at .*lower `learning_rate`"
    with pytest.raises(StudyError, match=message):
        fit(learning_rate=1e20, final_learning_rate=1e19, epochs=4, snapshots=2, objective=objective)


@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_a_vocabulary_smaller_than_the_window_is_refused(architecture, objective):
    """One word more than a window has is enough, and learns."""
    chosen = Word2VecSettings(**SMALL | {"architecture": architecture, "objective": objective, "window": 4})
    rng = np.random.default_rng(0)
    ids = rng.choice(9, 4000, p=np.arange(9, 0, -1) / 45).astype(np.int32)
    text = ids, np.arange(0, 4001, 20), ids[:40], np.array([0, 40])
    found = train.train_word2vec(*text, 9, chosen, 1)
    assert np.isfinite(found.weights["centre"]).all()
    assert found.log["loss"][-1].as_py() < found.log["loss"][0].as_py()
    with pytest.raises(StudyError, match="found 8 words; allowed: 9 or more with window = 4"):
        train.train_word2vec(ids % 8, *text[1:2], ids[:40] % 8, text[3], 8, chosen, 1)


def test_refuses_text_it_cannot_train_on():
    ids, documents = topical_text(5, 0)
    nothing = np.empty(0, np.int32), np.zeros(1, np.int64)
    chosen = Word2VecSettings(**SMALL)
    with pytest.raises(StudyError, match="no token"):
        train.train_word2vec(*nothing, *nothing, WORDS, chosen, 1)
    both = ids, documents
    for sample, held, where in [(both, nothing, "training sample"), ((ids % 50, documents), both, "held-out text")]:
        with pytest.raises(StudyError, match=f"{where}: found word ids .* to .*; allowed: ids 0 to 49"):
            train.train_word2vec(*sample, *held, 50, chosen, 1)
    with pytest.raises(StudyError, match="word ids -1 to"):
        train.train_word2vec(np.where(ids == ids[0], -1, ids), documents, *nothing, WORDS, chosen, 1)
    with pytest.raises(StudyError, match="no word with a context"):
        train.train_word2vec(ids, np.arange(len(ids) + 1), *nothing, WORDS, chosen, 1)
    with pytest.raises(StudyError, match="points in a training"):
        train.train_word2vec(
            ids[:2], np.array([0, 2]), *nothing, WORDS, Word2VecSettings(snapshots=100, subsample=None), 1
        )
    with pytest.raises(StudyError, match="full_softmax"):
        train.train_word2vec(
            ids, documents, *nothing, 20_001, Word2VecSettings(**SMALL | {"objective": "full_softmax"}), 1
        )


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
def test_the_number_of_snapshots_changes_no_weight(architecture, objective):
    few, many = (fit(architecture=architecture, objective=objective, snapshots=count) for count in (2, 9))
    assert many.log.num_rows == 9
    for name, table in few.weights.items():
        assert table.tobytes() == many.weights[name].tobytes()


@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
def test_losses_are_the_same_in_pieces_of_any_size(monkeypatch, objective):
    whole = fit(objective=objective, l2=0.01).log
    monkeypatch.setattr(evaluation, "PIECE", 7)
    pieces = fit(objective=objective, l2=0.01).log
    for column in ("loss", "heldout_loss", "penalty", "gradient_norm"):
        np.testing.assert_allclose(pieces[column].to_numpy(), whole[column].to_numpy(), rtol=1e-10)


def test_context_vectors_are_added_where_the_settings_say_so():
    """To what is compared, and to nothing that is trained."""
    alone, both = fit(), fit(add_context=True)
    for name, table in alone.weights.items():
        assert table.tobytes() == both.weights[name].tobytes()
    words = alone.snapshots["vectors"].shape[1]
    last = both.weights["centre"] + both.weights["context"]
    np.testing.assert_array_equal(both.snapshots["vectors"][-1], last[:words])
    np.testing.assert_array_equal(alone.snapshots["vectors"][-1], alone.weights["centre"][:words])


def test_settings_refuse_nonsense():
    for wrong in ({"windows": 5}, {"architecture": "glove"}, {"window": 0}, {"learning_rate": 0.0}, {"subsample": 0.0}):
        with pytest.raises(ValidationError):
            Word2VecSettings(**wrong)
    with pytest.raises((ValidationError, StudyError), match="final_learning_rate"):
        Word2VecSettings(learning_rate=0.01, final_learning_rate=0.1)


def test_result_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit(epochs=1).weights = {}
