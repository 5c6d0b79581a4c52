"""Nearest neighbours against a full sort in float64: near-ties, duplicates, small vocabularies, threads."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.stability import nearest as module
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def brute_nearest(units: np.ndarray, k: int) -> np.ndarray:
    cosines = units.astype(np.float64) @ units.T.astype(np.float64)
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize(("block", "words"), [(256, 700), (7, 50), (64, 65)])
def test_nearest_equals_a_full_sort(block: int, words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    units = centred_units(generator(1, "nearest").standard_normal((words, 6)), "test")
    for k in (1, 5, min(words - 1, 60)):
        np.testing.assert_array_equal(nearest(units, k), brute_nearest(units, k))


def test_every_other_word_is_a_neighbour_for_the_largest_k() -> None:
    units = centred_units(generator(2, "all").standard_normal((9, 3)), "test")
    found = nearest(units, 8)
    np.testing.assert_array_equal(found, brute_nearest(units, 8))
    assert [sorted([word, *row]) for word, row in enumerate(found.tolist())] == [list(range(9))] * 9


def test_what_float32_cannot_tell_apart_is_ordered_by_float64() -> None:
    stream = generator(3, "close")
    # 200 copies of 5 vectors, moved by less than float32 resolves in a cosine.
    units = np.repeat(stream.standard_normal((5, 20)), 40, axis=0) + 1e-9 * stream.standard_normal((200, 20))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    exact, found = units @ units.T, nearest(units, 10)
    np.fill_diagonal(exact, -np.inf)
    best = -np.sort(-exact, axis=1)[:, :10]
    # Two sums of 20 products in float64 differ by some 1e-16.
    np.testing.assert_allclose(np.take_along_axis(exact, found, axis=1), best, rtol=0, atol=1e-15)
    single = (units.astype(np.float32) @ units.T.astype(np.float32)).astype(np.float64)
    assert (np.sort(single[0])[::-1][:40] == single[0, 1]).sum() > 1


def test_equal_products_come_in_the_order_of_rows() -> None:
    units = np.tile(np.eye(3), (30, 1))
    found = nearest(units, 20)
    for word in (0, 4, 89):
        same = [row for row in range(90) if row % 3 == word % 3 and row != word]
        assert found[word].tolist() == same[:20]


def test_long_vectors_do_not_overflow() -> None:
    vectors = generator(4, "long").standard_normal((40, 5)) * 1e30
    np.testing.assert_array_equal(nearest(vectors, 7), brute_nearest(vectors, 7))


def test_threads_do_not_change_a_byte() -> None:
    units = centred_units(generator(5, "threads").standard_normal((600, 30)), "test")
    with threadpool_limits(1):
        single = nearest(units, 10)
    with threadpool_limits(2):
        np.testing.assert_array_equal(nearest(units, 10), single)


def test_what_has_no_neighbours_is_refused() -> None:
    units = centred_units(np.eye(4)[:, :3], "test")
    for k in (0, 4):
        with pytest.raises(StudyError, match="1 to 3"):
            nearest(units, k)
    units[2, 1] = np.nan
    with pytest.raises(StudyError, match="not finite"):
        nearest(units, 2)
