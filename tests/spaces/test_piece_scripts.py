"""The scripts of models of pieces, from normalised shards to spaces: what they write, and the same bytes twice."""

import runpy
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import safetensors.numpy  # noqa: F401  A record names what its process has imported, in every run the same.

from wordspaces.common.artefacts import read_batches, read_table, read_tensors, write_table, write_tensors
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator
from wordspaces.corpus.duplicates import DUPLICATES, duplicate_rows
from wordspaces.spaces.probabilities import PIECE_PROBABILITIES
from wordspaces.tokens.encoded import read_encoded
from wordspaces.tokens.normalising import normalise_documents
from wordspaces.tokens.samples import HELDOUT
from wordspaces.tokens.selection import Corpus, select_documents
from wordspaces.tokens.settings import SelectionSettings
from wordspaces.tokens.spelled import as_words, read_text
from wordspaces.tokens.vocabulary import RESERVED

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
ASKED = ("probe", "question")
MADE = Provenance(rule="made", script="tests", code="0")
WORDS = [stem + ending for stem in ("walk", "talk", "play", "show", "open") for ending in ("", "s", "ed", "ing")]
SELECTION = SelectionSettings(samples=1, heldout=0.3, min_words=1)
SHARDS = {"wiki": ["leads.0000", "leads.0001"], "twitter": ["brands"]}
SMALL = {"tokeniser": "small", "dimension": 8, "context": 16, "batch": 16, "snapshots": 3, "snapshot_words": 12}


class Named(dict):
    """Values by attribute; iterates over every path, lists included, as the workflow engine's lists do."""

    __getattr__ = dict.__getitem__

    def __iter__(self):
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


def run_script(name: str, inputs: dict, outputs: dict, params: dict, **wildcards: str) -> None:
    task = SimpleNamespace(
        input=Named(inputs),
        output=Named({key: str(value) for key, value in outputs.items()}),
        params=Named(params, code="0", script=f"scripts/{name}.py"),
        wildcards=Named(wildcards),
        resources=Named(checkpoint_minutes=10),
        log=[],
        rule=name,
        threads=1,
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": task})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Normalised shards of two corpora, a vocabulary of words, and the documents of each sample."""
    folder = tmp_path_factory.mktemp("made")
    corpora = {}
    for corpus, shards in SHARDS.items():
        write_table(folder / f"{corpus}.duplicates.parquet", DUPLICATES.empty_table(), MADE)
        for shard in shards:
            rng = generator(0, corpus, shard)
            texts = [" ".join(WORDS[i] for i in rng.integers(len(WORDS), size=rng.integers(2, 25))) for _ in range(80)]
            table = pa.table({"id": [f"{shard}:{n}" for n in range(80)], "text": [f"@x {text}. end" for text in texts]})
            write_table(folder / f"{corpus}.{shard}.parquet", normalise_documents(table), MADE)
        paths = [partial(read_batches, folder / f"{corpus}.{shard}.parquet") for shard in shards]
        corpora[corpus] = Corpus(paths, partial(duplicate_rows, folder / f"{corpus}.duplicates.parquet"))
    selection = select_documents(corpora, SELECTION)
    write_table(folder / "samples.parquet", selection.samples, MADE)
    write_table(folder / "border.parquet", selection.border, MADE)
    tokens = [*RESERVED, *WORDS]
    kinds = ["special"] * 4 + ["placeholder"] * 4 + ["word"] * len(WORDS)
    ids, counts = pa.array(range(len(tokens)), pa.int32()), pa.array([50] * len(tokens), pa.int64())
    words = pa.table({"id": ids, "token": tokens, "kind": kinds, "count": counts})
    write_table(folder / "vocabulary.parquet", words, MADE)
    return folder


def chosen(made: Path) -> dict:
    return {"samples": str(made / "samples.parquet"), "border": str(made / "border.parquet")}


def road(made: Path, out: Path) -> None:
    """Train a tokeniser, encode every sample, train both families and read their spaces."""
    words = {"words": str(made / "vocabulary.parquet")}
    pieces = {name: str(out / f"{name}.parquet") for name in ("tokeniser", "vocabulary", "spellings")}
    shards = [(corpus, shard) for corpus, names in SHARDS.items() for shard in names]
    inputs = chosen(made) | words
    inputs["normalised"] = [str(made / f"{corpus}.{shard}.parquet") for corpus, shard in shards]
    inputs["duplicates"] = [str(made / f"{corpus}.duplicates.parquet") for corpus in SHARDS]
    selecting = {"selection": SELECTION.model_dump(mode="json")}
    learning = {"algorithm": "bpe", "size": 290, "characters": 4000}
    run_script("train_tokeniser", inputs, pieces, {"shards": SHARDS, "pieces": learning, **selecting})
    for corpus, shard in shards:
        for sample in ("a", HELDOUT):
            inputs = chosen(made) | words | {"tokeniser": pieces["tokeniser"]}
            inputs["normalised"] = str(made / f"{corpus}.{shard}.parquet")
            inputs["duplicates"] = str(made / f"{corpus}.duplicates.parquet")
            params = {"number": SHARDS[corpus].index(shard), **selecting}
            encoded = {"encoded": out / f"{corpus}.{sample}.{shard}.parquet"}
            run_script("encode_pieces", inputs, encoded, params, corpus=corpus, sample=sample, shard=shard)
    spellings = {"spellings": [pieces["spellings"]]}
    for family in ("gpt", "bert"):
        variant = {"family": family, **SMALL}
        files = {"weights": "weights.safetensors", "log": "log.parquet", "snapshots": "snapshots.safetensors"}
        outputs = {key: out / family / name for key, name in files.items()} | {"timing": out / family / "timing.json"}
        inputs = {
            part: [str(out / f"wiki.{sample}.{shard}.parquet") for shard in SHARDS["wiki"]]
            for part, sample in (("tokens", "a"), ("heldout", HELDOUT))
        }
        inputs |= {"vocabulary": pieces["vocabulary"], **spellings}
        run_script("train_transformer", inputs, outputs, {"variant": variant}, seed="3")
        run_script("extract_contextual_space", *extraction(made, out, variant), seed="3")


def extraction(made: Path, out: Path, variant: dict) -> tuple[dict, dict, dict]:
    """Inputs, outputs and params of the reading of one model."""
    shards = [(corpus, shard) for corpus, names in SHARDS.items() for shard in names]
    folder = out / variant["family"]
    inputs = {"weights": str(folder / "weights.safetensors"), "vocabulary": str(made / "vocabulary.parquet")}
    inputs |= {"entries": str(out / "vocabulary.parquet"), "spellings": [str(out / "spellings.parquet")]}
    inputs["heldout"] = [str(out / f"{corpus}.{HELDOUT}.{shard}.parquet") for corpus, shard in shards]
    names = ("space", "probabilities", "occurrences", "sentences", "examples")
    reading = {"contexts": 2, "occurrences": {"words": ["walked", "opening", "bank"]}, "pseudo_tokens": 200}
    reading |= {"sampled": {"words": 3, "occurrences": 4}, "sentences": {"number": 5}}
    reading |= {"samples": {"prompts": ["talk bank", ""]}, "filled": {"number": 4}}
    params = {"variant": variant, "probes": [list(shard) for shard in shards], "contextual": reading}
    return inputs, {name: folder / f"{name}.parquet" for name in names}, params | {"algorithm": "bpe"}


def test_road_of_the_models_of_pieces(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bytes_of = {}
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        road(made, Path("out"))
        paths = [path for path in sorted(Path("out").rglob("*")) if path.is_file() and path.suffix != ".json"]
        bytes_of[name] = {str(path): path.read_bytes() for path in paths}
    assert bytes_of["first"] == bytes_of["second"]
    assert len(bytes_of["first"]) == 3 + 2 * 3 + 2 * 8
    encoded = [f"out/wiki.a.{shard}.parquet" for shard in SHARDS["wiki"]]
    text = read_text(encoded, "small")
    assert read_table("out/vocabulary.parquet").num_rows == 290
    # As many words (and "end", which the vocabulary lacks) as the samples table says, a handle for each document.
    samples = {(row["corpus"], row["sample"]): row["words"] for row in read_table(made / "samples.parquet").to_pylist()}
    handles = len(read_encoded(encoded).documents) - 1
    assert len(as_words(text).ids) == samples["wiki", "a"] + handles
    assert (text.words == 0).sum() == handles
    for family in ("gpt", "bert"):
        space = read_table(f"out/{family}/space.parquet")
        inputs = space.filter(pc.equal(space["space"], "input"))
        assert inputs["token"].to_pylist() == [*RESERVED, *WORDS]
        vectors = np.array(inputs["vector"].to_pylist(), np.float32)
        alone = {"weights": f"out/{family}/weights.safetensors", "vocabulary": str(made / "vocabulary.parquet")}
        alone |= {"spellings": ["out/spellings.parquet"]}
        run_script("extract_input_space", alone, {"space": f"out/{family}/alone.parquet"}, {"tokeniser": "small"})
        assert read_table(f"out/{family}/alone.parquet").equals(inputs)
        snapshots = read_tensors(f"out/{family}/snapshots.safetensors")
        np.testing.assert_array_equal(snapshots["vectors"][-1], vectors[:12])
        assert snapshots["initial"].shape == vectors.shape
        assert {"layer1@wiki", "layer1@twitter"} <= set(space["space"].to_pylist())
        probabilities = read_table(f"out/{family}/probabilities.parquet")
        assert probabilities.schema.equals(PIECE_PROBABILITIES)
        asked = list(dict.fromkeys(zip(*(probabilities[name].to_pylist() for name in ASKED), strict=True)))
        questions = ["causal"] if family == "gpt" else ["masked", "pseudo"]
        assert asked == [(probe, question) for probe in SHARDS for question in questions]
        occurrences = read_table(f"out/{family}/occurrences.parquet")
        listed = occurrences.filter(occurrences["listed"])
        assert set(listed["token"].to_pylist()) == {"walked", "opening"}
        drawn = occurrences.filter(pc.invert(occurrences["listed"]))
        layers = 1 + max(drawn["layer"].to_pylist())
        assert drawn.num_rows == 2 * 3 * 4 * layers
        sentences = read_table(f"out/{family}/sentences.parquet")
        assert set(zip(sentences["probe"].to_pylist(), sentences["sentence"].to_pylist(), strict=True)) == {
            (probe, number) for probe in ("wiki", "twitter") for number in range(1, 6)
        }
        assert list(dict.fromkeys(occurrences["probe"].to_pylist())) == ["wiki", "twitter"]
    samples = read_table("out/gpt/examples.parquet").to_pylist()
    assert [(row["kind"], row["prompt"]) for row in samples] == [("sample", "talk")] * 3 + [("sample", "")] * 3
    assert all(row["text"].startswith(row["prompt"]) for row in samples)
    fills = read_table("out/bert/examples.parquet").to_pylist()
    assert {(row["probe"], row["number"]) for row in fills} == {(probe, n) for probe in SHARDS for n in (1, 2, 3, 4)}
    assert all(row["truth"] in WORDS and "[MASK]" in row["text"].split(" ") for row in fills)


def test_weights_of_another_vocabulary_are_refused_before_anything_is_read(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = {"embedding": np.zeros((290, 8), np.float32)}
    (tmp_path / "gpt").mkdir()
    write_tensors(tmp_path / "gpt" / "weights.safetensors", weights, MADE)
    inputs, outputs, params = extraction(made, tmp_path, {"family": "gpt", **SMALL, "tokeniser": "words"})
    inputs |= {"entries": inputs["vocabulary"], "spellings": []}
    with pytest.raises(SystemExit):
        run_script("extract_contextual_space", inputs, outputs, params | {"algorithm": ""}, seed="3")
    said = capsys.readouterr().err
    assert f"{inputs['entries']}: found a vocabulary of 28 entries" in said
    assert "290 rows" in said
    assert not any(path.exists() for path in outputs.values())
