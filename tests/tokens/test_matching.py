"""Whole documents that add up to a number."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.tokens.matching import match_size, match_sizes, subset_sum

SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=10)


@given(SIZES, st.integers(0, 120))
def test_subset_sum_agrees_with_trying_all_subsets(words: list[int], gap: int) -> None:
    possible = any(sum(chosen) == gap for size in range(len(words) + 1) for chosen in combinations(words, size))
    found = subset_sum(words, gap)
    assert (found is not None) == possible
    if found is not None:
        assert sum(words[index] for index in found) == gap
        assert len(set(found.tolist())) == len(found)


@given(SIZES, st.data())
def test_match_is_exact_where_any_choice_is(words: list[int], data: st.DataObject) -> None:
    target = data.draw(st.integers(1, sum(words)))
    sums = {sum(chosen) for size in range(len(words) + 1) for chosen in combinations(words, size)}
    if target not in sums and target - 1 not in sums:
        with pytest.raises(StudyError, match="no choice of which"):
            match_size(np.array(words), target, "here")
        return
    chosen = match_size(np.array(words), target, "here")
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    assert sum(words[index] for index in chosen) == (target if target in sums else target - 1)


def test_early_documents_stay() -> None:
    words = np.array([50] * 40 + [7, 1000, 3, 5, 2, 1])
    chosen = match_size(words, 2013, "here")
    assert words[chosen].sum() == 2013
    assert chosen[:40].tolist() == list(range(40))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_many_documents_always_match_exactly(seed: int) -> None:
    words = np.random.default_rng(seed).integers(3, 400, 2000)
    target = int(words.sum()) * 2 // 3
    assert words[match_size(words, target, "here")].sum() == target


def test_too_few_words_are_refused() -> None:
    with pytest.raises(StudyError, match="found 6 words; allowed: at least 7"):
        match_size(np.array([1, 2, 3]), 7, "here")


def test_common_target_is_lowered_where_that_makes_cells_equal() -> None:
    words = {("x", "a"): np.array([50, 40, 10]), ("y", "a"): np.array([42, 50, 10])}
    chosen = match_sizes(words, 100, lower=True)
    sums = [int(words[cell][indices].sum()) for cell, indices in chosen.items()]
    assert sums == [60, 60]
    with pytest.raises(StudyError, match="corpus y, sample a: found 3 documents, no choice of which has 100 words"):
        match_sizes(words, 100, lower=False)
