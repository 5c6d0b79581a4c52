"""Neighbour lists of words whose neighbours are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from wordspaces.analysis.neighbours import load_neighbours, neighbours_table
from wordspaces.analysis.roster import Roster, as_runs, corpus_words, samples_of
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.errors import StudyError


def rosters_of(study: SimpleNamespace, least: int, count: int | None = None) -> dict[str, Roster]:
    """Input spaces of the first `count` runs over the words that occur `least` times in every sample of a corpus."""
    runs = as_runs(study.runs[:count])
    words = corpus_words(study.counts, study.vocabulary, samples_of(runs), least)
    return load_neighbours(study.spaces[:count], runs, words)


def test_neighbours_are_those_of_the_mean_cosine(study: SimpleNamespace) -> None:
    rosters = rosters_of(study, 700)
    table = neighbours_table(rosters, NeighbourSettings(words=["king", "tiger", "king"], k=4)).to_pandas()
    assert len(table) == 2 * 6 * 2 * 4
    roster = rosters["wiki"]
    chosen = [v for s, v in zip(roster.spaces, roster.vectors, strict=True) if (s.corpus, s.model) == ("wiki", "bert")]
    units = [centred_units(vectors, "test") for vectors in chosen]
    at = roster.words.tokens.index("king")
    cosines = np.array([matrix @ matrix[at] for matrix in units])
    mean = np.where(np.arange(len(roster.words)) == at, -2.0, cosines.mean(axis=0))
    best = np.argsort(-mean)[:4]
    rows = table.query("corpus == 'wiki' and model == 'bert' and word == 'king'")
    assert rows["neighbour"].tolist() == [roster.words.tokens[i] for i in best]
    np.testing.assert_allclose(rows["cosine"], mean[best])
    np.testing.assert_allclose(rows["spread"], cosines[:, best].std(axis=0, ddof=1))
    assert rows["rank"].tolist() == [1, 2, 3, 4]
    assert set(rows["spaces"]) == {6}


def test_words_are_those_frequent_enough_in_each_training_sample(study: SimpleNamespace) -> None:
    # In the planted study the word with id i occurs 100000 // (i + 10) times, and once more in each later cell.
    rosters = rosters_of(study, 700)
    for corpus, more in (("twitter", 0), ("wiki", 3)):
        expected = [study.tokens[i] for i in range(8, 200) if 100_000 // (i + 10) + more >= 700]
        assert list(rosters[corpus].words.tokens) == expected
        assert {space.corpus for space in rosters[corpus].spaces} == {corpus}
    table = neighbours_table(rosters, NeighbourSettings(words=["king"], k=5)).to_pandas()
    for corpus, rows in table.groupby("corpus"):
        assert set(rows["neighbour"]) <= set(rosters[corpus].words.tokens)


def test_a_word_unknown_in_one_corpus_is_null_there_and_listed_in_the_other(study: SimpleNamespace) -> None:
    rosters = rosters_of(study, 701)  # w132: 704 times in Twitter's first sample; w133 occurs 699 and 702 times
    assert "w133" in rosters["wiki"].words.tokens
    assert "w133" not in rosters["twitter"].words.tokens
    settings = NeighbourSettings(words=["king", "w133"], k=2, least_count=701)
    table = neighbours_table(rosters, settings).to_pandas()
    rows = table[(table["word"] == "w133") & (table["corpus"] == "twitter")]
    assert len(rows) == 6
    assert rows[["rank", "neighbour", "cosine"]].isna().all().all()
    assert set(rows["note"]) == {"fewer than 701 occurrences in a training sample of this corpus"}
    assert table.loc[(table["word"] == "w133") & (table["corpus"] == "wiki"), "neighbour"].notna().all()
    alone = neighbours_table(rosters, NeighbourSettings(words=["w133"], k=2)).to_pandas()
    assert alone["neighbour"].notna().sum() == 6 * 2


def test_words_that_no_corpus_knows_and_too_large_a_k_are_refused(study: SimpleNamespace) -> None:
    rosters = rosters_of(study, 700, 3)
    size = len(rosters["twitter"].words)
    with pytest.raises(StudyError, match="no known word among zebra, okapi"):
        neighbours_table(rosters, NeighbourSettings(words=["zebra", "okapi"]))
    with pytest.raises(StudyError, match=f"less than {size}, the words of twitter"):
        neighbours_table(rosters, NeighbourSettings(words=["king"], k=size))
