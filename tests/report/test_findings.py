"""Sentences at the top of the page: every number is that of the table, and the claim follows the intervals."""

import pandas as pd
import pytest

from wordspaces.report.findings import headline, reach, share_rows
from wordspaces.report.names import count, interval, joined, number, percent

COMPONENTS = ("shared", "model", "corpus", "interaction", "sample", "seed")


def shares(values, half=0.02, resampled="words"):
    """Rows of shares with intervals of half a width `half`."""
    return pd.DataFrame(
        {
            "component": COMPONENTS,
            "share": values,
            "low": [value - half for value in values],
            "high": [value + half for value in values],
            "resampled": resampled,
            "words": 926,
            "spaces": 60,
            "note": ["" if value == value else "not defined: only one corpus" for value in values],
        }
    )


def test_headline_names_the_largest_share_and_says_every_number():
    found = headline(shares([0.10, 0.46, 0.14, 0.20, 0.06, 0.04]), 0.95)
    assert found.title == "The training recipe shapes a word space more than the corpus does"
    text = found.sentence.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert text.startswith("Among these recipes, samples and words, the training recipe accounts for 46 % [44, 48]")
    for part in ("the corpus for 14 % [12, 16]", "the choice of documents for 6 % [4, 8]", "the seed for 4 % [2, 6]"):
        assert part in text
    assert "10 % [8, 12] is common to all spaces" in text
    assert "of other words, not of other texts" in found.scope


def test_headline_numbers_are_those_of_the_analysis(tables):
    rows = share_rows(tables.components, "spearman")
    text = headline(rows, 0.95).sentence
    for row in rows.itertuples():
        assert f"{percent(row.share)} {interval(row.low, row.high, 100, 0)}" in text


def test_overlapping_intervals_make_no_winner():
    found = headline(shares([0.2, 0.30, 0.28, 0.1, 0.07, 0.05]), 0.95)
    assert found.title == "The training recipe and the corpus shape a word space about equally"


def test_samples_in_the_resampling_widen_the_claim():
    found = headline(shares([0.1, 0.46, 0.14, 0.2, 0.06, 0.04], resampled="words and samples"), 0.95)
    assert "not of other texts" not in found.scope


def test_undefined_shares_are_said():
    nan = float("nan")
    one_sample = headline(shares([0.1, 0.5, 0.2, 0.1, nan, 0.1]), 0.95)
    assert "The share of the choice of documents is not defined here." in one_sample.sentence
    one_corpus = headline(shares([nan, nan, nan, nan, nan, 0.1]), 0.95)
    assert "cannot tell apart" in one_corpus.title
    assert "only one corpus" in one_corpus.sentence


def summary(words, samples):
    """A summary of two corpora with `samples` samples of `words` words."""
    rows = [(corpus, name, words) for corpus in ("wiki", "twitter") for name in [*"abcdef"[:samples], "heldout"]]
    return pd.DataFrame(rows, columns=["corpus", "sample", "words"])


def test_reach_follows_the_size_of_the_study():
    comparison = pd.DataFrame({"token": ["a", "b"], "count": [40, 12]})
    probes = pd.DataFrame({"probe": ["WordSim-353"], "items": [353], "covered": [56], "detectable": [0.35]})
    small = reach(summary(289_123, 2), comparison, probes, seeds=3, recipes=5)
    assert count(289_123) in " ".join(small.can)
    assert "at least 12 occurrences" in " ".join(small.can)
    assert len(small.cannot) == 4
    assert "56 of 353 items are covered, so a correlation below 0.35 would go unseen" in small.cannot[-1]
    large = reach(summary(12_000_000, 3), comparison, probes, seeds=5, recipes=5)
    assert len(large.cannot) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.456, "46"), (0.004, "0.4"), (-0.004, "\N{MINUS SIGN}0.4"), (0.0, "0"), (-0.12, "\N{MINUS SIGN}12")],
)
def test_percent(value, text):
    assert percent(value) == f"{text}\N{NARROW NO-BREAK SPACE}%"


def test_numbers_as_text():
    assert number(-0.001) == "0.00"
    assert number(float("nan")) == number(None) == "\N{EN DASH}"
    assert count(1234567).split("\N{NARROW NO-BREAK SPACE}") == ["1", "234", "567"]
    assert interval(0.1, None) == ""
    assert joined(["a", "b", "c"]) == "a, b and c"
