"""Tables of forming spaces over a planted study: brute force, nulls with their reasons, refusals."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cosine, pdist

from wordspaces.analysis.dynamics.courses import PAIRED, nearest_steps, read_paired, words_held
from wordspaces.analysis.dynamics.follow import dynamics_tables
from wordspaces.analysis.human import Analogies
from wordspaces.analysis.roster import as_runs, read_words, samples_of, text_counts
from wordspaces.analysis.settings import FollowSettings
from wordspaces.common.artefacts import read_table, read_tensors, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance

PAIRS = FollowSettings(
    related=[["king", "queen"], ["boy", "zebra"]],
    unrelated=[["tiger", "old"]],
    analogies=[["man", "king", "woman", "queen"], ["man", "boy", "woman", "zebra"]],
    categories={"people": ["king", "queen", "man", "woman", "boy", "girl"], "others": [f"w{i}" for i in range(40, 60)]},
)
SMALL = {"related": [["w8", "w9"]], "unrelated": [["w8", "w10"]]}
QUESTIONS = Analogies({"made": (("w10", "w11", "w12", "w13"),)})


def follow(study: SimpleNamespace, chosen: list[int], settings: FollowSettings, **paths: list[str]) -> dict:
    """Tables as data frames, of the learners at the positions `chosen`; `paths` replace files."""
    runs = as_runs([study.learners[i] for i in chosen])
    found = {name: paths.get(name) or [getattr(study, name)[i] for i in chosen] for name in ("snapshots", "logs")}
    files = list(zip(found["snapshots"], found["logs"], strict=True))
    counts = text_counts(study.counts, samples_of(runs))
    lexicon = {f"w{i}": ("noun", "verb")[i % 2] for i in range(200)}
    tables = dynamics_tables(files, runs, read_words(study.comparison), counts, QUESTIONS, lexicon, settings)
    return {name: table.to_pandas() for name, table in tables.items()}


def test_nearest_steps_take_the_earlier_of_two() -> None:
    logged = np.array([0, 10, 20, 100])
    steps = np.array([0, 4, 5, 6, 59, 61, 100, 900])
    assert nearest_steps(steps, logged).tolist() == [0, 0, 0, 1, 2, 3, 3, 3]
    assert nearest_steps(steps, np.array([50])).tolist() == [0] * 8


@pytest.fixture(scope="module")
def tables(study: SimpleNamespace) -> dict[str, pd.DataFrame]:
    chosen = [i for i, run in enumerate(study.learners) if run[2] in ("glove", "gpt")]
    return follow(study, chosen[::-1], PAIRS)


def course_of(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Measures by step of one run."""
    mine = tables["dynamics"].query("corpus == 'wiki' and sample == 'a' and model == 'glove' and seed == 2")
    return mine.pivot(index="step", columns="measure", values="value")


def test_measures_of_one_run_equal_brute_force(tables: dict, study: SimpleNamespace) -> None:
    course = course_of(tables)
    ids = read_words(study.comparison).ids
    read = {
        (s, seed): read_tensors(study.snapshots[study.runs.index(["wiki", s, "glove", "glove", seed])])
        for s in "ab"
        for seed in (1, 2, 3)
    }
    vectors = read["a", 2]["vectors"][:, ids].astype(np.float64)

    def flat(matrix: np.ndarray) -> np.ndarray:
        return pdist(matrix - matrix.mean(axis=0), "cosine")

    def agreement(keys: list[tuple[str, int]]) -> float:
        finals = [read[key]["vectors"][-1][ids].astype(np.float64) for key in keys]
        return float(np.mean([np.corrcoef(flat(vectors[2]), flat(final))[0, 1] for final in finals]))

    middle = course.iloc[2]
    assert middle["rsa_own_final"] == pytest.approx(agreement([("a", 2)]), abs=1e-6)
    assert middle["rsa_other_seed"] == pytest.approx(agreement([("a", 1), ("a", 3)]), abs=1e-6)
    assert middle["rsa_other_sample"] == pytest.approx(agreement([("b", 1), ("b", 3)]), abs=1e-6)
    assert middle["mean_norm"] == pytest.approx(np.linalg.norm(vectors[2], axis=1).mean())
    assert middle["displacement"] == pytest.approx(
        np.linalg.norm(vectors[2] - vectors[0]) / np.linalg.norm(vectors[-1])
    )
    tokens = [study.tokens[i] for i in ids]
    centred = vectors[2] - vectors[2].mean(axis=0)
    expected = 1.0 - cosine(centred[tokens.index("king")], centred[tokens.index("queen")])
    assert middle["cosine_related"] == pytest.approx(expected)
    assert course.iloc[-1]["rsa_own_final"] == pytest.approx(1.0)
    # The planted course leads from noise of the run's own to the geometry that the seeds share.
    assert abs(course["rsa_other_seed"].iloc[0]) < 0.05
    assert course["rsa_other_seed"].iloc[-1] > 0.8


def test_log_values_come_from_the_nearest_step(tables: dict, study: SimpleNamespace) -> None:
    course = course_of(tables)
    log = read_table(study.logs[0]).to_pandas()
    for step, row in course.iterrows():
        nearest = log.iloc[(log["step"] - step).abs().argmin()]
        assert row["gradient_norm"] == nearest["gradient_norm"]
        assert row["loss"] == nearest["loss"]
    assert course["heldout_loss"].iloc[0] == 3.0


def test_next_sentence_measures_only_where_a_model_was_trained_to_tell(study: SimpleNamespace, tables: dict) -> None:
    assert not set(PAIRED) & set(tables["dynamics"]["measure"])
    course = follow(study, [study.learners.index(["wiki", "b", "bert", "bert", 3])], PAIRS)["dynamics"]
    course = course.pivot(index="step", columns="measure", values="value")
    np.testing.assert_allclose(course["next_sentence_accuracy"], np.linspace(0.5, 0.7, 5) + 0.03)
    np.testing.assert_allclose(course["next_sentence_length_only"], 0.52)


@pytest.mark.parametrize("harm", ["shorter", "missing"])
def test_next_sentence_values_that_do_not_fit_the_snapshots_are_refused(
    study: SimpleNamespace, tmp_path: Path, harm: str
) -> None:
    tensors = read_tensors(study.snapshots[study.runs.index(["wiki", "b", "bert", "bert", 3])])
    if harm == "shorter":
        tensors["next_sentence_accuracy"] = tensors["next_sentence_accuracy"][1:]
    else:
        del tensors["next_sentence_length_only"]
    path = tmp_path / "snapshots.safetensors"
    write_tensors(path, tensors, Provenance(rule="planted", script="tests", code="0"))
    with pytest.raises(StudyError, match="5 of next_sentence_accuracy and 1 of next_sentence_length_only"):
        read_paired(str(path), 5)


def test_trajectories_hold_every_pair_and_null_for_unknown_words(tables: dict) -> None:
    trajectories = tables["trajectories"]
    assert len(trajectories) == 24 * 5 * 3
    unknown = trajectories["word_b"] == "zebra"
    assert trajectories.loc[unknown, "cosine"].isna().all()
    assert trajectories.loc[~unknown, "cosine"].notna().all()
    assert set(trajectories["relation"]) == {"related", "unrelated"}


def test_a_lone_run_has_no_other_seed(small_study: SimpleNamespace) -> None:
    tables = follow(small_study, [0, 1, 2], FollowSettings(**SMALL))
    frame = tables["dynamics"].set_index("measure")["value"]
    names = ("seed", "sample", "variant", "family", "corpus")
    assert frame[[f"rsa_other_{name}" for name in names]].isna().all()
    assert frame[["rsa_own_final", "rsa_initial"]].notna().all()
    assert set(tables["convergence"]["relation"]) == {"initial", "own"}
    assert tables["settling"]["similarity"].isna().all()
    runs = tables["settling_runs"]
    assert (runs["note"] == "not defined: no such finished space of another seed on the same text").all()
    assert runs[["final", "tokens_to_half", "tokens_to_90"]].isna().all(axis=None)


def test_a_start_without_geometry_is_null_not_an_error(small_study: SimpleNamespace, tmp_path: Path) -> None:
    tensors = read_tensors(small_study.snapshots[0])
    tensors["vectors"][0] = 0.0
    path = tmp_path / "snapshots.safetensors"
    write_tensors(path, tensors, Provenance(rule="planted", script="tests", code="0"))
    settings = FollowSettings(**SMALL, analogies=[["w8", "w9", "w10", "w11"]])
    tables = follow(small_study, [0], settings, snapshots=[str(path)])
    frame = tables["dynamics"].pivot(index="step", columns="measure", values="value")
    unknown = ["rsa_own_final", "rsa_initial", "cosine_related", "effective_rank", "isotropy", "silhouette_pos"]
    assert frame.loc[0, unknown].isna().all()
    assert frame.loc[0, "mean_norm"] == 0.0
    assert frame.loc[0, "norm_frequency_slope"] != frame.loc[0, "norm_frequency_slope"]
    assert frame["rsa_own_final"].iloc[1:].notna().all()
    assert tables["trajectories"].query("step == 0")["cosine"].isna().all()
    course = tables["analogy_course"]
    assert (course["note"] == "").tolist() == [False, True, True, True, True]
    assert course["note"][0] == "not defined: vectors without direction"


def test_a_list_without_a_known_word_is_refused(small_study: SimpleNamespace) -> None:
    settings = FollowSettings(related=[["w8", "w9"]], unrelated=[["zebra", "okapi"]])
    with pytest.raises(StudyError, match="unrelated pairs of the dynamics"):
        follow(small_study, [0], settings)


def test_analogies_have_ranks_or_the_word_that_is_unknown(tables: dict, study: SimpleNamespace) -> None:
    course = tables["analogy_course"]
    assert len(course) == 24 * 5 * 2
    unknown = course["question"] == "man : boy = woman : zebra"
    assert course.loc[unknown, ["cosine", "rank"]].isna().all(axis=None)
    assert (course.loc[unknown, "note"] == "not defined: zebra is not among the compared words").all()
    assert course.loc[~unknown, "rank"].between(1, study.words - 3).all()
    assert (course["words"] == study.words - 3).all()


def test_categories_of_the_settings_and_parts_of_speech_have_silhouettes(tables: dict, study: SimpleNamespace) -> None:
    course = tables["dynamics"].set_index("measure")
    assert (course.loc["silhouette", "words"] == 6 + 20).all()
    assert course.loc[["silhouette", "silhouette_chance", "silhouette_pos"], "value"].notna().all()
    assert (course["note"] == "").all()
    plain = follow(study, [0], FollowSettings(related=[["king", "queen"]], unrelated=[["tiger", "old"]]))
    told = plain["dynamics"].set_index("measure").loc["silhouette"]
    assert told["value"].isna().all()
    assert told["note"].str.startswith("not defined: 0 of 2 categories with 5 compared words").all()


def test_convergence_says_with_whom_and_agrees_with_the_means(tables: dict) -> None:
    found = tables["convergence"].query("corpus == 'wiki' and sample == 'a' and model == 'glove' and seed == 2")
    last = found[found["step"] == found["step"].max()].set_index("relation")
    assert last.loc["family", ["other_corpus", "other_sample", "other"]].tolist() == ["wiki", "a", "gpt"]
    assert set(last.loc["corpus", "other_sample"]) == {"a", "b"}
    assert last.loc["seed", "finals"] == 2
    course = course_of(tables)
    names = {"initial": "initial", "own": "own_final", "seed": "other_seed", "sample": "other_sample"}
    for relation, name in (names | {"family": "other_family"}).items():
        values = found[found["relation"] == relation].set_index("step")["rsa"]
        np.testing.assert_allclose(values, course[f"rsa_{name}"])


def test_settling_has_a_row_for_each_band_and_snapshot(tables: dict, study: SimpleNamespace) -> None:
    found = tables["settling"]
    assert len(found) == 24 * 5 * 4
    assert (
        found.query("band != 'all'")
        .groupby(["corpus", "model", "seed", "sample", "step"])["words"]
        .sum()
        .eq(study.words)
        .all()
    )
    last = found.groupby(["corpus", "sample", "model", "seed", "band"])["relative"].last()
    np.testing.assert_allclose(last, 1.0)
    runs = tables["settling_runs"]
    assert len(runs) == 24 * 6
    assert (runs["tokens_to_half"] <= runs["tokens_to_90"]).all()


def test_snapshots_of_too_few_words_are_refused(small_study: SimpleNamespace, tmp_path: Path) -> None:
    tensors = read_tensors(small_study.snapshots[0])
    tensors["vectors"] = tensors["vectors"][:, :9]
    path = tmp_path / "snapshots.safetensors"
    write_tensors(path, tensors, Provenance(rule="planted", script="tests", code="0"))
    words = read_words(small_study.comparison)
    with pytest.raises(StudyError, match="1 comparison words; allowed: 4 or more"):
        words_held([small_study.snapshots[1], str(path)], words)
