"""How well model RDMs explain the spaces of one cell: each alone, and jointly, cross-validated over words.

A correlation is the mean over the runs of a cell of the correlation with the RDM of the run, so that it can be held
against the ceiling of the runs (Nili et al. 2014). The joint model is a regression on standardised RDMs with
coefficients that are not negative, as a dissimilarity built from dissimilarities asks for (Khaligh-Razavi &
Kriegeskorte 2014); coefficients of `free` predictors may have either sign. It is fitted to the pairs within training
words and judged on the pairs within test words; pairs of a training and a test word are in neither.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from wordspaces.analysis.modelling.products import Products, covariances
from wordspaces.analysis.similarity.intervals import jackknife_variance

BLOCK_WORDS = 256
LEAST_FOLD = 4
# RDMs have a spread of 1 over all pairs. What is constant over some pairs comes out of sums as 1e-8 at most.
SMALLEST_SPREAD = 1e-6
SMALLEST_EIGENVALUE = 1e-10


@dataclass(frozen=True)
class Estimate:
    """A statistic and its delete-one-word jackknife standard error.

    The error is never too small in the mean (Efron & Stein 1981). Without any effect it is too large by the root of
    two, as a mean over pairs then varies in second order alone; with one, by a few percent at some hundred words.
    """

    value: float
    se: float


@dataclass(frozen=True)
class Fit:
    """Estimates of one cell: `alone` and `weights` one for each predictor, `crossvalidated` for the joint model."""

    alone: tuple[Estimate, ...]
    weights: tuple[Estimate, ...]
    crossvalidated: Estimate


def fit(products: Products, free: np.ndarray) -> Fit:
    """Fit the predictors to the runs of a cell.

    The coefficients behind the cross-validated correlation are held while its standard error is found: they are the
    best ones, so that their own error moves it in second order alone.

    Parameters
    ----------
    products : of the columns predictors, then runs; none constant.
    free : bool [predictors], which coefficients may be negative.

    Returns
    -------
    `Fit`; `crossvalidated` is NaN where a fold has fewer than four words.
    """
    words, size = products.words, len(free)
    judged = np.bincount(products.folds).min() >= LEAST_FOLD
    slopes = training_slopes(products.training(), free) if judged else np.empty((0, size))

    def statistics(total: np.ndarray, test: np.ndarray) -> np.ndarray:
        whole = covariances(total)
        joint = crossvalidated(test, slopes) if judged else np.full(whole.shape[:-2], np.nan)
        return np.concatenate([alone(whole, size), joint_weights(whole, free), joint[..., None]], axis=-1)

    starts = range(0, words, BLOCK_WORDS)
    blocks = (products.without(start, min(start + BLOCK_WORDS, words)) for start in starts)
    replicates = np.concatenate([statistics(*block) for block in blocks])
    se = np.sqrt(jackknife_variance(replicates))
    full = statistics(products.total(), products.test())
    estimates = [Estimate(float(value), float(error)) for value, error in zip(full, se, strict=True)]
    return Fit(tuple(estimates[:size]), tuple(estimates[size:-1]), estimates[-1])


def spreads(covariance: np.ndarray) -> np.ndarray:
    """Standard deviations [..., c] from covariances [..., c, c]."""
    return np.sqrt(np.maximum(np.diagonal(covariance, axis1=-2, axis2=-1), 0.0))


def _inverse(scale: np.ndarray) -> np.ndarray:
    """One over each scale, 0 for that of something constant."""
    return np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > SMALLEST_SPREAD)


def correlations(covariance: np.ndarray) -> np.ndarray:
    """Correlations [..., c, c] from covariances [..., c, c]; 0 with what is constant."""
    inverse = _inverse(spreads(covariance))
    return np.clip(covariance * inverse[..., :, None] * inverse[..., None, :], -1.0, 1.0)


def alone(covariance: np.ndarray, predictors: int) -> np.ndarray:
    """Mean correlation of each predictor with the runs, [..., p], from covariances [..., p + runs, p + runs]."""
    return correlations(covariance)[..., :predictors, predictors:].mean(axis=-1)


def joint_weights(covariance: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Standardised coefficients [..., p] of the joint regression, from covariances [..., p + runs, p + runs].

    They minimise the squared error summed over the runs: with C the correlations of the predictors and c their mean
    correlations with the runs, w'Cw - 2 w'c, which is least squares with a root of C in place of the pairs.
    """
    size = len(free)
    matrix = correlations(covariance)
    values, vectors = np.linalg.eigh(matrix[..., :size, :size])
    roots = np.sqrt(np.maximum(values, 0.0))
    inverse = np.divide(1.0, roots, out=np.zeros_like(roots), where=values > SMALLEST_EIGENVALUE)
    design = roots[..., :, None] * np.swapaxes(vectors, -1, -2)
    target = inverse * (np.swapaxes(vectors, -1, -2) @ matrix[..., :size, size:].mean(axis=-1)[..., None])[..., 0]
    # A free coefficient is the difference of two that are not negative.
    signed = np.concatenate([design, -design[..., free]], axis=-1).reshape(-1, size, size + int(free.sum()))
    found = np.array([nnls(left, right)[0] for left, right in zip(signed, target.reshape(-1, size), strict=True)])
    weights = found[:, :size].copy()
    weights[:, free] -= found[:, size:]
    return weights.reshape(target.shape)


def training_slopes(training: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Coefficients in units of the predictors, [folds, p], from sums of products over training pairs [folds, q, q]."""
    fitted = covariances(training)
    return joint_weights(fitted, free) * _inverse(spreads(fitted)[..., : len(free)])


def crossvalidated(test: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Mean over folds and runs of the correlation of a run with the prediction of the joint model, [...].

    `test` are sums of products over test pairs [..., folds, q, q], `slopes` [folds, p] come from the training pairs. A
    prediction that is constant, because no predictor has a weight, explains nothing: it counts as a correlation of 0.
    """
    size, judged = slopes.shape[-1], covariances(test)
    shared = (slopes[:, None, :] @ judged[..., :size, size:])[..., 0, :]
    predicted = (slopes[:, None, :] @ judged[..., :size, :size] @ slopes[..., None])[..., 0]
    scale = np.sqrt(np.maximum(predicted, 0.0)) * spreads(judged)[..., size:]
    return np.clip(shared * _inverse(scale), -1.0, 1.0).mean(axis=(-1, -2))


def ceiling(matrix: np.ndarray, others: np.ndarray) -> float:
    """Leave-one-out reliability: mean correlation of a run's RDM with the mean standardised RDM of its `others`.

    Parameters
    ----------
    matrix : correlations of the runs, float64 [r, r].
    others : bool [r, r], the runs to whose mean each run (row) is held; rows without any are passed over.

    Returns
    -------
    NaN where no run has others. It is the lower bound of the noise ceiling (Nili et al. 2014).
    """
    values = []
    for run, chosen in enumerate(others):
        if chosen.any():
            spread = np.sqrt(matrix[np.ix_(chosen, chosen)].mean())
            values.append(matrix[run, chosen].mean() / spread)
    return float(np.clip(np.mean(values), -1.0, 1.0)) if values else float("nan")
