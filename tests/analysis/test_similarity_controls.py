"""Partial correlations against residuals of regressions; controls of frequency; their jackknife."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from wordspaces.analysis.similarity.compare import (
    compare,
    frequency_controls,
    jackknife,
    jackknife_contrasts,
    leave_one_out,
    partial,
)
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def rdms_of(words: int = 30) -> RDMs:
    """Two spaces whose geometries have frequency in common and nothing else."""
    stream = generator(9, "controls")
    counts = np.ceil(1000.0 / (1 + np.arange(words)))
    listed = [np.column_stack([3.0 * np.log(counts), stream.standard_normal((words, 4))]) for _ in range(2)]
    return RDMs.of(listed, "ab", "euclidean").with_given(frequency_controls(counts))


def residuals(values: np.ndarray) -> np.ndarray:
    """Correlation of the first two rows, each less its regression on the other rows and a constant."""
    design = np.column_stack([np.ones(values.shape[1]), values[2:].T])
    left = values[:2].T - design @ np.linalg.lstsq(design, values[:2].T, rcond=None)[0]
    return np.corrcoef(left.T)


@given(st.integers(0, 1000), st.integers(1, 3))
def test_partial_correlations_are_those_of_residuals(seed: int, controls: int) -> None:
    values = generator(seed, "partial").standard_normal((2 + controls, 12))
    values[:2] += values[2]
    np.testing.assert_allclose(partial(np.corrcoef(values), controls), residuals(values), atol=1e-8)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_controls_and_their_replicates_equal_residuals(method: str) -> None:
    rdms = rdms_of()
    flat = [rdms.condensed(i) for i in range(4)]
    values = np.array([rankdata(v.round(11)) if method == "spearman" else v for v in flat])
    r, se = jackknife(rdms, method, controls=2)
    np.testing.assert_allclose(r, residuals(values), atol=1e-9)
    np.testing.assert_array_equal(r, partial(compare(rdms, method), 2))
    assert r[0, 1] < 0.3 < 0.6 < compare(rdms, method)[0, 1]
    squares = [squareform(v) for v in values]
    without = [
        residuals(np.array([squareform(np.delete(np.delete(s, w, 0), w, 1), checks=False) for s in squares]))
        for w in range(30)
    ]
    found = np.concatenate([block for _, block in leave_one_out(rdms, method, controls=2)])
    np.testing.assert_allclose(found, without, atol=1e-8)
    scatter = np.square(np.array(without) - np.mean(without, axis=0)).sum(axis=0)
    np.testing.assert_allclose(se, np.sqrt(29 / 30 * scatter), atol=1e-8)
    estimate, replicates = jackknife_contrasts(rdms, method, np.array([[[0.0, 1.0], [0.0, 0.0]]]), controls=2)
    np.testing.assert_allclose((estimate[0], replicates[7, 0]), (r[0, 1], without[7][0, 1]), atol=1e-8)


def test_frequency_controls_are_sum_and_difference_of_logs() -> None:
    controls = frequency_controls([1, 10, 100])
    total, difference = controls["log frequency, sum"], controls["log frequency, difference"]
    np.testing.assert_allclose(squareform(total) / np.log(10), [1, 2, 3])
    np.testing.assert_allclose(squareform(difference) / np.log(10), [1, 2, 1])
    with pytest.raises(StudyError, match="0 occurrences"):
        frequency_controls([4, 0, 2])


def test_what_cannot_be_partialled_out_is_refused() -> None:
    rdms = rdms_of()
    with pytest.raises(StudyError, match="cosine with controls; allowed: pearson or spearman"):
        jackknife(rdms, "cosine", controls=2)
    with pytest.raises(StudyError, match="0 to 3"):
        jackknife(rdms, "pearson", controls=4)
    twice = rdms.with_given({"again": 2.0 * rdms.given[0]})
    with pytest.raises(StudyError, match="determine one another"):
        jackknife(twice, "pearson", controls=3)
    own = rdms.with_given({"one of the spaces": squareform(rdms.condensed(0))})
    with pytest.raises(StudyError, match=r"a: .*controls determine"):
        jackknife(own, "pearson", controls=1)
