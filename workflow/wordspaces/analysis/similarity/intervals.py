"""Jackknife variances and the intervals made of an estimate and its standard error."""

import numpy as np
from scipy.stats import norm, t


def jackknife_variance(replicates: np.ndarray) -> np.ndarray:
    """Delete-one jackknife variance [q] of the replicates [n, q]: (n - 1) / n times their squared deviations.

    Source: Efron & Stein 1981.
    """
    count = len(replicates)
    return (count - 1) / count * np.square(replicates - replicates.mean(axis=0)).sum(axis=0)


def standard_errors_within(confidence: float, degrees: float = np.inf) -> float:
    """How many standard errors an interval reaches to either side: quantile of t with `degrees` of freedom.

    Without end, the default, that of the normal distribution.
    """
    tail = 0.5 + confidence / 2.0
    return float(t.ppf(tail, degrees) if np.isfinite(degrees) else norm.ppf(tail))


def interval(value: float, se: float, confidence: float, degrees: float = np.inf) -> dict[str, float]:
    """Columns `se`, `low` and `high` of a normal interval, or one of t with `degrees` of freedom.

    NaN where the value or its error is.
    """
    half = standard_errors_within(confidence, degrees) * se
    return {"se": se if np.isfinite(value) else np.nan, "low": value - half, "high": value + half}
