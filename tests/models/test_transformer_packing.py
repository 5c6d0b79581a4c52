"""Packed rows: every token once, no document cut without need, pairs whose lengths tell nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.transformer.packing import (
    CLS,
    SEP,
    best_fit,
    causal_rows,
    cut_pairs,
    draw_partners,
    length_baseline,
    pair_rows,
)
from wordspaces.tokens.encoded import Encoded

LENGTHS = st.lists(st.integers(1, 90), min_size=1, max_size=60)


def encode(lengths: list[int], seed: int = 0, size: int = 50) -> Encoded:
    documents = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = generator(seed, "test").integers(4, size, documents[-1]).astype(np.int32)
    return Encoded(ids, documents, documents)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 16), min_size=1, max_size=80))
def test_best_fit_overlaps_nothing_and_leaves_no_two_rows_that_fit_in_one(lengths: list[int]) -> None:
    sizes = np.array(lengths, np.int64)
    row, offset = best_fit(sizes, 16)
    used = np.zeros((row.max() + 1, 16), np.int64)
    for r, o, n in zip(row, offset, sizes, strict=True):
        assert o + n <= 16
        used[r, o : o + n] += 1
    assert used.max() == 1
    # No two rows could have been one, so that at most one is less than half full.
    fullness = np.sort(used.sum(axis=1))
    assert len(fullness) == 1 or fullness[0] + fullness[1] > 16


@settings(max_examples=60, deadline=None)
@given(LENGTHS)
def test_causal_rows_predict_each_token_once_from_its_own_document(lengths: list[int]) -> None:
    text = encode(lengths)
    rows = causal_rows(text, 16)
    asked = rows.target_source[rows.target_source >= 0]
    assert sorted(asked) == list(range(len(text.ids)))
    assert (rows.targets == SEP).sum() == len(lengths)
    document = np.repeat(np.arange(len(lengths)), lengths)
    for r in range(len(rows.tokens)):
        for segment in range(1, rows.segments[r].max() + 1):
            here = rows.segments[r] == segment
            places = rows.target_source[r][here]
            places = places[places >= 0]
            assert (np.diff(places) == 1).all()
            assert len(np.unique(document[places])) <= 1
            assert rows.positions[r][here].tolist() == list(range(here.sum()))
            # What is shown at one position is what was asked at the one before.
            assert (rows.tokens[r][here][1:] == rows.targets[r][here][:-1]).all()


def test_causal_row_of_two_short_documents() -> None:
    text = Encoded(np.array([10, 11, 12, 20, 21], np.int32), np.array([0, 3, 5]), np.array([0, 3, 5]))
    rows = causal_rows(text, 8)
    assert rows.tokens.tolist() == [[SEP, 10, 11, 12, SEP, 20, 21, SEP]]
    assert rows.targets.tolist() == [[10, 11, 12, SEP, 20, 21, SEP, -1]]
    assert rows.segments.tolist() == [[1, 1, 1, 1, 2, 2, 2, 0]]
    assert rows.words(text).tolist() == [5]


@settings(max_examples=60, deadline=None)
@given(LENGTHS, st.integers(0, 5))
def test_pairs_show_each_token_once_and_match_lengths(lengths: list[int], seed: int) -> None:
    text = encode([length + 1 for length in lengths])
    pairs = cut_pairs(text, 16)
    partner = draw_partners(pairs, generator(seed, "pairs"))
    rows = pair_rows(text, pairs, partner, 16)
    assert sorted(rows.source[rows.source >= 0]) == list(range(len(text.ids)))
    assert sorted(partner) == list(range(len(partner)))
    other = partner != np.arange(len(partner))
    assert (pairs.length[partner] == pairs.length).all()
    assert (pairs.document[partner] != pairs.document)[other].all()
    assert pairs.length.min() >= 2
    assert (rows.consecutive == 0).sum() == other.sum()


def test_pair_row_known_by_hand() -> None:
    text = Encoded(np.array([10, 11, 12, 13, 20, 21, 22, 23], np.int32), np.array([0, 4, 8]), np.array([0, 4, 8]))
    pairs = cut_pairs(text, 8)
    rows = pair_rows(text, pairs, np.array([1, 0]), 8)
    assert rows.tokens.tolist() == [[CLS, 10, 11, SEP, 22, 23, SEP, SEP], [CLS, 20, 21, SEP, 12, 13, SEP, SEP]]
    assert rows.parts[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 0]
    assert rows.consecutive[:, 0].tolist() == [0, 0]
    assert rows.targets[0].tolist() == [-1, 10, 11, -1, 22, 23, -1, -1]


def test_lengths_alone_tell_pairs_apart_no_better_than_chance() -> None:
    lengths = generator(1, "lengths").integers(2, 60, 6000).tolist()
    text, unseen = encode(lengths[:5000]), encode(lengths[5000:], seed=1)
    seen_pairs, unseen_pairs = cut_pairs(text, 32), cut_pairs(unseen, 32)
    drawn = [draw_partners(seen_pairs, generator(seed, "pairs")) for seed in range(2)]
    kept = drawn[0] == np.arange(len(drawn[0]))
    assert abs(kept.mean() - 0.5) < 0.01
    held = draw_partners(unseen_pairs, generator(5, "pairs"))
    assert abs(length_baseline(seen_pairs, drawn[0], unseen_pairs, held) - 0.5) < 0.05
    assert (drawn[0] != drawn[1]).mean() > 0.3


def test_length_baseline_finds_a_giveaway() -> None:
    text = encode([6] * 40 + [9] * 40)
    pairs = cut_pairs(text, 16)
    given_away = np.arange(80)
    given_away[:40] = np.roll(np.arange(40), 1)
    assert length_baseline(pairs, given_away, pairs, given_away) == 1.0


def test_one_document_for_most_of_a_length_is_never_paired_with_itself() -> None:
    text = encode([13 * 9, 13, 13])
    pairs = cut_pairs(text, 16)
    for seed in range(20):
        partner = draw_partners(pairs, generator(seed, "pairs"))
        other = partner != np.arange(len(partner))
        assert (pairs.document[partner] != pairs.document)[other].all()


def test_empty_text_is_refused() -> None:
    with pytest.raises(StudyError, match="no token"):
        causal_rows(encode([0]), 16)
    with pytest.raises(StudyError, match="no document of two tokens"):
        cut_pairs(encode([1, 1]), 16)
