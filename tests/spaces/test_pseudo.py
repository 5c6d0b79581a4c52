"""Pseudo-log-likelihood and filled gaps of BERT, against one masked document at a time."""

import numpy as np
import pytest
from small import (
    NAMES,
    SMALL,
    V,
    alone,
    documents_of,
    half_of,
    log_probabilities,
    model_of,
    spelled,
    spellings_of_words,
    text_of,
    untrained_beyond,
)

from wordspaces.models.transformer.packing import MASK
from wordspaces.models.transformer.settings import BertSettings
from wordspaces.spaces.examples import EXAMPLES
from wordspaces.spaces.filling import GAP, fill_scores, filled_rows, gaps
from wordspaces.spaces.joining import Entries
from wordspaces.spaces.places import choose_documents
from wordspaces.spaces.pseudo import pseudo_bits
from wordspaces.spaces.settings import ContextualSettings, FilledSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, as_words

LONG = BertSettings(**SMALL | {"context": 40})  # every document of these texts in one row, in pieces too
READING = ContextualSettings(rows=3, pseudo_tokens=120, filled=FilledSettings(number=9, most_likely=4))
PIECES = [f"p{n}" for n in range(V)]
ENTRIES = {"words": Entries(NAMES, [True] * V), "pieces": Entries(PIECES, [n < 4 for n in range(V)], "wordpiece")}
TEXTS = pytest.mark.parametrize("kind", ["words", "pieces"])


def text_in(kind: str) -> Encoded:
    text = text_of(60, 12)
    return text if kind == "words" else spelled(text)


def hidden_logarithms(text: Encoded, document: int, hidden: range) -> tuple[np.ndarray, np.ndarray]:
    """Natural logarithms of probabilities in one document of which some tokens are masked, and their places in it."""
    start, end = documents_of(text)[document]
    model = model_of(LONG)
    rows, places = alone(model, text.ids[start:end], half_of(text, start, end))
    rows["tokens"][0, places[np.array(hidden) - start]] = MASK
    return log_probabilities(model, rows), places


@TEXTS
def test_pseudo_bits_equal_those_of_one_masked_token_at_a_time(kind: str) -> None:
    text = text_in(kind)
    expected, expected_places = [], []
    for document in choose_documents(as_words(text), 120):
        start, end = documents_of(text)[document]
        for place in range(start, end):
            last = place + 1
            if isinstance(text, SpelledText):
                last = int(text.starts[text.starts > place][0])
            logarithms, places = hidden_logarithms(text, document, range(place, last))
            expected.append(-logarithms[places[place - start], text.ids[place]] / np.log(2))
            expected_places.append(place)
    places, bits = pseudo_bits(model_of(LONG), text, LONG, READING)
    assert places.tolist() == expected_places
    np.testing.assert_allclose(bits, expected, rtol=1e-4, atol=1e-4)
    assert bits.dtype == np.float32
    again = pseudo_bits(model_of(LONG), text, LONG, READING.model_copy(update={"rows": 64}))[1]
    np.testing.assert_allclose(again, bits, rtol=1e-4)


@TEXTS
def test_every_token_of_a_long_document_is_asked_once_at_trained_positions(kind: str) -> None:
    bounds = np.array([0, 1, 90, 95])
    plain = Encoded(np.tile(np.arange(4, V), 5)[:95].astype(np.int32), bounds, bounds)
    text = plain if kind == "words" else spelled(plain)
    model = untrained_beyond(model_of(LONG), 11)
    places, bits = pseudo_bits(model, text, LONG, READING)
    assert places.tolist() == list(range(text.documents[1], len(text.ids)))
    assert np.isfinite(bits).all()
    assert pseudo_bits(model, text, LONG, READING.model_copy(update={"pseudo_tokens": 0}))[0].tolist() == []


def test_a_hidden_token_is_not_seen() -> None:
    """Documents that differ in one word give the same distribution in its place."""
    total = 0.0
    for word in range(V):
        text = Encoded(np.array([5, word, 7, 8], np.int32), np.array([0, 4]), np.array([0, 4]))
        total += 2.0 ** -float(pseudo_bits(model_of(LONG), text, LONG, READING)[1][1])
    assert total == pytest.approx(1.0, abs=1e-5)


@TEXTS
def test_fills_are_those_of_a_softmax_by_hand(kind: str) -> None:
    text, words = text_in(kind), text_in("words")
    spellings = None if kind == "words" else spellings_of_words()
    table = filled_rows(model_of(LONG), "wiki", text, NAMES, ENTRIES[kind], spellings, LONG, READING)
    assert table.schema == EXAMPLES
    rows = table.to_pylist()
    assert {(row["kind"], row["probe"], row["prompt"], row["bits"]) for row in rows} == {("filled", "wiki", None, None)}
    for number, word in enumerate(gaps(words, NAMES, 9), start=1):
        document = int(np.searchsorted(words.documents, word, side="right")) - 1
        first, last = (word, word + 1) if kind == "words" else text.starts[word : word + 2]
        logarithms, places = hidden_logarithms(text, document, range(first, last))
        start, end = documents_of(text)[document]
        at = logarithms[places[np.arange(first, last) - start]]
        scores = {}
        for entry in range(V):
            own = [entry] if kind == "words" else spellings.pieces[slice(*spellings.offsets[entry : entry + 2])]
            if len(own) == last - first:
                scores[NAMES[entry]] = float(np.exp(sum(row[piece] for row, piece in zip(at, own, strict=True))))
        ranked = sorted(scores, key=lambda name: -scores[name])
        truth = NAMES[words.ids[word]]
        these = [row for row in rows if row["number"] == number]
        shown = [ranked.index(truth) + 1] if truth not in ranked[:4] else []
        assert [row["rank"] for row in these] == [*range(1, min(4, len(ranked)) + 1), *shown]
        assert {row["truth"] for row in these} == {truth}
        assert truth in [row["fill"] for row in these]
        for row in these:
            assert row["probability"] == pytest.approx(scores[row["fill"]], rel=1e-4)
            assert scores[row["fill"]] == pytest.approx(scores[ranked[row["rank"] - 1]], rel=1e-4)
        write = ENTRIES[kind].text
        assert these[0]["text"] == f"{write(text.ids[start:first])} {GAP} {write(text.ids[last:end])}".strip()


def test_gaps_are_known_words_and_spread_over_documents() -> None:
    text = text_of(300, 12)
    names = [*NAMES[:4], "<user>", *NAMES[5:]]
    places = gaps(text, names, 20)
    assert len(places) == 20
    assert (text.ids[places] > 4).all()
    documents = np.searchsorted(text.documents, places, side="right") - 1
    assert (np.diff(documents) > 5).all()
    assert len(gaps(text, names, 10**6)) < 300
    assert gaps(text, names, 0).tolist() == []
    within = places - text.documents[documents]
    assert len(set(within.tolist())) > 4


def test_nothing_to_fill() -> None:
    text, reading = text_in("words"), ContextualSettings(filled=FilledSettings(number=0))
    assert filled_rows(model_of(LONG), "wiki", text, NAMES, ENTRIES["words"], None, LONG, reading).num_rows == 0


def test_scores_of_words_in_pieces_are_sums() -> None:
    logarithms = np.log(np.random.default_rng(0).dirichlet(np.ones(V), size=2))
    spellings = spellings_of_words()
    ids, scores = fill_scores(logarithms, spellings)
    assert ids.tolist() == np.flatnonzero(np.diff(spellings.offsets) == 2).tolist()
    one, two = spellings.pieces[spellings.offsets[ids[0]] :][:2]
    assert scores[0] == pytest.approx(logarithms[0, one] + logarithms[1, two])
    assert fill_scores(logarithms[:1], None)[1].tolist() == logarithms[0].tolist()
