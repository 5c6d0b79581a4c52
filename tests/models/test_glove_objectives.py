"""Cost and gradients of GloVe against automatic differentiation; its kernels against the slow twin."""

import itertools

import numpy as np
import pytest
import torch

from wordspaces.models.glove.evaluation import evaluate
from wordspaces.models.glove.kernel import train_tiles
from wordspaces.models.glove.objectives import Parameters, cost, pair_weight
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import cut_tiles

WORDS, DIMENSION = 9, 5


X_MAX, ALPHA, SIDE = 10.0, 0.75, 4


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    row, column = np.nonzero(rng.random((WORDS, WORDS)) < 0.5)
    return row.astype(np.int32), column.astype(np.int32), rng.gamma(0.5, 20.0, len(row)) + 1e-3


@pytest.fixture
def pairs(matrix):
    row, column, count = matrix
    return row, column, np.log(count), pair_weight(count, X_MAX, ALPHA)


@pytest.fixture
def tiles(matrix):
    return cut_tiles(lambda: [matrix], WORDS, GloveSettings(x_max=X_MAX, alpha=ALPHA), 5, SIDE)


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


def visited(tiles, order):
    """Pairs in the order of a pass: row, column, log count, weight."""
    at = np.concatenate([np.arange(tiles.starts[part], tiles.starts[part + 1]) for part in order])
    tile = np.concatenate([np.repeat(tiles.tile[part], tiles.starts[part + 1] - tiles.starts[part]) for part in order])
    cell = tiles.cell[at].astype(np.int64)
    row = tile // tiles.across * tiles.side + (cell >> 16)
    column = tile % tiles.across * tiles.side + (cell & 0xFFFF)
    return row, column, tiles.log_count[at].astype(np.float64), tiles.weight[at].astype(np.float64)


def test_tiles_hold_every_pair_once(tiles, pairs):
    row, column, log_count, weight = visited(tiles, range(len(tiles.tile)))
    key, expected = row * WORDS + column, pairs[0] * WORDS + pairs[1]
    order = np.argsort(key)
    np.testing.assert_array_equal(key[order], expected)
    np.testing.assert_allclose(log_count[order], pairs[2], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(weight[order], pairs[3], rtol=1e-6)
    assert (tiles.across, tiles.side) == (3, SIDE)
    assert np.any(np.diff(key[tiles.starts[0] : tiles.starts[1]]) < 0)


@pytest.mark.parametrize("longest", [1, 3, 99])
def test_parts_of_a_tile_are_of_one_length(matrix, longest):
    whole, cut = (
        cut_tiles(lambda: [matrix], WORDS, GloveSettings(), 5, SIDE, part) for part in (len(matrix[0]), longest)
    )
    np.testing.assert_array_equal(cut.cell, whole.cell)
    lengths = np.diff(cut.starts)
    assert lengths.min() >= 1
    assert lengths.max() <= longest
    for tile, pairs in zip(whole.tile, np.diff(whole.starts), strict=True):
        of_tile = lengths[cut.tile == tile]
        assert of_tile.sum() == pairs
        assert len(of_tile) == -(-pairs // longest)
        assert of_tile.max() - of_tile.min() <= 1


def test_tiles_do_not_show_how_the_matrix_was_read(matrix, tiles):
    def blocks():
        for at in range(0, len(matrix[0]), 7):
            yield tuple(part[at : at + 7] for part in matrix)

    again = cut_tiles(blocks, WORDS, GloveSettings(x_max=X_MAX, alpha=ALPHA), 5, SIDE)
    for part, expected in zip(again, tiles, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_shuffle_inside_a_tile_is_uniform():
    """Each of the places of a tile gets each pair equally often (chi-squared, 25 degrees of freedom)."""
    pairs = 6
    matrix = np.zeros(pairs, np.int32), np.arange(pairs, dtype=np.int32), np.ones(pairs)
    found = np.zeros((pairs, pairs))
    for seed in range(1200):
        cell = cut_tiles(lambda: [matrix], pairs, GloveSettings(), seed * 2**40 + seed).cell
        found[np.arange(pairs), cell] += 1
    assert ((found - 200) ** 2 / 200).sum() < 52.6  # the 99.9th percentile


@pytest.mark.parametrize(("l2", "biases"), [(0.0, True), (0.2, True), (0.1, False)])
@pytest.mark.parametrize(("longest", "cuts"), [(99, []), (99, [3, 11, 12]), (3, []), (1, [3, 11, 12])])
def test_steps_of_the_slow_twin(l2, biases, longest, cuts, matrix, parameters):
    """AdaGrad pair by pair in float64: x -= rate * g / sqrt(G), then G += g ** 2; a pass may be made in parts."""
    tables = as_tables(parameters)
    tiles = cut_tiles(lambda: [matrix], WORDS, GloveSettings(x_max=X_MAX, alpha=ALPHA), 5, SIDE, longest)
    order = np.random.default_rng(3).permutation(len(tiles.tile))
    rate, edges = np.float32(0.05), [0, *cuts, len(tiles.cell)]
    for begin, stop in itertools.pairwise(edges):
        train_tiles(*tables, *tiles, order, begin, stop, rate, rate * np.float32(biases), np.float32(l2))
    state = Parameters(*(part.copy() for part in parameters))
    squares = Parameters(*(np.ones_like(part) for part in parameters))
    pairs = visited(tiles, order)
    for p in range(len(pairs[0])):
        _, gradient = cost(state, *(part[p : p + 1] for part in pairs), l2)
        for number, (part, square, slope) in enumerate(zip(state, squares, gradient, strict=True)):
            part -= (0.05 if biases or number < 2 else 0.0) * slope / np.sqrt(square)
            square += slope**2
    for k in range(2):
        np.testing.assert_allclose(tables[k][:, 0, :DIMENSION], state[k], atol=1e-5)
        np.testing.assert_allclose(tables[k][:, 1, :DIMENSION], squares[k], rtol=1e-4)
        assert not tables[k][:, 0, DIMENSION:].any()
        np.testing.assert_allclose(
            tables[k + 2], np.stack([state[k + 2], squares[k + 2]], axis=1), rtol=1e-4, atol=1e-5
        )
    assert np.abs(state.word - parameters.word).max() > 0.1


@pytest.mark.parametrize(("l2", "biases"), [(0.0, True), (0.2, True), (0.2, False)])
def test_measured_cost_and_gradient_norm(l2, biases, pairs, tiles, parameters):
    settings = GloveSettings(l2=l2, biases=biases)
    mean_cost, penalty, norm = evaluate(as_tables(parameters), tiles, settings)
    number = len(pairs[0])
    np.testing.assert_allclose(mean_cost, cost(parameters, *pairs, 0.0)[0] / number, rtol=1e-5)
    np.testing.assert_allclose(mean_cost + penalty, cost(parameters, *pairs, l2)[0] / number, rtol=1e-5)
    gradient = cost(parameters, *pairs, l2)[1][: 4 if biases else 2]
    np.testing.assert_allclose(norm, np.sqrt(sum((part**2).sum() for part in gradient)) / number, rtol=1e-5)
