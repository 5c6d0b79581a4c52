"""Strata: which words belong, a planted class, and what is too small."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.strata import class_strata, frequency_strata, list_strata, read_list, strata_table
from wordspaces.analysis.settings import StrataSettings
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

SETTINGS = StrataSettings(models=["m"], methods=["pearson"])
LEXICON = {f"w{i}": "noun" if i < 60 else "verb" if i < 120 else "adverb" for i in range(126)}


def words_of(counts: np.ndarray) -> Words:
    return Words(np.arange(len(counts), dtype=np.int32), tuple(f"w{i}" for i in range(len(counts))), counts)


@pytest.fixture(scope="module")
def roster() -> Roster:
    """Nouns (w0 to w59) lie alike in both corpora, verbs (w60 to w119) do not."""
    spaces, vectors = [], []
    for corpus, sample, model, seed in itertools.product("pq", "ab", ("m", "n"), (1, 2)):
        shared = generator(3, "shared").standard_normal((130, 10))
        own = generator(3, "own", corpus).standard_normal((130, 10))
        noise = generator(3, "noise", corpus, sample, model, str(seed)).standard_normal((130, 10))
        own[:60] = shared[:60]
        spaces.append(Space(corpus, sample, model, f"f{model}", seed))
        vectors.append(own + 0.3 * noise)
    return Roster("input", tuple(spaces), words_of(np.geomspace(10, 5000, 130).astype(np.int64)), tuple(vectors))


def test_a_planted_class_agrees_and_the_other_does_not(roster: Roster) -> None:
    table = strata_table([roster], LEXICON, SETTINGS).to_pandas()
    rows = table[(table["relation"] == "corpus") & (table["a_model"] == "m")].set_index("stratum")
    assert rows.loc["noun", "r"] > 0.7
    assert rows.loc["noun", "low"] > 0.6
    assert rows.loc["verb", "low"] < 0.0 < rows.loc["verb", "high"]
    assert rows.loc["noun", "words"] == rows.loc["verb", "words"] == 60
    seed = table[(table["relation"] == "seed") & (table["a_model"] == "all")].set_index("stratum")
    assert seed.loc["verb", "r"] == pytest.approx(seed.loc["noun", "r"], abs=0.1)


def test_r_is_that_of_the_words_of_the_stratum_centred_over_them(roster: Roster) -> None:
    table = strata_table([roster], LEXICON, SETTINGS).to_pandas()
    row = table.query("stratum == 'verb' and relation == 'corpus' and a_model == 'n'").iloc[0]
    flat = [pdist(v[60:120] - v[60:120].mean(axis=0), "cosine") for v in roster.vectors]
    pairs = [
        np.corrcoef(flat[i], flat[j])[0, 1]
        for (i, a), (j, b) in itertools.combinations(enumerate(roster.spaces), 2)
        if a.model == b.model == "n" and a.corpus != b.corpus and a.seed != b.seed
    ]
    assert row["r"] == pytest.approx(np.mean(pairs), abs=1e-9)
    assert row["pairs"] == len(pairs) == 8


def test_all_is_the_mean_over_pairs_of_cells_of_the_declared_models(roster: Roster) -> None:
    table = strata_table([roster], LEXICON, StrataSettings(models=["m", "n"], methods=["pearson"])).to_pandas()
    part = table[(table["stratum"] == "noun") & (table["relation"] == "sample")].set_index(["a_corpus", "a_model"])
    alone = part.drop(index=("all", "all"))["r"]
    assert len(alone) == 4
    assert part.loc[("all", "all"), "r"] == pytest.approx(alone.mean())
    assert set(strata_table([roster], {}, SETTINGS)["stratum_kind"].to_pylist()) == {"frequency"}


def test_a_stratum_that_is_too_small_or_without_geometry_is_null_with_a_note(roster: Roster) -> None:
    lists = {"none": ["zebra"], "few": ["w1", "w2", "zebra"], "flat": [f"w{i}" for i in range(30)]}
    vectors = tuple(np.concatenate([np.zeros((30, 10)), v[30:]]) for v in roster.vectors)
    flat = Roster("input", roster.spaces, roster.words, vectors)
    settings = StrataSettings(models=["m"], methods=["pearson"], lists=lists)
    table = strata_table([flat], LEXICON, settings).to_pandas().set_index("stratum")
    for name, words in {"none": 0, "few": 2, "adverb": 6, "number": 0}.items():
        assert table.loc[[name], "r"].isna().all()
        note = f"not defined: {words} of the compared words, allowed: 20 or more"
        assert table.loc[[name], "note"].eq(note).all()
    assert table.loc[["flat"], "r"].isna().all()
    assert table.loc[["flat"], "note"].str.contains("a vector equal to the mean of all").all()


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60), st.integers(1, 6))
def test_frequency_strata_part_the_words_by_count(counts: list[int], number: int) -> None:
    words = words_of(np.array(counts))
    strata = frequency_strata(words, number)
    positions = np.concatenate([stratum.positions for stratum in strata])
    assert sorted(positions.tolist()) == list(range(len(counts)))
    assert 1 <= len(strata) <= number
    bounds = [(words.counts[s.positions].min(), words.counts[s.positions].max()) for s in strata]
    assert all(low[1] < high[0] for low, high in itertools.pairwise(bounds))


def test_frequency_strata_are_about_equal_where_counts_differ() -> None:
    strata = frequency_strata(words_of(np.arange(10, 100)), 3)
    assert [len(stratum.positions) for stratum in strata] == [30, 30, 30]
    assert strata[0].name == "count 10 to 39"


def test_classes_and_lists_hold_their_own_words(tmp_path: Path) -> None:
    words = words_of(np.full(130, 10))
    classes = {stratum.name: stratum.positions.tolist() for stratum in class_strata(words, LEXICON)}
    assert classes["adverb"] == list(range(120, 126))
    path = tmp_path / "list.txt"
    path.write_text("# of weather\nw3\n\nw1  # and this\nsnow\n")
    assert read_list(path) == ["w3", "w1", "snow"]
    assert list_strata(words, {"weather": str(path)})[0].positions.tolist() == [1, 3]
    path.write_text("# nothing\n")
    with pytest.raises(StudyError, match="no word"):
        read_list(path)
    with pytest.raises(StudyError, match="no readable list"):
        read_list(tmp_path / "absent.txt")
