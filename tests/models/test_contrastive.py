"""Contrastive training: the loss by another library, its gradient, what a batch is, learning, resumption, refusals."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.contrastive.objective import encoder, info_nce, smooth_weights
from wordspaces.models.contrastive.settings import ContrastiveSettings
from wordspaces.models.contrastive.train import train_contrastive
from wordspaces.models.contrastive.views import Occurrences
from wordspaces.models.word2vec.text import Documents

WORDS, SMALL = 60, {"batch": 20, "window": 3, "epochs": 6, "smoothing": 1.0}


def topical_text(documents, seed):
    """Documents of 20 words, each from one of six topics of ten words."""
    rng = np.random.default_rng(seed)
    topics = rng.integers(0, 6, documents)
    ids = (topics[:, None] * 10 + rng.integers(0, 10, (documents, 20))).astype(np.int32)
    return Documents(ids.ravel(), np.arange(0, ids.size + 1, 20))


def weights(seed=0, names=("centre", "context")):
    return {name: np.random.default_rng(seed).standard_normal((WORDS, 8)).astype(np.float32) for name in names}


def fit(start=None, family="word2vec", add=False, checkpoint=None, heldout=40, seed=1, **changes):
    settings = ContrastiveSettings(**SMALL | changes)
    texts = topical_text(100, 0), topical_text(heldout, 9)
    return train_contrastive(*texts, start or weights(), family, add, settings, seed, (5, 30), checkpoint)


def test_loss_and_gradient_are_those_of_automatic_differentiation():
    rng = np.random.default_rng(3)
    views = [rng.standard_normal((9, 5)) for _ in range(2)]
    left, right = (torch.tensor(view, requires_grad=True) for view in views)
    scores = F.normalize(left) @ F.normalize(right).T / 0.3
    places = torch.arange(9)
    loss = (F.cross_entropy(scores, places) + F.cross_entropy(scores.T, places)) / 2
    loss.backward()
    found = info_nce(*views, 0.3)
    assert found.loss == pytest.approx(float(loss.detach()), abs=1e-12)
    np.testing.assert_allclose(found.left, left.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(found.right, right.grad.numpy(), atol=1e-12)


def test_equal_views_of_all_words_are_at_chance_and_a_view_without_length_gets_no_gradient():
    assert info_nce(np.ones((7, 3)), np.ones((7, 3)), 0.1).loss == pytest.approx(np.log(7))
    left = np.eye(4)
    left[2] = 0.0
    found = info_nce(left, np.eye(4), 0.5)
    assert np.isfinite(found.loss)
    assert not found.left[2].any()
    assert info_nce(np.eye(4), np.eye(4), 0.01).loss == pytest.approx(0.0, abs=1e-12)


def test_a_context_is_the_weighted_mean_of_the_words_around_inside_the_document():
    text = Documents(np.array([0, 1, 2, 0, 1, 3], np.int32), np.array([0, 3, 6]))
    words = Occurrences.of(text, 4, ContrastiveSettings(window=2, smoothing=1e9), "text")
    assert words.words.tolist() == [0, 1]
    table = np.array([[1.0], [10.0], [100.0], [1000.0]])
    views = words.views(np.array([0, 1, 4]), 2) @ table
    np.testing.assert_allclose(views.ravel(), [55.0, 50.5, 500.5])
    heavy = encoder(np.array([[2, 3]]), np.array([[True, True]]), np.array([1.0, 1.0, 3.0, 1.0])) @ table
    assert heavy[0, 0] == pytest.approx(325.0)
    np.testing.assert_allclose(smooth_weights(np.array([1, 3]), 0.25), [0.5, 0.25])


def test_a_batch_is_of_distinct_words_and_two_places_of_each():
    text = topical_text(30, 1)
    words = Occurrences.of(text, WORDS, ContrastiveSettings(**SMALL), "text")
    places = words.draw(20, np.random.default_rng(0))
    ids = text.ids[places]
    assert (ids[:, 0] == ids[:, 1]).all()
    assert len(set(ids[:, 0])) == 20
    assert (places[:, 0] != places[:, 1]).all()


@pytest.mark.parametrize(("family", "first", "add"), [("word2vec", "centre", False), ("glove", "word", True)])
def test_learns_the_topics_and_leaves_other_tables(family, first, add):
    start = weights(names=(first, "context"))
    result = fit(start, family, add)
    log = result.log.to_pandas()
    assert log["loss"].iloc[-1] < log["loss"].iloc[0] - 0.3
    assert log["heldout_loss"].iloc[-1] < log["heldout_loss"].iloc[0] - 0.3
    np.testing.assert_array_equal(result.weights["context"], start["context"])
    compared = [part[first] + (part["context"] if add else 0) for part in (start, result.weights)]
    np.testing.assert_allclose(result.snapshots["initial"], compared[0], atol=1e-6)
    np.testing.assert_allclose(result.snapshots["vectors"][-1], compared[1][:30], atol=1e-6)


def test_words_without_one_meaning_are_never_drawn_but_stay_in_contexts():
    text = Documents(np.array([0, 8, 9, 0, 8, 9, 0, 8, 9, 10, 10], np.int32), np.array([0, 11]))
    found = Occurrences.of(text, 12, ContrastiveSettings(), "test", reserved=8)
    assert found.words.tolist() == [8, 9, 10]
    assert Occurrences.of(text, 12, ContrastiveSettings(), "test").words.tolist() == [0, 8, 9, 10]
    assert 0 in found.views(np.array([1]), 2).indices


def test_words_that_are_not_in_the_text_stay():
    result = train_contrastive(
        topical_text(100, 0),
        topical_text(5, 2),
        {name: np.vstack([table, np.ones((3, 8), np.float32)]) for name, table in weights().items()},
        "word2vec",
        False,
        ContrastiveSettings(**SMALL),
        1,
    )
    np.testing.assert_array_equal(result.weights["centre"][-3:], 1.0)


def test_equal_bytes_and_exact_resumption(tmp_path):
    class Stop(Exception):
        pass

    def stop(seen, calls=[]):  # noqa: B006 (counts its calls)
        calls.append(seen)
        if len(calls) == 40:
            raise Stop

    whole = fit()
    checkpoint = Checkpoint(tmp_path, Provenance("train", "s.py", "1" * 32), minutes=0.0)
    texts = topical_text(100, 0), topical_text(40, 9)
    given = *texts, weights(), "word2vec", False, ContrastiveSettings(**SMALL), 1, (5, 30), checkpoint
    with pytest.raises(Stop):
        train_contrastive(*given, stop)
    assert checkpoint.load()[1]["step"] == 39
    resumed = train_contrastive(*given)
    assert resumed.weights["centre"].tobytes() == whole.weights["centre"].tobytes()
    assert resumed.snapshots["vectors"].tobytes() == whole.snapshots["vectors"].tobytes()
    assert resumed.log.equals(whole.log)
    assert fit(seed=2).weights["centre"].tobytes() != whole.weights["centre"].tobytes()


def test_refusals_in_one_line():
    with pytest.raises(StudyError, match="family 'gpt'"):
        fit(family="gpt")
    with pytest.raises(StudyError, match="weights to start from"):
        fit(family="glove")
    text = Documents(np.arange(8, dtype=np.int32), np.array([0, 8]))
    with pytest.raises(StudyError, match="0 words that occur twice"):
        train_contrastive(text, text, weights(), "word2vec", False, ContrastiveSettings(), 1)
    assert fit(heldout=0).log["heldout_loss"].null_count == 5
