"""RDMs against scipy, and refusals that name the space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from wordspaces.analysis.similarity.rdm import RDMs, centred_units, condense, condensed_positions
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def test_condensed_equals_pdist_of_centred_vectors() -> None:
    vectors = generator(1, "rdm").standard_normal((30, 7)).astype(np.float32) + 2.0
    rdms = RDMs.of([vectors], ["one"])
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(rdms.condensed(0), pdist(centred, "cosine"), atol=1e-12)


def test_similarity_rows_are_the_square_without_its_diagonal() -> None:
    vectors = generator(1, "rdm").standard_normal((12, 4))
    rdms = RDMs.of([vectors, vectors[:, ::-1] * 2], ["one", "two"])
    square = 1.0 - squareform(rdms.condensed(1))
    np.fill_diagonal(square, 0.0)
    np.testing.assert_allclose(rdms.similarities(3, 8)[:, 1], square[3:8], atol=1e-12)


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
