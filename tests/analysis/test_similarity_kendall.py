"""Kendall's tau with ties against its definition and scipy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from scipy.stats import kendalltau

from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.kendall import _inversions
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.streams import generator


@given(st.lists(st.integers(0, 20), max_size=120))
def test_inversions_are_counted_and_sorted(values: list[int]) -> None:
    array = np.array(values, dtype=np.int32)
    expected = sum(int(np.sum(array[:i] > array[i])) for i in range(len(array)))
    assert _inversions(array.copy(), np.empty_like(array)) == expected


@given(st.integers(0, 10_000), st.integers(2, 30))
def test_tau_of_given_rdms_with_ties_equals_its_definition(seed: int, levels: int) -> None:
    stream = generator(seed, "tau")
    flat = stream.integers(0, levels, (2, 45)).astype(np.float64)
    flat[:, :2] = [[0, 1], [1, 0]]  # so that neither is constant
    space = RDMs.of([stream.standard_normal((10, 3))], ["space"])
    rdms = space.with_given({"one": squareform(flat[0]), "other": squareform(flat[1])})
    signs = [np.sign(np.subtract.outer(row, row)) for row in flat]
    np.testing.assert_allclose(compare(rdms, "tau-a")[1, 2], (signs[0] * signs[1]).sum() / (45 * 44))
    np.testing.assert_allclose(compare(rdms, "tau-b")[1, 2], kendalltau(*flat).statistic, atol=1e-12)


def test_tau_of_many_pairs_equals_scipy() -> None:
    stream = generator(4, "tau")
    shared = stream.standard_normal((130, 6))
    rdms = RDMs.of([shared + stream.standard_normal((130, 6)) for _ in range(3)], "abc")
    expected = kendalltau(rdms.condensed(0), rdms.condensed(2)).statistic
    np.testing.assert_allclose(compare(rdms, "tau-a")[0, 2], expected, atol=1e-12)
