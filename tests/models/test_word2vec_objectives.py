"""Losses and gradients of Word2Vec against automatic differentiation and the closed form."""

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from wordspaces.models.word2vec.objectives import (
    add_penalty,
    full_softmax,
    negative_sampling,
    predictions,
)
from wordspaces.models.word2vec.sampling import Segment

WORDS, DIMENSION, NEGATIVE, SHARED = 13, 6, 5, 7
ARCHITECTURES = pytest.mark.parametrize("architecture", ["skipgram", "cbow"])


@pytest.fixture
def text():
    """Two documents; the last word stands alone in its document, so it has no context."""
    rng = np.random.default_rng(0)
    left = np.array([0, 1, 2, 1, 3, 0, 1, 2, 0], np.int32)
    right = np.array([2, 1, 2, 1, 0, 1, 1, 0, 0], np.int32)
    return Segment(rng.integers(0, WORDS, 9).astype(np.int32), np.arange(9), left, right)


@pytest.fixture
def tables():
    rng = np.random.default_rng(1)
    return rng.normal(size=(WORDS, DIMENSION)), rng.normal(size=(WORDS, DIMENSION))


@pytest.fixture
def noise():
    return np.random.default_rng(2).integers(0, WORDS, (9, SHARED))


def pairs(text):
    """(position, context word) of each context, by hand."""
    return [
        (i, int(text.kept[j]))
        for i in range(len(text.kept))
        for j in range(i - text.left[i], i + text.right[i] + 1)
        if j != i
    ]


def torch_terms(architecture, text, centre):
    """(input vector, predicted word, position) of each prediction, written without the library."""
    if architecture == "skipgram":
        return [(centre[int(text.kept[i])], word, i) for i, word in pairs(text)]
    around = {i: [word for k, word in pairs(text) if k == i] for i in range(len(text.kept))}
    return [(centre[words].mean(0), int(text.kept[i]), i) for i, words in around.items() if words]


def differentiate(loss, *tables):
    loss.backward()
    return [table.grad.numpy() for table in tables]


@ARCHITECTURES
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_negative_sampling_against_autograd(architecture, l2, text, tables, noise):
    drawn = predictions(text, 0, 9, WORDS, architecture)
    x = drawn.inputs @ tables[0]
    found = negative_sampling(x, tables[1], drawn.position, drawn.word, noise, NEGATIVE)
    found = add_penalty(found, x, tables[1], drawn.position, drawn.word, l2)
    centre, context = (torch.tensor(table, requires_grad=True) for table in tables)
    loss = torch.zeros((), dtype=torch.float64)
    for vector, word, i in torch_terms(architecture, text, centre):
        loss = loss - logsigmoid(vector @ context[word])
        loss = loss - NEGATIVE / SHARED * logsigmoid(-(context[noise[i]] @ vector)).sum()
        loss = loss + l2 / 2 * (vector @ vector + context[word] @ context[word])
    expected = differentiate(loss, centre, context)
    np.testing.assert_allclose(found.loss, loss.item(), rtol=1e-12)
    np.testing.assert_allclose(drawn.inputs.T @ found.inputs, expected[0], atol=1e-11)
    np.testing.assert_allclose(found.output, expected[1], atol=1e-11)


@ARCHITECTURES
def test_full_softmax_against_autograd(architecture, text, tables):
    drawn = predictions(text, 0, 9, WORDS, architecture)
    found = full_softmax(drawn.inputs @ tables[0], tables[1], drawn.position, drawn.word)
    centre, context = (torch.tensor(table, requires_grad=True) for table in tables)
    terms = torch_terms(architecture, text, centre)
    loss = torch.nn.functional.cross_entropy(
        torch.stack([vector @ context.T for vector, *_ in terms]),
        torch.tensor([word for _, word, _ in terms]),
        reduction="sum",
    )
    expected = differentiate(loss, centre, context)
    np.testing.assert_allclose(found.loss, loss.item(), rtol=1e-12)
    np.testing.assert_allclose(drawn.inputs.T @ found.inputs, expected[0], atol=1e-11)
    np.testing.assert_allclose(found.output, expected[1], atol=1e-11)


def test_full_softmax_closed_form(tables):
    """One prediction: the gradient in v_w is sum over c' of P(c' | w) v_c' - v_c."""
    vector, output, word = tables[0][:1], tables[1], 4
    shares = np.exp(output @ vector[0])
    shares /= shares.sum()
    found = full_softmax(vector, output, np.array([0]), np.array([word]))
    np.testing.assert_allclose(found.loss, -np.log(shares[word]), rtol=1e-12)
    np.testing.assert_allclose(found.inputs[0], shares @ output - output[word], atol=1e-13)


def test_losses_of_the_untrained_model(text, noise):
    """With output vectors of zero a prediction costs (1 + negative) log 2, or log V with the softmax."""
    drawn = predictions(text, 0, 9, WORDS, "skipgram")
    x, output = np.ones((9, DIMENSION)), np.zeros((WORDS, DIMENSION))
    count = len(drawn.position)
    found = negative_sampling(x, output, drawn.position, drawn.word, noise, NEGATIVE)
    np.testing.assert_allclose(found.loss, count * (1 + NEGATIVE) * np.log(2))
    found = full_softmax(x, output, drawn.position, drawn.word)
    np.testing.assert_allclose(found.loss, count * np.log(WORDS))


def test_extreme_scores_stay_finite(tables, noise):
    x, output = 1e3 * tables[0][:9], 1e3 * tables[1]
    position, word = np.arange(9), np.arange(9)
    for found in (
        negative_sampling(x, output, position, word, noise, NEGATIVE),
        full_softmax(x, output, position, word),
    ):
        assert all(np.all(np.isfinite(part)) for part in found)


@ARCHITECTURES
def test_predictions_of_a_part_equal_those_of_the_whole(architecture, text):
    whole = predictions(text, 0, 9, WORDS, architecture)
    part = predictions(text, 3, 7, WORDS, architecture)
    inside = (whole.position >= 3) & (whole.position < 7)
    np.testing.assert_array_equal(part.position + 3, whole.position[inside])
    np.testing.assert_array_equal(part.word, whole.word[inside])
    np.testing.assert_allclose(part.inputs.toarray(), whole.inputs.toarray()[3:7])
