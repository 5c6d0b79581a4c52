"""Cost and gradients of GloVe against automatic differentiation; its kernel against the slow twin."""

import numpy as np
import pytest
import torch

from wordspaces.models.glove.kernel import cost_and_gradient_norm, train_pairs
from wordspaces.models.glove.objectives import Parameters, cost, pair_weight

WORDS, DIMENSION = 9, 5


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    count = rng.gamma(0.5, 20.0, 40)
    row, column = rng.integers(0, WORDS, 40), rng.integers(0, WORDS, 40)
    return row.astype(np.int32), column.astype(np.int32), np.log(count), pair_weight(count, 10.0, 0.75)


@pytest.fixture
def parameters():
    rng = np.random.default_rng(1)
    shapes = (WORDS, DIMENSION), (WORDS, DIMENSION), (WORDS,), (WORDS,)
    return Parameters(*(rng.normal(size=shape) for shape in shapes))


def test_weight_of_known_counts():
    np.testing.assert_allclose(pair_weight([100.0, 400.0, 6.25], 100.0, 0.75), [1.0, 1.0, 0.125])
    np.testing.assert_allclose(pair_weight([0.25], 1.0, 0.5), [0.5])


@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_gradient_against_autograd(l2, pairs, parameters):
    found, gradient = cost(parameters, *pairs, l2)
    row, column, log_count, weight = (torch.tensor(part) for part in pairs)
    word, context, word_bias, context_bias = (torch.tensor(part, requires_grad=True) for part in parameters)
    w, c = word[row.long()], context[column.long()]
    difference = (w * c).sum(1) + word_bias[row.long()] + context_bias[column.long()] - log_count
    loss = (weight * difference**2).sum() / 2 + l2 / 2 * (w.square().sum() + c.square().sum())
    loss.backward()
    np.testing.assert_allclose(found, loss.item(), rtol=1e-12)
    for part, leaf in zip(gradient, (word, context, word_bias, context_bias), strict=True):
        np.testing.assert_allclose(part, leaf.grad.numpy(), atol=1e-11)


def as_tables(parameters):
    """The layout of the kernel, float32, with rows padded to 16 and sums of squares 1."""
    tables = []
    for vectors in parameters[:2]:
        table = np.zeros((WORDS, 2, 16), np.float32)
        table[:, 0, :DIMENSION], table[:, 1] = vectors, 1.0
        tables.append(table)
    return (*tables, *(np.stack([bias, np.ones(WORDS)], axis=1).astype(np.float32) for bias in parameters[2:]))


def as_kernel(pairs):
    return *pairs[:2], *(part.astype(np.float32) for part in pairs[2:])


@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_steps_of_the_slow_twin(l2, pairs, parameters):
    """AdaGrad pair by pair in float64: x -= rate * g / sqrt(G), then G += g ** 2."""
    tables = as_tables(parameters)
    train_pairs(*tables, *as_kernel(pairs), np.float32(0.05), np.float32(l2))
    state = Parameters(*(part.copy() for part in parameters))
    squares = Parameters(*(np.ones_like(part) for part in parameters))
    for p in range(len(pairs[0])):
        _, gradient = cost(state, *(part[p : p + 1] for part in pairs), l2)
        for part, square, slope in zip(state, squares, gradient, strict=True):
            part -= 0.05 * slope / np.sqrt(square)
            square += slope**2
    for k in range(2):
        np.testing.assert_allclose(tables[k][:, 0, :DIMENSION], state[k], atol=1e-5)
        np.testing.assert_allclose(tables[k][:, 1, :DIMENSION], squares[k], rtol=1e-4)
        assert not tables[k][:, 0, DIMENSION:].any()
        np.testing.assert_allclose(
            tables[k + 2], np.stack([state[k + 2], squares[k + 2]], axis=1), rtol=1e-4, atol=1e-5
        )
    assert np.abs(state.word - parameters.word).max() > 0.1


@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_measured_cost_and_gradient_norm(l2, pairs, parameters):
    mean_cost, norm = cost_and_gradient_norm(*as_tables(parameters), *as_kernel(pairs), np.float32(l2))
    number = len(pairs[0])
    np.testing.assert_allclose(mean_cost, cost(parameters, *pairs, 0.0)[0] / number, rtol=1e-5)
    gradient = cost(parameters, *pairs, l2)[1]
    np.testing.assert_allclose(norm, np.sqrt(sum((part**2).sum() for part in gradient)) / number, rtol=1e-5)
