"""Standard errors of anything that is computed from correlations between spaces: over words, over document samples.

A statistic is a function from correlations [..., s, s] to values [..., q]. Its jackknife standard error over words
comes from its value without each word in turn, so that the dependence between correlations of the same words is kept
and ratios of correlations get the error of the ratio. It is never too small on average (Efron & Stein 1981): where
words differ in how well spaces agree on them, as in real spaces, intervals cover at about their nominal rate; where
all error is that of single pairs of words, as in pure noise, the variance is twice the true one.

Over document samples the statistic is recomputed without each sample of a corpus in turn. The variances of corpora add,
as do those over words and over samples.
"""

from collections.abc import Callable, Sequence

import numpy as np

from wordspaces.analysis.roster import Space
from wordspaces.analysis.similarity.compare import METHODS, compare, leave_one_out, partial
from wordspaces.analysis.similarity.intervals import interval, jackknife_variance
from wordspaces.analysis.similarity.kendall import without_groups
from wordspaces.analysis.similarity.rdm import RDMs

__all__ = [
    "LEAST_SAMPLES",
    "Statistic",
    "interval",
    "jackknife_variance",
    "over_samples",
    "over_words",
    "sample_counts",
]
LEAST_SAMPLES = 3
Statistic = Callable[[np.ndarray], np.ndarray]


def over_words(
    rdms: RDMs, method: str, statistic: Statistic, controls: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correlations float64 [s, s], values of the statistic [q] and their jackknife variances over words [q].

    With `controls`, the last entries of `rdms` are partialled out and are no part of the correlations. Tau-a and tau-b
    leave out groups of words in turn, for they have no replicates without a single word.
    """
    r = compare(rdms, method)
    r = partial(r, controls) if controls else r
    values = statistic(r)
    if METHODS[method].source == "orders":
        return r, values, jackknife_variance(statistic(without_groups(rdms, method == "tau-b")) - values)
    replicates = np.empty((rdms.words, len(values)))
    for words, block in leave_one_out(rdms, method, controls):
        # Deviations from the estimate, not raw values: their squares do not cancel.
        replicates[words] = statistic(block) - values
    return r, values, jackknife_variance(replicates)


def sample_counts(spaces: Sequence[Space]) -> dict[str, int]:
    """Number of document samples of each corpus."""
    texts = {(space.corpus, space.sample) for space in spaces}
    return {corpus: sum(c == corpus for c, _ in texts) for corpus in sorted({c for c, _ in texts})}


def over_samples(
    r: np.ndarray, spaces: Sequence[Space], statistic_of: Callable[[Sequence[Space]], Statistic]
) -> np.ndarray:
    """Jackknife variance [q] over the document samples of every corpus that has three or more; others add nothing.

    `statistic_of` makes the statistic for the spaces that are left, with its values in the same order. Samples of one
    corpus replace each other, those of two corpora do not.
    """
    variance = np.zeros(len(statistic_of(spaces)(r)))
    for corpus, count in sample_counts(spaces).items():
        if count < LEAST_SAMPLES:
            continue
        replicates = []
        for sample in sorted({space.sample for space in spaces if space.corpus == corpus}):
            keep = [i for i, space in enumerate(spaces) if (space.corpus, space.sample) != (corpus, sample)]
            replicates.append(statistic_of([spaces[i] for i in keep])(r[np.ix_(keep, keep)]))
        variance += jackknife_variance(np.stack(replicates))
    return variance
