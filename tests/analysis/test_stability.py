"""Tables of stability over the planted study: levels, chance lines, what is left out, what is refused."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from wordspaces.analysis.roster import Roster, as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import RsaSettings, StabilitySettings
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.stability.overlap import mismatched, stability_tables
from wordspaces.common.errors import StudyError


@pytest.fixture(scope="module")
def roster(study: SimpleNamespace) -> Roster:
    return load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison))[0]


@pytest.fixture(scope="module")
def tables(roster: Roster) -> tuple[pd.DataFrame, pd.DataFrame]:
    rsa = rsa_table([roster], RsaSettings(methods=["pearson"]))
    words, cells = (table.to_pandas() for table in stability_tables(roster, rsa, StabilitySettings(k=5)))
    cells["pearson_of_the_rows"] = [_mean_r(rsa.to_pandas(), cell) for cell in cells.to_dict("records")]
    return words, cells


def _mean_r(rsa: pd.DataFrame, cell: dict) -> float:
    rows = rsa[(rsa["a_model"] == cell["model"]) & (rsa["relation"] == cell["level"])]
    corpora = [sorted(pair) for pair in zip(rows["a_corpus"], rows["b_corpus"], strict=True)]
    return rows["r"][[pair == [cell["corpus"], cell["other_corpus"]] for pair in corpora]].mean()


def test_every_model_has_its_cells_and_every_cell_its_words(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    words, cells = tables
    # 6 models: two levels in each of two corpora, one level between them.
    assert len(cells) == 6 * 5
    assert len(words) == 30 * 120
    assert set(cells["chance"]) == {5 / 119}
    assert set(cells["chance_overlap10"]) == {10 / 119}
    assert cells["rsa_spearman"].isna().all()
    np.testing.assert_allclose(cells["rsa_pearson"], cells["pearson_of_the_rows"])
    assert cells.groupby("level")["pairs"].first().to_dict() == {"corpus": 24, "sample": 6, "seed": 6}
    assert set(cells["note"]) == {""}


@pytest.mark.parametrize(
    ("measure", "sign"),
    [
        *((name, 1) for name in ("overlap", "overlap1", "overlap10", "overlap50", "jaccard", "rbo", "second_order")),
        *((name, -1) for name in ("displacement", "eigenspace_instability", "pip_loss", "pip_loss_normalised")),
    ],
)
def test_another_seed_changes_less_than_another_sample_or_corpus(
    tables: tuple[pd.DataFrame, pd.DataFrame], measure: str, sign: int
) -> None:
    words, cells = tables
    levels = sign * cells.groupby("level")[measure].mean()
    assert levels["seed"] > levels["sample"] > levels["corpus"]
    if measure in words:
        chance = "chance" if measure == "overlap" else f"chance_{measure}"
        assert (sign * (cells[measure] - cells[chance]) > 0).all()
    if measure in words:
        by_cell = words.groupby(["corpus", "other_corpus", "model", "level"])[measure].mean()
        keyed = cells.set_index(["corpus", "other_corpus", "model", "level"])[measure]
        np.testing.assert_allclose(by_cell, keyed[by_cell.index], rtol=1e-6)


def test_mismatched_words_are_what_chance_is_measured_on(
    roster: Roster, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    order = mismatched(120, 1)
    assert sorted(order) == list(range(120))
    assert (order != np.arange(120)).all()
    cells = tables[1]
    assert cells["chance_second_order"].abs().max() < 0.05
    # A rotation in 16 dimensions brings 120 unrelated unit vectors part of the way.
    assert cells["chance_displacement"].between(0.5, 0.9).all()
    chosen = [i for i, s in enumerate(roster.spaces) if (s.corpus, s.sample, s.model) == ("wiki", "a", "gpt")][:2]
    small = roster.select(chosen)
    cell = stability_tables(small, rsa_table([small], RsaSettings()), StabilitySettings())[1].to_pylist()[0]
    left, right = (centred_units(vectors, "test") for vectors in small.vectors)
    u, _, vt = np.linalg.svd(left.T @ right[order])
    assert cell["chance_displacement"] == pytest.approx(1 - ((left @ u @ vt) * right[order]).sum(axis=1).mean())


def test_one_word_equals_brute_force(roster: Roster) -> None:
    chosen = [i for i, s in enumerate(roster.spaces) if (s.corpus, s.sample, s.model) == ("wiki", "b", "glove")]
    small = roster.select(chosen)
    table, _ = stability_tables(small, rsa_table([small], RsaSettings()), StabilitySettings(k=7))
    lists = []
    for vectors in small.vectors:
        units = centred_units(vectors, "test")
        cosines = units @ units[3]
        cosines[3] = -np.inf
        lists.append(set(np.argsort(-cosines)[:7]))
    expected = np.mean([len(lists[a] & lists[b]) / 7 for a, b in ((0, 1), (0, 2), (1, 2))])
    row = table.to_pylist()[3]
    assert row["overlap"] == pytest.approx(expected)
    assert (row["token"], row["count"]) == (small.words.tokens[3], small.words.counts[3])


def _first_words(roster: Roster, size: int) -> Roster:
    keep = np.arange(size)
    chosen = [i for i, s in enumerate(roster.spaces) if (s.corpus, s.sample, s.model) == ("wiki", "a", "cbow")]
    vectors = tuple(roster.vectors[i][keep] for i in chosen)
    return Roster(roster.name, tuple(roster.spaces[i] for i in chosen), roster.words.take(keep), vectors)


def test_default_ks_that_a_small_vocabulary_cannot_fill_are_null_with_a_note(roster: Roster) -> None:
    small = _first_words(roster, 40)
    words, cells = stability_tables(small, rsa_table([small], RsaSettings()), StabilitySettings())
    row = cells.to_pylist()[0]
    assert row["overlap50"] is None
    assert row["chance_overlap50"] is None
    assert row["note"] == "no overlap at k = 50: 40 compared words"
    assert row["depth"] == 10
    assert words["overlap50"].null_count == 40
    assert words["overlap5"].null_count == 0


@pytest.mark.parametrize(("asked", "name"), [({"ks": [2, 40]}, "ks"), ({"k": 40}, "k")])
def test_more_neighbours_than_words_are_refused(roster: Roster, asked: dict, name: str) -> None:
    small = _first_words(roster, 40)
    with pytest.raises(
        StudyError, match=rf"^{name} of the stability: found 40 for 40 compared words; allowed: 1 to 39"
    ):
        stability_tables(small, rsa_table([small], RsaSettings()), StabilitySettings(**asked))


def test_a_level_that_the_study_lacks_is_a_row_of_nulls_that_says_why(roster: Roster) -> None:
    def cells(keep) -> dict[tuple, dict]:
        small = roster.select([i for i, s in enumerate(roster.spaces) if s.model == "cbow" and keep(s)])
        words, table = stability_tables(small, rsa_table([small], RsaSettings()), StabilitySettings())
        listed = table.to_pylist()
        found = {(row["corpus"], row["other_corpus"], row["level"]): row for row in listed}
        assert len(found) == len(listed)
        assert {row["level"] for row in words.select(["level"]).to_pylist()} == {
            level for (*_, level), row in found.items() if row["pairs"]
        }
        return found

    one_seed = cells(lambda s: s.seed == 1)
    assert len(one_seed) == 5
    assert {row["overlap"] for row in one_seed.values()} == {None} == {row["rsa_pearson"] for row in one_seed.values()}
    assert one_seed["wiki", "wiki", "seed"]["note"] == "not defined: no two seeds on one sample"
    assert one_seed["wiki", "wiki", "sample"]["note"] == "not defined: no two samples with different seeds"
    across = next(row for (*_, level), row in one_seed.items() if level == "corpus")
    assert across["note"] == "not defined: no two corpora with different seeds"
    one_cell = cells(lambda s: s.corpus == "wiki" and s.sample == "a")
    assert [row["note"] for row in one_cell.values()] == [
        "",
        "not defined: only one sample of the corpus",
        "not defined: only one corpus",
    ]
    assert list(one_cell)[2] == ("wiki", None, "corpus")
    single = cells(lambda s: s.corpus == "wiki" and s.sample == "a" and s.seed == 1)
    assert single["wiki", "wiki", "seed"]["note"] == "not defined: only one seed"


def test_the_same_space_twice_is_wholly_stable(roster: Roster) -> None:
    small = _first_words(roster, 60)
    twins = Roster(small.name, small.spaces[:2], small.words, (small.vectors[0],) * 2)
    words, cells = stability_tables(twins, rsa_table([twins], RsaSettings()), StabilitySettings())
    row = cells.to_pylist()[0]
    for measure in ("overlap", "overlap1", "overlap50", "jaccard", "rbo", "second_order"):
        assert row[measure] == pytest.approx(1.0)
    for measure in ("displacement", "eigenspace_instability", "eigenspace_instability_unweighted"):
        assert row[measure] == pytest.approx(0.0, abs=1e-9)
    assert row["pip_loss_normalised"] == pytest.approx(0.0, abs=1e-6)
    assert words["overlap"].to_pylist() == [1.0] * 60
