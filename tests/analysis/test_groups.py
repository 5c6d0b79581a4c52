"""Groups of pairs: what is compared, the error of a difference, its test at its level, and a planted difference."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest
from statsmodels.stats.multitest import multipletests

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.groups import (
    SMALLEST_P,
    Comparison,
    compare_groups,
    comparisons,
    groups_table,
    holm,
    jackknife_se,
    mean_agreement,
    mean_weights,
    pairs_of,
)
from wordspaces.analysis.settings import GroupSettings
from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

FAMILIES = {"cbow": "word2vec", "skipgram": "word2vec", "glove": "glove"}


def spaces_of(
    models: tuple[str, ...] = tuple(FAMILIES), corpora: str = "pq", samples: str = "ab", seeds: int = 2
) -> tuple[Space, ...]:
    cells = product(corpora, samples, sorted(models), range(1, seeds + 1))
    return tuple(Space(c, s, m, FAMILIES[m], k) for c, s, m, k in cells)


def roster_of(spaces: tuple[Space, ...], noise: dict[str, float], words: int = 60, study: int = 0) -> Roster:
    """Spaces of one geometry per corpus and model, and noise of the run, as loud as `noise` says for its model."""
    vectors = []
    for space in spaces:
        own = generator(study, space.corpus, space.model).standard_normal((words, 8))
        shared = generator(study, "shared").standard_normal((words, 8))
        run = generator(study, *map(str, (space.corpus, space.sample, space.model, space.seed)))
        vectors.append(shared + own + noise[space.model] * run.standard_normal((words, 8)))
    listed = Words(np.arange(words, dtype=np.int32), tuple(map(str, range(words))), np.full(words, 10))
    return Roster("input", spaces, listed, tuple(vectors))


def test_pairs_have_other_seeds_and_the_models_and_corpora_asked_for() -> None:
    spaces = spaces_of()
    assert len(pairs_of(spaces, "seed")) == 2 * 2 * 3
    assert len(pairs_of(spaces, "seed", ["cbow"], ["p"])) == 2
    assert len(pairs_of(spaces, "sample", ["glove"])) == 2 * 2
    assert len(pairs_of(spaces, "corpus", ["glove"])) == 2 * 2 * 2
    assert len(pairs_of(spaces, "corpus", ["glove"], ["p", "q"])) == 8
    assert len(pairs_of(spaces, "family", ["cbow", "glove"], ["q"])) == 2 * 2
    assert pairs_of(spaces, "family", ["cbow", "skipgram"]) == ()
    for i, j in pairs_of(spaces, "family"):
        assert spaces[i].seed != spaces[j].seed
        assert (spaces[i].corpus, spaces[i].sample) == (spaces[j].corpus, spaces[j].sample)


def test_every_comparison_is_listed_once() -> None:
    listed = list(comparisons(spaces_of()))
    keys = [(e.comparison, e.level, e.subject, e.a, e.b) for e in listed]
    assert len(set(keys)) == len(keys) == 3 * 3 + 2 * 3 + 2
    assert ("corpora", "family", "cbow and glove", "p", "q") in keys
    assert ("corpora", "family", "cbow and skipgram", "p", "q") not in keys
    assert all(entry.a_pairs and entry.b_pairs for entry in listed)


def test_means_and_errors_equal_leaving_each_word_out() -> None:
    roster = roster_of(spaces_of(samples="a"), dict.fromkeys(FAMILIES, 1.0), words=25)
    rdms = RDMs.of(roster.vectors, roster.spaces)
    groups = [pairs_of(roster.spaces, "seed", ["cbow"]), pairs_of(roster.spaces, "seed", ["glove"]), ()]
    means, replicates = mean_agreement(rdms, "pearson", groups)
    r = compare(rdms, "pearson")
    assert means[:2] == pytest.approx([np.mean([r[pair] for pair in group]) for group in groups[:2]])
    assert np.isnan(means[2])
    assert np.isnan(replicates[:, 2]).all()
    squares = [1.0 - units @ units.T for units in rdms.units]
    upper = np.triu_indices(24, 1)
    brute = []
    for word in range(25):
        kept = [np.delete(np.delete(square, word, 0), word, 1)[upper] for square in squares]
        left = np.corrcoef(kept)
        brute.append([np.mean([left[pair] for pair in group]) for group in groups[:2]])
    np.testing.assert_allclose(replicates[:, :2], brute, atol=1e-9)
    difference = np.subtract(*np.array(brute).T)
    entry = Comparison("models", "seed", "", "cbow", "glove", groups[0], groups[1])
    row = compare_groups(rdms, "pearson", [entry])[0]
    assert row["difference"] == pytest.approx(means[0] - means[1])
    assert row["se"] == pytest.approx(np.sqrt(24 * difference.var()), rel=1e-6)
    assert row["se"] < np.hypot(*jackknife_se(replicates[:, :2]))  # the words that both share cancel


def test_p_of_two_groups_alike_is_uniform() -> None:
    """Two models of one law: over words drawn anew, p below .05 comes about one time in twenty."""
    spaces = spaces_of(("cbow", "glove"), "p", "a", seeds=2)
    groups = [pairs_of(spaces, "seed", [model]) for model in ("cbow", "glove")]
    entry = Comparison("models", "seed", "", "cbow", "glove", *groups)
    p = []
    for study in range(150):
        roster = roster_of(spaces, {"cbow": 0.7, "glove": 0.7}, words=80, study=study)
        p.append(compare_groups(RDMs.of(roster.vectors, spaces), "pearson", [entry])[0]["p"])
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_a_planted_difference_is_found_and_no_other() -> None:
    roster = roster_of(spaces_of(), {"cbow": 0.5, "skipgram": 0.5, "glove": 1.2}, words=150)
    models = sorted(FAMILIES)
    table = groups_table(roster, GroupSettings(models=models, methods=["pearson", "spearman"])).to_pandas()
    assert len(table) == 2 * 17
    assert (table["note"] == "").all()
    assert (table["resampled"] == "words").all()
    seed = table[(table["comparison"] == "models") & (table["level"] == "seed")]
    planted = seed[(seed["a"] == "glove") | (seed["b"] == "glove")]
    sign = np.where(planted["a"] == "glove", -1.0, 1.0)
    assert (sign * planted["difference"] > 0.1).all()
    assert (planted["p_holm"] < 1e-4).all()
    alike = seed[(seed["a"] != "glove") & (seed["b"] != "glove")]
    assert (alike["p_holm"] > 0.01).all()
    assert (table["low"] < table["difference"]).all()
    assert (table["difference"] < table["high"]).all()
    np.testing.assert_allclose(table["a_mean"] - table["b_mean"], table["difference"])


def test_equal_groups_have_no_test_and_say_so() -> None:
    roster = roster_of(spaces_of(("cbow",), "p", "a"), {"cbow": 1.0})
    group = pairs_of(roster.spaces, "seed")
    entry = Comparison("models", "seed", "", "cbow", "cbow", group, group)
    row = compare_groups(RDMs.of(roster.vectors, roster.spaces), "pearson", [entry])[0]
    assert row["difference"] == 0.0
    assert np.isnan(row["p"])
    assert row["note"].startswith("no test")


def test_p_is_never_zero() -> None:
    """Runs of one model that are almost the same against unrelated ones: z is far beyond what a double can tell."""
    roster = roster_of(spaces_of(("cbow", "glove"), "p", "a"), {"cbow": 1e-4, "glove": 30.0}, words=200)
    entry = next(entry for entry in comparisons(roster.spaces) if entry.level == "seed")
    row = compare_groups(RDMs.of(roster.vectors, roster.spaces), "pearson", [entry])[0]
    assert abs(row["z"]) > 40.0
    assert row["p"] == row["p_holm"] == SMALLEST_P > 0.0


def test_one_seed_leaves_empty_cells_with_a_note_and_one_model_or_corpus_an_empty_row() -> None:
    one_seed = roster_of(spaces_of(("cbow", "glove"), seeds=1), {"cbow": 1.0, "glove": 1.0})
    table = groups_table(one_seed, GroupSettings(models=["cbow", "glove"], methods=["pearson"])).to_pandas()
    assert table["difference"].isna().all()
    assert table["p_holm"].isna().all()
    assert table["note"].str.startswith("not defined: no pair of runs").all()
    assert (table["a_pairs"] == 0).all()
    alone = roster_of(spaces_of(("cbow",), "p"), {"cbow": 1.0})
    table = groups_table(alone, GroupSettings(models=["cbow"], methods=["pearson"])).to_pandas()
    assert table["note"].tolist() == ["not defined: only one model"] * 3 + ["not defined: only one corpus"] * 3
    assert table["difference"].isna().all()
    with pytest.raises(StudyError, match="bert"):
        groups_table(alone, GroupSettings(models=["bert"]))


def test_holm_equals_statsmodels_and_leaves_nan_out() -> None:
    p = generator(1, "p values").uniform(0.0, 0.2, 12)
    p[3] = p[5]
    found = holm(np.insert(p, 4, np.nan))
    assert np.isnan(found[4])
    np.testing.assert_allclose(np.delete(found, 4), multipletests(p, method="holm")[1])
    assert holm(np.array([])).shape == (0,)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_holm_lies_between_p_and_bonferroni_in_the_order_of_p(values: list[float]) -> None:
    p = np.array(values)
    found = holm(p)
    assert (found >= p).all()
    assert (found <= np.minimum(len(p) * p, 1.0)).all()
    assert (np.diff(found[np.argsort(p)]) >= 0.0).all()


def test_weights_make_means_and_nothing_of_an_empty_group() -> None:
    weights = mean_weights([[(0, 1), (1, 2)], []], 3)
    r = np.array([[1.0, 0.2, 0.5], [0.2, 1.0, 0.6], [0.5, 0.6, 1.0]])
    np.testing.assert_allclose(np.tensordot(weights, r), [0.4, 0.0])
