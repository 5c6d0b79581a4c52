"""Bootstrap over words, seeds and document samples, alone or nested, of mean correlations between runs.

Factors. Words are drawn by multiplicity (`wordspaces.analysis.similarity.bootstrap`). Document samples are drawn within
each corpus: they replace each other there. A seed indexes a run of the whole study, because runs of one seed may share
initial vectors or order, so seeds are drawn once for all models and samples, crossed with them (the multi-bootstrap
of Sellam et al. 2022). A run that is drawn twice makes no pair with itself: weights are products of multiplicities
over pairs of two different runs, normalised over what is left.

Few levels. Draws of k levels vary too little: their variance is (k - 1)/k of what it should be for a mean over levels,
3/8 of it for the mean over the pairs of three levels. Deviations of the weights from equal ones are therefore
multiplied by the constant that gives a sum over levels its right variance (the rescaling of Rao & Wu 1988); weights
may then be negative. Percentiles of draws of two or three levels are still too close, for the variance itself is
estimated from these levels alone. An interval over seeds or samples is therefore the estimate plus and minus its
standard error times a quantile of t, with k - 1 degrees of freedom for k seeds, the sum of k - 1 over the corpora for
samples, and the smaller of the two where both are drawn; only draws of words alone give percentiles. Where one corpus
varies far more than the other, its samples have fewer degrees of freedom than the sum. Nested draws vary more than one
new study would, because variance that factors make together is counted once for each of them (Schuett et al. 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from wordspaces.analysis.roster import Space
from wordspaces.analysis.rsa.groups import Pairs
from wordspaces.analysis.rsa.intervals import LEAST_SAMPLES, sample_counts
from wordspaces.analysis.similarity.bootstrap import bootstrap_words
from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.intervals import standard_errors_within
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

FACTORS = ("words", "seeds", "samples")
CALIBRATION = 20_000


@dataclass(frozen=True)
class Bootstrap:
    """Estimates float64 [q], replicates [draws, q], the factors that were resampled and their degrees of freedom."""

    estimates: np.ndarray
    replicates: np.ndarray
    factors: tuple[str, ...]
    degrees: float = np.inf

    @property
    def se(self) -> np.ndarray:
        """Standard deviation over draws [q]."""
        return self.replicates.std(axis=0, ddof=1)

    def interval(self, confidence: float) -> np.ndarray:
        """Interval [2, q]: of t where seeds or samples were drawn, else percentiles; NaN where a draw had no r."""
        if np.isfinite(self.degrees):
            half = standard_errors_within(confidence, self.degrees) * self.se
            return np.stack([self.estimates - half, self.estimates + half])
        tail = (1.0 - confidence) / 2.0
        return np.quantile(self.replicates, [tail, 1.0 - tail], axis=0)


def bootstrap(
    rdms: RDMs,
    spaces: Sequence[Space],
    method: str,
    groups: Sequence[Pairs],
    contrasts: np.ndarray | None = None,
    factors: Sequence[str] = FACTORS,
    draws: int = 1000,
    seed: int = 1,
) -> Bootstrap:
    """Resample `factors` jointly: contrasts [q, g] of the mean r of `groups` (the means themselves without contrasts).

    Each group is a list of pairs of spaces with different seeds; the one with the fewest degrees of freedom decides
    about the intervals. `StudyError` names the factor that has too few levels
    to resample, and groups that lack runs of a complete crossing.
    """
    for factor in factors:
        for reason in (refusal(spaces, pairs, factor) for pairs in groups):
            if reason:
                raise StudyError(f"bootstrap over {factor}", reason, "more levels", f"leave {factor} out")
    pairs = sorted({pair for group in groups for pair in group})
    place = {pair: index for index, pair in enumerate(pairs)}
    r = pair_values(compare(rdms, method), pairs)
    drawn = bootstrap_words(rdms, method, draws, seed, pairs) if "words" in factors else r[None, :]
    estimates, replicates = np.empty(len(groups)), np.empty((draws, len(groups)))
    for index, group in enumerate(groups):
        own = [place[pair] for pair in group]
        estimates[index] = r[own].mean()
        replicates[:, index] = resampled_means(drawn[:, own], spaces, group, factors, draws, seed)
    if contrasts is not None:
        estimates, replicates = contrasts @ estimates, replicates @ contrasts.T
    degrees = min((degrees_of_freedom(spaces, group, factors) for group in groups), default=np.inf)
    return Bootstrap(estimates, replicates, tuple(factors), degrees)


def pair_values(square: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Entries [p] of a matrix [s, s] at the listed pairs."""
    return square[tuple(np.array(pairs, dtype=np.int64).reshape(-1, 2).T)]


def resampled_means(
    r: np.ndarray, spaces: Sequence[Space], pairs: Pairs, factors: Sequence[str], draws: int, seed: int
) -> np.ndarray:
    """Mean over `pairs` in each draw, float64 [draws]: r [draws, p] of drawn words or [1, p] of all, weighted by the
    other factors that are drawn."""
    weights = np.ones((draws, len(pairs)))
    for factor in factors:
        if factor != "words":
            weights *= factor_weights(spaces, pairs, factor, draws, seed)
    return (weights * r).mean(axis=1)


def refusal(spaces: Sequence[Space], pairs: Pairs, factor: str) -> str:
    """Why a factor cannot be resampled for the mean over `pairs`, "" where it can.

    Three levels are needed: of two seeds there is one pair, which no draw can vary, and of two samples the interval
    would hang on a single difference.
    """
    if factor not in FACTORS:
        raise StudyError("factor to resample", repr(factor), f"one of {', '.join(FACTORS)}")
    if not pairs:
        return "no pair of runs"
    if factor == "words":
        return ""
    involved = {spaces[i] for pair in pairs for i in pair}
    if factor == "seeds":
        if any(spaces[i].seed == spaces[j].seed for i, j in pairs):
            return "pairs of runs of one seed"
        found = len({space.seed for space in involved})
        reason = f"{found} seeds, needs 3" if found < 3 else ""
    else:
        few = [f"{c} has {count}" for c, count in sample_counts(sorted(involved)).items() if count < LEAST_SAMPLES]
        reason = f"{LEAST_SAMPLES} samples of a corpus are needed, {', '.join(few)}" if few else ""
    return reason or _incomplete(spaces, pairs, factor)


def degrees_of_freedom(spaces: Sequence[Space], pairs: Pairs, factors: Sequence[str]) -> float:
    """Degrees of freedom of the standard error of the mean over `pairs`, the least of the factors drawn.

    Seeds: their number less one; samples: the same of each corpus, summed; words: infinite.
    """
    involved = sorted({spaces[i] for pair in pairs for i in pair})
    found = {"words": np.inf, "seeds": len({space.seed for space in involved}) - 1.0}
    found["samples"] = float(sum(count - 1 for count in sample_counts(involved).values()))
    return min(found[factor] for factor in factors)


def factor_weights(spaces: Sequence[Space], pairs: Pairs, factor: str, draws: int, seed: int) -> np.ndarray:
    """Weights float64 [draws, p] of pairs when the levels of "seeds" or "samples" are drawn; equal weights are 1.

    Levels are those of the runs in `pairs`, sorted: groups with the same levels get the same draws.
    """
    involved = {spaces[i] for pair in pairs for i in pair}
    if factor == "seeds":
        levels = sorted({space.seed for space in involved})
        both = pair_weights(level_draws(len(levels), draws, seed, "seeds"))
        sides = np.array([[levels.index(spaces[i].seed) for i in pair] for pair in pairs])
        return both[:, sides[:, 0], sides[:, 1]]
    drawn = {}
    for corpus in sorted({space.corpus for space in involved}):
        levels = sorted({space.sample for space in involved if space.corpus == corpus})
        drawn[corpus] = levels, level_draws(len(levels), draws, seed, "samples", corpus)
    weights = np.ones((draws, len(pairs)))
    single = {corpus: single_weights(counts) for corpus, (_, counts) in drawn.items()}
    double = {corpus: pair_weights(counts) for corpus, (levels, counts) in drawn.items() if len(levels) > 2}
    for index, (a, b) in enumerate((spaces[i], spaces[j]) for i, j in pairs):
        i, j = drawn[a.corpus][0].index(a.sample), drawn[b.corpus][0].index(b.sample)
        if _two_samples(a, b):
            weights[:, index] = double[a.corpus][:, i, j]
        elif a.corpus == b.corpus:
            weights[:, index] = single[a.corpus][:, i]
        else:
            weights[:, index] = single[a.corpus][:, i] * single[b.corpus][:, j]
    return weights


def level_draws(levels: int, draws: int, seed: int, *names: str) -> np.ndarray:
    """How often each of `levels` occurs in each draw, with replacement: int64 [draws, levels].

    From three levels on, a draw of one level alone is drawn again, for it has no pair of two.
    """
    stream = generator(seed, "bootstrap", *names)
    even = np.full(levels, 1.0 / levels)
    counts = stream.multinomial(levels, even, size=draws)
    while levels > 2 and (poor := counts.max(axis=1) == levels).any():
        counts[poor] = stream.multinomial(levels, even, size=int(poor.sum()))
    return counts


def single_weights(counts: np.ndarray) -> np.ndarray:
    """Rescaled weights [draws, k] of levels for a mean over levels; mean 1 over levels."""
    return 1.0 + _expansion(counts.shape[1], False) * (counts - 1.0)


def pair_weights(counts: np.ndarray) -> np.ndarray:
    """Rescaled weights [draws, k, k] of pairs of two different levels, mean 1 over them; 0 on the diagonal."""
    levels = counts.shape[1]
    apart = 1.0 - np.eye(levels)
    both = counts[:, :, None] * counts[:, None, :] * apart
    shares = both * (levels * (levels - 1)) / both.sum(axis=(1, 2), keepdims=True)
    return apart * (1.0 + _expansion(levels, True) * (shares - 1.0))


@cache
def _expansion(levels: int, pairs: bool) -> float:
    """Factor by which deviations grow so that a sum over levels has the variance of a mean of `levels` values.

    The weights of a draw give level a the share u_a of a sum over levels, where equal weights give 1 / k; the mean of
    k independent values of variance 1 has variance 1 / k, the draw's is the sum of (u_a - 1 / k)^2.
    """
    if levels == 1:
        return 1.0
    counts = level_draws(levels, CALIBRATION, 0, "expansion", str(levels))
    shares = counts * (levels - counts) if pairs else counts
    shares = shares / shares.sum(axis=1, keepdims=True)
    return float(1.0 / np.sqrt(levels * np.square(shares - 1.0 / levels).sum(axis=1).mean()))


def _two_samples(a: Space, b: Space) -> bool:
    return a.corpus == b.corpus and a.sample != b.sample


def _incomplete(spaces: Sequence[Space], pairs: Pairs, factor: str) -> str:
    """Why rescaled weights would not do: their mean must be 1 in every draw, as it is where all levels weigh alike."""
    mean = factor_weights(spaces, pairs, factor, 8, 1).mean(axis=1)
    return "" if np.allclose(mean, 1.0) else f"{factor} that not every model has"
