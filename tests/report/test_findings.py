"""Sentences at the top of the page: every number is that of the table, and the claim follows the intervals."""

import pandas as pd
import pytest

from wordspaces.report.findings import headline, reach, share_rows
from wordspaces.report.learning import (
    BITS,
    HELDOUT,
    TRAINING,
    learning,
    next_sentence_rows,
    reliability_sentence,
    seed_reliability,
)
from wordspaces.report.names import count, interval, joined, number, percent
from wordspaces.report.sections import disjoint, sample_sentence

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
    assert found.title == "On these texts, the training recipe shapes a word space more than the corpus does"
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
    assert found.title == "The training recipe and the corpus cannot be told apart here"
    three = headline(shares([0.2, 0.25, 0.24, 0.03, 0.235, 0.05]), 0.95)
    assert three.title == "The training recipe, the corpus and the choice of documents cannot be told apart here"


def test_a_share_without_an_interval_makes_no_winner():
    table = shares([0.1, 0.46, 0.14, 0.2, 0.06, 0.04])
    table.loc[table["component"] == "seed", ["low", "high"]] = float("nan")
    assert headline(table, 0.95).title == "The training recipe and the seed cannot be told apart here"


def test_samples_in_the_resampling_widen_the_claim():
    found = headline(shares([0.1, 0.46, 0.14, 0.2, 0.06, 0.04], resampled="words and samples"), 0.95)
    assert "not of other texts" not in found.scope
    assert found.title == "The training recipe shapes a word space more than the corpus does"


def test_undefined_shares_are_said():
    nan = float("nan")
    one_sample = headline(shares([0.1, 0.5, 0.2, 0.1, nan, 0.1]), 0.95)
    assert "The share of the choice of documents is not defined here." in one_sample.sentence
    one_corpus = headline(shares([nan, nan, nan, nan, nan, 0.1]), 0.95)
    assert "cannot tell apart" in one_corpus.title
    assert "only one corpus" in one_corpus.sentence


def summary(words, samples):
    """A summary of two corpora with `samples` samples of `words` words, parts that are no such samples left out."""
    names = [*"abcdef"[:samples], "heldout", "a25", "b25", "boot1"]
    rows = [(corpus, name, words if len(name) == 1 else 9) for corpus in ("wiki", "twitter") for name in names]
    return disjoint(pd.DataFrame(rows, columns=["corpus", "sample", "words"]))


def test_reach_follows_the_size_of_the_study():
    comparison = pd.DataFrame({"token": ["a", "b"], "count": [40, 12]})
    probes = pd.DataFrame({"probe": ["WordSim-353"], "items": [353], "covered": [56], "detectable": [0.35]})
    learned = pd.DataFrame({"model": ["gpt"], "corpus": ["wiki"], "measure": [BITS], "learned": [6], "runs": [6]})
    small = reach(summary(289_123, 2), comparison, probes, seeds=3, learned=learned)
    assert count(289_123) in " ".join(small.can)
    assert "at least 12 occurrences" in " ".join(small.can)
    assert len(small.cannot) == 4
    assert "56 of 353 items are covered, so a correlation below 0.35 would go unseen" in small.cannot[-1]
    large = reach(summary(12_000_000, 3), comparison, probes, seeds=5, learned=learned)
    assert len(large.cannot) == 1


def test_only_recipes_that_learned_in_every_run_are_said_to_learn(tables):
    learned = learning(tables.perplexity, tables.dynamics, ["skipgram", "gpt", "bert"])
    assert learned["model"].tolist() == ["skipgram", "skipgram", "gpt", "gpt", "bert", "bert"]
    assert learned["runs"].tolist() == [4] * 6
    # The planted held-out loss of skipgram stays at 4.0; language models need 8 bits where a unigram needs 10.
    assert learned["learned"].tolist() == [0, 0, 4, 4, 4, 4]
    assert learned["measure"].tolist() == [HELDOUT] * 2 + [BITS] * 4
    worse = tables.perplexity.copy()
    one = (worse["model"] == "bert") & (worse["corpus"] == "wiki") & (worse["sample"] == "b") & (worse["seed"] == 2)
    worse.loc[one, "bits"] = 10.5
    cells = learning(worse, tables.dynamics, ["skipgram", "gpt", "bert"])
    assert cells.loc[cells["model"] == "bert", "learned"].tolist() == [4, 3]
    probes = pd.DataFrame({"probe": [], "items": [], "covered": [], "detectable": []})
    found = reach(summary(12_000_000, 3), pd.DataFrame({"count": [12]}), probes, seeds=5, learned=cells)
    assert "learns, and how its space forms" in found.can[0]
    assert found.can[0].endswith(f"gpt ({BITS}).")
    assert found.cannot[-1].startswith("What bert makes of Wikipedia: it learned in 3 of 4 runs")
    assert [claim.split()[1] for claim in found.cannot] == ["skipgram", "skipgram", "bert"]


def test_a_recipe_without_held_out_loss_is_judged_by_its_training_loss(tables):
    dynamics = tables.dynamics[tables.dynamics["measure"] != "heldout_loss"]
    learned = learning(tables.perplexity, dynamics, ["glove"])
    assert learned[["measure", "learned", "runs"]].values.tolist() == [[TRAINING, 4, 4]] * 2


def test_reliability_of_seeds_is_the_mean_of_the_table_and_names_who_makes_the_share():
    rows = [("gpt", "seed", 0.8), ("gpt", "seed", 0.7), ("bert", "seed", 0.2), ("bert", "seed", 0.4)]
    rows += [("gpt", "sample", 0.1), ("short", "seed", 0.1), ("glove", "seed", None)]
    table = pd.DataFrame(rows, columns=["model", "level", "rsa_pearson"])
    means = seed_reliability(table, "pearson", ["bert", "gpt", "glove"])
    assert means.to_dict() == {"gpt": pytest.approx(0.75), "bert": pytest.approx(0.3)}
    text = reliability_sentence(means).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert text == (
        "Two seeds on the same text agree at r = 0.75 (gpt) and 0.30 (bert)."
        " So 74 % of the share of the seed comes from bert alone."
    )
    assert "alone" not in reliability_sentence(pd.Series({"a": 0.9, "b": 0.88, "c": 0.87}))
    assert reliability_sentence(means.iloc[:0]) == ""


def test_reliability_agrees_with_the_seed_component(tables):
    means = seed_reliability(tables.reliability, "spearman", ["skipgram", "glove", "gpt", "bert"])
    seed = share_rows(tables.components, "spearman").set_index("component").loc["seed", "share"]
    assert seed == pytest.approx(1.0 - means.mean())


def test_next_sentence_rows_end_at_the_last_snapshot(tables, variants):
    rows = next_sentence_rows(tables.dynamics, variants, ["wiki", "twitter"])
    assert [(row["model"], row["corpus"]) for row in rows] == [("bert", "Wikipedia"), ("bert", "Twitter")]
    assert rows[0]["cells"] == ["0.70", "0.70", "0.70", "0.53"]
    without = tables.dynamics[~tables.dynamics["measure"].str.startswith("next_sentence")]
    assert next_sentence_rows(without, variants, ["wiki"]) == []


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


def test_samples_say_how_they_lie_to_each_other():
    """Shares lie in their samples, bootstrap samples repeat the documents of the first."""
    summary = pd.DataFrame({"sample": ["a", "b", "a25", "b25", "boot1", "heldout"] * 2})
    assert sample_sentence(summary) == (
        "Of no document in common: a, b and what is held out; a and b have equally many words. "
        "The first hundredths of these, as many as the number says: a25 and b25. "
        "Drawn from the documents of a with replacement: boot1."
    )
    alone = sample_sentence(pd.DataFrame({"sample": ["a", "heldout"]}))
    assert alone == "Of no document in common: a and what is held out."
