"""Transformers that read pieces of words: cuts at borders of words, snapshots and counts in words."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.transformer.packing import causal_rows, cut_pairs, draw_partners, length_baseline, pair_rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, Spellings

T = 16
V, PIECES = 24, 40
SMALL = {"tokeniser": "bpe", "dimension": 16, "context": T, "batch": 8, "snapshots": 3, "candidates": 20, "epochs": 2}
FAMILIES = pytest.mark.parametrize("variant", [GptSettings(**SMALL), BertSettings(**SMALL)], ids=["gpt", "bert"])


def documents_of(longest: int) -> st.SearchStrategy[list[list[int]]]:
    """Documents as numbers of pieces of their words, one of two words or more among them."""
    words = st.lists(st.integers(1, longest), min_size=0, max_size=30)
    return st.lists(words, min_size=1, max_size=20).filter(lambda made: any(len(words) > 1 for words in made))


def text_of(documents: list[list[int]], seed: int = 0) -> SpelledText:
    """Documents whose words have these numbers of pieces."""
    lengths = np.array([length for document in documents for length in document], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    bounds = starts[np.concatenate([[0], np.cumsum([len(document) for document in documents])])]
    rng = generator(seed, "spelled")
    ids = rng.integers(4, PIECES, starts[-1]).astype(np.int32)
    return SpelledText(ids, bounds, bounds, rng.integers(0, V, len(lengths)).astype(np.int32), starts)


def segments_of(rows: object, name: str = "source") -> list[np.ndarray]:
    """Values of each segment of each row."""
    found = []
    for row in range(len(rows.tokens)):
        numbers = rows.segments[row]
        found += [getattr(rows, name)[row][numbers == n] for n in range(1, numbers.max() + 1)]
    return found


@settings(max_examples=80, deadline=None)
@given(documents_of(7))
def test_causal_rows_keep_the_pieces_of_a_word_together(documents: list[list[int]]) -> None:
    text = text_of(documents)
    rows = causal_rows(text, T)
    asked = rows.target_source[rows.target_source >= 0]
    assert sorted(asked) == list(range(len(text.ids)))
    assert (rows.targets == text.ids[np.maximum(rows.target_source, 0)])[rows.target_source >= 0].all()
    home = np.full(len(text.ids), -1)
    for number, places in enumerate(segments_of(rows)):
        home[places[places >= 0]] = number
    for start, end in pairwise(text.starts):
        shown = home[start:end][home[start:end] >= 0]
        assert len(set(shown)) <= 1
    assert rows.words(text).sum() == len(text.words)
    # No row is cut sooner than it must be: what follows a cut would not have fitted.
    for places, targets in zip(segments_of(rows), segments_of(rows, "target_source"), strict=True):
        if targets[-1] >= 0:  # not the end of the document
            word = text.word_at(targets[-1:])[0]
            assert len(places) + text.starts[word + 1] - text.starts[word] > T


@settings(max_examples=80, deadline=None)
@given(documents_of(4), st.integers(0, 3))
def test_pairs_are_halved_and_cut_between_words(documents: list[list[int]], seed: int) -> None:
    text = text_of(documents)
    pairs = cut_pairs(text, T)
    partner = draw_partners(pairs, generator(seed, "pairs"))
    rows = pair_rows(text, pairs, partner, T)
    lengths = np.array([len(document) for document in documents])
    shown = np.repeat(lengths > 1, np.diff(text.documents))
    assert sorted(rows.source[rows.source >= 0]) == np.flatnonzero(shown).tolist()
    assert (pairs.length[partner] == pairs.length).all()
    assert (pairs.half[partner] == pairs.half).all()
    other = partner != np.arange(len(partner))
    assert (pairs.document[partner] != pairs.document)[other].all()
    assert pairs.length.min() >= 2
    assert pairs.half.min() >= 1
    assert (pairs.half < pairs.length).all()
    # Three words fit any row here, so every cut and every half lies between two of them.
    assert np.isin(pairs.start, text.starts).all()
    assert np.isin(pairs.start + pairs.half, text.starts).all()


def test_pieces_of_one_token_are_packed_as_words_are() -> None:
    lengths = generator(3, "lengths").integers(1, 50, 60)
    text = text_of([[1] * length for length in lengths])
    plain = Encoded(text.ids, text.documents, text.sentences)
    for made in (
        lambda t: causal_rows(t, T),
        lambda t: pair_rows(t, cut_pairs(t, T), np.arange(len(cut_pairs(t, T).row)), T),
    ):
        for name, values in vars(made(plain)).items():
            np.testing.assert_array_equal(getattr(made(text), name), values)


def test_a_word_longer_than_a_row_is_cut() -> None:
    text = text_of([[1, 40, 1], [3, 2]])
    assert causal_rows(text, T).words(text).sum() == 5
    pairs = cut_pairs(text, T)
    assert pairs.length.min() >= 2
    rows = pair_rows(text, pairs, np.arange(len(pairs.length)), T)
    assert sorted(rows.source[rows.source >= 0]) == list(range(47))


def test_a_document_of_one_word_is_no_pair() -> None:
    with pytest.raises(StudyError, match="no document of two tokens"):
        cut_pairs(text_of([[5]]), T)


def test_row_of_pieces_known_by_hand() -> None:
    text = SpelledText(
        np.array([10, 11, 12, 13, 14, 15, 16], np.int32),
        np.array([0, 7]),
        np.array([0, 7]),
        np.array([4, 5, 6], np.int32),
        np.array([0, 3, 6, 7]),
    )
    rows = causal_rows(text, 6)
    # The word 13 14 15 does not fit behind <sep> 10 11 12: it is shown whole in the next row.
    assert sorted(part.tolist() for part in segments_of(rows, "tokens")) == [[1, 10, 11, 12], [13, 14, 15, 16]]
    assert sorted(part.tolist() for part in segments_of(rows, "targets")) == [[10, 11, 12, 13], [14, 15, 16, 1]]
    pairs = cut_pairs(text, 10)
    assert (pairs.length.tolist(), pairs.half.tolist()) == ([7], [3])


def test_lengths_alone_tell_pairs_of_pieces_apart_no_better_than_chance() -> None:
    rng = generator(1, "documents")
    made = [rng.integers(1, 5, rng.integers(2, 25)).tolist() for _ in range(5000)]
    seen, unseen = (cut_pairs(text_of(part), 32) for part in (made[:4000], made[4000:]))
    drawn, held = draw_partners(seen, generator(0, "pairs")), draw_partners(unseen, generator(5, "pairs"))
    assert abs((drawn == np.arange(len(drawn))).mean() - 0.5) < 0.03
    assert abs(length_baseline(seen, drawn, unseen, held) - 0.5) < 0.06


@FAMILIES
def test_training_counts_words_and_photographs_words(variant: GptSettings | BertSettings) -> None:
    rng = generator(2, "documents")
    made = [rng.integers(1, 4, rng.integers(2, 12)).tolist() for _ in range(60)]
    text, heldout = text_of(made[:50]), text_of(made[50:])
    offsets = np.concatenate([[0], np.cumsum(rng.integers(1, 4, V))])
    spellings = Spellings(offsets, rng.integers(4, PIECES, offsets[-1]).astype(np.int32))
    result = Training(variant, text, heldout, PIECES, 1, spellings=spellings).run()
    assert result.weights["embedding"].shape == (PIECES, 16)
    assert result.snapshots["vectors"].shape == (3, V, 16)
    assert result.snapshots["initial"].shape == (V, 16)
    own = [spellings.pieces[a:b] for a, b in pairwise(offsets)]
    expected = np.stack([result.weights["embedding"][pieces].mean(axis=0) for pieces in own])
    np.testing.assert_allclose(result.snapshots["vectors"][-1], expected, rtol=1e-5, atol=1e-7)
    assert result.log["tokens_seen"][-1].as_py() == variant.epochs * len(text.words)
    assert abs(result.log["heldout_loss"][0].as_py() - np.log(PIECES)) < 0.5
