"""Co-occurrence counts in memory against a count by hand."""

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.count import count_cooccurrence, unit
from wordspaces.cooccurrence.settings import CooccurrenceSettings

WORDS = 70  # more than one 64-bit word of the bitmap
corpora = st.lists(st.lists(st.integers(0, WORDS - 1), max_size=25), max_size=8)
choices = st.builds(
    CooccurrenceSettings,
    window=st.integers(1, 8),
    weighting=st.sampled_from(["distance", "flat"]),
    symmetric=st.booleans(),
)


def as_fractions(counted, chosen):
    """Counts of pairs as exact fractions."""
    return {(int(r), int(c)): Fraction(int(w), unit(chosen)) for r, c, w in zip(*counted, strict=True)}


def flat(documents):
    ids = np.array([word for document in documents for word in document], np.int32)
    return ids, np.cumsum([0] + [len(document) for document in documents]).astype(np.int64)


def by_hand(documents, chosen):
    """Exact counts of all ordered pairs, as fractions."""
    found = Counter()
    for document in documents:
        for i, word in enumerate(document):
            for j, context in enumerate(document):
                distance = i - j
                near = 0 < distance <= chosen.window or (chosen.symmetric and 0 < -distance <= chosen.window)
                if near:
                    found[word, context] += Fraction(1, abs(distance) if chosen.weighting == "distance" else 1)
    return found


@settings(deadline=None, max_examples=80)
@given(corpora, choices)
def test_counts_equal_those_by_hand(documents, chosen):
    row, column, weight = count_cooccurrence(*flat(documents), WORDS, chosen)
    expected = by_hand(documents, chosen)
    assert list(zip(row.tolist(), column.tolist(), strict=True)) == sorted(expected)
    assert [Fraction(int(w), unit(chosen)) for w in weight] == [expected[key] for key in sorted(expected)]


@settings(deadline=None, max_examples=60)
@given(corpora, choices, st.booleans(), st.integers(0, 2**32))
def test_dropped_tokens_leave_the_text_or_only_its_counts(documents, chosen, dirty, seed):
    """Dirty: as if they had never been there. Clean: the others keep their distances."""
    ids, offsets = flat(documents)
    dropped = np.random.default_rng(seed).random(len(ids)) < 0.4
    found = count_cooccurrence(ids, offsets, WORDS, chosen.model_copy(update={"dirty": dirty}), dropped)
    marks = [dropped[a:b] for a, b in itertools.pairwise(offsets)]
    if dirty:
        rest = [[w for w, gone in zip(d, m, strict=True) if not gone] for d, m in zip(documents, marks, strict=True)]
        expected = by_hand(rest, chosen)
    else:
        holes = [np.where(m, -1, d).tolist() for d, m in zip(documents, marks, strict=True)]
        expected = {key: value for key, value in by_hand(holes, chosen).items() if min(key) >= 0}
    assert as_fractions(found, chosen) == expected


@settings(deadline=None, max_examples=40)
@given(corpora, st.integers(1, 8), st.sampled_from(["distance", "flat"]))
def test_symmetric_counts_are_symmetric_and_twice_the_left_ones(documents, window, weighting):
    both = CooccurrenceSettings(window=window, weighting=weighting)
    left = CooccurrenceSettings(window=window, weighting=weighting, symmetric=False)
    row, column, weight = count_cooccurrence(*flat(documents), WORDS, both)
    there = dict(zip(zip(row.tolist(), column.tolist(), strict=True), weight.tolist(), strict=True))
    assert all(there[c, r] == value for (r, c), value in there.items())
    assert sum(there.values()) == 2 * int(count_cooccurrence(*flat(documents), WORDS, left)[2].sum())


def test_known_text():
    chosen = CooccurrenceSettings(window=2)
    row, column, weight = count_cooccurrence(*flat([[0, 1, 0], [2, 1]]), 3, chosen)
    counts = weight / unit(chosen)
    assert list(zip(row, column, counts, strict=True)) == [
        (0, 0, 1.0),  # at distance 2, in both directions
        (0, 1, 2.0),
        (1, 0, 2.0),
        (1, 2, 1.0),
        (2, 1, 1.0),
    ]


def test_growth_beyond_the_first_capacity():
    ids = np.random.default_rng(0).integers(0, 3000, 20_000).astype(np.int32)
    chosen = CooccurrenceSettings(window=10)
    row, column, weight = count_cooccurrence(ids, np.array([0, len(ids)]), 3000, chosen)
    keys = row.astype(np.int64) * 3000 + column
    assert len(keys) > 100_000
    assert np.all(np.diff(keys) > 0)
    pairs = sum((len(ids) - k) * 2 * (unit(chosen) // k) for k in range(1, 11))
    assert int(weight.sum()) == pairs


@pytest.mark.parametrize(
    ("ids", "documents", "part"),
    [
        ([0, 9], [0, 2], "word id 9"),
        ([0, -1], [0, 2], "word id -1"),
        ([0, 1], [0, 3], "offsets"),
        ([0, 1, 1], [0, 2, 1, 3], "offsets"),
    ],
)
def test_refuses_what_is_not_text(ids, documents, part):
    with pytest.raises(StudyError, match=part):
        count_cooccurrence(np.array(ids, np.int32), np.array(documents), 3, CooccurrenceSettings())
