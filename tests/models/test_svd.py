"""PPMI against its definition, its decomposition against a dense one, and what is refused."""

import numpy as np
import pytest
from pydantic import ValidationError

from wordspaces.common.errors import StudyError
from wordspaces.models.svd.ppmi import ppmi
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.svd.train import decompose, train_svd
from wordspaces.models.training_log import LOG_SCHEMA

WORDS, TOKENS = 40, 5000


def counts():
    """Counts as a dense matrix: two groups of words that occur more within than across; some pairs are absent."""
    rng = np.random.default_rng(0)
    group = np.arange(WORDS) % 2
    dense = rng.poisson(np.where(group[:, None] == group, 8.0, 1.0)).astype(np.float64)
    dense[:, 7] = dense[7] = 0.0  # a word that does not occur
    return dense


def triples(dense):
    row, column = np.nonzero(dense)
    return row.astype(np.int32), column.astype(np.int32), dense[row, column]


def blocks(dense, length):
    """Reads the matrix in blocks of `length` pairs."""
    parts = triples(dense)
    return lambda: [tuple(part[at : at + length] for part in parts) for at in range(0, len(parts[0]), length)]


def by_definition(dense, alpha, negative):
    expected = np.zeros_like(dense)
    smoothed = dense.sum(0) ** alpha
    for w, c in zip(*np.nonzero(dense), strict=True):
        joint, of_word = dense[w, c] / dense.sum(), dense[w].sum() / dense.sum()
        expected[w, c] = max(0.0, np.log(joint / (of_word * smoothed[c] / smoothed.sum())) - np.log(negative))
    return expected


@pytest.mark.parametrize(("alpha", "negative"), [(1.0, 1.0), (0.75, 1.0), (0.75, 1.5), (0.5, 2.0)])
@pytest.mark.parametrize("length", [1, 13, 10**6])
def test_information_by_definition(alpha, negative, length):
    found = ppmi(blocks(counts(), length), WORDS, alpha, negative)
    np.testing.assert_allclose(found.toarray(), by_definition(counts(), alpha, negative), atol=1e-12)
    assert found.data.min() > 0


def test_information_of_a_known_matrix():
    """Words that occur only with each other: log of one over the share of the context."""
    found = ppmi(lambda: [triples(np.array([[0.0, 3.0], [3.0, 0.0]]))], 2, 1.0, 1.0)
    np.testing.assert_allclose(found.toarray(), [[0.0, np.log(2)], [np.log(2), 0.0]])


def test_decomposition_is_that_of_a_dense_solver():
    information = ppmi(blocks(counts(), 100), WORDS, 0.75, 1.0)
    left, values, right = decompose(information, 6)
    dense_left, dense_values, dense_right = np.linalg.svd(information.toarray())
    np.testing.assert_allclose(values, dense_values[:6], rtol=1e-10)
    best = (dense_left[:, :6] * dense_values[:6]) @ dense_right[:6]
    np.testing.assert_allclose((left * values) @ right.T, best, atol=1e-9)
    assert np.all(left[np.argmax(np.abs(left), axis=0), np.arange(6)] > 0)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_power_moves_singular_values_between_words_and_contexts(power):
    settings = SvdSettings(dimension=5, power=power)
    found = train_svd(blocks(counts(), 50), WORDS, TOKENS, settings).weights
    values = found["singular_values"]
    assert np.all(np.diff(values) <= 0)
    np.testing.assert_allclose(np.linalg.norm(found["centre"], axis=0), values**power, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found["context"], axis=0), values ** (1 - power), rtol=1e-5)
    reference = train_svd(blocks(counts(), 50), WORDS, TOKENS, SvdSettings(dimension=5)).weights
    product = found["centre"] @ found["context"].T
    np.testing.assert_allclose(product, reference["centre"] @ reference["context"].T, atol=1e-5)


def test_result_is_read_as_that_of_any_static_model():
    found = train_svd(blocks(counts(), 50), WORDS, TOKENS, SvdSettings(dimension=5))
    assert found.log.schema == LOG_SCHEMA
    row = found.log.to_pylist()[0]
    assert (found.log.num_rows, row["step"], row["tokens_seen"], row["heldout_loss"]) == (1, 1, TOKENS, None)
    information = by_definition(counts(), 0.75, 1.0)
    rest = 1 - (np.linalg.svd(information)[1][:5] ** 2).sum() / (information**2).sum()
    assert row["loss"] == pytest.approx(rest, rel=1e-9)
    centre = found.weights["centre"]
    assert (centre.dtype, centre.shape, found.weights["context"].shape) == (np.float32, (WORDS, 5), (WORDS, 5))
    assert found.snapshots == {}  # there is no way from an untrained model to this one
    units = centre[np.arange(WORDS) != 7]
    units = units - units.mean(0)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cosines, group = units @ units.T, np.delete(np.arange(WORDS) % 2, 7)
    together = group[:, None] == group
    assert cosines[together].mean() > cosines[~together].mean() + 0.3


def test_same_bytes_twice():
    first, second = (train_svd(blocks(counts(), n), WORDS, TOKENS, SvdSettings(dimension=5)) for n in (7, 1000))
    assert first.log.equals(second.log)
    for name, part in first.weights.items():
        assert part.tobytes() == second.weights[name].tobytes()


@pytest.mark.parametrize(
    ("row", "column", "count", "part"),
    [
        ([], [], [], "no pair"),
        ([0], [40], [1.0], "word ids 0 to 40"),
        ([0], [1], [0.0], "count of 0"),
        ([0], [1], [-1.0], "count of -1"),
        ([0], [1], [np.nan], "count of nan"),
        ([1, 0], [0, 0], [1.0, 1.0], "out of order"),
        ([0, 0], [1, 1], [1.0, 1.0], "out of order"),
    ],
)
def test_refuses_what_is_no_matrix(row, column, count, part):
    arrays = np.array(row, np.int32), np.array(column, np.int32), np.array(count, np.float64)
    with pytest.raises(StudyError, match=part):
        train_svd(lambda: [arrays], WORDS, TOKENS, SvdSettings(dimension=2))


def test_refuses_too_many_dimensions_and_too_large_a_shift():
    with pytest.raises(StudyError, match="dimension: found 40; allowed: 1 to 39"):
        train_svd(blocks(counts(), 50), WORDS, TOKENS, SvdSettings(dimension=40))
    with pytest.raises(StudyError, match=r"no entry above 0 at negative = 1e\+06.*lower `negative`"):
        train_svd(blocks(counts(), 50), WORDS, TOKENS, SvdSettings(dimension=2, negative=1e6))


def test_settings_refuse_nonsense():
    for wrong in ({"alpha": 0.0}, {"negative": 0.5}, {"power": 1.5}, {"power": -0.1}, {"epochs": 3}):
        with pytest.raises(ValidationError):
            SvdSettings(**wrong)
