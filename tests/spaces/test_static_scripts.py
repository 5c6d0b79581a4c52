"""The scripts of the static families from encoded shards to spaces: what they write, and the same bytes twice."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import read_provenance, read_table, read_tensors, write_table
from wordspaces.common.provenance import Provenance

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
MADE = Provenance(rule="made", script="tests", code="0")
WORDS = 30
SMALL = {"dimension": 8, "epochs": 2, "snapshots": 4, "snapshot_words": 10}
VARIANTS = {
    "skipgram": {"family": "word2vec", "architecture": "skipgram", **SMALL},
    "cbow": {"family": "word2vec", "architecture": "cbow", "learning_rate": 0.1, **SMALL},
    "glove": {"family": "glove", **SMALL},
}


class Named(dict):
    """Values by attribute; iterates over every path, lists included, as the workflow engine's lists do."""

    __getattr__ = dict.__getitem__

    def __iter__(self):
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


def run_script(name, inputs, outputs, params, seed=None):
    task = SimpleNamespace(
        input=Named({key: [str(p) for p in v] if isinstance(v, list) else str(v) for key, v in inputs.items()}),
        output=Named({key: str(value) for key, value in outputs.items()}),
        params=Named(params, code="0", script=f"scripts/{name}.py"),
        wildcards=Named({} if seed is None else {"seed": str(seed)}),
        resources=Named(checkpoint_minutes=10),
        log=[],
        rule=name,
        threads=1,
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": task})


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    """A vocabulary, two shards of a sample and one of held-out text."""
    folder = tmp_path_factory.mktemp("tokens")
    rng = np.random.default_rng(0)
    names = ["<unk>", *(f"word{n}" for n in range(1, WORDS))]
    ids, kinds = pa.array(range(WORDS), pa.int32()), ["special"] + ["word"] * (WORDS - 1)
    vocabulary = pa.table({"id": ids, "token": names, "kind": kinds, "count": pa.array([50] * WORDS, pa.int64())})
    write_table(folder / "vocabulary.parquet", vocabulary, MADE)
    for shard in ("one", "two", "heldout"):
        texts = [rng.integers(0, WORDS, rng.integers(3, 30)).tolist() for _ in range(40)]
        columns = {
            "document": [f"{shard}:{n}" for n in range(40)],
            "ids": pa.array(texts, pa.list_(pa.int32())),
            "sentences": pa.array([[0]] * 40, pa.list_(pa.int32())),
        }
        write_table(folder / f"{shard}.parquet", pa.table(columns), MADE)
    return folder


def road(tokens, out):
    """Run count, merge, train and extract; return the bytes of all artefacts but the clock's."""
    vocabulary, shards = tokens / "vocabulary.parquet", [tokens / "one.parquet", tokens / "two.parquet"]
    counting = {"settings": {"window": 3}}
    for shard in shards:
        inputs = {"encoded": shard, "vocabulary": vocabulary}
        run_script("count_cooccurrence", inputs, {"shard": out / f"x-{shard.name}"}, counting)
    counted = [out / f"x-{shard.name}" for shard in shards]
    run_script("merge_cooccurrence", {"shards": counted}, {"matrix": out / "x.parquet"}, counting)
    inputs = {"encoded": tokens / "heldout.parquet", "vocabulary": vocabulary}
    run_script("count_cooccurrence", inputs, {"shard": out / "x-heldout.parquet"}, counting)
    made = {"matrix": out / "x-heldout-matrix.parquet"}
    run_script("merge_cooccurrence", {"shards": [out / "x-heldout.parquet"]}, made, counting)
    for name, variant in VARIANTS.items():
        inputs = {"tokens": shards, "vocabulary": vocabulary}
        if variant["family"] == "word2vec":
            inputs |= {"heldout": [tokens / "heldout.parquet"]}
        else:
            inputs |= {"cooccurrence": out / "x.parquet", "heldout": [tokens / "heldout.parquet"]}
            inputs |= {"heldout_cooccurrence": out / "x-heldout-matrix.parquet"}
        here = out / name
        files = {"weights": "weights.safetensors", "log": "log.parquet", "snapshots": "snapshots.safetensors"}
        outputs = {key: here / file for key, file in files.items()} | {"timing": here / "timing.json"}
        run_script(f"train_{variant['family']}", inputs, outputs, {"variant": variant}, seed=3)
        inputs = {"weights": outputs["weights"], "vocabulary": vocabulary}
        read = {"family": variant["family"], "add_context": variant["family"] == "glove"}
        run_script("extract_static_space", inputs, {"space": here / "space.parquet"}, read)
    return sorted(path for path in out.rglob("*") if path.is_file())


def test_road_of_the_static_families(tokens, tmp_path, monkeypatch):
    made = {}
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        paths = road(tokens, Path("out"))
        made[name] = {str(path): path.read_bytes() for path in paths if path.suffix != ".json"}
    assert made["first"] == made["second"]
    assert len(made["first"]) == 5 + 3 * 4
    matrix = read_table("out/x.parquet")
    total = sum(read_table(f"out/x-{shard}.parquet")["weight"].to_numpy().sum() for shard in ("one", "two"))
    np.testing.assert_allclose(matrix["count"].to_numpy().sum(), total / 6)
    for name, variant in VARIANTS.items():
        assert read_provenance(f"out/{name}/weights.safetensors").settings == {"variant": variant}
        space = read_table(f"out/{name}/space.parquet")
        last = read_tensors(f"out/{name}/snapshots.safetensors")["vectors"][-1]
        vectors = space["vector"].combine_chunks().flatten().to_numpy().reshape(WORDS, 8)
        np.testing.assert_array_equal(vectors[:10], last)
        log = read_table(f"out/{name}/log.parquet")
        assert (log.num_rows, log["heldout_loss"].null_count) == (4, 0)
        assert json.loads(Path(f"out/{name}/timing.json").read_text())["tokens_per_second"] > 0
