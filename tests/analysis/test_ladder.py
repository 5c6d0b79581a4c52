"""Rungs of reference variants: which pairs they hold, and where they stand."""

import itertools

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.ladder import ladder_table, rungs_of
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import LadderSettings, RsaSettings
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

FAMILIES = {"cbow": "word2vec", "glove": "glove", "svd": "svd", "outside": "fasttext"}


@pytest.fixture(scope="module")
def roster() -> Roster:
    """svd is equal for all seeds; outside is a reference with seeds."""
    spaces, vectors = [], []
    for corpus, sample, model, seed in itertools.product("pq", "ab", FAMILIES, (1, 2, 3)):
        own = 0 if model == "svd" else seed
        stream = generator(5, corpus, sample, model, str(own))
        text = generator(5, corpus, sample).standard_normal((40, 6))
        spaces.append(Space(corpus, sample, model, FAMILIES[model], seed))
        vectors.append(text + 0.5 * stream.standard_normal((40, 6)))
    words = Words(np.arange(40, dtype=np.int32), tuple(map(str, range(40))), np.full(40, 10))
    order = sorted(range(len(spaces)), key=lambda i: spaces[i])
    return Roster("input", tuple(spaces), words, tuple(vectors)).select(order)


@pytest.fixture(scope="module")
def rsa(roster: Roster) -> pa.Table:
    return rsa_table([roster], RsaSettings(methods=["pearson"]))


def climbed(rsa: pa.Table, roster: Roster, references: list[str], models: tuple[str, ...] = ("cbow", "glove")):
    settings = LadderSettings(models=list(models), references=references, methods=["pearson"])
    return ladder_table(rsa, roster, {}, settings).to_pandas()


def test_rungs_stand_in_the_order_of_the_design(rsa: pa.Table, roster: Roster) -> None:
    table = climbed(rsa, roster, ["svd", "outside"])
    expected = [
        "other seed",
        "other sample",
        "other sample, svd",
        "other sample, outside",
        "other epochs",
        "other variant",
        "other family",
        "recipe and svd",
        "recipe and outside",
        "other corpus",
        "untrained",
        "shuffled words",
    ]
    assert rungs_of(["svd", "outside"]) == expected
    assert list(table.sort_values("place", kind="stable")["rung"].unique()) == expected


def test_a_deterministic_reference_gives_each_pair_of_spaces_once(rsa: pa.Table, roster: Roster) -> None:
    table = climbed(rsa, roster, ["svd"])
    itself = table[table["rung"] == "other sample, svd"]
    # One pair of samples in each of two corpora.
    assert itself[["a_corpus", "a_sample", "b_corpus", "b_sample"]].to_numpy().tolist() == [list("papb"), list("qaqb")]
    recipes = table[table["rung"] == "recipe and svd"]
    # Two recipes x three seeds on four texts, each against the one space of its own text.
    assert len(recipes) == len(recipes["r"].round(12).unique()) == 24
    assert (recipes["a_corpus"] + recipes["a_sample"]).equals(recipes["b_corpus"] + recipes["b_sample"])
    assert set(recipes["b_model"]) == {"svd"}
    assert recipes["mean"].iloc[0] == pytest.approx(recipes["r"].mean())
    assert "svd" not in set(table.loc[table["rung"] == "other family", ["a_model", "b_model"]].to_numpy().ravel())


def test_a_reference_with_seeds_is_compared_across_them(rsa: pa.Table, roster: Roster) -> None:
    table = climbed(rsa, roster, ["outside"])
    itself = table[table["rung"] == "other sample, outside"]
    assert len(itself) == 2 * 6
    recipes = table[table["rung"] == "recipe and outside"]
    assert len(recipes) == 2 * 4 * 6
    for rung in (itself, recipes):
        assert (rung["a_seed"] != rung["b_seed"]).all()


def test_one_seed_is_enough_for_a_deterministic_reference(roster: Roster) -> None:
    one = roster.select([i for i, space in enumerate(roster.spaces) if space.seed == 2])
    table = climbed(rsa_table([one], RsaSettings(methods=["pearson"])), one, ["svd", "outside"])
    rows = table.groupby("rung")["r"].count()
    assert rows["other sample, svd"] == 2
    assert rows["recipe and svd"] == 8
    assert rows["other sample, outside"] == rows["recipe and outside"] == rows["other seed"] == 0


def test_a_reference_that_no_space_has_is_refused(rsa: pa.Table, roster: Roster) -> None:
    with pytest.raises(StudyError, match="'ppmi'"):
        climbed(rsa, roster, ["ppmi"])
