"""What is timed is what the trainers do: the same vectors, and one record for each point of the grid."""

import importlib.util
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from wordspaces.common.artefacts import write_table
from wordspaces.common.provenance import Provenance
from wordspaces.cooccurrence.tables import MATRIX_SCHEMA
from wordspaces.models.cost.grid import ATTENTION, SOFTMAX, TRAINING, Point
from wordspaces.models.cost.static import Word2VecPasses, glove_task, segments
from wordspaces.models.cost.timing import read_costs
from wordspaces.models.cost.transformer import attention_task, heads, update_task
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.train import in_memory, train_glove
from wordspaces.models.word2vec.train import SEGMENT
from wordspaces.tokens.encoded import Encoded

V = 60
RNG = np.random.default_rng(4)
IDS = RNG.integers(4, V, 3000).astype(np.int32)
TEXT = Encoded(IDS, np.arange(0, 3001, 30), np.arange(0, 3001, 10))
TINY = {
    "repetitions": 1,
    "tokens": [200, 400, 800, 1600],
    "windows": [1, 2, 3, 4],
    "dimensions": [4, 8, 12, 16],
    "pairs": [50, 100, 150, 200],
    "vocabularies": [20, 30, 40, 60],
    "contexts": [8, 16, 24, 32],
    "widths": [4, 8, 12, 16],
    "base": {"tokens": 1000, "dimension": 8, "pairs": 100, "context": 8, "positions": 96, "softmax_tokens": 40},
}
MADE = Provenance("r", "s.py", "0")


def running():
    """The module that runs a script as the workflow engine would."""
    path = Path(__file__).parents[1] / "analysis" / "running.py"
    spec = importlib.util.spec_from_file_location("running", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("trainer", ["skipgram", "cbow"])
def test_a_pass_of_word2vec_trains_the_words_of_the_text_and_no_others(trainer):
    passes = Word2VecPasses(TEXT, V)
    before = [table.copy() for table in passes.vectors(V, 8)]
    task = passes.task(Point(trainer, TRAINING, 8, tokens=3000, window=2, vocabulary=V))
    task()
    centre, context = passes.vectors(V, 8)
    moved = (centre != before[0]).any(axis=1)
    assert set(np.flatnonzero(moved)) == set(np.unique(IDS))
    assert np.isfinite(centre).all()
    assert (context != before[1]).any()


def test_the_full_softmax_has_the_most_frequent_words_alone():
    passes = Word2VecPasses(TEXT, V)
    passes.task(Point("skipgram", SOFTMAX, 8, tokens=100, window=2, vocabulary=20))()
    centre, context = passes.vectors(20, 8)
    assert len(centre) == 20
    # Every word of the softmax gets a gradient; the words left out count as the unknown one.
    assert (context[:, :8] != 0).any(axis=1).all()
    assert np.isfinite(centre).all()


def test_segments_are_of_whole_documents_and_about_equally_long():
    documents = np.arange(0, 4 * SEGMENT, 1000)
    parts = segments(documents)
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(len(documents) - 1))
    assert max(len(part) * 1000 for part in parts) <= SEGMENT + 1000
    assert len(segments(np.array([0, 5]))) == 1


def test_a_pass_of_glove_is_that_of_its_trainer():
    """One epoch of the trainer from the same start visits the same pairs in the same order."""
    row, column = (part.ravel().astype(np.int32) for part in np.meshgrid(np.arange(20), np.arange(20), indexing="ij"))
    count = 1.0 + (row * column) % 7
    order = np.random.default_rng(1).permutation(len(row))
    drawn = row[order], column[order], count[order]
    task = glove_task(drawn, 20, Point("glove", TRAINING, 8, pairs=len(row), vocabulary=20))
    task()
    captured = dict(zip(task.__code__.co_freevars, [cell.cell_contents for cell in task.__closure__], strict=True))
    settings = GloveSettings(dimension=8, epochs=1, snapshots=2)
    trained = train_glove(in_memory(row, column, count), 20, 100, settings, 0).weights
    word, context = (table[:, 0, :8] for table in captured["tables"][:2])
    np.testing.assert_array_equal(word, trained["word"])
    np.testing.assert_array_equal(context, trained["context"])
    assert len(captured["tiles"].cell) == len(row)


@pytest.mark.parametrize("family", ["gpt", "bert"])
def test_an_update_is_one_of_the_trainer(family):
    task = update_task(TEXT, V, Point(family, TRAINING, 8, context=16, rows=6, vocabulary=V))
    captured = dict(zip(task.__code__.co_freevars, [cell.cell_contents for cell in task.__closure__], strict=True))
    training, rows = captured["training"], captured["rows"]
    assert rows.tokens.shape == (6, 16)
    assert training.settings.batch == 6
    before = {name: value.clone() for name, value in training.model.state_dict().items()}
    task()
    moved = [name for name, value in training.model.state_dict().items() if not torch.equal(value, before[name])]
    assert {"embedding", "blocks.0.mix", "blocks.1.down"} <= set(moved)
    assert all(torch.isfinite(value).all() for value in training.model.state_dict().values())
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in training.model.parameters())


def test_attention_is_asked_for_its_gradient_too(monkeypatch):
    asked = []
    real = torch.nn.functional.scaled_dot_product_attention

    def attention(q, k, v, attn_mask):
        asked.append((q.shape, attn_mask.shape))
        return real(q, k, v, attn_mask=attn_mask)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", attention)
    gradients = []
    inner = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *given: gradients.append(inner(*given)) or gradients[-1])
    attention_task(Point("gpt", ATTENTION, 96, context=16, rows=3))()
    assert asked == [((3, 3, 16, 32), (3, 1, 16, 16))]
    assert [part.shape for part in gradients[0]] == [(3, 3, 16, 32)] * 3
    assert all(part.abs().sum() > 0 for part in gradients[0])


def test_heads_divide_the_dimension_and_grow_with_it():
    assert [heads(d) for d in (8, 32, 48, 64, 96, 100, 256)] == [1, 1, 1, 2, 3, 2, 8]


def test_the_script_writes_a_record_for_each_point(tmp_path):
    documents = [
        {"document": str(i), "ids": IDS[i * 30 : i * 30 + 30].tolist(), "sentences": [0, 10]} for i in range(40)
    ]
    schema = pa.schema([("document", pa.string()), ("ids", pa.list_(pa.int32())), ("sentences", pa.list_(pa.int32()))])
    write_table(tmp_path / "a.parquet", pa.Table.from_pylist(documents, schema=schema), MADE)
    row, column = (part.ravel().astype(np.int32) for part in np.meshgrid(np.arange(20), np.arange(20), indexing="ij"))
    table = pa.Table.from_arrays([row, column, 1.0 + row], schema=MATRIX_SCHEMA)
    write_table(tmp_path / "x.parquet", table, MADE)
    write_table(tmp_path / "v.parquet", pa.table({"id": np.arange(V, dtype=np.int32)}), MADE)
    inputs = {
        "tokens": [str(tmp_path / "a.parquet")],
        "cooccurrence": str(tmp_path / "x.parquet"),
        "vocabulary": str(tmp_path / "v.parquet"),
    }
    running().run_script("measure_cost", inputs, {"cost": str(tmp_path / "cost.json")}, {"cost": TINY})
    found = read_costs(tmp_path / "cost.json")
    # skip-gram: T, c, d, V; CBOW: T, c, d; GloVe: |X|, d; GPT: n, d of the whole, n, d of attention; BERT: n, d.
    assert len(found) == 4 * (4 + 3 + 2 + 4 + 2)
    assert all(0 < record["low"] <= record["seconds"] <= record["high"] for record in found)
    assert {field.name for field in fields(Point)} <= set(found[0])
    running().run_script("measure_cost", inputs, {"cost": str(tmp_path / "no.json")}, {"cost": TINY | {"trainers": []}})
    assert read_costs(tmp_path / "no.json") == []
