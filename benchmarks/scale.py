"""Time and memory of the static trainers and of counting on a text, on four and on sixteen times as much of it.

Text of any size is drawn anew from the documents at hand, some of its words exchanged for others, into encoded shards
as the stage `tokens` writes them. Memory is that of whole processes of the workflow: interpreter, libraries and all.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from benchmarks.peers import Architecture, settings
from benchmarks.stage import Cost, cost
from benchmarks.text import Text
from benchmarks.timing import Gate

from wordspaces.common.artefacts import open_table, row_count, write_table
from wordspaces.common.provenance import Provenance
from wordspaces.common.settings import Settings
from wordspaces.common.streams import generator
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.models.glove.settings import GloveSettings

MEGABYTE = 1 << 20
TIMES = (1, 4, 16)
TOKENS = 3_000_000
FIRST = 20_000
SHARDS = 4
DRAWN = 1 << 17  # tokens of the documents that are drawn together
EXCHANGED = 0.1
LIMIT = 1000  # megabytes that counting may use
FLAT = 1.1
LINEAR = 1.15
PAIR_BYTES = 24.0  # 12 for each pair to train on, as many for a held-out one
MADE = Provenance(rule="benchmark", script="benchmarks", code="0")
SCHEMA = pa.schema([("document", pa.string()), ("ids", pa.list_(pa.int32())), ("sentences", pa.list_(pa.int32()))])


class Seen(NamedTuple):
    """Tokens of a text, what was spent on them, pairs of words among them where these count."""

    tokens: int
    cost: Cost
    pairs: int = 0


def run_scale(text: Text, folder: Path) -> Iterator[str | Gate]:
    """Lines to print and gates; `folder` : where to work."""
    vocabulary = str(folder / "vocabulary.parquet")
    write_table(vocabulary, pa.table({"id": pa.array(range(text.size), pa.int32())}), MADE)
    _road(text, folder, vocabulary, FIRST)  # compiles
    found: dict[str, list[Seen]] = {}
    for times in TIMES:
        for name, seen in _road(text, folder, vocabulary, times * TOKENS).items():
            found.setdefault(name, []).append(seen)
    for name, sizes in found.items():
        for tokens, spent, pairs in sizes:
            yield (
                f"{name}: {tokens:,} tokens{f', {pairs:,} pairs' if pairs else ''}, "
                f"{spent.seconds:.1f} s, {spent.memory / MEGABYTE:,.0f} MB"
            )
        (few, first, _), (some, second, before), (many, last, after) = sizes
        rates = (second.seconds - first.seconds) / (some - few), (last.seconds - second.seconds) / (many - some)
        yield f"{name}: {rates[0] * 1e9:.0f} ns for each token up to {some:,}, {rates[1] * 1e9:.0f} for each later one"
        yield Gate(f"{name}_seconds_later_over_before", rates[1] / rates[0], LINEAR, least=False)
        if name in ("skipgram", "cbow"):
            yield Gate(f"{name}_memory_16x", last.memory / first.memory, FLAT, least=False)
        elif name == "glove":
            yield Gate("glove_bytes_a_pair", (last.memory - second.memory) / (after - before), PAIR_BYTES, least=False)
        else:
            yield Gate(f"{name}_memory_over_limit", last.memory / MEGABYTE / LIMIT, 1.0, least=False)


def _road(text: Text, folder: Path, vocabulary: str, tokens: int) -> dict[str, Seen]:
    """What training and counting take on so many tokens, or a few more."""
    here = folder / str(tokens)
    shards = [str(here / f"{number}.parquet") for number in range(SHARDS)]
    total = sum(_write_shard(text, path, tokens // SHARDS, number) for number, path in enumerate(shards))
    found = {name: Seen(total, _train(name, shards, vocabulary, here)) for name in ("skipgram", "cbow")}
    counting = {"settings": CooccurrenceSettings(window=10).model_dump(mode="json"), "resources": {"mem_mb": LIMIT}}
    counted, spent = [str(here / f"{number}.counts.parquet") for number in range(SHARDS)], []
    for shard, made in zip(shards, counted, strict=True):
        inputs = {"encoded": shard, "vocabulary": vocabulary, "counts": []}
        spent.append(cost("count_cooccurrence", inputs, {"shard": made}, **counting))
    spent.append(cost("merge_cooccurrence", {"shards": counted}, {"matrix": str(here / "x.parquet")}, **counting))
    together = Cost(max(each.memory for each in spent), sum(each.seconds for each in spent))
    pairs = row_count(here / "x.parquet")
    glove = Seen(total, _train_glove(shards, vocabulary, here), pairs)
    return found | {"cooccurrence": Seen(total, together, pairs), "glove": glove}


def _train(name: Architecture, shards: list[str], vocabulary: str, folder: Path) -> Cost:
    """One epoch of Word2Vec; the seconds are those of the training itself."""
    inputs = {"tokens": shards, "heldout": shards[:1], "vocabulary": vocabulary}
    return _timed("train_word2vec", inputs, settings(name, 1), folder / name)


def _train_glove(shards: list[str], vocabulary: str, folder: Path) -> Cost:
    """Two passes over the pairs; held out are the pairs of one shard."""
    heldout, matrix = str(folder / "heldout.parquet"), str(folder / "x.parquet")
    counting = {"settings": CooccurrenceSettings(window=10).model_dump(mode="json")}
    cost("merge_cooccurrence", {"shards": [str(folder / "0.counts.parquet")]}, {"matrix": heldout}, **counting)
    inputs = {"tokens": shards, "heldout": shards[:1], "vocabulary": vocabulary}
    inputs |= {"cooccurrence": matrix, "heldout_cooccurrence": heldout}
    chosen = GloveSettings(dimension=100, epochs=2, snapshots=2)
    return _timed("train_glove", inputs, chosen, folder / "glove")


def _timed(script: str, inputs: dict[str, Any], chosen: Settings, folder: Path) -> Cost:
    """Memory of a training's process, seconds of the training itself."""
    files = {"weights": "weights.safetensors", "log": "log.parquet", "snapshots": "snapshots.safetensors"}
    outputs = {key: str(folder / file) for key, file in (files | {"timing": "timing.json"}).items()}
    spent = cost(script, inputs, outputs, variant=chosen.model_dump(mode="json"), wildcards={"seed": "1"})
    return spent._replace(seconds=json.loads(Path(outputs["timing"]).read_text())["seconds"])


def _write_shard(text: Text, path: str, tokens: int, number: int) -> int:
    """Write documents drawn at random until they have `tokens` tokens; how many they have."""
    given, draw, written, documents = text.training, generator(number, "benchmark", "scale"), 0, 0
    lengths = np.diff(given.documents)
    with open_table(path, SCHEMA, lambda: MADE) as sink:
        while written < tokens:
            chosen = draw.integers(0, len(lengths), max(1, int(DRAWN / lengths.mean())))
            parts = [given.ids[given.documents[k] : given.documents[k + 1]] for k in chosen]
            ids = np.concatenate(parts)
            exchanged = draw.random(len(ids)) < EXCHANGED
            ids = np.where(exchanged, given.ids[draw.integers(0, len(given.ids), len(ids))], ids).astype(np.int32)
            offsets = pa.array(np.concatenate([[0], np.cumsum(lengths[chosen])]), pa.int32())
            names = pa.array([f"{number}:{documents + k:09d}" for k in range(len(chosen))])
            starts = pa.array([[0]] * len(chosen), pa.list_(pa.int32()))
            columns = [names, pa.ListArray.from_arrays(offsets, pa.array(ids)), starts]
            sink.write(pa.Table.from_arrays(columns, schema=SCHEMA))
            written, documents = written + len(ids), documents + len(chosen)
    return written
