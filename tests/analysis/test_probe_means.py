"""What lists can detect, by simulation; means over runs and their two intervals, against slow twins."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, spearmanr, ttest_1samp

from wordspaces.analysis.human import Analogies, Ratings
from wordspaces.analysis.probes.intervals import (
    detectable_difference,
    detectable_gain,
    mean_interval,
    resampled_correlations,
)
from wordspaces.analysis.probes.means import ONE_RUN, UNLIKE, means_table, run_interval
from wordspaces.analysis.probes.scoring import score_probes
from wordspaces.analysis.probes.spaces import Probe
from wordspaces.analysis.probes.table import probe_rows, probes_table
from wordspaces.analysis.roster import Space, Words
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.common.streams import generator

TOKENS = tuple(f"w{i}" for i in range(40))
WORDS = Words(np.arange(40, dtype=np.int32), TOKENS, np.full(40, 10))
PAIRS = tuple((TOKENS[i], TOKENS[j]) for i in range(40) for j in range(i + 1, 40, 7))
SETTINGS = ProbeSettings(draws=300)


def test_detectable_difference_has_the_stated_power() -> None:
    """Normal ratings and cosines with planted correlations; the test that the formula speaks of."""
    pairs, rho, common = 150, 0.4, 0.6
    wide = detectable_difference(rho, common, pairs, 0.95, 0.8)
    low, high = np.tanh(np.arctanh(rho) - 0.5 * _spread(wide, rho)), np.tanh(np.arctanh(rho) + 0.5 * _spread(wide, rho))
    assert high - low == pytest.approx(wide)
    # Pearson correlations of normal variables with these rank correlations (Pearson 1907).
    r = 2.0 * np.sin(np.pi * np.array([low, high, common]) / 6.0)
    root = np.linalg.cholesky(np.array([[1, r[0], r[1]], [r[0], 1, r[2]], [r[1], r[2], 1]]))
    stream, found, draws = generator(1, "steiger"), 0, 1500
    for _ in range(draws):
        table = spearmanr(root @ stream.standard_normal((3, pairs)), axis=1).statistic
        mean = np.tanh(0.5 * (np.arctanh(table[0, 1]) + np.arctanh(table[0, 2])))
        square, both = mean * mean, table[1, 2]
        joint = both * (1 - 2 * square) - 0.5 * square * (1 - 2 * square - both * both)
        error = np.sqrt(2 * (1 - joint / (1 - square) ** 2) * 1.06 / (pairs - 3))
        found += abs(np.arctanh(table[0, 1]) - np.arctanh(table[0, 2])) / error > norm.ppf(0.975)
    assert found / draws == pytest.approx(0.8, abs=0.04)


def _spread(wide: float, rho: float) -> float:
    """Distance in Fisher's z of two correlations around `rho` that differ by `wide`."""
    low, high = 0.0, 5.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        apart = np.tanh(np.arctanh(rho) + middle / 2) - np.tanh(np.arctanh(rho) - middle / 2)
        low, high = (middle, high) if apart < wide else (low, middle)
    return low


def test_known_detectable_differences() -> None:
    # Independent cosines and no correlation: variance 2 * 1.06 / 53, half of z on either side of 0.
    expected = 2 * np.tanh(0.5 * (1.959964 + 0.841621) * np.sqrt(2 * 1.06 / 53))
    assert detectable_difference(0.0, 0.0, 56, 0.95, 0.8) == pytest.approx(expected, abs=1e-6)
    assert detectable_difference(0.4, 0.9, 56, 0.95, 0.8) < detectable_difference(0.4, 0.5, 56, 0.95, 0.8)
    assert np.isnan(
        [detectable_difference(0.4, 0.5, 3, 0.95, 0.8), detectable_difference(0.4, 1.0, 50, 0.95, 0.8)]
    ).all()
    assert np.isnan([detectable_gain(0.0, 50, 0.95, 0.8), detectable_gain(0.001, 50, 0.95, 0.8)]).all()


def test_detectable_gain_has_the_stated_power() -> None:
    items, discordant, draws = 400, 0.2, 4000
    gain = detectable_gain(discordant, items, 0.95, 0.8)
    level, reach = norm.ppf([0.975, 0.8])
    left = level * np.sqrt(discordant) + reach * np.sqrt(discordant - gain**2)
    assert left == pytest.approx(gain * np.sqrt(items))
    shares = [(discordant + gain) / 2, (discordant - gain) / 2, 1 - discordant]
    drawn = generator(2, "mcnemar").multinomial(items, shares, draws)
    found = np.abs(drawn[:, 0] - drawn[:, 1]) / np.sqrt(drawn[:, 0] + drawn[:, 1]) > level
    assert found.mean() == pytest.approx(0.8, abs=0.03)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=12), st.integers(0, 9))
def test_resampled_correlations_are_those_of_the_drawn_items(pairs: list[tuple[int, int]], seed: int) -> None:
    x, y = np.array(pairs, dtype=np.float64).T
    drawn = generator(seed, "items").integers(0, len(x), (5, len(x)))
    weights = np.stack([np.bincount(one, minlength=len(x)) for one in drawn]).astype(np.float64)
    for one, found in zip(drawn, resampled_correlations(x, y, weights), strict=True):
        if len(set(x[one])) == 1 or len(set(y[one])) == 1:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(spearmanr(x[one], y[one]).statistic, abs=1e-12)


def test_run_and_mean_intervals() -> None:
    values = generator(0, "runs").random(6)
    interval = ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert run_interval(values, 0.95) == pytest.approx((interval.low, interval.high))
    assert np.isnan(run_interval(values[:1], 0.95)).all()
    assert mean_interval(np.array([0.0, 0.0]), 0.95) == (0.0, 0.0)
    assert np.isnan(mean_interval(np.array([0.5]), 0.95)).all()


def made() -> tuple[list[Probe], dict, dict]:
    """Two models of three runs, ratings near the geometry that they share, analogies by chance."""
    shared = generator(1, "shared").standard_normal((40, 12))
    probes = []
    for model, noise in (("glove", 0.4), ("gpt", 1.5)):
        for seed in (1, 2, 3):
            vectors = shared + noise * generator(seed, "noise", model).standard_normal((40, 12))
            probes.append(Probe(Space("wiki", "a", model, model, seed), "trained", WORDS, vectors))
    at = WORDS.positions()
    cosines = np.array([np.corrcoef(shared[at[a]], shared[at[b]])[0, 1] for a, b in PAIRS])
    questions = tuple(tuple(TOKENS[(i + 5 * k) % 40] for k in range(4)) for i in range(30))
    return (
        probes,
        {"made": Ratings(PAIRS, cosines)},
        {"asked": Analogies({"one": questions[:20], "two": questions[20:]})},
    )


def tables(probes: list[Probe], ratings: dict, analogies: dict) -> tuple[pa.Table, pa.Table]:
    rows = probe_rows(score_probes(probes, ratings, analogies), SETTINGS)
    return probes_table(rows), means_table(rows, SETTINGS)


def test_means_are_those_of_the_runs_with_both_intervals() -> None:
    single, means = (table.to_pandas() for table in tables(*made()))
    assert len(means) == 2 * (1 + 3 * 4)
    for row in means.itertuples():
        names = ("list", "section", "model", "measure")
        runs = single[np.logical_and.reduce([single[name] == getattr(row, name) for name in names])]
        assert row.value == pytest.approx(runs["value"].mean())
        assert (row.runs, row.samples, row.note) == (3, 1, "")
        assert (row.run_low, row.run_high) == pytest.approx(run_interval(runs["value"].to_numpy(), 0.95))
        assert row.item_low <= row.value <= row.item_high
    rated = means[means["measure"] == "spearman"].set_index("model")
    assert rated.loc["glove", "value"] > rated.loc["gpt", "value"] + 0.2
    assert single[single["measure"].isin(["spearman"])]["detectable_difference"].notna().all()


def test_one_run_has_no_interval_over_runs_and_other_items_none_over_items() -> None:
    probes, ratings, analogies = made()
    single, alone = tables(probes[:1], ratings, analogies)
    # Two intervals over the items of one run: by Fisher's z and by drawing them again.
    by_z, drawn = (table.to_pandas().set_index("measure").loc["spearman"] for table in (single, alone))
    assert drawn["item_high"] - drawn["item_low"] == pytest.approx(by_z["high"] - by_z["low"], rel=0.3)
    assert set(alone["note"].to_pylist()) == {ONE_RUN}
    assert set(alone["run_low"].to_pylist()) == {None}
    assert set(alone["detectable_difference"].to_pylist()) == {None}
    fewer = WORDS.take(np.arange(39))
    other = Probe(probes[1].space, "trained", fewer, probes[1].vectors[:39])
    _, unlike = tables([probes[0], other], ratings, {})
    (row,) = unlike.to_pylist()
    assert (row["note"], row["item_low"]) == (UNLIKE, None)
    assert row["covered"] < len(PAIRS)


def test_draws_without_a_correlation_are_left_out() -> None:
    """Of 4 items one draw in 64 holds a single one."""
    probes, _, _ = made()
    four = {"four": Ratings(PAIRS[:4], np.array([1.0, 3.0, 2.0, 4.0]))}
    (row,) = tables(probes[:3], four, {})[1].to_pylist()
    assert -1.0 <= row["item_low"] < row["value"] < row["item_high"] <= 1.0


def test_the_same_draws_whatever_else_is_probed() -> None:
    probes, ratings, analogies = made()
    _, everything = tables(probes, ratings, analogies)
    _, one = tables(probes[3:], ratings, analogies)
    columns = ["value", "run_low", "run_high", "item_low", "item_high"]
    kept = everything.to_pandas().query("model == 'gpt'")[columns].reset_index(drop=True)
    assert kept.equals(one.to_pandas()[columns])
