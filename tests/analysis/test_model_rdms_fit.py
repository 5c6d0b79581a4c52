"""The fit of model RDMs against explicit regressions, planted mixtures and noise; no word on both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr

from wordspaces.analysis.modelling.fit import (
    alone,
    ceiling,
    correlations,
    crossvalidated,
    fit,
    joint_weights,
    training_slopes,
)
from wordspaces.analysis.modelling.products import Products, covariances, word_folds
from wordspaces.common.streams import generator


def noise(words: int, count: int, *names: object) -> np.ndarray:
    """Cosine RDMs of unrelated vectors, standardised: float64 [pairs, count]."""
    columns = []
    for index in range(count):
        vectors = generator(1, *(str(name) for name in names), str(index)).standard_normal((words, 8))
        rdm = pdist(vectors - vectors.mean(axis=0), "cosine")
        columns.append((rdm - rdm.mean()) / rdm.std())
    return np.stack(columns, axis=1)


def ends(words: int) -> tuple[np.ndarray, np.ndarray]:
    """First and second word of every pair in condensed order."""
    return np.triu_indices(words, 1)


def sums(columns: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    with_ones = np.column_stack([columns, np.ones(len(columns))])[chosen]
    return with_ones.T @ with_ones


def masks(folds: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and test pairs of each fold, by the definition."""
    first, second = ends(len(folds))
    return [
        ((folds[first] != fold) & (folds[second] != fold), (folds[first] == fold) & (folds[second] == fold))
        for fold in range(folds.max() + 1)
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(6, 20), st.integers(2, 5), st.integers(0, 9))
def test_products_are_those_of_the_pairs_within_training_and_test_words(words: int, folds: int, seed: int) -> None:
    columns, parts = noise(words, 3, "products", seed), word_folds(words, folds, seed)
    products = Products.of(columns, parts)
    np.testing.assert_allclose(products.total(), sums(columns, np.ones(len(columns), bool)), atol=1e-9)
    for fold, (training, test) in enumerate(masks(parts)):
        np.testing.assert_allclose(products.training()[fold], sums(columns, training), atol=1e-9)
        np.testing.assert_allclose(products.test()[fold], sums(columns, test), atol=1e-9)
    first, second = ends(words)
    for word, total, test in zip(range(words), *products.without(0, words), strict=True):
        left = (first != word) & (second != word)
        np.testing.assert_allclose(total, sums(columns, left), atol=1e-9)
        for fold, (_, outer) in enumerate(masks(parts)):
            np.testing.assert_allclose(test[fold], sums(columns, outer & left), atol=1e-9)


def test_no_word_is_in_training_and_test() -> None:
    # Each pair marks its two words in a column of their own, so the sums tell which words took part.
    words, parts = 12, word_folds(12, 3, 1)
    first, second = ends(words)
    marks = np.zeros((len(first), words))
    marks[np.arange(len(first)), first] = marks[np.arange(len(first)), second] = 1.0
    products = Products.of(marks, parts)
    for training, test in zip(products.training(), products.test(), strict=True):
        trained, tested = training[-1, :-1] > 0, test[-1, :-1] > 0
        assert trained.any()
        assert tested.any()
        assert not (trained & tested).any()
        assert (trained | tested).all()


@given(st.integers(2, 60), st.integers(2, 10), st.integers(0, 100))
def test_folds_differ_by_one_word_at_most(words: int, folds: int, seed: int) -> None:
    sizes = np.bincount(word_folds(words, folds, seed), minlength=folds)
    assert np.ptp(sizes) <= 1


def test_a_known_mixture_gives_back_its_weights() -> None:
    predictors = noise(90, 4, "mixture")
    mixed = predictors @ np.array([0.6, 0.3, 0.0, -0.4])
    runs = np.stack([(mixed - mixed.mean()) / mixed.std()] * 2, axis=1)
    products = Products.of(np.column_stack([predictors, runs]), word_folds(90, 5, 1))
    result = fit(products, np.array([False, False, False, True]))
    weights = [estimate.value for estimate in result.weights]
    np.testing.assert_allclose(weights, np.array([0.6, 0.3, 0.0, -0.4]) / mixed.std(), atol=1e-8)
    assert result.crossvalidated.value == pytest.approx(1.0)
    assert result.crossvalidated.se < 1e-8


def test_weights_of_a_noisy_mixture_are_within_their_intervals() -> None:
    true, inside = np.array([0.5, 0.2, -0.3]), []
    for draw in range(20):
        predictors, error = noise(60, 3, "noisy", draw), noise(60, 1, "error", draw)
        run = predictors @ true + 1.5 * error[:, 0]
        products = Products.of(np.column_stack([predictors, run / run.std()]), word_folds(60, 5, draw))
        found = fit(products, np.array([False, False, True])).weights
        inside += [abs(e.value - t / run.std()) < 1.96 * e.se for e, t in zip(found, true, strict=True)]
    assert np.mean(inside) >= 0.85


def test_weights_are_those_of_a_regression_on_the_pairs() -> None:
    predictors, runs = noise(40, 3, "regressed"), noise(40, 2, "runs")
    runs = runs + predictors @ np.array([[0.5], [0.0], [-0.5]])
    covariance = covariances(sums(np.column_stack([predictors, runs]), np.ones(len(runs), bool)))
    columns = (predictors - predictors.mean(axis=0)) / predictors.std(axis=0)
    target = ((runs - runs.mean(axis=0)) / runs.std(axis=0)).mean(axis=1)
    np.testing.assert_allclose(joint_weights(covariance, np.zeros(3, bool)), nnls(columns, target)[0], atol=1e-9)
    free = np.linalg.lstsq(columns, target, rcond=None)[0]
    np.testing.assert_allclose(joint_weights(covariance, np.ones(3, bool)), free, atol=1e-9)


def test_a_predictor_given_twice_shares_its_weight() -> None:
    predictors = noise(40, 2, "twice")
    columns = np.column_stack([predictors, predictors[:, 0], predictors[:, 0]])
    weights = joint_weights(covariances(sums(columns, np.ones(len(columns), bool))), np.zeros(3, bool))
    assert weights[0] + weights[2] == pytest.approx(1.0)


def test_cross_validation_is_what_explicit_folds_give() -> None:
    predictors, runs = noise(40, 2, "folded"), noise(40, 3, "folded runs")
    runs = runs + 0.4 * predictors[:, :1]
    parts = word_folds(40, 4, 2)
    products = Products.of(np.column_stack([predictors, runs]), parts)
    expected = []
    for training, test in masks(parts):
        x, z = predictors[training], runs[training]
        weights = nnls((x - x.mean(axis=0)) / x.std(axis=0), ((z - z.mean(axis=0)) / z.std(axis=0)).mean(axis=1))[0]
        predicted = predictors[test] @ (weights / x.std(axis=0))
        expected += [pearsonr(predicted, run)[0] for run in runs[test].T]
    found = crossvalidated(products.test(), training_slopes(products.training(), np.zeros(2, bool)))
    assert float(found) == pytest.approx(np.mean(expected), abs=1e-9)


def test_standard_errors_are_those_of_leaving_each_word_out_in_turn() -> None:
    columns, parts = noise(24, 4, "jackknife"), word_folds(24, 3, 1)
    columns[:, 2:] += columns[:, :1]
    free = np.array([False, True])
    slopes, replicates = training_slopes(Products.of(columns, parts).training(), free), []
    for word in range(24):
        kept = np.arange(24) != word
        inner = squareform(np.arange(len(columns)))[np.ix_(kept, kept)]
        products = Products.of(columns[squareform(inner, checks=False)], parts[kept])
        r = alone(covariances(products.total()), 2)
        weights = joint_weights(covariances(products.total()), free)
        replicates.append([*r, *weights, crossvalidated(products.test(), slopes)])
    expected = np.sqrt(23 * np.var(replicates, axis=0))
    result = fit(Products.of(columns, parts), free)
    found = [estimate.se for estimate in (*result.alone, *result.weights, result.crossvalidated)]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_noise_is_explained_by_nothing() -> None:
    values, errors = [], []
    for draw in range(60):
        columns = noise(60, 4, "null", draw)
        result = fit(Products.of(columns, word_folds(60, 5, draw)), np.array([False, False, True]))
        values.append([result.alone[0].value, result.crossvalidated.value])
        errors.append([result.alone[0].se, result.crossvalidated.se])
    values, errors = np.array(values), np.array(errors)
    assert ((np.abs(values) <= 1.96 * errors).mean(axis=0) >= 0.95).all()
    assert (np.abs(values.mean(axis=0)) < 3 * values.std(axis=0) / np.sqrt(len(values))).all()
    # Root of two in expectation: see `Estimate`.
    np.testing.assert_allclose(errors.mean(axis=0) / values.std(axis=0), np.sqrt(2.0), rtol=0.25)


def test_predictors_without_a_positive_weight_explain_nothing() -> None:
    predictors = noise(30, 1, "opposite")
    products = Products.of(np.column_stack([predictors, -predictors]), word_folds(30, 3, 1))
    result = fit(products, np.array([False]))
    assert result.alone[0].value == pytest.approx(-1.0)
    assert result.weights[0].value == 0.0
    assert result.crossvalidated.value == 0.0


def test_folds_of_three_words_are_not_judged() -> None:
    products = Products.of(noise(15, 2, "few"), word_folds(15, 5, 1))
    assert np.isnan(fit(products, np.array([False])).crossvalidated.value)


def test_the_ceiling_is_the_correlation_with_the_mean_of_the_others() -> None:
    runs = noise(40, 1, "common") + 0.7 * noise(40, 4, "own")
    runs = (runs - runs.mean(axis=0)) / runs.std(axis=0)
    matrix = correlations(np.cov(runs.T))
    expected = [pearsonr(runs[:, i], np.delete(runs, i, axis=1).mean(axis=1))[0] for i in range(4)]
    assert ceiling(matrix, ~np.eye(4, dtype=bool)) == pytest.approx(np.mean(expected))
    assert np.isnan(ceiling(matrix, np.zeros((4, 4), bool)))
    assert ceiling(np.ones((2, 2)), ~np.eye(2, dtype=bool)) == 1.0
