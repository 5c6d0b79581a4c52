"""Neighbours of every word: known ones of planted spaces, the spaces that hold them, agreement with the listed ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from wordspaces.analysis.explorer.cells import cells_of, most_frequent
from wordspaces.analysis.explorer.neighbours import SCHEMA, cell_neighbours, held_by, neighbours_table, patterns_of
from wordspaces.analysis.explorer.settings import ExploreNeighbourSettings
from wordspaces.analysis.neighbours import load_neighbours
from wordspaces.analysis.neighbours import neighbours_table as listed_table
from wordspaces.analysis.roster import as_runs, corpus_words, samples_of
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

MODELS = ["glove", "bert"]
LEAST = 700
CELL = ["corpus", "model"]


def explored(study: SimpleNamespace, keep=lambda run: True, **settings):
    """Table of some runs of the planted study, the words, the runs and their files."""
    chosen = [i for i, run in enumerate(study.runs) if keep(run)]
    runs, paths = as_runs([study.runs[i] for i in chosen]), [study.spaces[i] for i in chosen]
    asked = ExploreNeighbourSettings(models=MODELS, **{"k": 3, "least_count": LEAST} | settings)
    words = corpus_words(study.counts, study.vocabulary, samples_of(runs), asked.least_count)
    return neighbours_table(paths, runs, words, asked), words, runs, paths


def test_cells_come_in_the_order_of_the_study_and_their_runs_by_sample_and_seed():
    listed = [["wiki", s, m, "x", seed] for m in ("b", "a", "c") for seed in (2, 1) for s in ("b", "a")]
    runs = as_runs([*listed, ["twitter", "a", "a", "x", 1]])
    found = cells_of(runs, ["a", "b", "z"])
    assert list(found) == [("wiki", "a"), ("wiki", "b"), ("twitter", "a")]
    members = [(runs[i].sample, runs[i].seed) for i in found["wiki", "a"]]
    assert members == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_the_most_frequent_rows_stay_in_order_and_earlier_ones_win_ties():
    assert most_frequent(np.array([5, 9, 5, 7, 5]), 3).tolist() == [0, 1, 3]
    assert most_frequent(np.array([1, 2]), 9).tolist() == [0, 1]


def test_it_agrees_with_the_lists_of_single_words(study):
    table, words, runs, paths = explored(study)
    assert table.schema.equals(SCHEMA)
    found = table.to_pandas()
    rosters = load_neighbours(paths, runs, words)
    chosen = ["king", "tiger", "w20"]
    expected = listed_table(rosters, NeighbourSettings(words=chosen, k=3, least_count=LEAST)).to_pandas()
    both = expected[expected["model"].isin(MODELS)].merge(found, on=[*CELL, "word", "rank"], suffixes=("", "_found"))
    assert len(both) == 2 * 2 * 3 * 3
    assert (both["neighbour"] == both["neighbour_found"]).all()
    for column in ("cosine", "spread"):
        np.testing.assert_allclose(both[column], both[f"{column}_found"], atol=1e-6)


def test_every_word_has_its_row_in_the_order_of_the_study(study):
    table, words, _, _ = explored(study)
    found = table.to_pandas()
    assert found.groupby(CELL, sort=False).size().index.tolist() == [
        (corpus, model) for corpus in ("twitter", "wiki") for model in MODELS
    ]
    for corpus, rows in found.groupby("corpus"):
        assert rows[rows["model"] == "glove"]["id"].tolist() == np.repeat(words[corpus].ids, 3).tolist()
        assert (rows["word"] == [study.tokens[i] for i in rows["id"]]).all()
        assert (rows["neighbour"] == [study.tokens[i] for i in rows["neighbour_id"]]).all()


def test_bits_say_which_spaces_hold_a_neighbour(study, vectors_of):
    table, words, runs, _ = explored(study)
    rows = table.to_pandas().query("corpus == 'wiki' and model == 'glove'")
    members = sorted((run.sample, run.seed) for run in runs if (run.corpus, run.model) == ("wiki", "glove"))
    ids = words["wiki"].ids
    for word in (ids[0], ids[7]):
        here = rows[rows["id"] == word]
        expected = np.zeros(3, dtype=np.int64)
        for bit, (sample, seed) in enumerate(members):
            units = centred_units(vectors_of(["wiki", sample, "glove", "glove", seed])[ids], "test")
            cosines = units @ units[ids == word][0]
            cosines[ids == word] = -2.0
            nearest = ids[np.argsort(-cosines)[:3]]
            expected += np.isin(here["neighbour_id"], nearest) << bit
        assert here["pattern"].tolist() == expected.tolist()
        assert here["held"].tolist() == [int(value).bit_count() for value in expected]
        assert set(here["spaces"]) == {6}


def test_planted_neighbours_are_found_and_shared_ones_are_held_by_all():
    stream = generator(1, "twins")
    base = stream.standard_normal((20, 8))
    spaces = [np.repeat(base, 2, axis=0) + 0.01 * stream.standard_normal((40, 8)) for _ in range(3)]
    spaces[2][:2] = stream.standard_normal((2, 8))  # words 0 and 1 are twins in two of three spaces
    units = [centred_units(matrix, "test") for matrix in spaces]
    found = cell_neighbours(units, 1)
    assert found[:, 0].tolist() == [i ^ 1 for i in range(40)]
    held = np.stack([held_by(cell_neighbours([matrix], 1), found) for matrix in units])
    assert patterns_of(held)[2:, 0].tolist() == [0b111] * 38
    assert patterns_of(held)[0, 0] & 0b011 == 0b011
    assert patterns_of(np.ones((62, 1, 1), dtype=bool))[0, 0] == 2**62 - 1
    assert patterns_of(np.ones((63, 1, 1), dtype=bool)) is None


def test_one_space_has_no_spread_and_a_long_list_is_cut(study):
    one = explored(study, lambda run: run[1:3] == ["a", "glove"] and run[4] == 1, words=30)[0].to_pandas()
    assert one["spread"].isna().all()
    assert set(one["pattern"]) == {1}
    assert set(one["word"]) == set(study.tokens[8:38])  # the most frequent ones of both corpora
    assert set(one["neighbour"]) <= set(one["word"])
    few = explored(study, lambda run: run[1:3] == ["a", "glove"] and run[4] == 1, words=4, k=9)[0].to_pandas()
    assert few.groupby(["corpus", "word"]).size().tolist() == [3] * 8


def test_too_few_words_are_refused(study):
    with pytest.raises(StudyError, match="0 words that occur 1000000 times in every training sample of twitter"):
        explored(study, least_count=1_000_000)
