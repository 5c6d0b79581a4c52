"""Measures of a real small training, made anew from its files on disk with plain NumPy."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from running import run_script
from safetensors.numpy import load_file
from scipy.spatial.distance import cdist, pdist
from sklearn.metrics import silhouette_score

from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.provenance import Provenance
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec

MADE = Provenance(rule="made", script="tests", code="0")
WORDS, TOPICS = 60, 6
RUNS = [["wiki", "a", "skipgram", "word2vec", 1], ["wiki", "a", "skipgram", "word2vec", 2]]
RUNS += [["wiki", "a", "glove", "glove", 2]]
PAIR, FOUR = ["word1", "word2"], ["word1", "word11", "word2", "word12"]


def topical_text(documents: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Documents of 20 words, each from one of six topics of ten words."""
    rng = np.random.default_rng(seed)
    topics = rng.integers(0, TOPICS, documents)
    ids = (topics[:, None] * 10 + rng.integers(0, 10, (documents, 20))).astype(np.int32)
    return ids.ravel(), np.arange(0, ids.size + 1, 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three trainings, of which one passes for a model of another family, and what the rule makes of them."""
    folder = tmp_path_factory.mktemp("trained")
    settings = Word2VecSettings(dimension=12, window=3, epochs=4, subsample=None, snapshots=5, learning_rate=0.1)
    text, held = topical_text(200, 0), topical_text(20, 9)
    for number in range(len(RUNS)):
        result = train_word2vec(*text, *held, WORDS, settings, number + 1)
        write_tensors(folder / f"{number}.safetensors", result.snapshots, MADE)
        write_table(folder / f"{number}.log.parquet", result.log, MADE)
    ids, counts = np.arange(WORDS, dtype=np.int32), np.bincount(text[0], minlength=WORDS)
    tokens = [f"word{i}" for i in ids]
    write_table(folder / "comparison.parquet", pa.table({"id": ids, "token": tokens, "count": counts}), MADE)
    cell = {"corpus": ["wiki"] * WORDS, "sample": ["a"] * WORDS, "id": ids, "count": counts}
    write_table(folder / "counts.parquet", pa.table(cell), MADE)
    (folder / "analogies.txt").write_text(": made\nathens greece oslo norway\n")
    (folder / "lexicon.txt").write_text("".join(f"word{i} {('NN', 'VB')[i % 2]}\n" for i in ids))
    inputs = {name: str(folder / f"{name}.parquet") for name in ("comparison", "counts")}
    inputs |= {name: str(folder / f"{name}.txt") for name in ("analogies", "lexicon")}
    inputs["snapshots"] = [str(folder / f"{i}.safetensors") for i in range(len(RUNS))]
    inputs["logs"] = [str(folder / f"{i}.log.parquet") for i in range(len(RUNS))]
    topics = {f"topic{k}": tokens[10 * k : 10 * k + 10] for k in range(TOPICS)}
    asked = {"related": [PAIR], "unrelated": [["word1", "word51"]], "analogies": [FOUR], "categories": topics}
    outputs = {}
    for name in ("dynamics", "trajectories", "analogy_course", "convergence", "settling", "settling_runs"):
        outputs |= {name: str(folder / f"{name}.parquet"), f"{name}_csv": str(folder / f"{name}.csv")}
    run_script("follow_dynamics", inputs, outputs, {"runs": RUNS, "dynamics": asked})
    return folder


@pytest.fixture(scope="module")
def course(folder: Path) -> pd.DataFrame:
    """Measures by step of the first run."""
    table = pd.read_parquet(folder / "dynamics.parquet").query("model == 'skipgram' and seed == 1")
    return table.pivot(index="step", columns="measure", values="value")


@pytest.fixture(scope="module")
def tensors(folder: Path) -> list[dict[str, np.ndarray]]:
    return [load_file(folder / f"{i}.safetensors") for i in range(len(RUNS))]


def rdm(vectors: np.ndarray) -> np.ndarray:
    return pdist(vectors - vectors.mean(axis=0), "cosine")


def test_motion_and_norms_are_those_of_the_files(course: pd.DataFrame, tensors: list) -> None:
    vectors = tensors[0]["vectors"].astype(np.float64)
    np.testing.assert_array_equal(course.index, tensors[0]["step"])
    way = vectors[-1] - vectors[0]
    for t in range(1, 5):
        step = vectors[t] - vectors[t - 1]
        row = course.iloc[t]
        assert row["step_displacement"] == pytest.approx(np.linalg.norm(step) / np.linalg.norm(vectors[-1]))
        assert row["phase_share"] == pytest.approx((step * way).sum() / (way * way).sum())
        path = sum(np.linalg.norm(vectors[s] - vectors[s - 1]) for s in range(1, t + 1))
        assert row["straightness"] == pytest.approx(np.linalg.norm(vectors[t] - vectors[0]) / path)
        assert row["mean_norm"] == pytest.approx(np.sqrt((vectors[t] ** 2).sum(axis=1)).mean())
    assert course["phase_share"].sum() == pytest.approx(1.0)


def test_log_values_are_those_of_the_file(course: pd.DataFrame, folder: Path) -> None:
    log = pd.read_parquet(folder / "0.log.parquet").set_index("step")
    for name in ("loss", "heldout_loss", "gradient_norm", "learning_rate"):
        np.testing.assert_array_equal(course[name], log.loc[course.index, name])


def test_norms_against_frequency_are_those_of_the_files(course: pd.DataFrame, folder: Path, tensors: list) -> None:
    counts = pd.read_parquet(folder / "counts.parquet")["count"].to_numpy()
    for t in range(5):
        norms = np.log(np.linalg.norm(tensors[0]["vectors"][t].astype(np.float64), axis=1))
        slope, _ = np.polyfit(np.log(counts), norms, 1)
        assert course["norm_frequency_slope"].iloc[t] == pytest.approx(slope)
        assert course["norm_frequency_correlation"].iloc[t] == pytest.approx(np.corrcoef(np.log(counts), norms)[0, 1])


def test_shape_is_that_of_the_files(course: pd.DataFrame, tensors: list) -> None:
    for t in range(5):
        vectors = tensors[0]["vectors"][t].astype(np.float64)
        values = np.linalg.eigvalsh(np.cov(vectors.T))
        row = course.iloc[t]
        assert row["participation_ratio"] == pytest.approx(values.sum() ** 2 / (values**2).sum())
        assert row["top_share"] == pytest.approx(values.max() / values.sum())
        axes = np.linalg.svd(vectors)[2]
        parts = np.exp(np.concatenate([axes, -axes]) @ vectors.T).sum(axis=1)
        assert row["isotropy"] == pytest.approx(parts.min() / parts.max())
        assert row["mean_cosine"] == pytest.approx(1.0 - pdist(vectors, "cosine").mean())


def test_clusters_form_around_the_topics_as_scikit_learn_sees_them(course: pd.DataFrame, tensors: list) -> None:
    for t in range(5):
        vectors = tensors[0]["vectors"][t].astype(np.float64)
        expected = silhouette_score(vectors - vectors.mean(axis=0), np.arange(WORDS) // 10, metric="cosine")
        assert course["silhouette"].iloc[t] == pytest.approx(expected)
    assert course["silhouette"].iloc[-1] > 0.5 > course["silhouette"].iloc[0] + 0.4
    assert (course["silhouette_chance"].abs() < 0.3).all()


def test_agreement_is_that_of_the_files(course: pd.DataFrame, tensors: list) -> None:
    own, seed, family = (one["vectors"].astype(np.float64) for one in tensors)
    others = {"rsa_initial": own[0], "rsa_own_final": own[-1], "rsa_other_seed": seed[-1]}
    for name, other in (others | {"rsa_other_family": family[-1]}).items():
        expected = [np.corrcoef(rdm(own[t]), rdm(other))[0, 1] for t in range(5)]
        np.testing.assert_allclose(course[name], expected, atol=1e-9)


def test_words_settle_as_the_files_say(folder: Path, tensors: list) -> None:
    found = pd.read_parquet(folder / "settling.parquet").query("model == 'skipgram' and seed == 1")
    final = tensors[1]["vectors"][-1].astype(np.float64)
    counts = pd.read_parquet(folder / "counts.parquet")["count"].to_numpy()
    rare, frequent = counts <= np.quantile(counts, 1 / 3), counts > np.quantile(counts, 2 / 3)
    for t, step in enumerate(tensors[0]["step"]):
        vectors = tensors[0]["vectors"][t].astype(np.float64)
        a, b = (1.0 - cdist(v - v.mean(axis=0), v - v.mean(axis=0), "cosine") for v in (vectors, final))
        for matrix in (a, b):
            np.fill_diagonal(matrix, 0.0)
        words = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        here = found[found["step"] == step].set_index("band")["similarity"]
        np.testing.assert_allclose(here[["rare", "frequent"]], [words[rare].mean(), words[frequent].mean()])
        assert here["all"] == pytest.approx(words.mean())


def test_listed_words_are_those_of_the_files(folder: Path, tensors: list) -> None:
    pairs = pd.read_parquet(folder / "trajectories.parquet").query("model == 'skipgram' and seed == 1")
    course = pd.read_parquet(folder / "analogy_course.parquet").query("model == 'skipgram' and seed == 1")
    for t in range(5):
        vectors = tensors[0]["vectors"][t].astype(np.float64)
        units = vectors - vectors.mean(axis=0)
        units /= np.linalg.norm(units, axis=1, keepdims=True)
        assert pairs.query("relation == 'related'")["cosine"].iloc[t] == pytest.approx(units[1] @ units[2])
        target = units[11] - units[1] + units[2]
        cosines = units @ target / np.linalg.norm(target)
        order = [row for row in np.argsort(-cosines) if row not in (1, 11, 2)]
        assert course["cosine"].iloc[t] == pytest.approx(cosines[12])
        assert course["rank"].iloc[t] == order.index(12) + 1
    assert course["rank"].iloc[-1] < course["rank"].iloc[0]


@pytest.mark.parametrize("name", ["dynamics", "analogy_course", "convergence", "settling", "settling_runs"])
def test_the_csv_holds_the_same_rows(folder: Path, name: str) -> None:
    table, written = pd.read_parquet(folder / f"{name}.parquet"), pd.read_csv(folder / f"{name}.csv")
    assert list(written.columns) == list(table.columns)
    assert len(written) == len(table) > 0
    column = table.select_dtypes("float64").columns[0]
    np.testing.assert_array_equal(written[column], table[column])
