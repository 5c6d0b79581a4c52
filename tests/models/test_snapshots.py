"""The shared grid of snapshots and the series of vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.models.snapshots import Snapshots, snapshot_grid


@given(st.integers(1, 10**10), st.integers(2, 60))
def test_grid_rises_from_nothing_to_all(total, count):
    if count > total + 1:
        with pytest.raises(StudyError, match="lower `snapshots`"):
            snapshot_grid(total, count)
        return
    grid = snapshot_grid(total, count)
    assert (len(grid), grid[0], grid[-1], grid.dtype) == (count, 0, total, np.int64)
    assert np.all(np.diff(grid) > 0)


def test_grid_is_equally_spaced_in_the_logarithm():
    grid = snapshot_grid(10**9, 7)
    np.testing.assert_allclose(np.diff(np.log10(grid[1:].astype(float))), 3 / 5, rtol=1e-5)
    assert grid[1] == 10**6


def test_grid_wants_both_ends():
    assert snapshot_grid(5, 2).tolist() == [0, 5]
    assert snapshot_grid(4, 5).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(StudyError, match="2 or more"):
        snapshot_grid(5, 1)


def test_series_copies_and_continues():
    vectors = np.arange(12, dtype=np.float64).reshape(4, 3)
    series = Snapshots(2)
    assert series.tensors() == {}
    series.add(vectors, 0, 0)
    vectors += 1
    again = Snapshots(2, series.tensors())
    again.add(vectors, 7, 3)
    found = again.tensors()
    assert found["vectors"].dtype == np.float32
    np.testing.assert_array_equal(found["vectors"], [vectors[:2] - 1, vectors[:2]])
    np.testing.assert_array_equal(found["initial"], vectors - 1)
    assert found["tokens_seen"].tolist() == [0, 7]
    assert found["step"].tolist() == [0, 3]
