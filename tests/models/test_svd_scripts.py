"""The scripts from encoded text to a PPMI-SVD model, subsampling and tight memory included."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import read_table, read_tensors, write_table
from wordspaces.common.provenance import Provenance
from wordspaces.cooccurrence import shards

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
MADE = Provenance(rule="made", script="tests", code="0")
WORDS = 30


class Named(dict):
    """Values by attribute; iterates over every path, lists included, as the workflow engine's lists do."""

    __getattr__ = dict.__getitem__

    def __iter__(self):
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


def run_script(name, inputs, outputs, params, wildcards, **resources):
    task = SimpleNamespace(
        input=Named(inputs),
        output=Named(outputs),
        params=Named(params, code="0", script=f"scripts/{name}.py"),
        wildcards=Named(wildcards),
        resources=Named(resources),
        log=[],
        rule=name,
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": task})


@pytest.fixture
def text(tmp_path, monkeypatch):
    """A vocabulary, counts of one sample and two shards of it."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    names, kinds = ["<unk>", *(f"word{n}" for n in range(1, WORDS))], ["special"] + ["word"] * (WORDS - 1)
    ids, fifty = pa.array(range(WORDS), pa.int32()), pa.array([50] * WORDS, pa.int64())
    vocabulary = {"id": ids, "token": names, "kind": kinds, "count": fifty}
    write_table("vocabulary.parquet", pa.table(vocabulary), MADE)
    cell = {"corpus": ["wiki"] * WORDS, "sample": ["a"] * WORDS}
    write_table("counts.parquet", pa.table({**cell, "id": ids, "count": fifty}), MADE)
    for shard in ("one", "two"):
        texts = [rng.integers(0, WORDS, rng.integers(3, 30)).tolist() for _ in range(40)]
        columns = {
            "document": [f"{shard}:{n}" for n in range(40)],
            "ids": pa.array(texts, pa.list_(pa.int32())),
            "sentences": pa.array([[0]] * 40, pa.list_(pa.int32())),
        }
        write_table(f"{shard}.parquet", pa.table(columns), MADE)


def counted(folder, settings, **resources):
    """Bytes of the matrix of both shards."""
    params, matrix = {"settings": settings}, f"{folder}/matrix.parquet"
    inputs = {"vocabulary": "vocabulary.parquet", "counts": "counts.parquet" if settings.get("subsample") else []}
    for shard in ("one", "two"):
        cell = {"corpus": "wiki", "sample": "a", "shard": shard}
        outputs = {"shard": f"{folder}/{shard}.parquet"}
        run_script("count_cooccurrence", {"encoded": f"{shard}.parquet", **inputs}, outputs, params, cell, **resources)
    made = {"shards": [f"{folder}/{shard}.parquet" for shard in ("one", "two")]}
    run_script("merge_cooccurrence", made, {"matrix": matrix}, params, {"corpus": "wiki", "sample": "a"}, **resources)
    return read_table(matrix)


@pytest.mark.parametrize("subsample", [None, 0.01])
def test_memory_changes_nothing(text, monkeypatch, subsample):
    settings = {"window": 3, "subsample": subsample}
    roomy = counted("roomy", settings, mem_mb=3000)
    monkeypatch.setattr(shards, "piece_tokens", lambda memory, size: 50)
    assert counted("tight", settings, mem_mb=1, tmpdir=".").equals(roomy)


def test_subsampling_leaves_less(text):
    kept, fewer = (counted(str(rate), {"window": 3, "subsample": rate}) for rate in (None, 0.01))
    assert fewer["count"].to_numpy().sum() < 0.9 * kept["count"].to_numpy().sum()


def test_decomposition_of_a_sample(text):
    counted("x", {"window": 3})
    inputs = {"cooccurrence": "x/matrix.parquet", "tokens": ["one.parquet", "two.parquet"]}
    files = {"weights": "weights.safetensors", "log": "log.parquet"}
    for folder, seed in (("first", "1"), ("second", "2")):
        outputs = {key: f"{folder}/{file}" for key, file in files.items()} | {"timing": f"{folder}/timing.json"}
        variant = {"family": "svd", "dimension": 5}
        inputs |= {"vocabulary": "vocabulary.parquet"}
        run_script("train_svd", inputs, outputs, {"variant": variant}, {"seed": seed})
    first, second = (read_tensors(f"{folder}/weights.safetensors") for folder in ("first", "second"))
    assert {name: part.shape for name, part in first.items()} == {
        "centre": (WORDS, 5),
        "context": (WORDS, 5),
        "singular_values": (5,),
    }
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
    tokens = sum(read_table(path)["ids"].combine_chunks().flatten().to_numpy().size for path in inputs["tokens"])
    assert read_table("first/log.parquet")["tokens_seen"].to_pylist() == [tokens]
    assert json.loads(Path("first/timing.json").read_text())["tokens_per_second"] > 0
