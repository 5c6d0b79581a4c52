"""The trigram against a slow twin of dictionaries, against counts by hand, and as a distribution."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.analysis.prediction.kneser_ney import LARGEST, SCORED, bits, discounts, fit, scored_rows
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.tokens.encoded import Encoded

SIZE = 5
TEXTS = st.lists(st.lists(st.integers(0, SIZE - 2), max_size=8), max_size=6)  # the last id never occurs
BORDER = "|"


def flat(texts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Ids and documents of texts, which may be empty."""
    offsets = np.cumsum([0] + [len(text) for text in texts])
    return np.array([token for text in texts for token in text], np.int32), offsets.astype(np.int64)


def probabilities(train: list[list[int]], texts: list[list[int]]) -> np.ndarray:
    return np.exp2(-bits(fit(*flat(train), SIZE), *flat(texts)))


def slow_discount(counts: list[int], count: int) -> float:
    n = [sum(other == times for other in counts) for times in range(5)]
    if n[1] == 0:
        return 0.5
    share = n[1] / (n[1] + 2 * n[2])
    if 0 in n[1:]:
        return share
    three = [1 - 2 * share * n[2] / n[1], 2 - 3 * share * n[3] / n[2], 3 - 4 * share * n[4] / n[3]]
    return three[min(count, 3) - 1] if min(three) > 0 else share


def slow_model(train: list[list[int]], size: int) -> Callable[..., float]:
    """P(tokens[-1] | tokens[:-1]) by recursion over dictionaries, as the equations have it."""
    grams = [[BORDER, BORDER, *text][at : at + 3] for text in train for at in range(len(text))]
    tables = {3: Counter(map(tuple, grams))}
    tables[2] = Counter(gram[1:] for gram in tables[3])
    tables[1] = Counter(gram[1:] for gram in tables[2])

    def probability(*tokens: int | str) -> float:
        if not tokens:
            return 1 / size
        table, below = tables[len(tokens)], probability(*tokens[1:])
        follow = [count for gram, count in table.items() if gram[:-1] == tokens[:-1]]
        if not follow:
            return below
        discount = partial(slow_discount, list(table.values()))
        own = table[tokens]
        kept = own - discount(own) if own else 0.0
        return (kept + sum(map(discount, follow)) * below) / sum(follow)

    return probability


def slow_bits(train: list[list[int]], texts: list[list[int]], size: int) -> list[float]:
    model = slow_model(train, size)
    padded = [[BORDER, BORDER, *text] for text in texts]
    return [-np.log2(model(*text[at : at + 3])) for text in padded for at in range(len(text) - 2)]


@given(TEXTS, TEXTS)
def test_it_agrees_with_its_slow_twin(train: list[list[int]], texts: list[list[int]]) -> None:
    found = bits(fit(*flat(train), SIZE), *flat(texts))
    assert found == pytest.approx(slow_bits(train, texts, SIZE), rel=1e-9)


def test_it_agrees_with_its_slow_twin_where_all_three_discounts_are_estimated() -> None:
    stream = generator(3, "trigram")
    lines = [np.minimum(stream.geometric(0.2, stream.integers(1, 30)) - 1, 19).tolist() for _ in range(60)]
    train, texts = lines[:40], lines[40:]
    counts = np.array(list(Counter(zip(*(flat(train)[0][at:] for at in range(3)), strict=False)).values()))
    assert len(set(discounts(counts))) == 4
    found = bits(fit(*flat(train), 20), *flat(texts))
    assert found == pytest.approx(slow_bits(train, texts, 20), rel=1e-9)


@given(TEXTS, st.lists(st.integers(0, SIZE - 1), max_size=2))
def test_the_whole_vocabulary_sums_to_one_after_any_history(train: list[list[int]], history: list[int]) -> None:
    found = probabilities(train, [[*history, token] for token in range(SIZE)])
    nexts = found.reshape(SIZE, -1)[:, -1]
    assert (nexts > 0).all()
    assert nexts.sum() == pytest.approx(1.0)


def test_a_text_by_hand() -> None:
    # The trigrams ||1, |12, 121, 212 occur once each: D = 4 / 4 = 1, and all goes to the bigrams.
    train = [[1, 2, 1, 2]]
    # |1 and 21 have one symbol before them, 12 has two: D = 2 / (2 + 2) = 1/2. Unigrams: 1 follows | and 2,
    # 2 follows 1: D = 1 / (1 + 2) = 1/3, and 2/3 of the 3 bigrams are shared by five: 1 has (2 - 1/3 + 2/15) / 3 = 0.6.
    one, two, other = 0.6, (1 - 1 / 3 + 2 / 15) / 3, 2 / 45
    assert one + two + 3 * other == pytest.approx(1.0)
    assert probabilities(train, [[1, 2]]) == pytest.approx([0.5 + 0.5 * one, (2 - 0.5) / 2 + 0.25 * two])
    # After 3, never seen, nothing but the unigram is left; 4 never occurs and has its part of the uniform share.
    assert probabilities(train, [[3, 4]])[1] == pytest.approx(other)


def test_discounts_of_known_counts_of_counts() -> None:
    # n1 to n4 are 4, 2, 1, 1: Y = 4 / 8, and 1 - 2Y/2, 2 - 3Y/2, 3 - 4Y.
    assert discounts(np.array([1, 1, 1, 1, 2, 2, 3, 4, 9])).tolist() == [0.0, 0.5, 1.25, 1.0]
    assert discounts(np.array([1, 1, 2, 3])).tolist() == [0.0, 0.5, 0.5, 0.5]  # none of four
    assert discounts(np.array([1, 1, 2, 3, 4, 4])).tolist() == [0.0, 0.5, 0.5, 0.5]  # 3 - 4 * 2 / 2 is negative
    assert discounts(np.array([2, 3])).tolist() == [0.0, 0.5, 0.5, 0.5]


def test_documents_do_not_see_each_other() -> None:
    train = [[1, 2, 3], [3, 1]]
    model = fit(*flat(train), SIZE)
    together = bits(model, *flat([[1, 2], [3], [], [1]]))
    apart = [bits(model, *flat([text])) for text in ([1, 2], [3], [1])]
    assert together.tolist() == np.concatenate(apart).tolist()
    assert together[0] == together[3]


def test_without_a_text_all_are_alike() -> None:
    assert probabilities([], [[0, 4]]) == pytest.approx([1 / SIZE] * 2)


def test_scored_rows_are_in_text_order() -> None:
    text = Encoded(*flat([[1, 2], [2]]), np.array([0, 2, 3]))
    table = scored_rows(fit(*flat([[1, 2, 1]]), SIZE), "wiki", text)
    assert table.schema == SCORED
    assert table["id"].to_pylist() == [1, 2, 2]
    assert set(table["probe"].to_pylist()) == {"wiki"}


def test_ids_outside_the_vocabulary_are_refused() -> None:
    with pytest.raises(StudyError, match="tokens 1 to 5; allowed: 0 to 4"):
        fit(*flat([[1, 5]]), SIZE)
    with pytest.raises(StudyError, match="vocabulary of"):
        fit(*flat([[1]]), LARGEST + 1)
