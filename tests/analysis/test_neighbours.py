"""Neighbour lists of words whose neighbours are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from wordspaces.analysis.neighbours import neighbours_table
from wordspaces.analysis.rdm import centred_units
from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.common.errors import StudyError


def test_neighbours_are_those_of_the_mean_cosine(study: SimpleNamespace) -> None:
    roster, _ = load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison))
    table = neighbours_table(roster, NeighbourSettings(words=["king", "tiger", "king"], k=4)).to_pandas()
    assert len(table) == 2 * 6 * 2 * 4
    chosen = [v for s, v in zip(roster.spaces, roster.vectors, strict=True) if (s.corpus, s.model) == ("wiki", "bert")]
    units = [centred_units(vectors, "test") for vectors in chosen]
    at = roster.words.tokens.index("king")
    cosines = np.array([matrix @ matrix[at] for matrix in units])
    mean = np.where(np.arange(120) == at, -2.0, cosines.mean(axis=0))
    best = np.argsort(-mean)[:4]
    rows = table.query("corpus == 'wiki' and model == 'bert' and word == 'king'")
    assert rows["neighbour"].tolist() == [roster.words.tokens[i] for i in best]
    np.testing.assert_allclose(rows["cosine"], mean[best])
    np.testing.assert_allclose(rows["spread"], cosines[:, best].std(axis=0, ddof=1))
    assert rows["rank"].tolist() == [1, 2, 3, 4]
    assert set(rows["spaces"]) == {6}


def test_unknown_words_are_told_and_a_list_of_them_is_refused(study: SimpleNamespace) -> None:
    roster, _ = load_rosters(study.spaces[:3], as_runs(study.runs[:3]), read_words(study.comparison))
    table = neighbours_table(roster, NeighbourSettings(words=["king", "zebra"], k=2)).to_pandas()
    row = table[table["word"] == "zebra"].iloc[0]
    assert row[["rank", "neighbour", "cosine"]].isna().all()
    assert row["note"] == "not in the comparison vocabulary"
    with pytest.raises(StudyError, match="no known word among zebra, okapi"):
        neighbours_table(roster, NeighbourSettings(words=["zebra", "okapi"]))
    with pytest.raises(StudyError, match="1 to 119"):
        neighbours_table(roster, NeighbourSettings(words=["king"], k=120))
