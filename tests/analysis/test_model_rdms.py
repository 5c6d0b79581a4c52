"""Model RDMs against closed forms, scipy and a plain twin; refusals in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.spatial.distance import pdist, squareform

from wordspaces.analysis.human import Ratings
from wordspaces.analysis.modelling.evidence import PREDICTORS, Evidence
from wordspaces.analysis.modelling.predictors import (
    frequency_rdms,
    length_rdm,
    rated_pairs,
    sparse_cosine_rdm,
    spelling_rdm,
)
from wordspaces.analysis.roster import Words
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

WORD = st.text(st.characters(categories=["L", "M", "So"]), min_size=1, max_size=7)


def edits(first: str, second: str) -> int:
    """Edit distance by its definition."""
    if not first or not second:
        return len(first) + len(second)
    if first[0] == second[0]:
        return edits(first[1:], second[1:])
    return 1 + min(edits(first[1:], second), edits(first, second[1:]), edits(first[1:], second[1:]))


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("kitten", "sitting", 3 / 7),
        ("flaw", "lawn", 2 / 4),
        ("café", "cafe", 1 / 4),
        ("a", "bcd", 1.0),
        ("x", "x", 0.0),
    ],
)
def test_known_edit_distances(first: str, second: str, distance: float) -> None:
    assert spelling_rdm([first, second])[0] == pytest.approx(distance)


@given(st.lists(WORD, min_size=2, max_size=5))
def test_spelling_is_the_edit_distance_over_the_longer_length(tokens: list[str]) -> None:
    expected = [edits(a, b) / max(len(a), len(b)) for i, a in enumerate(tokens) for b in tokens[i + 1 :]]
    np.testing.assert_allclose(spelling_rdm(tokens), expected)


def test_spelling_refuses_an_empty_word() -> None:
    with pytest.raises(StudyError, match="empty word"):
        spelling_rdm(["one", ""])


def test_frequency_and_length_by_hand() -> None:
    difference, total = frequency_rdms(np.array([1, 10, 100]))
    ten = np.log(10.0)
    np.testing.assert_allclose(difference, [ten, 2 * ten, ten])
    np.testing.assert_allclose(total, [ten, 2 * ten, 3 * ten])
    np.testing.assert_array_equal(length_rdm(["a", "four", "seventh"]), [3, 6, 3])


def test_a_word_that_does_not_occur_is_refused() -> None:
    with pytest.raises(StudyError, match="0 occurrences"):
        frequency_rdms(np.array([3, 0, 2]))


def test_sparse_cosines_are_those_of_centred_dense_rows() -> None:
    stream = generator(1, "sparse")
    dense = stream.random((25, 60)) * (stream.random((25, 60)) < 0.1)
    dense[7] = 0.0
    expected = pdist(dense - dense.mean(axis=0), "cosine")
    np.testing.assert_allclose(sparse_cosine_rdm(csr_array(dense), [""] * 25), expected, atol=1e-12)


@pytest.mark.parametrize("rows", [np.ones((4, 3)), np.zeros((4, 3)), np.array([[1.0, 0], [0, 1], [0.5, 0.5]])])
def test_rows_without_a_direction_are_refused_by_word(rows: np.ndarray) -> None:
    with pytest.raises(StudyError, match=r"'last'|'w0'"):
        sparse_cosine_rdm(csr_array(rows), [*(f"w{i}" for i in range(len(rows) - 1)), "last"])


def test_rated_pairs_point_into_the_condensed_order() -> None:
    tokens = ("sun", "moon", "cash", "money", "tiger")
    pairs = (("money", "cash"), ("tiger", "tiger"), ("cash", "money"), ("sun", "star"), ("moon", "sun"))
    positions, dissimilarities = rated_pairs(Ratings(pairs, np.array([9.0, 10.0, 8.0, 7.0, 5.0])), tokens)
    square = squareform(np.arange(10))
    np.testing.assert_array_equal(positions, [square[0, 1], square[2, 3]])
    np.testing.assert_array_equal(dissimilarities, [-5.0, -8.5])


def test_no_rated_pair_is_an_empty_rdm() -> None:
    positions, dissimilarities = rated_pairs(Ratings((("sun", "star"),), np.array([1.0])), ("moon", "cash"))
    assert len(positions) == len(dissimilarities) == 0


def evidence() -> Evidence:
    words = Words(np.array([3, 5, 8, 9], np.int32), ("one", "three", "eleven", "two"), np.array([9, 8, 7, 6]))
    rows = [csr_array(generator(seed, "rows").random((4, 12))) for seed in (1, 2)]
    return Evidence(words, np.array([40, 30, 20, 10]), tuple(rows))


def test_evidence_of_some_words_is_that_part_of_all() -> None:
    whole = evidence()
    some = whole.take(whole.words.take(np.array([0, 2, 3])))
    inner = squareform(np.arange(6))[np.ix_([0, 2, 3], [0, 2, 3])]
    # Centring depends on the words compared; the other predictors do not.
    for name in PREDICTORS[:4]:
        np.testing.assert_allclose(some.rdms()[name], whole.rdms()[name][squareform(inner, checks=False)])
    np.testing.assert_allclose(
        some.rdms()["ppmi"], np.mean([sparse_cosine_rdm(rows, some.words.tokens) for rows in some.ppmi], axis=0)
    )
    assert not np.allclose(some.rdms()["ppmi"], whole.rdms()["ppmi"][squareform(inner, checks=False)])


def test_evidence_refuses_a_word_that_it_does_not_have() -> None:
    with pytest.raises(StudyError, match="'four'"):
        evidence().take(Words(np.array([3, 4], np.int32), ("one", "four"), np.array([9, 9])))
