"""Which places of a text are read, and single occurrences of listed words, against documents read one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small import KINDS, NAMES, SMALL, T, V, alone, documents_of, half_of, model_of, spelled, text_of, untrained_beyond

from wordspaces.common.streams import generator
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.occurrences import absent_words, context_of, occurrence_rows, occurrences_schema, sentence_rows
from wordspaces.spaces.places import (
    choose_documents,
    choose_occurrences,
    choose_sentences,
    evenly,
    listed_occurrences,
    sampled_words,
)
from wordspaces.spaces.reading import occurrence_vectors
from wordspaces.spaces.settings import ContextualSettings, OccurrenceSettings, SampledSettings, SentenceSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import as_words

LISTED = ["w7", "w4", "w5", "w5", "nowhere", "w23"]
READING = ContextualSettings(
    rows=4, occurrences=OccurrenceSettings(words=LISTED, most=6), sampled=SampledSettings(words=0)
)


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


def test_words_are_drawn_evenly_over_the_logarithm_of_their_frequency() -> None:
    """Word 4 + n occurs 2^n times, so that two points of the scale of 0 to 9 lie at 2.25 and 6.75."""
    counts = 2 ** np.arange(10)
    ids = np.repeat(4 + np.arange(10), counts).astype(np.int32)
    text = Encoded(ids, np.array([0, len(ids)]), np.array([0, len(ids)]))
    assert sampled_words(text, 20, 4, np.array([7])).tolist() == [6, *range(8, 14)]
    assert sampled_words(text, 2, 1, np.zeros(0, np.int64)).tolist() == [6, 11]
    assert sampled_words(text, 0, 1, np.zeros(0, np.int64)).tolist() == []
    assert sampled_words(text, 3, 10**6, np.zeros(0, np.int64)).tolist() == []
    many = Encoded(np.repeat(ids, 3), text.documents * 3, text.documents * 3)
    assert len(sampled_words(many, 9, 2, np.zeros(0, np.int64))) == 9


def test_drawn_words_are_equally_many_and_none_of_them_is_listed() -> None:
    settings, text = GptSettings(**SMALL), text_of(80, 40)
    reading = READING.model_copy(update={"sampled": SampledSettings(words=5, occurrences=4)})
    table = occurrence_rows(model_of(settings), "wiki", text, NAMES, settings, reading).to_pandas()
    first = table[table["layer"] == 0]
    drawn = first[~first["listed"]]
    assert drawn.groupby("token").size().tolist() == [4] * 5
    assert not set(drawn["token"]) & set(LISTED)
    assert set(first[first["listed"]]["token"]) <= set(LISTED)
    assert first["id"].is_monotonic_increasing
    assert (drawn["occurrence"].to_numpy().reshape(5, 4) == [1, 2, 3, 4]).all()
    spots = text.documents[drawn["document"]] + drawn["place"]
    assert (text.ids[spots] == drawn["id"]).all()


def test_sentences_have_the_set_lengths_and_lie_over_the_whole_text() -> None:
    lengths = generator(0, "lengths").integers(1, 20, 500)
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    text = Encoded(np.full(bounds[-1], 5, np.int32), bounds[::5], bounds)
    starts, ends = choose_sentences(text, 40, 4, 12)
    assert len(starts) == 40
    assert (ends - starts).min() >= 4
    assert (ends - starts).max() <= 12
    assert set(starts) <= set(bounds)
    assert np.diff(starts).max() < 4 * bounds[-1] / 40
    assert [len(part) for part in choose_sentences(text, 0, 4, 12)] == [0, 0]
    assert len(choose_sentences(text, 10**6, 2, 40)[0]) == (lengths > 1).sum()


@KINDS
@pytest.mark.parametrize("pieces", ["words", "mean"])
def test_sentences_hold_the_vectors_of_their_words(settings: GptSettings | BertSettings, pieces: str) -> None:
    settings = settings.model_copy(update={"context": 40})
    plain, model = text_of(60, 12), model_of(settings)
    text = plain if pieces == "words" else spelled(plain)
    reading = READING.model_copy(update={"sentences": SentenceSettings(number=7, shortest=3, longest=9)})
    rows = sentence_rows(model, "wiki", text, NAMES, settings, reading).to_pylist()
    starts, ends = choose_sentences(plain, 7, 3, 9)
    places = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
    vectors = occurrence_vectors(model, text, places, settings, reading)
    assert len(rows) == len(places) * 3
    for number, row in enumerate(rows):
        place, layer = places[number // 3], number % 3
        assert (row["id"], row["token"], row["layer"]) == (plain.ids[place], NAMES[plain.ids[place]], layer)
        assert place == starts[row["sentence"] - 1] + row["position"]
        np.testing.assert_array_equal(np.float32(row["vector"]), vectors[layer, number // 3])
    none = reading.model_copy(update={"sentences": SentenceSettings(number=0)})
    assert sentence_rows(model, "wiki", text, NAMES, settings, none).num_rows == 0


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
