"""Contextual spaces and probabilities, against loops over single documents."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from small import KINDS, NAMES, SMALL, T, V, alone, documents_of, model_of, spelled, text_of, untrained_beyond

from wordspaces.common.artefacts import write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.models.transformer.packing import MASK
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.contextual import contextual_blocks, contextual_vectors, matrix_blocks
from wordspaces.spaces.places import choose_occurrences
from wordspaces.spaces.probabilities import PROBABILITIES, probability_rows, probability_tables, questions, token_bits
from wordspaces.spaces.reading import check_settings, check_vocabulary, occurrence_vectors, reading_rows, texts_by_probe
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import select_space, spaces_table
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import as_words

READING = ContextualSettings(contexts=3, rows=4)


@KINDS
def test_means_equal_those_of_documents_read_one_by_one(settings: GptSettings | BertSettings) -> None:
    text, model = text_of(60, T - 3), model_of(settings)
    ids, means, spreads = contextual_vectors(model, text, settings, READING)
    chosen = choose_occurrences(text, V, READING.contexts)
    found: dict[int, list[np.ndarray]] = {}
    for start, end in documents_of(text):
        here = chosen[(chosen >= start) & (chosen < end)] - start
        if len(here):
            rows, places = alone(model, text.ids[start:end])
            with torch.no_grad():
                stream = torch.stack(model.layers(rows))[:, 0].numpy()
            for place in here:
                found.setdefault(int(text.ids[start + place]), []).append(stream[:, places[place]])
    assert sorted(found) == ids.tolist()
    vectors = np.array([found[word] for word in ids], np.float64)
    np.testing.assert_allclose(means, vectors.mean(axis=1).swapaxes(0, 1), rtol=1e-4, atol=1e-5)
    lengths = np.square(vectors).sum(axis=-1).mean(axis=1)
    expected = 1.0 - np.square(vectors.mean(axis=1)).sum(axis=-1) / lengths
    np.testing.assert_allclose(spreads, expected.T, rtol=1e-3, atol=1e-5)
    assert ((spreads > 0) & (spreads < 1)).all()
    assert ids.dtype == np.int32
    assert ids.min() >= 4


@KINDS
def test_first_components_come_from_the_same_occurrences_as_means(settings: GptSettings | BertSettings) -> None:
    text, model = text_of(60, 40), model_of(settings)
    ids, vectors, spreads = contextual_vectors(
        model, text, settings, READING.model_copy(update={"pooling": "first_component"})
    )
    same, means, expected = contextual_vectors(model, text, settings, READING)
    assert ids.tolist() == same.tolist()
    np.testing.assert_array_equal(spreads, expected)
    chosen = choose_occurrences(text, V, READING.contexts)
    streams = occurrence_vectors(model, text, chosen, settings, READING)
    for number, word in enumerate(ids):
        matrix = streams[1][text.ids[chosen] == word].astype(np.float64)
        _, values, rows = np.linalg.svd(matrix, full_matrices=False)
        found = values[0] / np.sqrt(READING.contexts) * rows[0]
        np.testing.assert_allclose(vectors[1, number], found * np.sign(found @ means[1, number]), rtol=1e-3, atol=1e-5)


@KINDS
@pytest.mark.parametrize("rows", [1, 64])
def test_words_longer_than_a_row_have_the_spread_of_their_whole_vectors(
    settings: GptSettings | BertSettings, rows: int
) -> None:
    text, model = spelled(text_of(60, 40)), model_of(settings)
    model.reach = 5
    assert np.diff(text.starts).max() > 2
    reading = READING.model_copy(update={"rows": rows})
    _, means, spreads = contextual_vectors(model, text, settings, reading)
    words = as_words(text)
    places = choose_occurrences(words, V, READING.contexts)
    places = places[np.argsort(words.ids[places], kind="stable")]
    streams = occurrence_vectors(model, text, places, settings, reading).astype(np.float64)
    streams = streams.reshape(len(streams), -1, READING.contexts, streams.shape[2])
    np.testing.assert_allclose(means, streams.mean(axis=2), rtol=1e-4, atol=1e-6)
    expected = 1 - np.square(streams.mean(axis=2)).sum(2) / np.square(streams).sum(3).mean(2)
    np.testing.assert_allclose(spreads, expected, rtol=1e-4, atol=1e-6)


@KINDS
def test_layer_zero_is_embedding_and_position(settings: GptSettings | BertSettings) -> None:
    text = Encoded(np.full(3, 9, np.int32), np.array([0, 3]), np.array([0, 3]))
    model = model_of(settings)
    _, means, _ = contextual_vectors(model, text, settings, READING)
    places = [1, 2, 3] if settings.family == "gpt" else [1, 3, 4]
    expected = model.embedding[9] + model.positions[places].mean(dim=0)
    if settings.family == "bert":
        expected = expected + (model.parts[0] + 2 * model.parts[1]) / 3
    np.testing.assert_allclose(means[0, 0], expected.detach().numpy(), rtol=1e-5, atol=1e-6)


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
    for start, end in documents_of(text):
        rows, _ = alone(model, text.ids[start:end])
        with torch.no_grad():
            logits = torch.log_softmax(model(rows)[0] @ model.output.T + model.bias, dim=-1).numpy()
        expected += [-logits[i, word] / math.log(2) for i, word in enumerate(text.ids[start:end])]
    np.testing.assert_allclose(bits, expected, rtol=1e-4, atol=1e-4)


def test_bert_scores_only_hidden_words_of_the_text() -> None:
    settings = BertSettings(**SMALL, mask_rate=0.3)
    text, model = text_of(200, 40), model_of(settings)
    rows = reading_rows(text, settings, T)
    shown, asked = questions(rows, text, settings, V)
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
    blocks = matrix_blocks(model, NAMES)
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
    averaged = np.array(table["contexts"]) > 0
    assert np.array(table["spread"].is_valid()).tolist() == averaged.tolist()


@KINDS
def test_an_untied_head_is_a_space_of_its_own(settings: GptSettings | BertSettings) -> None:
    model = model_of(settings.model_copy(update={"tied": False}))
    table = spaces_table(matrix_blocks(model, NAMES))
    vectors = select_space(table, "output", -1, "")[2]
    assert vectors.tobytes() == model.head.detach().numpy().tobytes()
    assert vectors.tobytes() != select_space(table, "input", -1, "")[2].tobytes()


def test_too_few_contexts_are_refused() -> None:
    settings = GptSettings(**SMALL)
    with pytest.raises(StudyError, match=r"spaces\.contexts: found 500, .* text of wiki"):
        contextual_blocks(model_of(settings), "wiki", text_of(5, 9), NAMES, settings, ContextualSettings(contexts=500))


@KINDS
def test_nothing_is_read_at_positions_that_were_never_trained(settings: GptSettings | BertSettings) -> None:
    text, model, reach = text_of(60, 40), untrained_beyond(model_of(settings), 9), 9
    rows = reading_rows(text, settings, reach)
    assert rows.tokens.shape[1] == reach
    assert (np.unique(rows.source[rows.source >= 0]) == np.flatnonzero(rows_shown(text, settings))).all()
    assert np.isfinite(contextual_vectors(model, text, settings, READING)[1]).all()
    bits = pa.concat_tables(probability_tables(model, "wiki", text, settings, READING))["bits"].to_numpy()
    assert np.isfinite(bits).all()


def rows_shown(text: Encoded, settings: GptSettings | BertSettings) -> np.ndarray:
    """Whether a token is in a document that the family reads."""
    lengths = np.diff(text.documents)
    return np.repeat(lengths > (settings.family == "bert"), lengths)


def test_hidden_tokens_do_not_depend_on_rows() -> None:
    settings, text = BertSettings(**SMALL), text_of(100, 40)
    found = []
    for reach in (T, 9):
        rows = reading_rows(text, settings, reach)
        shown, asked = questions(rows, text, settings, V)
        places = rows.source[asked >= 0]
        order = np.argsort(places)
        found.append((places[order].tolist(), shown[asked >= 0][order].tolist()))
    assert found[0] == found[1]


def test_another_vocabulary_is_refused() -> None:
    check_vocabulary("vocabulary.parquet", 24, 24)
    with pytest.raises(StudyError, match=r"vocabulary\.parquet: found a vocabulary of 23 entries .* 24 rows"):
        check_vocabulary("vocabulary.parquet", 23, 24)


def test_weights_of_other_settings_are_refused_though_their_shapes_fit(tmp_path: Path) -> None:
    variant, path = GptSettings(**SMALL).model_dump(mode="json"), tmp_path / "weights.safetensors"
    record = Provenance("train_transformer", "train_transformer.py", "0", settings={"variant": variant})
    write_tensors(path, {"a": np.zeros(1)}, record)
    check_settings(path, variant)
    with pytest.raises(
        StudyError, match=r"weights\.safetensors: found weights trained with heads = 2; allowed: heads = 1"
    ):
        check_settings(path, variant | {"heads": 1})
    other = BertSettings(**SMALL).model_dump(mode="json")
    with pytest.raises(StudyError, match="trained with"):
        check_settings(path, other)


def test_probability_rows_follow_their_schema() -> None:
    text = Encoded(np.array([9, 4, 5], np.int32), np.array([0, 3]), np.array([0, 3]))
    table = probability_rows("wiki", "causal", text, np.array([1, 2]), np.array([1.5, 2.5], np.float32))
    assert table.schema == PROBABILITIES
    assert table["id"].to_pylist() == [4, 5]
    assert table["question"].to_pylist() == ["causal"] * 2
    assert pa.concat_tables([table, table]).num_rows == 4


@KINDS
def test_every_question_of_a_family_in_its_order(settings: GptSettings | BertSettings) -> None:
    text, reading = text_of(200, 12), ContextualSettings(pseudo_tokens=100)
    tables = probability_tables(model_of(settings), "wiki", text, settings, reading)
    asked = [set(table["question"].to_pylist()) for table in tables]
    assert asked == ([{"causal"}] if settings.family == "gpt" else [{"masked"}, {"pseudo"}])


def test_shards_are_grouped_by_their_corpus() -> None:
    probes = [["wiki", "leads"], ["twitter", "brands"], ["wiki", "dump"]]
    assert texts_by_probe(probes, ["1", "2", "3"]) == {"wiki": ["1", "3"], "twitter": ["2"]}
