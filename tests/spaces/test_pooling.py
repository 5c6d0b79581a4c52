"""One vector from many, and how far these lie apart: known values, a slow twin and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wordspaces.spaces import pooling
from wordspaces.spaces.pooling import first_components, pool, spreads

NUMBERS = st.floats(-100, 100, width=32).map(lambda value: 0.0 if abs(value) < 1e-3 else value)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 5))


def test_first_component_of_a_rank_one_matrix() -> None:
    lengths, direction = np.array([3.0, -1.0, 2.0, 1.0]), np.array([0.6, 0.0, -0.8])
    vectors = np.outer(lengths, direction)[None]
    # Singular value sqrt(9 + 1 + 4 + 1), over the root of four contexts; the mean points along the direction.
    np.testing.assert_allclose(first_components(vectors)[0], np.sqrt(15.0 / 4.0) * direction, atol=1e-12)
    np.testing.assert_allclose(first_components(-vectors)[0], -np.sqrt(15.0 / 4.0) * direction, atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 4, 9), (5, 9, 4)])
def test_first_component_is_that_of_a_singular_value_decomposition(shape: tuple[int, int, int]) -> None:
    vectors = np.random.default_rng(0).normal(size=shape) + 0.3
    for matrix, found in zip(vectors, first_components(vectors), strict=True):
        _, values, rows = np.linalg.svd(matrix, full_matrices=False)
        expected = values[0] / np.sqrt(shape[1]) * rows[0]
        np.testing.assert_allclose(found, expected * np.sign(expected @ matrix.mean(axis=0)), atol=1e-9)


def test_contexts_of_one_vector_give_that_vector_and_no_spread() -> None:
    vectors = np.repeat(np.random.default_rng(1).normal(size=(6, 1, 8)), 5, axis=1).astype(np.float32)
    pooled, spread = pool(vectors)
    np.testing.assert_allclose(pooled, vectors[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(spread, 0.0, atol=1e-12)


def test_known_spreads() -> None:
    opposite, square, nothing = [[1.0, 2.0], [-1.0, -2.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]
    assert spreads(np.array([opposite, square, nothing])).tolist() == [1.0, 0.5, 0.0]


@given(SHAPES.flatmap(lambda shape: arrays(np.float64, shape, elements=NUMBERS)))
def test_spread_is_the_share_that_the_mean_loses(vectors: np.ndarray) -> None:
    found = spreads(vectors)
    assert ((found >= 0.0) & (found <= 1.0 + 1e-9)).all()
    np.testing.assert_allclose(spreads(3.0 * vectors[:, ::-1]), found, atol=1e-9)
    for matrix, spread in zip(vectors, found, strict=True):
        length = np.square(matrix).sum(axis=1).mean()
        expected = 1.0 - np.square(matrix.mean(axis=0)).sum() / length if length else 0.0
        assert spread == pytest.approx(expected, abs=1e-9)


def test_words_are_pooled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(2).normal(size=(11, 3, 4)).astype(np.float32)
    whole = pool(vectors)
    monkeypatch.setattr(pooling, "WORDS_AT_ONCE", 4)
    for expected, found in zip(whole, pool(vectors), strict=True):
        np.testing.assert_array_equal(found, expected)
