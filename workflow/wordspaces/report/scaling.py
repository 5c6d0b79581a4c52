"""How a measured time grows with a factor: exponents with intervals, from few points.

Two laws, both fitted to relative residuals, for clocks err by shares: t = b x^p, a straight line in logarithms, and
t = a + b x^p with a fixed part a >= 0, such as the drawing of words, which no dimension makes longer. Without it the
exponent of what grows would come out too small. At a given p the second law is linear in a and b, so p is searched on a
grid, and no fit depends on where it starts. Intervals of the first are Student's; those of the second hold every p at
which the residuals are not significantly larger than at the best (profile likelihood: Bates and Watts 1988, chapter 6).
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from wordspaces.common.errors import StudyError

STEP = 0.002
EXPONENTS = np.arange(10, 2001) * STEP


class Growth(NamedTuple):
    """t = fixed + scale x^exponent, with an interval low .. high of the exponent."""

    exponent: float
    low: float
    high: float
    fixed: float
    scale: float

    @property
    def told(self) -> bool:
        """Whether the times say anything about the exponent; not so where a fixed part alone fits them as well."""
        return self.low > EXPONENTS[0] or self.high < EXPONENTS[-1]

    def at(self, x: np.ndarray) -> np.ndarray:
        """Time at `x`, in the unit of the measured ones."""
        return self.fixed + self.scale * np.asarray(x, np.float64) ** self.exponent


def power_law(x: np.ndarray, seconds: np.ndarray, confidence: float = 0.95) -> Growth:
    """Fit t = b x^p by least squares of logarithms.

    Parameters
    ----------
    x, seconds : float [points], positive, three distinct x or more.

    Raises
    ------
    StudyError : fewer distinct x, or a value that is not finite and above 0.
    """
    x, seconds = _checked(x, seconds, 3)
    line = stats.linregress(np.log(x), np.log(seconds))
    reach = stats.t.ppf((1.0 + confidence) / 2.0, len(x) - 2) * line.stderr
    return Growth(line.slope, line.slope - reach, line.slope + reach, 0.0, float(np.exp(line.intercept)))


def with_fixed_part(x: np.ndarray, seconds: np.ndarray, confidence: float = 0.95) -> Growth:
    """Fit t = a + b x^p, a and b >= 0, by least squares of residuals as shares of the measured time.

    Parameters and errors as in `power_law`, with four distinct x or more. The exponent and its interval are searched
    from 0.02 to 4: an interval that ends there is open; where both ends are, it tells nothing (see `Growth.told`).
    """
    x, seconds = _checked(x, seconds, 4)
    unit = np.exp(np.log(x).mean())
    grown = (x[None, :] / unit) ** EXPONENTS[:, None] / seconds
    constant = np.broadcast_to(1.0 / seconds, grown.shape)
    fixed, scale, residual = _two(constant, grown)
    best = int(np.argmin(residual))
    # Beyond what rounding leaves of the residuals of an exact law.
    floor = len(x) * np.finfo(np.float64).eps
    freedom = len(x) - 3
    limit = max(residual[best], floor) * (1.0 + stats.f.ppf(confidence, 1, freedom) / freedom)
    inside = EXPONENTS[residual <= limit]
    exponent = float(EXPONENTS[best])
    return Growth(
        exponent,
        float(inside.min()) - STEP / 2,
        float(inside.max()) + STEP / 2,
        float(fixed[best]),
        float(scale[best] / unit**exponent),
    )


def _two(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients of 1 = a first + b second, neither below 0, in each row, and the sum of squared residuals."""
    ff, ss, fs = (first**2).sum(axis=1), (second**2).sum(axis=1), (first * second).sum(axis=1)
    f, s = first.sum(axis=1), second.sum(axis=1)
    a = (f * ss - s * fs) / (ff * ss - fs**2)
    a = np.where(a > 0, a, 0.0)
    b = (s - a * fs) / ss
    # Times that do not rise with x are a fixed part and nothing else, whatever the exponent.
    a, b = np.where(b > 0, a, f / ff), np.where(b > 0, b, 0.0)
    return a, b, ((1.0 - a[:, None] * first - b[:, None] * second) ** 2).sum(axis=1)


def _checked(x: np.ndarray, seconds: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    x, seconds = np.asarray(x, np.float64), np.asarray(seconds, np.float64)
    if len(np.unique(x)) < least:
        raise StudyError("measured times", f"{len(np.unique(x))} distinct sizes", f"{least} or more")
    if not (np.isfinite(x) & (x > 0) & np.isfinite(seconds) & (seconds > 0)).all():
        raise StudyError("measured times", "a size or a time that is not above 0", "finite numbers above 0")
    return x, seconds
