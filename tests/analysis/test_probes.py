"""Probes on planted spaces, intervals against known values."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, spearmanr

from wordspaces.analysis.human import Analogies, Ratings
from wordspaces.analysis.probes.intervals import (
    detectable_correlation,
    rank_correlation,
    rank_interval,
    share_interval,
)
from wordspaces.analysis.probes.scoring import score_probes
from wordspaces.analysis.probes.spaces import Probe, probes_of
from wordspaces.analysis.probes.table import CONSTANT, probe_rows, probes_table
from wordspaces.analysis.roster import Space, Words, as_runs, load_rosters, read_starts, read_words
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.streams import generator

SPACE = Space("wiki", "a", "gpt", "gpt", 1)


def table_of(probes: list[Probe], ratings: dict, analogies: dict) -> pa.Table:
    return probes_table(probe_rows(score_probes(probes, ratings, analogies), ProbeSettings()))


def listed_words(*tokens: str) -> Words:
    return Words(np.arange(len(tokens), dtype=np.int32), tokens, np.full(len(tokens), 10))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=30))
def test_rank_correlation_equals_scipy(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=np.float64).T
    found = rank_correlation(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_detectable_correlation_has_the_stated_power() -> None:
    pairs = 100
    rho = detectable_correlation(pairs, 0.95, 0.8)
    stream, found = generator(1, "power"), 0
    # Pearson r of a normal pair whose rank correlation is rho (Pearson 1907).
    r = 2.0 * np.sin(np.pi * rho / 6.0)
    for _ in range(2000):
        x = stream.standard_normal(pairs)
        y = r * x + np.sqrt(1 - r * r) * stream.standard_normal(pairs)
        low, high = rank_interval(rank_correlation(x, y), pairs, 0.95)
        found += not low <= 0.0 <= high
    assert found / 2000 == pytest.approx(0.8, abs=0.03)


def test_known_values_of_the_intervals() -> None:
    # tanh((1.959964 + 0.841621) * sqrt(1.06 / 53)) for the 56 pairs of WordSim that a small study covers.
    assert detectable_correlation(56, 0.95, 0.8) == pytest.approx(0.3767, abs=1e-4)
    # 1.06 / 106 is 0.01, so the half width is tanh(1.959964 / 10).
    assert rank_interval(0.0, 109, 0.95) == pytest.approx((-0.1935247, 0.1935247), abs=1e-6)
    for hits, items in [(0, 20), (3, 20), (20, 20)]:
        expected = binomtest(hits, items).proportion_ci(0.95, method="wilson")
        assert share_interval(hits, items, 0.95) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert np.isnan(rank_interval(0.3, 3, 0.95)).all()
    assert np.isnan(detectable_correlation(3, 0.95, 0.8))


def test_ratings_that_follow_the_cosines_correlate_perfectly() -> None:
    vectors = generator(4, "ratings").standard_normal((10, 6))
    words = listed_words(*"abcdefghij")
    units = centred_units(vectors, "test")
    pairs = tuple((words.tokens[i], words.tokens[i + 1]) for i in range(9))
    cosines = np.array([units[i] @ units[i + 1] for i in range(9)])
    unknown = (*pairs, ("a", "zebra"))
    lists = {
        "up": Ratings(unknown, np.append(cosines, 3.0)),
        "down": Ratings(pairs, -cosines),
        "absent": Ratings((("zebra", "okapi"),), np.array([1.0])),
    }
    table = table_of([Probe(SPACE, "trained", words, vectors)], lists, {})
    rows = {row["list"]: row for row in table.to_pylist()}
    assert rows["up"]["value"] == pytest.approx(1.0)
    assert rows["down"]["value"] == pytest.approx(-1.0)
    assert (rows["up"]["items"], rows["up"]["covered"], rows["up"]["coverage"]) == (10, 9, 0.9)
    assert rows["absent"]["value"] is None
    assert rows["absent"]["detectable"] is None
    assert rows["absent"]["note"] == "not defined: 0 of 1 pairs have both words known"


def test_analogy_rows_by_section_and_for_all() -> None:
    vectors = np.array([[1.0, 0, 0], [1, 1, 0], [-1, 0, 1], [-1, 1, 1], [0, -2, -2]])
    words = listed_words("man", "woman", "king", "queen", "table")
    questions = Analogies(
        {
            "family": (("man", "woman", "king", "queen"),),
            "wrong": (("man", "woman", "king", "table"),),
            "far": (("x",) * 4,),
        }
    )
    table = table_of([Probe(SPACE, "trained", words, vectors)], {}, {"analogies": questions})
    rows = {row["section"]: row for row in table.to_pylist() if row["measure"] == "accuracy"}
    assert [rows[s]["value"] for s in ("family", "wrong", "far", "all")] == [1.0, 0.0, None, 0.5]
    assert rows["far"]["note"] == "not defined: none of 1 questions has all four words known"
    assert (rows["all"]["items"], rows["all"]["covered"]) == (3, 2)


def test_untrained_vectors_are_probed_on_the_rows_they_hold(study: SimpleNamespace) -> None:
    runs = as_runs(study.runs[:2])
    rosters = [load_rosters(study.spaces[:2], runs, read_words(study.comparison))[0]]
    starts = {run: start[:12] for run, start in read_starts(study.snapshots[:2], runs).items()}
    probes = probes_of(rosters, starts)
    assert [probe.state for probe in probes] == ["trained", "trained", "untrained", "untrained"]
    assert probes[2].words.ids.tolist() == [8, 9, 10, 11]
    np.testing.assert_array_equal(probes[2].vectors, starts[probes[2].space.run][8:12])


def test_vectors_without_geometry_give_null_and_the_reason() -> None:
    words = listed_words("a", "b", "c", "d", "e")
    pairs = (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"))
    lists = {"wordsim": Ratings(pairs, np.arange(4.0))}
    questions = {"analogies": Analogies({"s": (("a", "b", "c", "d"),)})}
    table = table_of([Probe(SPACE, "untrained", words, np.zeros((5, 3)))], lists, questions)
    assert set(table["value"].to_pylist()) == {None}
    assert all("wiki/a/gpt/seed1 input, untrained" in note for note in table["note"].to_pylist())


def test_ratings_that_are_all_the_same_have_no_correlation() -> None:
    vectors = generator(4, "constant").standard_normal((6, 4))
    words = listed_words(*"abcdef")
    lists = {"flat": Ratings(tuple(zip("abcde", "bcdef", strict=True)), np.full(5, 2.0))}
    (row,) = table_of([Probe(SPACE, "trained", words, vectors)], lists, {}).to_pylist()
    assert (row["value"], row["low"], row["note"]) == (None, None, CONSTANT)
    assert row["detectable"] is not None
