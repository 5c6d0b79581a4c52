"""What a list of items can say: intervals, and the smallest effects that so many items reveal."""

import numpy as np
from scipy.stats import norm

from wordspaces.analysis.similarity.ranks import mid_ranks

RANK_VARIANCE = 1.06
LEAST_PAIRS = 4
NOT_A_NUMBER = float("nan")


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman correlation with mid-ranks for ties; NaN where one side is constant."""
    a, b = mid_ranks(x), mid_ranks(y)
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt(np.square(a).sum() * np.square(b).sum())
    return float((a * b).sum() / spread) if spread > 0.0 else NOT_A_NUMBER


def rank_interval(rho: float, pairs: int, confidence: float) -> tuple[float, float]:
    """Interval of a Spearman correlation over `pairs` items by Fisher's z, variance 1.06 / (pairs - 3).

    Source: Fieller, Hartley & Pearson (1957). NaN below four pairs.
    """
    if pairs < LEAST_PAIRS:
        return NOT_A_NUMBER, NOT_A_NUMBER
    z = np.arctanh(np.clip(rho, -1.0 + 1e-15, 1.0 - 1e-15))
    half = norm.ppf(0.5 + confidence / 2.0) * np.sqrt(RANK_VARIANCE / (pairs - 3))
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def detectable_correlation(pairs: int, confidence: float, power: float) -> float:
    """Smallest true Spearman correlation that a two-sided test over `pairs` items finds with probability `power`.

    The test has level 1 - confidence; Fisher's z, variance 1.06 / (pairs - 3). NaN below four pairs.
    """
    if pairs < LEAST_PAIRS:
        return NOT_A_NUMBER
    total = norm.ppf(0.5 + confidence / 2.0) + norm.ppf(power)
    return float(np.tanh(total * np.sqrt(RANK_VARIANCE / (pairs - 3))))


def detectable_difference(rho: float, common: float, pairs: int, confidence: float, power: float) -> float:
    """Smallest difference of two Spearman correlations with the same ratings, over the same pairs, that a test finds.

    Both lie around `rho`, the cosines of the two spaces correlate by `common` with each other. The test is Steiger's
    (1980, equations 3 and 12, after Dunn & Clark 1969): the Fisher z of the two have the covariance s / (pairs - 3),
    s = (common (1 - 2 rho^2) - rho^2 (1 - 2 rho^2 - common^2) / 2) / (1 - rho^2)^2, so that z1 - z2 has the variance
    2 (1 - s) 1.06 / (pairs - 3). Two-sided, level 1 - confidence, found with probability `power`. NaN below four pairs,
    where the cosines agree wholly (s is 1: there is nothing to detect), and where an argument is NaN.
    """
    if pairs < LEAST_PAIRS or not abs(rho) < 1.0:
        return NOT_A_NUMBER
    square = rho * rho
    joint = common * (1.0 - 2.0 * square) - 0.5 * square * (1.0 - 2.0 * square - common * common)
    apart = 2.0 * (1.0 - joint / (1.0 - square) ** 2) * RANK_VARIANCE / (pairs - 3)
    if not apart > 1e-12:
        return NOT_A_NUMBER
    half = 0.5 * (norm.ppf(0.5 + confidence / 2.0) + norm.ppf(power)) * np.sqrt(apart)
    return float(np.tanh(np.arctanh(rho) + half) - np.tanh(np.arctanh(rho) - half))


def detectable_gain(discordant: float, items: int, confidence: float, power: float) -> float:
    """Smallest difference of two shares of right answers to the same `items` that McNemar's test finds.

    discordant : share of the items that one of the two spaces answers rightly and the other does not. It solves
    z_level sqrt(discordant) + z_power sqrt(discordant - gain^2) = gain sqrt(items) (Connor 1987; for comparisons of
    models Card et al. 2020). NaN where even a difference as large as `discordant` would not be found.
    """
    level, reach = norm.ppf(0.5 + confidence / 2.0), norm.ppf(power)
    if items == 0 or not discordant > 0.0:
        return NOT_A_NUMBER
    a, b = items + reach * reach, level * np.sqrt(discordant * items)
    gain = (b + np.sqrt(max(b * b - a * discordant * (level * level - reach * reach), 0.0))) / a
    return float(gain) if gain <= discordant else NOT_A_NUMBER


def share_interval(hits: int, items: int, confidence: float) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927); NaN without items."""
    if items == 0:
        return NOT_A_NUMBER, NOT_A_NUMBER
    z = norm.ppf(0.5 + confidence / 2.0)
    centre = (hits + z * z / 2.0) / (items + z * z)
    half = z / (items + z * z) * np.sqrt(hits * (items - hits) / items + z * z / 4.0)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def mean_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Normal interval of the mean of values in [0, 1], float64 [n], cut to [0, 1]; NaN below two values."""
    if len(values) < 2:
        return NOT_A_NUMBER, NOT_A_NUMBER
    half = norm.ppf(0.5 + confidence / 2.0) * values.std(ddof=1) / np.sqrt(len(values))
    return max(0.0, float(values.mean() - half)), min(1.0, float(values.mean() + half))


def resampled_correlations(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spearman correlations of resampled items: float64 [draws], mid-ranks for ties; NaN where a side is constant.

    x, y : float64 [n]. weights : float64 [draws, n], how often each draw holds each item, n in sum. Ranks are made from
    the multiplicities of the sorted items, so that no draw is sorted.
    """
    total = weights.sum(axis=1, keepdims=True)
    a, b = (_weighted_ranks(values, weights) - (total + 1.0) / 2.0 for values in (x, y))
    spread = np.sqrt((weights * a * a).sum(axis=1) * (weights * b * b).sum(axis=1))
    return np.where(spread > 0.0, (weights * a * b).sum(axis=1) / np.where(spread > 0.0, spread, 1.0), np.nan)


def _weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-rank of every item in every draw, float64 [draws, n]; that of an item that a draw lacks counts nothing."""
    distinct, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], np.arange(len(distinct)))
    mass = np.add.reduceat(weights[:, order], first, axis=1)
    return (np.cumsum(mass, axis=1) - 0.5 * mass + 0.5)[:, group]
