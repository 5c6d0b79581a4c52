"""The table of correlations, and the ladder made from it."""

import itertools
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr, spearmanr

from wordspaces.analysis.roster import Roster, as_runs, load_rosters, read_starts, read_words
from wordspaces.analysis.rsa.ladder import ladder_table, rungs_of
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import LadderSettings, RsaSettings
from wordspaces.analysis.similarity.mantel import mantel_z
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.artefacts import read_tensors

RECIPES = ["skipgram", "cbow", "glove", "gpt", "bert"]


@pytest.fixture(scope="module")
def rosters(study: SimpleNamespace) -> list[Roster]:
    return list(load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison), layer=1))


@pytest.fixture(scope="module")
def rsa(rosters: list[Roster]) -> pa.Table:
    return rsa_table(rosters, RsaSettings(epochs_of={"skipgram-short": "skipgram"}))


def test_every_pair_is_one_row_for_each_method(rsa: pa.Table) -> None:
    frame = rsa.to_pandas()
    sizes = frame.groupby(["roster", "method"]).size().to_dict()
    assert sizes == {
        (roster, method): n * (n - 1) // 2
        for (roster, n), method in itertools.product([("input", 72), ("contextual", 48)], ["pearson", "spearman"])
    }
    assert frame["r"].between(-1, 1).all()
    assert (frame["se"] > 0).all()
    assert set(frame.loc[frame["roster"] == "input", "words"]) == {120}


def test_mantel_z_stands_in_the_rows_where_it_is_defined(rosters: list[Roster], rsa: pa.Table) -> None:
    frame = rsa.to_pandas()
    assert frame["mantel_z"].notna().all()
    roster = rosters[0]
    rdms = RDMs.of(roster.vectors, roster.spaces)
    for method in ("pearson", "spearman"):
        rows = frame[(frame["roster"] == "input") & (frame["method"] == method)]
        expected = mantel_z(rdms, method)[np.triu_indices(len(rdms), 1)]
        np.testing.assert_allclose(rows["mantel_z"], expected, rtol=1e-9)
    few = Roster(roster.name, roster.spaces[:3], roster.words, roster.vectors[:3])
    table = rsa_table([few], RsaSettings(methods=["cosine", "pearson", "cka", "rho-a"])).to_pandas()
    assert table.loc[table["method"].isin(["cka", "rho-a"]), "mantel_z"].isna().all()
    by = {method: rows["mantel_z"].to_numpy() for method, rows in table.groupby("method")}
    np.testing.assert_allclose(by["cosine"], by["pearson"], rtol=1e-6)


def test_a_row_equals_scipy_on_the_planted_vectors(rsa: pa.Table, study: SimpleNamespace, vectors_of: Callable) -> None:
    ids = read_words(study.comparison).ids
    flat = []
    for run in (["twitter", "a", "cbow", "word2vec", 1], ["wiki", "b", "gpt", "gpt", 3]):
        vectors = vectors_of(run)[ids].astype(np.float64)
        flat.append(pdist(vectors - vectors.mean(axis=0), "cosine"))
    frame = rsa.to_pandas().query(
        "roster == 'input' and a_corpus == 'twitter' and a_sample == 'a' and a_model == 'cbow' and a_seed == 1"
        " and b_corpus == 'wiki' and b_sample == 'b' and b_model == 'gpt' and b_seed == 3"
    )
    found = frame.set_index("method")["r"].to_dict()
    expected = {"pearson": pearsonr(*flat).statistic, "spearman": spearmanr(*flat).statistic}
    assert found == pytest.approx(expected, abs=1e-6)
    assert set(frame["relation"]) == {"family and corpus"}


def test_rungs_fall_in_the_planted_order(rsa: pa.Table, rosters: list[Roster], study: SimpleNamespace) -> None:
    starts = read_starts(study.snapshots, as_runs(study.runs))
    table = ladder_table(rsa, rosters[0], starts, LadderSettings(models=RECIPES, methods=["pearson"])).to_pandas()
    means = table.groupby("rung")["mean"].first()
    assert list(table.sort_values("place")["rung"].unique()) == rungs_of([])
    assert means["other seed"] > means["other epochs"] > means["other sample"] > means["other corpus"] > 0.1
    assert abs(means["shuffled words"]) < 0.02
    assert abs(means["untrained"]) < 0.05
    np.testing.assert_allclose(table.groupby("rung")["r"].mean()[means.index], means)
    counts = table.groupby("rung").size().to_dict()
    # 20 cells of 3 seeds; 10 (corpus, model) x 6 ordered pairs of seeds over two samples; 4 texts x 6 for two variants.
    assert counts["other seed"] == counts["shuffled words"] == 60
    assert counts["other sample"] == 60
    assert counts["other epochs"] == counts["other variant"] == 24
    assert counts["untrained"] == 60
    assert counts["other corpus"] == 120
    outside = table.loc[table["rung"] != "other epochs", ["a_model", "b_model"]]
    assert "skipgram-short" not in set(outside.to_numpy().ravel())


def test_untrained_is_the_run_with_its_own_first_snapshot(
    rsa: pa.Table, rosters: list[Roster], study: SimpleNamespace, vectors_of: Callable
) -> None:
    starts = read_starts(study.snapshots, as_runs(study.runs))
    cut = {run: start[:80] for run, start in starts.items()}
    table = ladder_table(rsa, rosters[0], cut, LadderSettings(models=["glove"], methods=["spearman"])).to_pandas()
    row = table.query("rung == 'untrained' and a_corpus == 'wiki' and a_sample == 'a' and a_seed == 2").iloc[0]
    run = ["wiki", "a", "glove", "glove", 2]
    ids = [i for i in read_words(study.comparison).ids if i < 80]
    sides = [vectors_of(run)[ids], read_tensors(study.snapshots[study.runs.index(run)])["vectors"][0][ids]]
    flat = [pdist(v - v.mean(axis=0), "cosine") for v in (side.astype(np.float64) for side in sides)]
    assert row["r"] == pytest.approx(spearmanr(*flat).statistic, abs=1e-6)
    assert row["words"] == 72


def test_vectors_without_geometry_and_empty_rungs_are_null_with_a_note(
    rosters: list[Roster], rsa: pa.Table, study: SimpleNamespace
) -> None:
    starts = {run: np.zeros((60, 4), np.float32) for run in as_runs(study.runs)}
    table = ladder_table(rsa, rosters[0], starts, LadderSettings(models=["gpt"], methods=["pearson"])).to_pandas()
    untrained = table[table["rung"] == "untrained"]
    assert untrained["r"].isna().all()
    assert untrained["note"].str.contains("before training").all()
    variant = table[table["rung"] == "other variant"]
    assert len(variant) == 1
    assert variant["r"].isna().all()
    assert variant["note"].iloc[0] == "no pair of runs in this study differs in this way"


def test_shuffles_follow_their_seed(rosters: list[Roster], rsa: pa.Table, study: SimpleNamespace) -> None:
    starts = read_starts(study.snapshots, as_runs(study.runs))
    settings = [LadderSettings(models=["gpt"], methods=["pearson"], shuffle_seed=seed) for seed in (1, 1, 2)]
    one, same, other = (ladder_table(rsa, rosters[0], starts, s) for s in settings)
    assert one.equals(same)
    assert not one.equals(other)
