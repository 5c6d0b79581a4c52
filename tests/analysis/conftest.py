"""A study of planted geometry in the project's own file formats: what the analyses read, with known structure."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator

sys.path.append(str(Path(__file__).parent))  # for `running`, beside the tests

FAMILIES = {
    "skipgram": "word2vec",
    "skipgram-short": "word2vec",
    "cbow": "word2vec",
    "glove": "glove",
    "svd": "svd",
    "gpt": "gpt",
    "bert": "bert",
}
SPECIAL = ("<unk>", "<sep>", "<cls>", "<mask>")
PLACEHOLDERS = ("<url>", "<user>", "<number>", "<hashtag>")
PROVENANCE = Provenance(rule="planted", script="tests", code="0")


def _normal(*names: object, shape: tuple[int, ...]) -> np.ndarray:
    return generator(7, *(str(name) for name in names)).standard_normal(shape)


def planted_vectors(run: tuple, words: int, width: int) -> np.ndarray:
    """Shared + corpus + model + sample + seed parts, in a basis of the run's own."""
    corpus, sample, model, _, seed = run
    base = model.removesuffix("-short")
    parts = [
        (1.0, ("shared",)),
        (0.8, ("corpus", corpus)),
        (0.6, ("model", base)),
        (0.6, ("sample", corpus, sample)),
        (0.4, ("seed", corpus, sample, model, seed)),
        (0.5 if model != base else 0.0, ("short", model)),
    ]
    vectors = sum(weight * _normal(*names, shape=(words, width)) for weight, names in parts)
    rotation = np.linalg.qr(_normal("basis", *run, shape=(width, width)))[0]
    return (vectors @ rotation + 1.5).astype(np.float32)


def _spaces_table(run: tuple, vectors: np.ndarray, tokens: list[str], corpora: list[str]) -> pa.Table:
    size, width = vectors.shape
    ids = np.arange(size, dtype=np.int32)
    parts = [("input", -1, "", ids, np.zeros(size, np.int32), vectors)]
    if run[3] in ("gpt", "bert"):
        for layer in (1, 2):
            for probe in corpora:
                # Every fifth word of the second half occurs nowhere in the probe text.
                held = ids[(ids < size // 2) | (ids % 5 != 0)]
                noise = 0.3 * _normal("probe", *run, layer, probe, shape=(len(held), width))
                parts.append(
                    (
                        f"layer{layer}@{probe}",
                        layer,
                        probe,
                        held,
                        np.full(len(held), 9, np.int32),
                        vectors[held] + noise,
                    )
                )
    parts.sort(key=lambda part: part[0])
    flat = np.concatenate([part[5] for part in parts]).astype(np.float32)
    return pa.table(
        {
            "space": np.repeat([part[0] for part in parts], [len(part[3]) for part in parts]),
            "layer": np.repeat(np.array([part[1] for part in parts], np.int32), [len(part[3]) for part in parts]),
            "probe": pa.array([part[2] for part in parts for _ in part[3]]),
            "id": np.concatenate([part[3] for part in parts]),
            "token": pa.array([tokens[i] for part in parts for i in part[3]]),
            "contexts": np.concatenate([part[4] for part in parts]),
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), width),
        }
    )


def _snapshots(run: tuple, vectors: np.ndarray, count: int, words: int) -> dict[str, np.ndarray]:
    initial = 0.1 * _normal("start", *run, shape=vectors.shape)
    start = initial[:words]
    mix = np.linspace(0.0, 1.0, count)[:, None, None]
    course = (1.0 - mix) * start + mix * vectors[:words]
    course[-1] = vectors[:words]
    step = np.concatenate([[0], 10 + np.arange(count - 1) ** 2 * 10]).astype(np.int64)
    return {
        "initial": initial.astype(np.float32),
        "vectors": course.astype(np.float32),
        "tokens_seen": step * 100,
        "step": step,
    }


def _log(snapshots: dict[str, np.ndarray]) -> pa.Table:
    step = np.arange(0, 4001, 100, dtype=np.int64)
    heldout = [3.0 / (1 + s / 1000) if s % 1000 == 0 else None for s in step]
    return pa.table(
        {
            "step": step,
            "tokens_seen": step * 100,
            "epoch": step / 1000.0,
            "loss": 3.0 / (1 + step / 1000.0),
            "heldout_loss": pa.array(heldout, pa.float64()),
            "gradient_norm": 1.0 / (1 + step / 500.0),
            "embedding_norm": 1.0 + step / 4000.0,
            "learning_rate": np.full(len(step), 0.05),
        }
    )


def _probabilities(run: tuple, size: int, corpora: list[str], scored: int) -> pa.Table:
    """Scored tokens; BERT is asked for some again, each hidden alone."""
    asked = {"gpt": {"causal": scored}, "bert": {"masked": scored, "pseudo": scored // 4}}
    parts = [(probe, question, count) for probe in corpora for question, count in asked[run[3]].items()]
    counts = [count for _, _, count in parts]
    ids = [_ids("scored", probe, scored, size)[:count] for probe, _, count in parts]
    bits = [6.0 + np.abs(_normal("bits", *run, *names, shape=(count,))) for *names, count in parts]
    return pa.table(
        {
            "probe": np.repeat([probe for probe, _, _ in parts], counts),
            "question": np.repeat([question for _, question, _ in parts], counts),
            "id": np.concatenate(ids).astype(np.int32),
            "bits": np.concatenate(bits).astype(np.float32),
        }
    )


def _trigram(cell: list[str], size: int, corpora: list[str], scored: int) -> pa.Table:
    ids = [_ids("scored", probe, scored, size) for probe in corpora]
    bits = 7.0 + np.abs(_normal("trigram", *cell, shape=(len(corpora) * scored,)))
    probes = np.repeat(corpora, scored)
    return pa.table({"probe": probes, "id": np.concatenate(ids).astype(np.int32), "bits": bits.astype(np.float32)})


def _ids(purpose: str, name: str, count: int, size: int) -> np.ndarray:
    return np.minimum(generator(7, purpose, name).zipf(1.3, size=count) - 1, size - 1)


def plant_study(
    folder: Path,
    corpora: tuple[str, ...] = ("twitter", "wiki"),
    samples: tuple[str, ...] = ("a", "b"),
    models: tuple[str, ...] = tuple(name for name in FAMILIES if name != "svd"),
    seeds: tuple[int, ...] = (1, 2, 3),
    vocabulary: int = 200,
    words: int = 120,
    width: int = 16,
    snapshots: int = 5,
    scored: int = 400,
    listed: tuple[str, ...] = (),
) -> SimpleNamespace:
    """Write a planted study: paths parallel to `runs` ([corpus, sample, model, family, seed]), and what was planted.

    `listed` gives the first real words their names, the others are w8, w9, ...
    """
    named = [*SPECIAL, *PLACEHOLDERS, *listed]
    tokens = named + [f"w{i}" for i in range(len(named), vocabulary)]
    first = len(SPECIAL) + len(PLACEHOLDERS)
    kinds = ["special"] * 4 + ["placeholder"] * 4 + ["word"] * (vocabulary - first)
    totals = np.maximum(10, 100_000 // (np.arange(vocabulary) + 10)).astype(np.int64)
    totals[1:4] = 0
    ids = np.arange(vocabulary, dtype=np.int32)
    cells = [(c, s) for c in sorted(corpora) for s in sorted([*samples, "heldout"])]
    tables = {
        "vocabulary": pa.table({"id": ids, "token": tokens, "kind": kinds, "count": totals}),
        "counts": pa.table(
            {
                "corpus": np.repeat([c for c, _ in cells], vocabulary),
                "sample": np.repeat([s for _, s in cells], vocabulary),
                "id": np.tile(ids, len(cells)),
                "count": np.concatenate([totals + i for i in range(len(cells))]),
            }
        ),
        "comparison": pa.table(
            {"id": ids[first : first + words], "token": tokens[first : first + words], "count": totals[first:][:words]}
        ),
    }
    for name, table in tables.items():
        write_table(folder / "tokens" / f"{name}.parquet", table, PROVENANCE)
    runs = [(c, s, m, FAMILIES[m], seed) for c in corpora for s in samples for m in models for seed in seeds]
    paths: dict[str, list[str]] = {"spaces": [], "snapshots": [], "logs": [], "probabilities": []}
    for run in runs:
        vectors = planted_vectors(run, vocabulary, width)
        stem = f"{run[0]}/{run[1]}/{run[2]}/seed{run[4]}"
        paths["spaces"].append(str(folder / "spaces" / f"{stem}.parquet"))
        write_table(paths["spaces"][-1], _spaces_table(run, vectors, tokens, sorted(corpora)), PROVENANCE)
        if run[3] == "svd":  # not trained: nothing to follow
            continue
        course = _snapshots(run, vectors, snapshots, first + words)
        if run[3] == "bert":
            course["next_sentence_accuracy"] = np.linspace(0.5, 0.7, snapshots) + 0.01 * run[4]
            course["next_sentence_length_only"] = np.array([0.52])
        paths["snapshots"].append(str(folder / "models" / stem / "snapshots.safetensors"))
        write_tensors(paths["snapshots"][-1], course, PROVENANCE)
        paths["logs"].append(str(folder / "models" / stem / "log.parquet"))
        write_table(paths["logs"][-1], _log(course), PROVENANCE)
        if run[3] in ("gpt", "bert"):
            paths["probabilities"].append(str(folder / "spaces" / f"{stem}.probabilities.parquet"))
            table = _probabilities(run, vocabulary, sorted(corpora), scored)
            write_table(paths["probabilities"][-1], table, PROVENANCE)
    trained = [[c, s] for c in corpora for s in samples]
    paths["trigrams"] = [str(folder / "trigram" / f"{c}.{s}.parquet") for c, s in trained]
    for cell, path in zip(trained, paths["trigrams"], strict=True):
        write_table(path, _trigram(cell, vocabulary, sorted(corpora), scored), PROVENANCE)
    language = [list(run) for run in runs if run[3] in ("gpt", "bert")]
    static = [list(run) for run in runs if run[3] not in ("gpt", "bert")]
    files = {name: str(folder / "tokens" / f"{name}.parquet") for name in tables}
    return SimpleNamespace(
        folder=folder,
        runs=[list(run) for run in runs],
        learners=[list(run) for run in runs if run[3] != "svd"],
        probability_runs=language,
        static_runs=static,
        cells=trained,
        tokens=tokens,
        words=words,
        width=width,
        vocabulary_size=vocabulary,
        **paths,
        **files,
    )


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The default study made small: 2 corpora x 2 samples x 6 models x 3 seeds."""
    names = ("tiger", "cat", "king", "queen", "man", "woman", "boy", "girl", "old", "new", "smart", "intelligent")
    return plant_study(tmp_path_factory.mktemp("planted"), listed=names)


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """One corpus, one sample, one seed: nothing to resample, much that is not defined."""
    folder = tmp_path_factory.mktemp("small")
    return plant_study(folder, ("wiki",), ("a",), ("skipgram", "glove", "svd", "gpt"), (1,), vocabulary=60, words=40)


@pytest.fixture(scope="session")
def vectors_of(study: SimpleNamespace) -> Callable[[list], np.ndarray]:
    """Planted input vectors of a run of `study`, float32 [vocabulary, width]."""
    return lambda run: planted_vectors(tuple(run), study.vocabulary_size, study.width)


@pytest.fixture(scope="session")
def write() -> Callable[[Path, pa.Table], str]:
    """Write a table in the project's format and give its path."""

    def written(path: Path, table: pa.Table) -> str:
        write_table(path, table, PROVENANCE)
        return str(path)

    return written
