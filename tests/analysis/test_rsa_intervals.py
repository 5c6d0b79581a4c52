"""Intervals over few levels: coverage in planted studies, degrees of freedom, and the parts that make an interval."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import norm, t

from wordspaces.analysis.roster import Space
from wordspaces.analysis.rsa.groups import Pairs, pairs_of
from wordspaces.analysis.rsa.inference import RELATIONS
from wordspaces.analysis.rsa.resampling import Bootstrap, degrees_of_freedom, factor_weights
from wordspaces.analysis.similarity.intervals import interval, jackknife_variance, standard_errors_within
from wordspaces.common.streams import generator

STUDIES = 400


def spaces_of(samples: int = 3, seeds: int = 3, corpora: str = "pq") -> tuple[Space, ...]:
    cells = product(corpora, "abcdefgh"[:samples], range(2), range(1, seeds + 1))
    return tuple(Space(c, s, f"m{m}", f"f{m}", k) for c, s, m, k in cells)


def planted(spaces: tuple[Space, ...], pairs: Pairs, factor: str, study: int) -> np.ndarray:
    """r of each pair: 0.5, plus what the levels on both sides add, drawn anew for every study."""
    stream = generator(study, "planted levels", factor)
    levels = sorted({(s.corpus, s.sample) if factor == "samples" else s.seed for s in spaces})
    added = dict(zip(levels, stream.normal(0.0, 0.02, len(levels)), strict=True))
    of = [added[(s.corpus, s.sample) if factor == "samples" else s.seed] for s in spaces]
    return 0.5 + np.array([of[i] + of[j] for i, j in pairs])


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("factor", ["seeds", "samples"])
def test_intervals_over_three_levels_cover_at_their_rate(factor: str, relation: str) -> None:
    spaces = spaces_of()
    pairs = pairs_of(spaces, relation)
    weights = factor_weights(spaces, pairs, factor, 400, 1)
    degrees = degrees_of_freedom(spaces, pairs, [factor])
    inside = {degrees: 0, np.inf: 0}
    for study in range(STUDIES):
        r = planted(spaces, pairs, factor, study)
        draws = (weights * r).mean(axis=1, keepdims=True)
        for assumed in inside:
            low, high = Bootstrap(np.array([r.mean()]), draws, (factor,), assumed).interval(0.95)
            inside[assumed] += int(low[0] <= 0.5 <= high[0])
    assert 0.90 <= inside[degrees] / STUDIES <= 0.99
    assert inside[np.inf] / STUDIES < 0.90  # percentiles of the same draws


def test_degrees_of_freedom_follow_the_levels_and_the_least_of_the_factors() -> None:
    spaces = spaces_of(samples=4, seeds=6)
    pairs = pairs_of(spaces, "corpus")
    assert degrees_of_freedom(spaces, pairs, ["words"]) == np.inf
    assert degrees_of_freedom(spaces, pairs, ["seeds"]) == 5
    assert degrees_of_freedom(spaces, pairs, ["words", "samples"]) == 3 + 3
    assert degrees_of_freedom(spaces, pairs, ["words", "seeds", "samples"]) == 5
    one = pairs_of(spaces, "seed", corpora=["p"])
    assert degrees_of_freedom(spaces, one, ["words", "seeds", "samples"]) == 3


def test_an_interval_is_normal_or_of_t() -> None:
    assert standard_errors_within(0.95) == norm.ppf(0.975)
    assert standard_errors_within(0.9, 2) == pytest.approx(t.ppf(0.95, 2))
    low, high = t.interval(0.95, 4, loc=1.0, scale=0.5)
    assert [interval(1.0, 0.5, 0.95, 4)[side] for side in ("low", "high")] == pytest.approx([low, high])
    assert all(np.isnan(value) for value in interval(np.nan, 0.5, 0.95).values())
    found = interval(1.0, np.nan, 0.95)
    assert all(np.isnan(value) for value in found.values())


def test_the_jackknife_variance_of_a_mean_is_that_of_the_mean() -> None:
    values = generator(1, "values").standard_normal((30, 2))
    without = (values.sum(axis=0) - values) / 29
    np.testing.assert_allclose(jackknife_variance(without), values.var(axis=0, ddof=1) / 30)


def test_a_bootstrap_of_t_lies_about_the_estimate_and_one_of_words_between_percentiles() -> None:
    draws = generator(2, "draws").gamma(2.0, size=(1000, 2))
    estimates = draws.mean(axis=0)
    low, high = Bootstrap(estimates, draws, ("seeds",), 2.0).interval(0.95)
    np.testing.assert_allclose((low + high) / 2.0, estimates)
    np.testing.assert_allclose(high - low, 2.0 * t.ppf(0.975, 2) * draws.std(axis=0, ddof=1))
    np.testing.assert_allclose(
        Bootstrap(estimates, draws, ("words",)).interval(0.5), np.quantile(draws, [0.25, 0.75], 0)
    )
