"""Contextual spaces and probabilities, against loops over single documents."""

import math

import numpy as np
import pyarrow as pa
import pytest
import torch

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import Transformer, new_model
from wordspaces.models.transformer.packing import CLS, MASK, SEP
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.contextual import (
    choose_occurrences,
    contextual_blocks,
    contextual_means,
    input_block,
    reading_rows,
    texts_by_probe,
)
from wordspaces.spaces.probabilities import PROBABILITIES, probability_rows, questions, token_bits
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import select_space, spaces_table
from wordspaces.tokens.encoded import Encoded

V, D, T = 24, 8, 16
SMALL = {"dimension": D, "context": T, "initialisation": 0.3}
KINDS = pytest.mark.parametrize("settings", [GptSettings(**SMALL), BertSettings(**SMALL)], ids=["gpt", "bert"])
READING = ContextualSettings(contexts=3, rows=4)
NAMES = [f"w{i}" for i in range(V)]


def text_of(documents: int, longest: int, seed: int = 0) -> Encoded:
    rng = generator(seed, "text")
    bounds = np.concatenate([[0], np.cumsum(rng.integers(1, longest, documents))]).astype(np.int64)
    ids = (4 + np.minimum(rng.geometric(0.2, bounds[-1]) - 1, V - 5)).astype(np.int32)
    ids[rng.random(len(ids)) < 0.05] = 0
    return Encoded(ids, bounds, bounds)


def model_of(settings: GptSettings | BertSettings) -> Transformer:
    return new_model(settings, np.arange(V), torch.Generator().manual_seed(5)).eval()


def alone(model: Transformer, words: np.ndarray) -> tuple[dict[str, torch.Tensor], np.ndarray]:
    """One short document as a row of its own, and where its words stand in it."""
    if model.causal:
        tokens, parts = [SEP, *words], [0] * (len(words) + 1)
        places = 1 + np.arange(len(words))
    else:
        half = len(words) // 2
        tokens = [CLS, *words[:half], SEP, *words[half:], SEP]
        parts = [0] * (half + 2) + [1] * (len(words) - half + 1)
        places = np.arange(len(words)) + 1 + (np.arange(len(words)) >= half)
    count = len(tokens)
    rows = {"tokens": tokens, "segments": [1] * count, "positions": list(range(count)), "parts": parts}
    return {name: torch.tensor([value], dtype=torch.int64) for name, value in rows.items()}, places


@KINDS
def test_means_equal_those_of_documents_read_one_by_one(settings: GptSettings | BertSettings) -> None:
    text, model = text_of(60, T - 3), model_of(settings)
    ids, means = contextual_means(model, text, settings, READING)
    chosen = choose_occurrences(text, V, READING.contexts)
    sums = np.zeros((settings.layers + 1, V, D))
    for start, end in zip(text.documents[:-1], text.documents[1:], strict=True):
        here = chosen[(chosen >= start) & (chosen < end)] - start
        if len(here):
            rows, places = alone(model, text.ids[start:end])
            with torch.no_grad():
                stream = torch.stack(model.layers(rows))[:, 0].numpy()
            for place in here:
                sums[:, text.ids[start + place]] += stream[:, places[place]]
    np.testing.assert_allclose(means, sums[:, ids] / READING.contexts, rtol=1e-4, atol=1e-5)
    assert ids.dtype == np.int32
    assert ids.min() >= 4


@KINDS
def test_layer_zero_is_embedding_and_position(settings: GptSettings | BertSettings) -> None:
    text = Encoded(np.full(3, 9, np.int32), np.array([0, 3]), np.array([0, 3]))
    model = model_of(settings)
    _, means = contextual_means(model, text, settings, READING)
    places = [1, 2, 3] if settings.family == "gpt" else [1, 3, 4]
    expected = model.embedding[9] + model.positions[places].mean(dim=0)
    if settings.family == "bert":
        expected = expected + (model.parts[0] + 2 * model.parts[1]) / 3
    np.testing.assert_allclose(means[0, 0], expected.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_every_word_has_the_same_number_of_contexts_spread_over_the_text() -> None:
    text = text_of(80, 40)
    chosen = choose_occurrences(text, V, 4)
    words, counts = np.unique(text.ids[chosen], return_counts=True)
    assert (counts == 4).all()
    lengths = np.diff(text.documents)
    readable = np.bincount(text.ids[np.repeat(lengths > 1, lengths)], minlength=V)
    readable[:4] = 0
    assert words.tolist() == np.flatnonzero(readable >= 4).tolist()
    common = chosen[text.ids[chosen] == 4] / len(text.ids)
    assert (np.abs(common - [1 / 8, 3 / 8, 5 / 8, 7 / 8]) < 0.08).all()


@KINDS
def test_probabilities_of_a_position_sum_to_one(settings: GptSettings | BertSettings) -> None:
    model = model_of(settings)
    base = np.array([5, 6, 7, 8], np.int32)
    total, place = 0.0, 2
    for word in range(V):
        ids = base.copy()
        ids[place] = word
        text = Encoded(ids, np.array([0, 4]), np.array([0, 4]))
        if settings.family == "gpt":
            _, bits = token_bits(model, text, settings, READING)
            total += 2.0 ** -float(bits[place])
        else:
            rows, places = alone(model, ids)
            rows["tokens"][0, places[place]] = MASK
            with torch.no_grad():
                logits = model(rows)[0, places[place]] @ model.output.T + model.bias
            total += float(torch.softmax(logits, dim=0)[word])
    assert total == pytest.approx(1.0, abs=1e-4)


def test_gpt_scores_every_token_of_the_text_in_its_order() -> None:
    settings = GptSettings(**SMALL)
    text, model = text_of(40, T - 3), model_of(settings)
    places, bits = token_bits(model, text, settings, READING)
    assert places.tolist() == list(range(len(text.ids)))
    expected = []
    for start, end in zip(text.documents[:-1], text.documents[1:], strict=True):
        rows, _ = alone(model, text.ids[start:end])
        with torch.no_grad():
            logits = torch.log_softmax(model(rows)[0] @ model.output.T + model.bias, dim=-1).numpy()
        expected += [-logits[i, word] / math.log(2) for i, word in enumerate(text.ids[start:end])]
    np.testing.assert_allclose(bits, expected, rtol=1e-4, atol=1e-4)


def test_bert_scores_only_hidden_words_of_the_text() -> None:
    settings = BertSettings(**SMALL, mask_rate=0.3)
    text, model = text_of(200, 40), model_of(settings)
    rows = reading_rows(text, settings)
    shown, asked = questions(rows, settings, V)
    where = asked >= 0
    assert ((rows.source >= 0) | ~where).all()
    assert (shown[~where] == rows.tokens[~where]).all()
    places, bits = token_bits(model, text, settings, READING)
    assert places.tolist() == np.sort(rows.source[where]).tolist()
    assert len(places) / len(text.ids) == pytest.approx(0.3, abs=0.03)
    assert (bits > 0).all()
    again = token_bits(model_of(settings), text, settings, ContextualSettings(contexts=3, rows=64))
    assert again[0].tolist() == places.tolist()
    np.testing.assert_allclose(again[1], bits, rtol=1e-4)


@KINDS
def test_tables_hold_every_space(settings: GptSettings | BertSettings) -> None:
    model = model_of(settings)
    blocks = [input_block(model, NAMES)]
    for probe in ("wiki", "twitter"):
        blocks += contextual_blocks(model, probe, text_of(60, 30, len(probe)), NAMES, settings, READING)
    table = spaces_table(blocks)
    ids, contexts, vectors = select_space(table, "input", -1, "")
    assert ids.tolist() == list(range(V))
    assert contexts.sum() == 0
    assert vectors.tobytes() == model.embedding.detach().numpy().tobytes()
    expected = {"input", *(f"layer{layer}@{probe}" for layer in range(3) for probe in ("wiki", "twitter"))}
    assert set(table["space"].to_pylist()) == expected
    assert set(select_space(table, "layer1@wiki", 1, "wiki")[1]) == {3}


def test_probability_rows_follow_their_schema() -> None:
    text = Encoded(np.array([9, 4, 5], np.int32), np.array([0, 3]), np.array([0, 3]))
    table = probability_rows("wiki", text, np.array([1, 2]), np.array([1.5, 2.5], np.float32))
    assert table.schema == PROBABILITIES
    assert table["id"].to_pylist() == [4, 5]
    assert pa.concat_tables([table, table]).num_rows == 4


def test_shards_are_grouped_by_their_corpus() -> None:
    probes = [["wiki", "leads"], ["twitter", "brands"], ["wiki", "dump"]]
    assert texts_by_probe(probes, ["1", "2", "3"]) == {"wiki": ["1", "3"], "twitter": ["2"]}
