"""Ranks by sorting and by codes: against scipy, against one another, and the same for any number of threads."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr, zscore

from wordspaces.analysis.similarity import ranks
from wordspaces.analysis.similarity.compare import compare, jackknife, standard_ranks
from wordspaces.analysis.similarity.ranks import EXACT_WORDS, Coded, Sorted, mid_ranks, rank_matrices
from wordspaces.analysis.similarity.rdm import KINDS, RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def spaces(words: int, count: int = 3) -> list[np.ndarray]:
    stream = generator(8, "ranks")
    shared = stream.standard_normal((words, 12))
    return [shared + stream.standard_normal((words, 12)) * (1 + s) / 2 for s in range(count)]


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_mid_ranks_equal_scipy(values: list[int]) -> None:
    array = np.array(values, dtype=np.float64)
    np.testing.assert_array_equal(mid_ranks(array), rankdata(array))


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.integers(0, 99))
def test_values_that_differ_by_rounding_are_ties(values: list[int], seed: int) -> None:
    array = np.array(values, dtype=np.float64)
    moved = array + 1e-14 * generator(seed, "rounding").standard_normal(len(array))
    np.testing.assert_array_equal(mid_ranks(moved, 1e-12), rankdata(array))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", [EXACT_WORDS + 1, 900])
def test_codes_agree_with_sorting(kind: str, words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rdms = RDMs.of(spaces(words), "abc", kind)
    coded = {method: jackknife(rdms, method) for method in ("spearman", "rho-a")}
    assert isinstance(ranks._ranked(rdms, 0), Coded)
    monkeypatch.setattr(ranks, "EXACT_WORDS", words)
    for method, (r, se) in coded.items():
        exact_r, exact_se = jackknife(rdms, method)
        np.testing.assert_allclose(r, exact_r, atol=5e-7)
        np.testing.assert_allclose(se, exact_se, rtol=2e-3, atol=1e-7)
    assert compare(rdms, "spearman")[0, 1] == pytest.approx(
        spearmanr(rdms.condensed(0), rdms.condensed(1)).statistic, abs=1e-9
    )


def test_ties_and_outliers_that_codes_cannot_tell_are_sorted() -> None:
    words = EXACT_WORDS + 8
    listed = spaces(words)
    listed[0] = np.sign(listed[0][:, :4])  # at most 16 different vectors
    listed[1][5] *= 1e6
    rdms = RDMs.of(listed, "abc", "euclidean").with_given({"place": np.abs(np.subtract.outer(*[np.arange(words)] * 2))})
    assert [type(ranks._ranked(rdms, i)) for i in range(4)] == [Sorted, Sorted, Coded, Sorted]
    flat = np.array([rdms.condensed(i) for i in range(4)])
    flat[0] = flat[0].round(9)
    np.testing.assert_allclose(compare(rdms, "spearman"), spearmanr(flat, axis=1).statistic, atol=1e-6)


@pytest.mark.parametrize(("shift", "expected"), [(3.0, Coded), (60.0, Sorted)])
@pytest.mark.parametrize("kind", ["cosine", "euclidean"])
def test_spaces_about_a_far_centre_keep_their_ranks(kind: str, shift: float, expected: type) -> None:
    words = EXACT_WORDS + 8
    rdms = RDMs.of([v + shift for v in spaces(words)], "abc", kind, centred=False)
    assert isinstance(ranks._ranked(rdms, 0), expected if kind == "cosine" else Coded)
    flat = [rdms.condensed(i) for i in range(3)]
    np.testing.assert_allclose(compare(rdms, "spearman"), spearmanr(flat, axis=1).statistic, atol=1e-6)


def test_rows_hold_the_ranks_of_each_pair() -> None:
    words = EXACT_WORDS + 5
    rdms = RDMs.of(spaces(words, 1), "a")
    rows = rank_matrices(rdms).rows(0, words)[:, 0].astype(float)
    np.testing.assert_array_equal(rows, rows.T)
    np.testing.assert_array_equal(rows.diagonal(), 0.0)
    # Uniform over the ranks: mean 0, variance 1 and a largest value of the root of 3.
    upper = rows[np.triu_indices(words, 1)]
    assert (upper.mean(), upper.var()) == (pytest.approx(0.0, abs=1e-6), pytest.approx(1.0, abs=1e-6))
    assert upper.max() == pytest.approx(np.sqrt(3), abs=1e-4)
    assert np.corrcoef(upper, rankdata(rdms.condensed(0)))[0, 1] == pytest.approx(1.0, abs=1e-7)


def test_ranks_are_summed_over_more_than_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    rdms = RDMs.of(spaces(60), "abc")
    whole = compare(rdms, "spearman")
    monkeypatch.setattr(ranks, "CHUNK", 130)
    monkeypatch.setattr(ranks, "ROWS", 7)
    np.testing.assert_allclose(compare(rdms, "spearman"), whole, atol=1e-12)


@pytest.mark.parametrize("words", [30, EXACT_WORDS + 3])
def test_standard_ranks_are_those_of_each_rdm(words: int) -> None:
    place = np.abs(np.subtract.outer(np.arange(words) % 4, np.arange(words) % 4))
    rdms = RDMs.of(spaces(words, 2), "ab").with_given({"place": place})
    found = standard_ranks(rdms)
    expected = np.array([zscore(rankdata(rdms.condensed(i))) for i in range(3)]).T
    np.testing.assert_allclose(found, expected, atol=5e-4)
    with pytest.raises(StudyError, match="flat"):
        standard_ranks(rdms.with_given({"flat": 1.0 - np.eye(words)}))


SCRIPT = """
import hashlib, numpy as np
from wordspaces.analysis.similarity import matrices, parallel
from wordspaces.analysis.similarity.compare import METHODS, compare, jackknife_many
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
listed = [generator(s, "threads").standard_normal((530, 30)) for s in range(4)]
matrices.BLOCK_BYTES = 1 << 20
methods = [m for m in METHODS if not m.startswith("tau")]
digest = hashlib.sha256()
for kind in ("cosine", "euclidean"):
    for values in jackknife_many(RDMs.of(listed, "abcd", kind), methods).values():
        digest.update(np.stack(values).tobytes())
one = RDMs.of(listed, "abcd")
digest.update(one.condensed(0).tobytes() + one.rows(7, 300).tobytes())
digest.update(compare(RDMs.of([v[:90] for v in listed], "abcd"), "tau-b").tobytes())
print(parallel.threads(), digest.hexdigest())
"""


def test_the_number_of_threads_changes_no_bit() -> None:
    found = {}
    for count in ("1", "2"):
        environment = os.environ | {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "PYTHONPATH": "workflow"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        threads, found[count] = done.stdout.split()
        assert threads == count
    assert found["1"] == found["2"]
