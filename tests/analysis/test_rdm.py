"""RDMs against scipy and rsatoolbox, and refusals that name the space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from scipy.spatial.distance import pdist, squareform

from wordspaces.analysis.similarity.rdm import KINDS, RDMs, centred_units, condense, condensed_positions
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def test_condensed_equals_pdist_of_centred_vectors() -> None:
    vectors = generator(1, "rdm").standard_normal((30, 7)).astype(np.float32) + 2.0
    rdms = RDMs.of([vectors], ["one"])
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(rdms.condensed(0), pdist(centred, "cosine"), atol=1e-12)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_equals_pdist(kind: str, centred: bool) -> None:
    vectors = generator(1, "rdm").standard_normal((30, 7)) + 2.0
    expected = pdist(vectors - vectors.mean(axis=0) if centred else vectors, kind)
    rdms = RDMs.of([vectors], ["one"], kind, centred)
    np.testing.assert_allclose(rdms.condensed(0), expected, atol=1e-12)
    np.testing.assert_allclose(rdms.vectors[0].mean(axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize("kind", ["correlation", "euclidean"])
def test_kinds_equal_rsatoolbox(kind: str) -> None:
    vectors = generator(1, "rdm").standard_normal((20, 6)) + 1.0
    peer = calc_rdm(Dataset(vectors), method=kind).get_vectors()[0]
    # The peer's Euclidean RDM is the mean squared difference over dimensions.
    expected = np.sqrt(6 * peer) if kind == "euclidean" else peer
    np.testing.assert_allclose(RDMs.of([vectors], ["one"], kind, centred=False).condensed(0), expected, atol=1e-9)


def test_equal_vectors_are_at_no_euclidean_distance() -> None:
    vectors = generator(1, "rdm").standard_normal((9, 5)) + 3.0
    vectors[4] = vectors[7]
    assert RDMs.of([vectors], ["one"], "euclidean").rows(4, 5)[0, 0, 7] == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_those_of_the_square(kind: str) -> None:
    vectors = generator(1, "rdm").standard_normal((12, 4))
    model = np.abs(np.subtract.outer(np.arange(12.0), np.arange(12.0)))
    rdms = RDMs.of([vectors, vectors[:, ::-1] ** 3], ["one", "two"], kind).with_given({"place": model})
    assert (len(rdms), rdms.words, rdms.pairs, rdms.names) == (3, 12, 66, ("one", "two", "place"))
    squares = np.stack([squareform(rdms.condensed(i)) for i in range(3)])
    np.testing.assert_allclose(rdms.rows(3, 8), squares[:, 3:8].transpose(1, 0, 2), atol=1e-12)
    np.testing.assert_array_equal(squares[2], model)


def test_parts_of_rdms_keep_their_dissimilarities() -> None:
    listed = [generator(s, "rdm").standard_normal((10, 4)) for s in range(3)]
    rdms = RDMs.of(listed, "abc").with_given({"model": np.ones((10, 10)) - np.eye(10)})
    squares = [squareform(rdms.condensed(i)) for i in range(4)]
    order = generator(1, "order").permutation(10)
    reordered = rdms.reordered(order)
    assert reordered.names == ("a", "b", "c")
    np.testing.assert_allclose(squareform(reordered.condensed(1)), squares[1][np.ix_(order, order)], atol=1e-12)
    joined = rdms.take([2]).beside(rdms.take([0]))
    assert joined.names == ("c", "a")
    np.testing.assert_allclose(squareform(joined.condensed(1)), squares[0], atol=1e-12)
    few = rdms.among(order[:6])
    for index, square in enumerate(squares):
        np.testing.assert_allclose(squareform(few.condensed(index)), square[np.ix_(order[:6], order[:6])], atol=1e-12)
    with pytest.raises(StudyError, match="one kind"):
        rdms.beside(RDMs.of(listed, "abc", "euclidean"))


@given(st.integers(2, 25), st.data())
def test_condensed_positions_find_the_pairs_of_a_word(words: int, data: st.DataObject) -> None:
    word = data.draw(st.integers(0, words - 1))
    values = np.arange(words * (words - 1) // 2)
    square = squareform(values)
    np.testing.assert_array_equal(condense(square), values)
    np.testing.assert_array_equal(values[condensed_positions(words, word)], np.delete(square[word], word))


@pytest.mark.parametrize("fault", ["constant", "equal to the mean", "nan", "infinite", "zero"])
def test_vectors_without_a_cosine_are_refused_by_name(fault: str) -> None:
    vectors = generator(1, "rdm").standard_normal((6, 3))
    if fault == "constant":
        vectors[:] = 3.7
    elif fault == "zero":
        vectors[:] = 0.0
    elif fault == "equal to the mean":
        vectors[2] = np.delete(vectors, 2, axis=0).mean(axis=0)
    else:
        vectors[2, 1] = np.nan if fault == "nan" else np.inf
    with pytest.raises(StudyError, match="wiki/a/gpt/seed1"):
        RDMs.of([vectors], ["wiki/a/gpt/seed1 input"])


def test_unequal_numbers_of_words_are_refused() -> None:
    with pytest.raises(StudyError, match="same words"):
        RDMs.of([np.eye(4), np.eye(5)], ["one", "two"])


def test_units_have_length_one_whatever_the_scale() -> None:
    vectors = generator(1, "rdm").standard_normal((20, 5)) * 1e-9
    np.testing.assert_allclose(np.linalg.norm(centred_units(vectors, "small"), axis=1), 1.0)


@pytest.mark.parametrize(
    ("kind", "vectors", "found"),
    [
        ("correlation", np.array([[1.0, 2.0], [3.0, 3.0], [0.0, 1.0], [2.0, 5.0]]), "entries are all equal .row 1"),
        ("cosine", np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 1.0], [2.0, 5.0]]), "vector of zeros .row 1"),
        ("euclidean", np.full((4, 3), 2.5), "all equal"),
        ("euclidean", np.full((4, 3), np.inf), "not finite"),
    ],
)
def test_vectors_without_a_dissimilarity_are_refused(kind: str, vectors: np.ndarray, found: str) -> None:
    with pytest.raises(StudyError, match=f"space x: found .*{found}"):
        RDMs.of([vectors], ["space x"], kind, centred=False)


def test_three_words_and_unknown_kinds_are_refused() -> None:
    with pytest.raises(StudyError, match="3 words; allowed: 4 words or more"):
        RDMs.of([np.eye(3)], ["one"])
    with pytest.raises(StudyError, match="cosine, correlation, euclidean"):
        RDMs.of([np.eye(4)], ["one"], "manhattan")


@pytest.mark.parametrize(
    ("matrix", "found"),
    [
        (np.zeros((5, 4)), r"shape \(5, 4\)"),
        (np.zeros((4, 4)), r"shape \(4, 4\)"),
        (np.full((5, 5), np.nan), "not finite"),
        (np.arange(25.0).reshape(5, 5), "not symmetric"),
        (np.ones((5, 5)), "diagonal"),
    ],
)
def test_matrices_that_are_no_rdm_are_refused_by_name(matrix: np.ndarray, found: str) -> None:
    rdms = RDMs.of([generator(1, "rdm").standard_normal((5, 3))], ["one"])
    with pytest.raises(StudyError, match=f"length: found .*{found}"):
        rdms.with_given({"length": matrix})
