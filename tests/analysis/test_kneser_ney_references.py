"""The trigram and the unigram against nltk's, and on text from a bigram source whose entropy is known."""

from collections.abc import Iterator

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated, Laplace

from wordspaces.analysis.prediction.kneser_ney import bits, fit
from wordspaces.analysis.prediction.perplexity import unigram_bits
from wordspaces.common.streams import generator

SIZE, DISCOUNT = 12, 0.7
BORDER = "|"


def texts_of(name: str, count: int) -> list[list[int]]:
    """Short documents over the first eleven of twelve words, skewed, with some of their bigrams repeated."""
    stream = generator(1, "nltk", name)
    return [list(np.minimum(stream.geometric(0.25, size) - 1, SIZE - 2)) for size in stream.integers(1, 12, count)]


def flat(texts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate(texts).astype(np.int64), np.cumsum([0, *map(len, texts)])


def grams(texts: list[list[int]]) -> Iterator[list[tuple]]:
    """Every token with up to two before it, borders included; a border is never a token that is predicted."""
    for text in texts:
        padded = [BORDER, BORDER, *map(str, text)]
        yield [tuple(padded[at - n : at + 1]) for at in range(2, len(padded)) for n in range(3)]


def test_with_one_discount_it_is_the_trigram_of_nltk() -> None:
    """nltk has no discount for the lowest order and none for counts of their own (Chen & Goodman's three)."""
    train, heldout = texts_of("train", 60), texts_of("heldout", 15)
    # Words that training lacks have no probability at all there.
    heldout = [[word for word in text if any(word in other for other in train)] or [0] for text in heldout]
    model = KneserNeyInterpolated(3, discount=DISCOUNT)
    model.fit(list(grams(train)), vocabulary_text=[BORDER, *(str(word) for text in train for word in text)])
    expected = [
        -np.log2(model.unmasked_score(gram[-1], gram[:-1]))
        for text in grams(heldout)
        for gram in text
        if len(gram) == 3
    ]
    trigram = fit(*flat(train), SIZE, fixed=(0.0, DISCOUNT, DISCOUNT))
    np.testing.assert_allclose(bits(trigram, *flat(heldout)), expected, rtol=1e-10)
    assert np.ptp(expected) > 1.0


def test_the_unigram_is_that_of_nltk() -> None:
    train = texts_of("train", 60)
    words, _ = flat(train)
    model = Laplace(1)
    # Its vocabulary has a word for what it does not know: the twelfth, which never occurs.
    names = [str(word) for word in range(SIZE)]
    model.fit([[(names[word],) for word in text] for text in train], vocabulary_text=names[:-1])
    expected = [-model.logscore(word) for word in names]
    np.testing.assert_allclose(unigram_bits(np.bincount(words, minlength=SIZE)), expected, rtol=1e-12)


@pytest.fixture(scope="module")
def source() -> tuple[np.ndarray, float, float]:
    """Text of a Markov chain of 20 words, its entropy rate, and the entropy of one word, in bits."""
    stream = generator(2, "chain")
    transitions = stream.dirichlet(np.full(20, 0.2), 20)
    values, vectors = np.linalg.eig(transitions.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary /= stationary.sum()
    logarithms = np.log2(np.where(transitions > 0.0, transitions, 1.0))
    rate = -float((stationary[:, None] * transitions * logarithms).sum())
    text, steps, drawn = np.zeros(120_000, np.int64), transitions.cumsum(axis=1), stream.random(120_000)
    for at in range(1, len(text)):
        text[at] = min(np.searchsorted(steps[text[at - 1]], drawn[at]), 19)
    return text, rate, -float((stationary * np.log2(stationary)).sum())


def test_a_bigram_source_costs_its_entropy(source: tuple[np.ndarray, float, float]) -> None:
    text, rate, entropy = source
    train, heldout = text[:100_000], text[100_000:]
    trigram = fit(train, np.array([0, len(train)]), 20)
    found = bits(trigram, heldout, np.array([0, len(heldout)])).mean()
    # Nothing costs less than the entropy rate; what is left is the sampling of 20,000 words and of the counts.
    assert found == pytest.approx(rate, abs=0.03)
    assert unigram_bits(np.bincount(train, minlength=20))[heldout].mean() == pytest.approx(entropy, abs=0.02)
    assert entropy - rate > 1.0


def test_more_training_comes_nearer_to_the_entropy(source: tuple[np.ndarray, float, float]) -> None:
    text, rate, _ = source
    heldout = text[100_000:]
    excess = []
    for size in (300, 3_000, 100_000):
        trigram = fit(text[:size], np.array([0, size]), 20)
        excess.append(bits(trigram, heldout, np.array([0, len(heldout)])).mean() - rate)
    assert excess[0] > 2 * excess[1] > 4 * excess[2]
    assert excess[2] > -0.02
