"""Resampling of words, seeds and samples: weights by definition, variances that come true, refusals, the table."""

import runpy
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.groups import Pairs, pairs_of
from wordspaces.analysis.rsa.inference import RELATIONS, inference_table, means_of
from wordspaces.analysis.rsa.resampling import (
    FACTORS,
    bootstrap,
    factor_weights,
    level_draws,
    pair_weights,
    refusal,
    resampled_means,
    single_weights,
)
from wordspaces.analysis.settings import InferenceSettings
from wordspaces.analysis.similarity.bootstrap import bootstrap_words
from wordspaces.analysis.similarity.compare import compare, jackknife_contrasts
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


def spaces_of(samples: int = 3, seeds: int = 3, models: int = 2, corpora: str = "pq") -> tuple[Space, ...]:
    cells = product(corpora, "abcdefgh"[:samples], range(models), range(1, seeds + 1))
    return tuple(Space(c, s, f"m{m}", f"f{m}", k) for c, s, m, k in cells)


def roster_of(spaces: tuple[Space, ...], words: int = 60) -> Roster:
    def part(*names: object) -> np.ndarray:
        return generator(5, *map(str, names)).standard_normal((words, 8))

    vectors = [
        2.0 * part("shared") + part(s.corpus) + part(s.model) + part(s.corpus, s.sample) + 0.7 * part(s) for s in spaces
    ]
    listed = Words(np.arange(words, dtype=np.int32), tuple(map(str, range(words))), np.full(words, 10))
    return Roster("input", spaces, listed, tuple(vectors))


@pytest.mark.parametrize("levels", [2, 3, 5, 12])
def test_a_mean_over_drawn_levels_has_the_variance_of_a_mean(levels: int) -> None:
    weights = single_weights(level_draws(levels, 20_000, 1, "test"))
    np.testing.assert_allclose(weights.mean(axis=1), 1.0)
    values = generator(1, "values").standard_normal(levels)
    means = (weights * values).mean(axis=1)
    assert means.mean() == pytest.approx(values.mean(), abs=4 * means.std() / np.sqrt(20_000))
    assert means.var() == pytest.approx(values.var(ddof=1) / levels, rel=0.05)


@pytest.mark.parametrize("levels", [3, 4, 6])
def test_a_mean_over_pairs_of_drawn_levels_has_the_variance_of_its_linear_part(levels: int) -> None:
    counts = level_draws(levels, 20_000, 1, "test")
    assert (counts.max(axis=1) < levels).all()
    weights = pair_weights(counts)
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), levels * (levels - 1))
    np.testing.assert_array_equal(np.diagonal(weights, axis1=1, axis2=2), 0.0)
    values = generator(2, "values").standard_normal(levels)
    means = (weights * (values[:, None] + values[None, :])).sum(axis=(1, 2)) / (levels * (levels - 1))
    assert means.mean() == pytest.approx(2 * values.mean(), abs=4 * means.std() / np.sqrt(20_000))
    assert means.var() == pytest.approx(4 * values.var(ddof=1) / levels, rel=0.05)


def test_a_run_drawn_twice_makes_no_pair_with_itself() -> None:
    """Drawn (1, 1, 2) of three: only the pair of 1 and 2 is left, so the other pairs weigh the same and less."""
    weights = pair_weights(np.array([[2, 1, 0], [1, 1, 1]]))
    assert weights[0, 0, 1] == weights[0, 1, 0] > 3.0
    assert weights[0, 0, 2] == weights[0, 1, 2] < 0.0
    np.testing.assert_allclose(weights[1], 1.0 - np.eye(3))


def test_weights_of_pairs_follow_their_levels() -> None:
    spaces = spaces_of()
    for relation in RELATIONS:
        pairs = pairs_of(spaces, relation)
        seeds = pair_weights(level_draws(3, 40, 9, "seeds"))
        expected = np.stack([seeds[:, spaces[i].seed - 1, spaces[j].seed - 1] for i, j in pairs], axis=1)
        np.testing.assert_array_equal(factor_weights(spaces, pairs, "seeds", 40, 9), expected)
        found = factor_weights(spaces, pairs, "samples", 40, 9)
        np.testing.assert_allclose(found.mean(axis=1), 1.0)
        counts = {corpus: level_draws(3, 40, 9, "samples", corpus) for corpus in "pq"}
        for column, (i, j) in enumerate(pairs):
            a, b = spaces[i], spaces[j]
            first, second = "abc".index(a.sample), "abc".index(b.sample)
            expected = single_weights(counts[a.corpus])[:, first]
            if relation == "corpus":
                expected = expected * single_weights(counts[b.corpus])[:, second]
            elif relation == "sample":
                expected = pair_weights(counts[a.corpus])[:, first, second]
            np.testing.assert_array_equal(found[:, column], expected)


def planted_r(spaces: tuple[Space, ...], pairs: Pairs, study: int) -> np.ndarray:
    """r of each pair: 0.5, plus what its samples and its seeds add, each drawn anew for every study."""
    stream = generator(study, "planted r")
    samples = {(c, s): stream.normal(0.0, 0.02) for c in "pq" for s in "abcdefgh"}
    seeds = {k: stream.normal(0.0, 0.01) for k in range(20)}
    sides = [[samples[s.corpus, s.sample] + seeds[s.seed] for s in (spaces[i], spaces[j])] for i, j in pairs]
    return 0.5 + np.sum(sides, axis=1)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("factors", [("seeds",), ("samples",), ("seeds", "samples")])
def test_the_variance_over_draws_is_that_of_another_study(relation: str, factors: tuple[str, ...]) -> None:
    spaces = spaces_of(samples=3, seeds=4)
    pairs = pairs_of(spaces, relation)
    studies = [planted_r(spaces, pairs, study) for study in range(200)]
    drawn = [resampled_means(r[None, :], spaces, pairs, factors, 60, study).var() for study, r in enumerate(studies)]
    # Whatever the relation, r holds each of four seeds in both sides, and each of three samples of two corpora alike.
    seeds, samples = 4 * 0.01**2 / 4, 2 * 0.02**2 / 3
    expected = seeds * ("seeds" in factors) + samples * ("samples" in factors)
    assert np.mean(drawn) == pytest.approx(expected, rel=0.2)
    if len(factors) == 2:
        assert np.var([r.mean() for r in studies], ddof=1) == pytest.approx(expected, rel=0.3)


def test_nested_is_wider_than_each_factor_and_a_contrast_is_a_difference() -> None:
    roster = roster_of(spaces_of())
    rdms = RDMs.of(roster.vectors, roster.spaces)
    groups = [pairs_of(roster.spaces, "family"), pairs_of(roster.spaces, "corpus")]
    by = {f: bootstrap(rdms, roster.spaces, "pearson", groups, factors=(f,), draws=400) for f in FACTORS}
    nested = bootstrap(rdms, roster.spaces, "pearson", groups, draws=400)
    assert nested.factors == FACTORS
    assert (nested.se > np.max([single.se for single in by.values()], axis=0)).all()
    r = compare(rdms, "pearson")
    np.testing.assert_allclose(nested.estimates, [np.mean([r[pair] for pair in group]) for group in groups])
    low, high = nested.interval(0.9)
    assert ((low < nested.estimates) & (nested.estimates < high)).all()
    contrast = np.array([[1.0, -1.0]])
    found = bootstrap(rdms, roster.spaces, "pearson", groups, contrast, draws=400)
    np.testing.assert_allclose(found.replicates[:, 0], nested.replicates[:, 0] - nested.replicates[:, 1])
    np.testing.assert_allclose(found.estimates, nested.estimates @ contrast.T)
    drawn = bootstrap_words(rdms, "pearson", 400, 1, groups[0])
    np.testing.assert_allclose(by["words"].replicates[:, 0], drawn.mean(axis=1))


def test_too_few_levels_are_refused_by_name() -> None:
    spaces = spaces_of(samples=2, seeds=2)
    within, between = pairs_of(spaces, "seed"), pairs_of(spaces, "sample")
    assert refusal(spaces, within, "seeds") == "2 seeds, needs 3"
    assert refusal(spaces, within, "samples") == "3 samples of a corpus are needed, p has 2, q has 2"
    assert refusal(spaces_of(), pairs_of(spaces_of(), "seed"), "samples") == ""
    assert refusal(spaces, between, "samples").startswith("3 samples of a corpus are needed, p has 2")
    assert refusal(spaces_of(samples=1), pairs_of(spaces_of(samples=1), "seed"), "samples").startswith("3 samples")
    assert refusal(spaces, within, "words") == ""
    assert refusal(spaces, (), "words") == "no pair of runs"
    assert refusal(spaces, ((0, 2),), "seeds") == "pairs of runs of one seed"
    lacking = spaces_of()[1:]
    assert refusal(lacking, pairs_of(lacking, "seed"), "seeds") == "seeds that not every model has"
    roster = roster_of(spaces)
    rdms = RDMs.of(roster.vectors, spaces)
    with pytest.raises(StudyError, match=r"bootstrap over seeds.*2 seeds.*leave seeds out"):
        bootstrap(rdms, spaces, "pearson", [within])
    with pytest.raises(StudyError, match="words, seeds, samples"):
        bootstrap(rdms, spaces, "pearson", [within], factors=("texts",))


def test_the_table_has_every_mean_by_every_procedure() -> None:
    roster = roster_of(spaces_of())
    settings = InferenceSettings(models=["m0", "m1"], methods=["pearson", "spearman"], draws=60)
    table = inference_table(roster, settings).to_pandas()
    assert len(table) == 2 * 4 * 3 * 5
    words = table["resampled"] == "words"
    assert (table.loc[words, "note"] == "").all()
    assert (table["low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["high"]).all()
    assert (table["se"] > 0.0).all()
    assert (table.loc[table["relation"] == "seed", "mantel_z"] > 5.0).all()
    one = table[(table["method"] == "pearson") & (table["relation"] == "corpus") & (table["model"] == "m1")]
    assert one["resampled"].tolist() == ["words", "words", "seeds", "samples", "words and seeds and samples"]
    assert one["procedure"].tolist() == ["jackknife", "bootstrap (percentiles)"] + 3 * ["bootstrap (t interval)"]
    assert one["note"].iloc[2:4].tolist() == ["t with 2 degrees of freedom", "t with 4 degrees of freedom"]
    told = "conservative: what belongs to words and seeds and samples together counts more than once"
    assert one["note"].iloc[4] == f"t with 2 degrees of freedom; {told}"
    assert one["draws"].isna().tolist() == [True, False, False, False, False]
    rdms = RDMs.of(roster.vectors, roster.spaces)
    pairs = pairs_of(roster.spaces, "corpus", ["m1"])
    assert (one["pairs"] == len(pairs)).all()
    weights = np.zeros((1, len(rdms), len(rdms)))
    weights[0, *np.array(pairs).T] = 1.0 / len(pairs)
    estimate, replicates = jackknife_contrasts(rdms, "pearson", weights)
    assert one["estimate"].iloc[0] == pytest.approx(estimate[0])
    assert one["se"].iloc[0] == pytest.approx(np.sqrt(59 * replicates.var()))
    nested = bootstrap(rdms, roster.spaces, "pearson", [pairs], draws=60, seed=1)
    assert one["se"].iloc[4] == pytest.approx(nested.se[0])
    assert [one["low"].iloc[4], one["high"].iloc[4]] == pytest.approx(nested.interval(0.95)[:, 0].tolist())


def test_what_cannot_be_resampled_is_null_with_a_note() -> None:
    roster = roster_of(spaces_of(samples=2, seeds=2, models=1))
    table = inference_table(roster, InferenceSettings(models=["m0"], methods=["pearson"], draws=20)).to_pandas()
    family = table[table["relation"] == "family"]
    assert family[["estimate", "se", "low", "high", "mantel_z"]].isna().all(axis=None)
    assert (family["note"] != "").all()
    seed = table[(table["relation"] == "seed") & (table["model"] == "m0")].set_index("resampled")
    assert np.isnan(seed.loc["seeds", "se"])
    assert "2 seeds, needs 3" in seed.loc["seeds", "note"]
    assert seed.loc["samples", ["se", "low", "high"]].isna().all()
    assert "samples: 3 samples of a corpus are needed" in seed.loc["samples", "note"]
    assert seed.loc["words and seeds and samples", ["se", "low", "high"]].isna().all()
    assert seed.loc["words and seeds and samples", "note"].startswith(
        "not defined: seeds: 2 seeds, needs 3; samples: 3"
    )


def test_the_nested_bootstrap_goes_on_with_what_can_be_resampled() -> None:
    roster = roster_of(spaces_of(samples=2, seeds=3, models=1))
    table = inference_table(roster, InferenceSettings(models=["m0"], methods=["pearson"], draws=20)).to_pandas()
    row = table[(table["relation"] == "seed") & (table["model"] == "m0")].set_index("resampled").loc["words and seeds"]
    assert row["se"] > 0.0
    assert row["note"].startswith("samples: 3 samples of a corpus are needed, p has 2, q has 2; t with 2 degrees")
    assert row["note"].endswith("conservative: what belongs to words and seeds together counts more than once")


def test_models_of_a_family_relation_are_on_either_side() -> None:
    spaces = spaces_of(samples=1, seeds=2, models=3, corpora="p")
    found = {(mean.relation, mean.model): len(mean.pairs) for mean in means_of(spaces)}
    assert found["family", ""] == 3 * 2
    assert found["family", "m0"] == found["family", "m2"] == 2 * 2


@given(st.integers(2, 6), st.integers(1, 30))
def test_levels_are_drawn_with_replacement(levels: int, draws: int) -> None:
    counts = level_draws(levels, draws, 3, "law")
    assert counts.shape == (draws, levels)
    assert (counts.sum(axis=1) == levels).all()
    assert (counts >= 0).all()


class Named(dict):
    """Values by attribute; iterates over every path, lists included, as a workflow engine's named list does."""

    __getattr__ = dict.__getitem__

    def __iter__(self) -> Iterator[str]:
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


def run_script(name: str, settings: dict, study: SimpleNamespace, out: Path) -> pd.DataFrame:
    params = Named(settings, runs=study.runs, code="0", script=name)
    files = Named(spaces=study.spaces, comparison=study.comparison)
    made = Named(table=str(out / f"{name}.parquet"), csv=str(out / f"{name}.csv"))
    task = SimpleNamespace(input=files, output=made, params=params, wildcards=Named(), resources=Named())
    task = SimpleNamespace(**vars(task), log=[], rule=name, threads=1)
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": task})
    return pd.read_parquet(made.table)


def test_the_scripts_write_both_tables_and_the_same_bytes_twice(study: SimpleNamespace, tmp_path: Path) -> None:
    recipes = ["skipgram", "cbow", "glove", "gpt", "bert"]
    settings = {"models": recipes, "methods": ["spearman"], "confidence": 0.9}
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        inference = run_script("infer_rsa", {"inference": settings | {"draws": 20}}, study, folder)
        groups = run_script("compare_groups", {"groups": settings}, study, folder)
    assert len(inference) == 4 * (1 + 5) * 5
    assert inference["estimate"].notna().all()
    assert len(groups) == 3 * 10 + 2 * 5 + 9
    assert groups["p_holm"].notna().all()
    for name in ("infer_rsa.csv", "compare_groups.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_scripts_run_where_nothing_can_be_resampled(small_study: SimpleNamespace, tmp_path: Path) -> None:
    settings = {"models": ["skipgram", "glove", "gpt"]}
    inference = run_script("infer_rsa", {"inference": settings}, small_study, tmp_path)
    groups = run_script("compare_groups", {"groups": settings}, small_study, tmp_path)
    for table in (inference["estimate"], groups["difference"], groups["p"]):
        assert table.isna().all()
    assert (inference["note"] != "").all()
    assert (groups["note"] != "").all()
