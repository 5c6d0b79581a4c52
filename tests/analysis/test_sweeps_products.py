"""Inner products of centred Gram matrices against n x n matrices, parts of an error against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from wordspaces.analysis.sweeps.components import Parts, difference_products, jackknife_error, split, unbiased
from wordspaces.analysis.sweeps.products import centred, space_products, target_products, word_groups
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

WORDS = 23


def normal(*names: object, shape: tuple[int, ...] = (WORDS, 4)) -> np.ndarray:
    return generator(7, *map(str, names)).standard_normal(shape)


def sparse_rows() -> np.ndarray:
    return np.maximum(normal("target", shape=(WORDS, 40)) - 0.5, 0.0)


def gram(vectors: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Centred Gram matrix over some of the words, word by word."""
    chosen = vectors[keep]
    moved = chosen - chosen.mean(axis=0)
    return moved @ moved.T


def kept_words(groups: list[np.ndarray]) -> list[np.ndarray]:
    return [np.arange(WORDS), *(np.setdiff1d(np.arange(WORDS), group) for group in groups)]


def test_groups_are_a_partition_of_nearly_equal_parts() -> None:
    groups = word_groups(WORDS, 5)
    assert sorted(np.concatenate(groups)) == list(range(WORDS))
    assert {len(group) for group in groups} == {4, 5}
    assert len(word_groups(WORDS, 100)) == 11
    np.testing.assert_array_equal(word_groups(WORDS, 5)[2], groups[2])
    with pytest.raises(StudyError, match="words to leave out in groups: found 3 words; allowed: 4"):
        word_groups(3, 5)


def test_products_of_spaces_are_those_of_their_gram_matrices() -> None:
    raw = [normal(name, shape=(WORDS, size)) + 3.0 for name, size in (("x", 3), ("y", 6), ("z", 1))]
    groups = word_groups(WORDS, 4)
    found = space_products([centred(vectors, "x") for vectors in raw], groups)
    for index, keep in enumerate(kept_words(groups)):
        expected = [[(gram(a, keep) * gram(b, keep)).sum() for b in raw] for a in raw]
        np.testing.assert_allclose(found[index], expected, rtol=1e-10)


def test_products_that_are_not_wanted_are_not_made() -> None:
    wanted = np.eye(2, dtype=bool)
    found = space_products([centred(normal(name), "x") for name in "xy"], word_groups(WORDS, 4), wanted)
    assert np.isnan(found[:, 0, 1]).all()
    assert np.isfinite(found[:, [0, 1], [0, 1]]).all()


def test_products_with_a_sparse_target_are_those_of_its_gram_matrix() -> None:
    target, raw = sparse_rows(), [normal("x"), normal("y", shape=(WORDS, 7))]
    groups = word_groups(WORDS, 4)
    found, own = target_products(csr_array(target), [centred(vectors, "x") for vectors in raw], groups)
    for index, keep in enumerate(kept_words(groups)):
        wanted = gram(target, keep)
        np.testing.assert_allclose(own[index], np.square(wanted).sum(), rtol=1e-10)
        np.testing.assert_allclose(found[index], [(wanted * gram(v, keep)).sum() for v in raw], rtol=1e-9)


@pytest.mark.parametrize(
    ("vectors", "told"), [(np.full((5, 2), 0.1), "vectors that are all equal"), (np.full((5, 2), np.nan), "not finite")]
)
def test_vectors_without_geometry_are_refused(vectors: np.ndarray, told: str) -> None:
    with pytest.raises(StudyError, match=told):
        centred(vectors, "a space")


def test_a_target_whose_rows_are_equal_is_refused() -> None:
    with pytest.raises(StudyError, match="target: found rows that are all equal"):
        target_products(csr_array(np.ones((WORDS, 3))), [centred(normal("x"), "x")], word_groups(WORDS, 4))


def replicates(samples: int, seeds: int, *names: object) -> tuple[np.ndarray, list[str]]:
    """Points with a common mean, an offset of each sample and noise of each seed, float64 [samples * seeds, 5]."""
    mean = np.array([1.0, -2.0, 0.0, 0.5, 0.0])
    of_sample = 0.7 * np.repeat(normal("sample", *names, shape=(samples, 5)), seeds, axis=0)
    points = mean + of_sample + 0.4 * normal("seed", *names, shape=(samples * seeds, 5))
    return points, [name for name in "abcdefgh"[:samples] for _ in range(seeds)]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6))
def test_parts_are_their_definitions_and_add_up(samples: int, seeds: int, number: int) -> None:
    points, names = replicates(samples, seeds, number)
    parts = split(points @ points.T, names)
    mean = points.mean(axis=0)
    of_sample = points.reshape(samples, seeds, -1).mean(axis=1)
    assert parts.bias2 == pytest.approx(np.square(mean).sum())
    assert parts.samples == pytest.approx(np.square(of_sample - mean).sum(axis=1).mean(), abs=1e-12)
    spread = np.square(points - np.repeat(of_sample, seeds, axis=0)).sum(axis=1).mean()
    assert parts.seeds == pytest.approx(spread, abs=1e-12)
    assert parts.total == pytest.approx(np.square(points).sum(axis=1).mean())
    assert parts.bias2 + parts.samples + parts.seeds == pytest.approx(parts.total, rel=1e-12)
    fair = unbiased(parts, names, seeded=True)
    if samples > 1 and seeds > 1:
        assert fair.bias2 + fair.samples + fair.seeds == pytest.approx(parts.total, rel=1e-12)


def test_parts_without_bias_come_out_right_on_average() -> None:
    found = []
    for number in range(3000):
        points, names = replicates(3, 2, number)
        products = points @ points.T
        plain = split(products, names)
        fair = unbiased(plain, names, seeded=True)
        found.append([fair.bias2, fair.samples, fair.seeds, plain.bias2, plain.samples, plain.seeds])
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    true = np.array([5.25, 5 * 0.49, 5 * 0.16])
    assert (np.abs(means[:3] - true) < 4 * errors[:3]).all()
    # The plug-in parts are off by what they are known to be off by.
    assert (np.abs(means[3:] - true) > 10 * errors[3:]).all()
    assert means[3] == pytest.approx(5.25 + 5 * 0.49 / 3 + 5 * 0.16 / 6, abs=4 * errors[3])


def test_parts_that_replicates_do_not_give_are_not_a_number() -> None:
    points, names = replicates(2, 1, "x")
    plain = split(points @ points.T, names)
    fair = unbiased(plain, names, seeded=True)
    assert np.isnan(fair.seeds)
    assert np.isnan(fair.samples)
    fixed = unbiased(plain, names, seeded=False)
    assert fixed.seeds == 0.0
    assert fixed.bias2 + fixed.samples == pytest.approx(plain.total)
    alone = unbiased(split(np.ones((2, 2)), ["a", "a"]), ["a", "a"], seeded=True)
    assert np.isnan(alone.samples)
    assert alone == Parts(1.0, alone.samples, 0.0, 1.0)
    with pytest.raises(StudyError, match="found 1 of a, 2 of b; allowed: equally many"):
        split(np.eye(3), ["a", "b", "b"])


def test_products_of_differences_are_those_of_the_points() -> None:
    points, weights = normal("points"), normal("weights", shape=(3, WORDS))
    moved = weights @ points
    np.testing.assert_allclose(difference_products(points @ points.T, weights), moved @ moved.T)


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = normal("values", shape=(30, 2))
    without = (values.sum(axis=0) - values) / 29
    np.testing.assert_allclose(jackknife_error(without), values.std(axis=0, ddof=1) / np.sqrt(30))
