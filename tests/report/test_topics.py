"""Tables and sentences of the sections that are made of tables: planted numbers come out where they belong."""

import numpy as np
import pandas as pd
import pytest
from planted import CORPORA
from topical import (
    planted_bits,
    planted_model_rdms,
    planted_moved,
    planted_moving,
    planted_probe_means,
    planted_senses,
    planted_stability_factors,
    planted_strata,
    planted_topics,
)

from wordspaces.report.adapted import bits_listing, bits_means, bits_sentences, moved_listing, moving_listing
from wordspaces.report.answered import probe_listings, settling_listing, settling_sentence
from wordspaces.report.kinds import (
    explained_listing,
    explained_sentence,
    stability_factor_listing,
    strata_listing,
    strata_means,
    strata_sentence,
)
from wordspaces.report.listing import Column, Listing
from wordspaces.report.names import ABSENT, MINUS
from wordspaces.report.runs import JOBS
from wordspaces.report.senses import sense_listing, sense_sentence
from wordspaces.report.topics import TOPICS, topics


def column(listing, head):
    place = [column.head for column in listing.columns].index(head)
    return [row[place] for row in listing.rows]


def test_bits_before_and_after_are_means_over_runs(variants):
    means = bits_means(planted_bits())
    at = means.set_index(["source", "target", "text"])
    assert len(means) == 5  # two texts of two directions, one of the control
    np.testing.assert_allclose(at.loc[("wiki", "twitter", "twitter"), ["before", "after"]].astype(float), [12, 8])
    np.testing.assert_allclose(at.loc[("wiki", "twitter", "wiki"), ["before", "after"]].astype(float), [7, 9])
    assert at.loc[("wiki", "twitter", "wiki"), "runs"] == 2
    assert at.loc[("wiki", "twitter", "wiki"), "se"] == pytest.approx(0.1 + 91.5 / 1000)
    listing = bits_listing(means, variants)
    assert listing.rows[-1][1:6] == ["Wikipedia, other text", "Wikipedia", "7.00", "6.90", f"{MINUS}0.10"]
    assert f"{MINUS}4.00" in column(listing, "change")
    assert "+2.00" in column(listing, "change")
    said = bits_sentences(means)
    assert len(said) == 2
    told = "gpt, continued from Wikipedia to Twitter: 12.00 to 8.00 bits a word on Twitter and 7.00 to 9.00"
    assert sum(sentence.startswith(told) for sentence in said) == 1


def test_moved_words_are_of_one_run_and_the_first_of_each_come_first(variants):
    listing = moved_listing(planted_moved(), variants)
    assert column(listing, "word") == ["w1"] * 4 + ["w2"] * 4
    assert not any("never" in cell for row in listing.rows for cell in row)
    assert listing.rows[0][4] == ", ".join(f"w1 before {rank}" for rank in range(1, 6))
    assert listing.rows[0][6].startswith("w1 target alone 1")


def test_what_goes_with_moving_has_a_row_a_question(variants):
    listing = moving_listing(planted_moving(), variants)
    estimate = "0.300\n[0.100, 0.500]"
    asked = ["how far it moves", "skipgram", "Wikipedia → Twitter"]
    assert listing.rows[0] == [*asked, estimate, estimate, "0.07", "0.60"]
    assert len(listing.rows) == 3


def test_kinds_of_words_are_means_and_a_kind_without_value_is_left_out():
    means = strata_means(planted_strata(), "spearman")
    listing = strata_listing(means)
    assert column(listing, "words") == ["count 1 to 9", "noun", "verb"]
    assert column(listing, "other corpus") == ["0.20 [0.10, 0.50]", "0.20 [0.10, 0.50]", "0.30 [0.10, 0.50]"]
    assert column(listing, "both other") == [ABSENT] * 3
    assert "most on “verb” (r = 0.30 [0.10, 0.50]) and least on “noun” (r = 0.20" in strata_sentence(means)
    assert strata_sentence(means[means["stratum"] == "noun"]) == ""
    assert strata_means(planted_strata(), "pearson").empty


def test_a_regression_that_is_not_defined_has_no_row(variants):
    listing = stability_factor_listing(planted_stability_factors(), variants)
    assert [row[:2] for row in listing.rows] == [["skipgram", "other seed"]]
    assert column(listing, "log count") == ["0.250\n[0.100, 0.500]"]


def test_what_explains_a_geometry(variants):
    table = planted_model_rdms()
    listing = explained_listing(table, variants, "spearman", CORPORA)
    assert column(listing, "PPMI") == [f"{value}\n[0.10, 0.50]" for value in ("0.31", "0.52", "0.52", "0.52")]
    assert column(listing, "spelling") == [ABSENT] * 4
    assert column(listing, "all together")[0].startswith("0.55")
    assert column(listing, "ceiling: samples") == ["0.60"] * 4
    # Ratings are compared by rank, whatever the main comparison is by.
    assert column(explained_listing(table, variants, "pearson", CORPORA), "WordSim-353")[0].startswith("0.44")
    assert "from 0.31 (skipgram, Wikipedia) to 0.52" in explained_sentence(table, "spearman")


def test_senses_are_of_one_layer_and_all_texts(variants):
    listing = sense_listing(planted_senses(), variants, CORPORA, 1)
    assert [row[:3] for row in listing.rows][:2] == [["bank", "gpt", "Wikipedia"], ["bank", "gpt", "Twitter"]]
    assert column(listing, "silhouette") == ["0.50"] * 4
    assert column(listing, "agreement of seeds") == ["0.80", "0.80", "0.20", "0.20"]
    assert listing.rows[0][-2:] == ["money 1: the [bank] <b>", "river"]
    assert "0.50 in the mean, from 0.20 to 0.80" in sense_sentence(planted_senses(), 1)
    assert sense_listing(planted_senses(), variants, CORPORA, 7).rows == []


def test_answers_have_both_intervals_and_the_untrained_model(variants):
    first, second = probe_listings(planted_probe_means(), variants, CORPORA)
    assert (first.columns[2].head, second.columns[2].head) == ("Spearman ρ", "share correct")
    assert first.rows[1][:6] == ["glove", "Wikipedia", "0.150", "[0.140, 0.160]", f"[{MINUS}0.200, 0.600]", "0.001"]
    assert [row[3] for row in first.rows if row[0] == "bert"] == [ABSENT, ABSENT]
    assert len(first.rows) == 8


def test_tokens_to_half_are_medians_with_the_ends(tables, variants):
    runs = tables.settling_runs
    listing = settling_listing(runs, variants, CORPORA)
    assert column(listing, "to half, frequent words")[0] == "1.5k [1k, 2k]"
    assert column(listing, "to half, rare words")[0] == "6k [4k, 8k]"
    whole = runs.assign(measure="rsa_other_seed")
    whole.loc[whole["model"] == "gpt", "tokens_to_half"] = 10.0
    assert "first in gpt (10 tokens) and last in" in settling_sentence(whole)
    assert settling_sentence(runs) == ""


def test_rows_beyond_the_first_stand_behind_a_door():
    listing = Listing("l", "c", [Column("a")], [[str(n)] for n in range(20)], "none")
    assert len(listing.first) == 15
    assert listing.rest[0] == ["15"]


def test_a_study_without_any_of_it_says_so(tables, study):
    empty = {name: table.iloc[:0] for name, table in planted_topics(tables.settling_runs, tables.adaptation).items()}
    assert set(empty) == set(TOPICS)
    made = topics(empty, pd.DataFrame(columns=JOBS), study, {"probes": {"contextual_layer": 1}}, "spearman")
    listings = [value for value in made.values() if isinstance(value, Listing)]
    assert len(listings) == 10
    assert all(not listing.rows and listing.absent for listing in listings)
    assert all(not value for value in made.values() if not isinstance(value, Listing))
