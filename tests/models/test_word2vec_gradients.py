"""The way that Word2Vec's vectors go is the sum of its gradients, each found by automatic differentiation."""

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from wordspaces.models.word2vec import train
from wordspaces.models.word2vec.objectives import predictions
from wordspaces.models.word2vec.settings import Word2VecSettings

WORDS = 60
SMALL = {"dimension": 12, "window": 3, "epochs": 1, "subsample": None, "snapshots": 5, "learning_rate": 0.2}


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    """Several segments, so that their borders are part of the way."""
    monkeypatch.setattr(train, "SEGMENT", 300)


def _windows(segment, begin, end):
    """Context words to the left and to the right of each position."""
    return zip(segment.left[begin:end], segment.right[begin:end], strict=True)


def _nearness(left, right):
    """Weights of the pairs of a position in the order of the text, for windows drawn from 1..3."""
    distance = np.abs(np.r_[-left:0, 1 : right + 1])
    return (3 - distance + 1) / 3


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("objective", ["negative_sampling", "full_softmax"])
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_gradients_add_up_to_the_way_gone(monkeypatch, architecture, objective, l2):
    """v(0) - v(T) is the sum, in float64, of rate times gradient, each found by automatic differentiation.

    A pair at distance k of skip-gram with negative sampling weighs (3 - k + 1) / 3: the windows reach 3.
    """
    weighted = (architecture, objective) == ("skipgram", "negative_sampling")
    way = {"centre": np.zeros((WORDS, 12)), "context": np.zeros((WORDS, 12))}
    names = {"skipgram": "train_skipgram", "cbow": "train_cbow"}
    kernel, softmax = getattr(train, names[architecture]), train.train_softmax

    def follow(centre, context, segment, begin, end, rate, noise):
        tables = [torch.tensor(table[:, :12].astype(np.float64), requires_grad=True) for table in (centre, context)]
        drawn = predictions(segment, begin, end, WORDS, architecture)
        x = torch.tensor(drawn.inputs.toarray()) @ tables[0]
        position, word = torch.tensor(drawn.position), torch.tensor(drawn.word)
        weight = torch.ones(len(word), dtype=torch.float64)
        if weighted:
            weight = torch.tensor(np.concatenate([_nearness(a, b) for a, b in _windows(segment, begin, end)]))
        if noise is None:
            scores = x[position] @ tables[1].T
            loss = torch.nn.functional.cross_entropy(scores, word.long(), reduction="sum")
        else:
            good = (x[position] * tables[1][word.long()]).sum(1)
            bad = x[position] @ tables[1][torch.tensor(noise).long()].T
            loss = -(weight * (logsigmoid(good) + 5 / len(noise) * logsigmoid(-bad).sum(1))).sum()
        squares = (x[position] ** 2).sum(1) + (tables[1][word.long()] ** 2).sum(1)
        loss = loss + l2 / 2 * (weight * squares).sum()
        loss.backward()
        for name, table in zip(way, tables, strict=True):
            way[name] += float(rate) * table.grad.numpy()

    def by_blocks(centre, context, segment, first, ends, rates, noise, negative, penalty, *fall):
        for begin, end, rate, words in zip([first, *ends[:-1]], ends, rates, noise, strict=True):
            follow(centre, context, segment, begin, end, rate, words)
            one = np.array([end]), np.array([rate]), words[None]
            kernel(centre, context, segment, begin, *one, negative, penalty, *fall)

    def by_blocks_in_full(tables, segment, starts, ends, rates, settings):
        for block in range(len(starts)):
            one = slice(block, block + 1)
            follow(*tables, segment, starts[block], ends[block], rates[block], None)
            softmax(tables, segment, starts[one], ends[one], rates[one], settings)

    monkeypatch.setattr(train, names[architecture], by_blocks)
    monkeypatch.setattr(train, "train_softmax", by_blocks_in_full)
    rng = np.random.default_rng(0)  # 40 documents of 20 words, each of ten words of its own kind
    ids = (10 * rng.integers(0, WORDS // 10, (40, 1)) + rng.integers(0, 10, (40, 20))).astype(np.int32)
    text, nothing = (ids.ravel(), np.arange(0, 801, 20)), (np.zeros(0, np.int32), np.zeros(1, np.int64))
    chosen = Word2VecSettings(**SMALL, architecture=architecture, objective=objective, l2=l2)
    found = train.train_word2vec(*text, *nothing, WORDS, chosen, 1)
    uniform = train.generator(1, "word2vec", "initialisation").random((WORDS, 12), np.float32)
    start = {"centre": (uniform - np.float32(0.5)) / 12, "context": np.zeros((WORDS, 12))}
    for name, total in way.items():
        moved = start[name].astype(np.float64) - found.weights[name]
        assert np.abs(moved).max() > 0.05
        np.testing.assert_allclose(moved, total, atol=2e-5)
