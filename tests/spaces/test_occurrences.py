"""Which places of a text are read, and single occurrences of listed words, against documents read one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small import KINDS, NAMES, SMALL, T, V, alone, documents_of, half_of, model_of, spelled, text_of, untrained_beyond

from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.occurrences import absent_words, context_of, occurrence_rows, occurrences_schema
from wordspaces.spaces.places import choose_documents, choose_occurrences, evenly, listed_occurrences
from wordspaces.spaces.reading import occurrence_vectors
from wordspaces.spaces.settings import ContextualSettings, OccurrenceSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import as_words

LISTED = ["w7", "w4", "w5", "w5", "nowhere", "w23"]
READING = ContextualSettings(rows=4, occurrences=OccurrenceSettings(words=LISTED, most=6))


@given(st.integers(0, 30), st.integers(0, 200))
def test_even_places_are_distinct_and_leave_gaps_of_one_size(count: int, total: int) -> None:
    places = evenly(count, total)
    assert len(places) == min(count, total)
    if len(places):
        assert places[0] >= 0
        assert places[-1] < total
        assert np.ptp(np.diff(places, prepend=places[-1] - total)) <= 1


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


def test_documents_are_spread_and_have_about_as_many_words_as_wanted() -> None:
    lengths = np.concatenate([np.random.default_rng(0).integers(1, 30, 400), [5000]])
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    text = Encoded(np.full(bounds[-1], 5, np.int32), bounds, bounds)
    chosen = choose_documents(text, 600)
    assert lengths[chosen].sum() == pytest.approx(600, rel=0.2)
    assert lengths[chosen].min() > 1
    assert lengths[chosen].max() < 600
    assert np.diff(chosen).max() < 2 * 400 / len(chosen)
    assert choose_documents(text, 0).tolist() == []
    assert choose_documents(text, 10**6).tolist() == np.flatnonzero(lengths > 1).tolist()
    two = Encoded(np.full(9, 5, np.int32), np.array([0, 1, 6, 9]), np.array([0, 1, 6, 9]))
    assert choose_documents(two, 2).tolist() == [2]


@KINDS
@pytest.mark.parametrize("pieces", ["words", "mean", "last"])
def test_vectors_equal_those_of_documents_read_one_by_one(settings: GptSettings | BertSettings, pieces: str) -> None:
    settings = settings.model_copy(update={"context": 40})
    plain, model = text_of(60, 12), model_of(settings)
    text = plain if pieces == "words" else spelled(plain)
    reading = READING.model_copy(update={} if pieces == "words" else {"pieces": pieces})
    table = occurrence_rows(model, "wiki", text, NAMES, settings, reading)
    documents = documents_of(text)
    found = table.to_pylist()
    assert len(found) > 30
    for row in found:
        start, end = documents[row["document"]]
        rows, places = alone(model, text.ids[start:end], half_of(text, start, end))
        word = plain.documents[row["document"]] + row["place"]
        assert plain.ids[word] == row["id"]
        own = [word - start] if text is plain else np.arange(*text.starts[word : word + 2]) - start
        with torch.no_grad():
            stream = model.layers(rows)[row["layer"]][0].numpy()[places[own]]
        expected = stream[-1] if pieces == "last" else stream.mean(axis=0)
        np.testing.assert_allclose(row["vector"], expected, rtol=1e-4, atol=1e-5)


@KINDS
def test_rows_are_the_same_places_for_every_model(settings: GptSettings | BertSettings) -> None:
    text = text_of(60, 40)
    places = listed_occurrences(text, np.array([4, 5, 7, 23]), 6)
    keys = ["probe", "id", "token", "occurrence", "document", "place", "context", "layer"]
    tables = [
        occurrence_rows(model_of(settings), "wiki", text, NAMES, settings, READING),
        occurrence_rows(untrained_beyond(model_of(settings), 11), "wiki", text, NAMES, settings, READING),
        occurrence_rows(model_of(settings), "wiki", spelled(text), NAMES, settings, READING),
    ]
    for table in tables:
        assert table.schema == occurrences_schema(8)
        assert table.select(keys).equals(tables[0].select(keys))
        assert np.isfinite(table["vector"].combine_chunks().flatten().to_numpy()).all()
    rows = tables[0].select(keys).to_pylist()
    order = [(row["id"], row["occurrence"], row["layer"]) for row in rows]
    assert order == sorted(order)
    assert {row["token"] for row in rows} == {"w4", "w5", "w7", "w23"}
    assert max(row["occurrence"] for row in rows) == 6
    assert len(rows) == len(places) * 3
    for row in rows:
        assert f"[{row['token']}]" in row["context"].split()


def test_words_longer_than_a_row_are_read_whole() -> None:
    """Where every token of a layer has one vector, so has a word whose pieces stand in several rows."""
    settings = GptSettings(**SMALL)
    model = model_of(settings)
    with torch.no_grad():
        model.embedding.copy_(torch.arange(8.0).expand_as(model.embedding))
        model.positions.zero_()
    model.reach = 2
    text = spelled(text_of(30, 20))
    places = listed_occurrences(as_words(text), np.arange(4, V), 3)
    assert np.diff(text.starts)[places].max() > model.reach
    vectors = occurrence_vectors(model, text, places, settings, ContextualSettings(rows=3))
    np.testing.assert_allclose(vectors[0], np.broadcast_to(np.arange(8.0), vectors[0].shape), rtol=1e-6)


def test_context_stays_in_its_document() -> None:
    text = Encoded(np.arange(4, V, dtype=np.int32), np.array([0, 3, 20]), np.array([0, 3, 20]))
    assert context_of(text, 1, NAMES) == "w4 [w5] w6"
    assert context_of(text, 3, NAMES) == "[w7] w8 w9 w10 w11 w12 w13 w14 w15"
    assert context_of(text, 13, NAMES) == " ".join(["w9 w10 w11 w12 w13 w14 w15 w16 [w17]", *NAMES[18:24]])


def test_words_without_an_occurrence_are_named() -> None:
    settings, text = GptSettings(**SMALL), text_of(60, T)
    tables = {"wiki": occurrence_rows(model_of(settings), "wiki", text, NAMES, settings, READING)}
    assert absent_words(tables, ["w4", "w5"]) == ""
    none = READING.model_copy(update={"occurrences": OccurrenceSettings(words=["<unk>", "else"])})
    tables["x"] = occurrence_rows(model_of(settings), "x", text, ["<unk>", *NAMES[1:]], settings, none)
    assert tables["x"].num_rows == 0
    assert absent_words(tables, ["w4", "else"]) == "else in wiki; w4, else in x"
