"""Measures over snapshots: closed forms, brute force, and planted courses."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cosine, pdist

from wordspaces.analysis.dynamics import (
    PAIRED,
    displacements,
    dynamics_tables,
    effective_rank,
    nearest_steps,
    read_paired,
)
from wordspaces.analysis.roster import as_runs, read_words
from wordspaces.analysis.settings import DynamicsSettings
from wordspaces.common.artefacts import read_table, read_tensors, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator

PAIRS = DynamicsSettings(related=[["king", "queen"], ["boy", "zebra"]], unrelated=[["tiger", "old"]])


def test_effective_rank_of_known_matrices() -> None:
    basis = np.linalg.qr(np.concatenate([np.ones((40, 1)), generator(1, "rank").standard_normal((40, 6))], axis=1))[0]
    columns = basis[:, 1:]
    # Columns orthogonal to the vector of ones are centred already, so singular values are as planted.
    assert effective_rank(columns) == pytest.approx(6.0)
    assert effective_rank(columns[:, :1] @ np.ones((1, 5)) + 3.0) == pytest.approx(1.0)
    values = np.array([4.0, 2.0, 1.0, 1.0, 0.0, 0.0])
    p = np.array([0.5, 0.25, 0.125, 0.125])
    assert effective_rank(columns * values) == pytest.approx(np.exp(-(p * np.log(p)).sum()))
    assert np.isnan(effective_rank(np.full((5, 3), 2.0)))


def test_displacements_of_a_known_course() -> None:
    course = np.zeros((3, 2, 2), np.float32)
    course[1, 0] = (3.0, 4.0)
    course[2, 0] = (6.0, 8.0)
    moved, stepped = displacements(course)
    np.testing.assert_allclose(moved, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(stepped, [np.nan, 0.5, 0.5])
    assert np.isnan(displacements(np.zeros((2, 2, 2)))[0]).all()


def test_nearest_steps_take_the_earlier_of_two() -> None:
    logged = np.array([0, 10, 20, 100])
    steps = np.array([0, 4, 5, 6, 59, 61, 100, 900])
    assert nearest_steps(steps, logged).tolist() == [0, 0, 0, 1, 2, 3, 3, 3]
    assert nearest_steps(steps, np.array([50])).tolist() == [0] * 8


@pytest.fixture(scope="module")
def tables(study: SimpleNamespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    chosen = [i for i, run in enumerate(study.runs) if run[2] in ("glove", "gpt")]
    paths = ([listed[i] for i in reversed(chosen)] for listed in (study.snapshots, study.logs))
    runs = as_runs([study.runs[i] for i in reversed(chosen)])
    dynamics, trajectories = dynamics_tables(*paths, runs, read_words(study.comparison), PAIRS)
    return dynamics.to_pandas(), trajectories.to_pandas()


def course_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Measures by step of one run."""
    mine = frame.query("corpus == 'wiki' and sample == 'a' and model == 'glove' and seed == 2")
    return mine.pivot(index="step", columns="measure", values="value")


def test_measures_of_one_run_equal_brute_force(tables: tuple, study: SimpleNamespace) -> None:
    course = course_of(tables[0])
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


def test_log_values_come_from_the_nearest_step(tables: tuple, study: SimpleNamespace) -> None:
    course = course_of(tables[0])
    log = read_table(study.logs[0]).to_pandas()
    for step, row in course.iterrows():
        nearest = log.iloc[(log["step"] - step).abs().argmin()]
        assert row["gradient_norm"] == nearest["gradient_norm"]
        assert row["loss"] == nearest["loss"]
    assert course["heldout_loss"].iloc[0] == 3.0


def test_next_sentence_measures_only_where_a_model_was_trained_to_tell(study: SimpleNamespace, tables: tuple) -> None:
    assert not set(PAIRED) & set(tables[0]["measure"])
    chosen = study.runs.index(["wiki", "b", "bert", "bert", 3])
    paths = [study.snapshots[chosen]], [study.logs[chosen]], as_runs([study.runs[chosen]])
    course = dynamics_tables(*paths, read_words(study.comparison), PAIRS)[0].to_pandas()
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


def test_trajectories_hold_every_pair_and_null_for_unknown_words(tables: tuple) -> None:
    _, trajectories = tables
    assert len(trajectories) == 24 * 5 * 3
    unknown = trajectories["word_b"] == "zebra"
    assert trajectories.loc[unknown, "cosine"].isna().all()
    assert trajectories.loc[~unknown, "cosine"].notna().all()
    assert set(trajectories["relation"]) == {"related", "unrelated"}


def test_a_lone_run_has_no_other_seed(small_study: SimpleNamespace) -> None:
    runs, words = as_runs(small_study.learners), read_words(small_study.comparison)
    settings = DynamicsSettings(related=[["w8", "w9"]], unrelated=[["w8", "w10"]])
    dynamics, _ = dynamics_tables(small_study.snapshots, small_study.logs, runs, words, settings)
    frame = dynamics.to_pandas().set_index("measure")["value"]
    assert frame[["rsa_other_seed", "rsa_other_sample"]].isna().all()
    assert frame["rsa_own_final"].notna().all()


def test_a_start_without_geometry_is_null_not_an_error(small_study: SimpleNamespace, tmp_path: Path) -> None:
    tensors = read_tensors(small_study.snapshots[0])
    tensors["vectors"][0] = 0.0
    path = tmp_path / "snapshots.safetensors"
    write_tensors(path, tensors, Provenance(rule="planted", script="tests", code="0"))
    settings = DynamicsSettings(related=[["w8", "w9"]], unrelated=[["w8", "w10"]])
    words = read_words(small_study.comparison)
    dynamics, trajectories = dynamics_tables(
        [str(path)], small_study.logs[:1], as_runs(small_study.runs[:1]), words, settings
    )
    frame = dynamics.to_pandas().pivot(index="step", columns="measure", values="value")
    assert frame.loc[0, ["rsa_own_final", "cosine_related", "effective_rank"]].isna().all()
    assert frame.loc[0, "mean_norm"] == 0.0
    assert frame["rsa_own_final"].iloc[1:].notna().all()
    assert trajectories.to_pandas().query("step == 0")["cosine"].isna().all()


def test_a_list_without_a_known_word_is_refused(small_study: SimpleNamespace) -> None:
    runs, words = as_runs(small_study.runs), read_words(small_study.comparison)
    settings = DynamicsSettings(related=[["w8", "w9"]], unrelated=[["zebra", "okapi"]])
    with pytest.raises(StudyError, match="unrelated pairs of the dynamics"):
        dynamics_tables(small_study.snapshots, small_study.logs, runs, words, settings)
