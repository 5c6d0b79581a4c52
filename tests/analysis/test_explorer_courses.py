"""Courses of words and of pairs: recomputed by hand from snapshots; null where there is nothing to say."""

from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from wordspaces.analysis.explorer.courses import PAIR_COURSE, WORD_COURSE, chosen_words, course_tables, evenly
from wordspaces.analysis.explorer.settings import ExploreCourseSettings
from wordspaces.analysis.roster import Words, as_runs, read_words
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.artefacts import read_tensors, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance

MODELS = ["skipgram", "glove"]
CLASSES = {f"w{i}": ("noun", "verb", "function")[i % 3] for i in range(200)}


def followed(study: SimpleNamespace, keep=lambda run: True, **settings):
    chosen = [i for i, run in enumerate(study.learners) if keep(run)]
    runs, files = as_runs([study.learners[i] for i in chosen]), [study.snapshots[i] for i in chosen]
    asked = ExploreCourseSettings(models=MODELS, **{"pair_words": 6, "listed": ["queen", "okapi", "king"]} | settings)
    return course_tables(files, runs, read_words(study.comparison), CLASSES, asked)


@pytest.fixture(scope="module")
def tables(study):
    words, pairs = followed(study, course_words=50)
    assert words.schema.equals(WORD_COURSE)
    assert pairs.schema.equals(PAIR_COURSE)
    return words.to_pandas(), pairs.to_pandas()


def units_of(study: SimpleNamespace, *run: object) -> list[np.ndarray]:
    """Centred unit vectors of the compared words at each snapshot of a run."""
    at = next(i for i, r in enumerate(study.learners) if (r[0], r[1], r[2], r[4]) == run)
    vectors = read_tensors(study.snapshots[at])["vectors"][:, read_words(study.comparison).ids]
    return [centred_units(matrix, "test") for matrix in vectors]


def similarities(units: np.ndarray) -> np.ndarray:
    matrix = units @ units.T
    np.fill_diagonal(matrix, 0.0)
    return matrix


def test_the_course_of_a_word_is_what_whole_matrices_give(study, tables):
    expected = []
    for sample in ("a", "b"):
        finals = {seed: similarities(units_of(study, "wiki", sample, "glove", seed)[-1]) for seed in (1, 2, 3)}
        for seed in (1, 2, 3):
            snapshots = [similarities(units) for units in units_of(study, "wiki", sample, "glove", seed)]
            others = [final for other, final in finals.items() if other != seed]
            for matrix in snapshots:
                products = [(matrix * final).sum(axis=1) for final in others]
                norms = [np.sqrt((matrix**2).sum(axis=1) * (final**2).sum(axis=1)) for final in others]
                expected.append(np.mean([p / n for p, n in zip(products, norms, strict=True)], axis=0))
    expected = np.reshape(expected, (6, 5, -1)).mean(axis=0)
    rows = tables[0].query("corpus == 'wiki' and model == 'glove'")
    np.testing.assert_allclose(rows["similarity"].to_numpy().reshape(5, -1), expected, atol=1e-6)
    assert rows["snapshot"].tolist() == np.repeat(range(5), len(rows) // 5).tolist()
    assert expected[0].mean() < 0.2 < 0.8 < expected[-1].mean()


def test_nearest_words_are_those_of_the_first_run_and_of_frequent_words_alone(study, tables):
    words = read_words(study.comparison)
    rows = tables[0].query("corpus == 'wiki' and model == 'skipgram'")
    for snapshot, units in enumerate(units_of(study, "wiki", "a", "skipgram", 1)):
        cosines = units @ units[3]
        cosines[3] = -2.0
        row = rows[(rows["snapshot"] == snapshot) & (rows["id"] == words.ids[3])].iloc[0]
        best = [words.tokens[i] for i in np.argsort(-cosines)[:3]]
        assert [row["first"], row["second"], row["third"]] == best
    listed = set(rows[rows["first"].notna()]["word"])
    assert listed == set(words.tokens[:50])  # counts of the planted study fall with the id
    assert set(rows["word"]) == set(words.tokens)


def test_pairs_are_followed_by_their_mean_cosine(study, tables):
    pairs = tables[1]
    # Listed words first, then the most frequent nouns and verbs: w20 is a function word.
    assert sorted({*pairs["word_a"], *pairs["word_b"]}) == ["king", "queen", "w21", "w22", "w24", "w25"]
    rows = pairs.query("corpus == 'twitter' and model == 'skipgram'")
    names = ["king", "queen", "w21", "w22", "w24", "w25"]
    assert list(zip(rows["word_a"], rows["word_b"], strict=True)) == list(combinations(names, 2)) * 5
    at = read_words(study.comparison).positions()
    runs = [(sample, seed) for sample in ("a", "b") for seed in (1, 2, 3)]
    cosines = np.array(
        [[u[at["king"]] @ u[at["w24"]] for u in units_of(study, "twitter", s, "skipgram", i)] for s, i in runs]
    )
    pair = rows[(rows["word_a"] == "king") & (rows["word_b"] == "w24")]
    np.testing.assert_allclose(pair["cosine"], cosines.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(pair["spread"], cosines.std(axis=0, ddof=1), atol=1e-6)


def test_chosen_words_are_listed_ones_then_frequent_content_words():
    counts = np.array([50, 40, 30, 20, 10])
    words = Words(np.arange(5, dtype=np.int32), ("the", "sea", "run", "old", "rare"), counts)
    classes = {"the": "function", "sea": "noun", "run": "verb", "old": "adjective", "rare": "noun"}
    assert chosen_words(["rare", "absent", "rare"], words, classes, 3) == [4, 2, 1]  # rare, run, sea
    assert chosen_words([], words, classes, 9) == [3, 4, 2, 1]
    assert chosen_words(["the", "sea", "run"], words, {}, 2) == [1, 0]


def test_runs_with_other_numbers_of_snapshots_are_followed_as_far_as_the_shortest(study, tmp_path: Path):
    assert evenly(5, 5).tolist() == [0, 1, 2, 3, 4]
    assert evenly(9, 3).tolist() == [0, 4, 8]
    chosen = [i for i, r in enumerate(study.learners) if r[:3] == ["wiki", "a", "glove"] and r[4] < 3]
    runs, files = as_runs([study.learners[i] for i in chosen]), [study.snapshots[i] for i in chosen]
    tensors = read_tensors(files[1])
    shorter = {name: tensors[name][[0, 2, 4]] for name in ("vectors", "tokens_seen", "step")}
    write_tensors(tmp_path / "short.safetensors", shorter, Provenance(rule="planted", script="tests", code="0"))
    settings = ExploreCourseSettings(models=["glove"], pair_words=2)
    words = read_words(study.comparison)
    found, _ = course_tables([files[0], str(tmp_path / "short.safetensors")], runs, words, {}, settings)
    seen = read_tensors(files[0])["tokens_seen"][[0, 2, 4]]
    assert found.to_pandas()["tokens_seen"].unique().tolist() == seen.tolist()


def test_one_seed_has_no_similarity_and_no_run_no_rows(small_study, study):
    words, pairs = (table.to_pandas() for table in followed(small_study, listed=[], pair_words=2))
    assert words["similarity"].isna().all()
    assert words["first"].notna().all()
    assert pairs["spread"].isna().all()
    nothing = followed(study, lambda run: False)
    assert [table.num_rows for table in nothing] == [0, 0]


def test_vectors_without_geometry_before_training_are_null(study, tmp_path: Path):
    chosen = [i for i, r in enumerate(study.learners) if r[:3] == ["wiki", "a", "glove"] and r[4] < 3]
    runs, files = as_runs([study.learners[i] for i in chosen]), []
    for place, i in enumerate(chosen):
        tensors = dict(read_tensors(study.snapshots[i]))
        tensors["vectors"] = np.concatenate([np.zeros_like(tensors["vectors"][:1]), tensors["vectors"][1:]])
        files.append(str(tmp_path / f"{place}.safetensors"))
        write_tensors(files[-1], tensors, Provenance(rule="planted", script="tests", code="0"))
    settings = ExploreCourseSettings(models=["glove"], pair_words=3, listed=["king", "queen"])
    tables = course_tables(files, runs, read_words(study.comparison), CLASSES, settings)
    words, pairs = (table.to_pandas() for table in tables)
    start = words[words["snapshot"] == 0]
    assert start[["similarity", "first", "second", "third"]].isna().all(axis=None)
    assert words[words["snapshot"] == 1]["similarity"].notna().all()
    assert pairs[pairs["snapshot"] == 0][["cosine", "spread"]].isna().all(axis=None)
    broken = dict(read_tensors(files[0]))
    broken["vectors"] = broken["vectors"][:, :3]
    write_tensors(files[0], broken, Provenance(rule="planted", script="tests", code="0"))
    with pytest.raises(StudyError, match="0 comparison words"):
        course_tables(files, runs, read_words(study.comparison), CLASSES, settings)
