"""Which places of a held-out text are read: the same for every model, family, tokeniser and seed."""

import numpy as np

from wordspaces.spaces.reading import FIRST_WORD
from wordspaces.tokens.encoded import Encoded


def evenly(count: int, total: int) -> np.ndarray:
    """int64 [count], or [total] where that is less: numbers below `total`, spread evenly, each in the middle of its
    stretch."""
    count = min(count, total)
    return (2 * np.arange(count) + 1) * total // (2 * max(count, 1))


def readable(text: Encoded) -> np.ndarray:
    """bool [tokens]: whether a token is in a document of two or more, which every family reads; text : in words."""
    lengths = np.diff(text.documents)
    return np.repeat(lengths > 1, lengths)


def choose_occurrences(text: Encoded, vocabulary: int, contexts: int) -> np.ndarray:
    """Places of the occurrences that stand for each word: `contexts` of them, spread evenly over the text.

    Parameters
    ----------
    text : in words. vocabulary : number of words.

    Returns
    -------
    int64 [words * contexts], rising, offsets into ``text.ids``; a word or placeholder with fewer occurrences in
    documents of two or more words has none.
    """
    places = np.flatnonzero((text.ids >= FIRST_WORD) & readable(text))
    places = places[np.argsort(text.ids[places], kind="stable")]
    counts = np.bincount(text.ids[places], minlength=vocabulary)
    first = np.cumsum(counts) - counts
    words = np.flatnonzero(counts >= contexts)
    within = (2 * np.arange(contexts) + 1) * counts[words, None] // (2 * contexts)
    return np.sort(places[(first[words, None] + within).ravel()])


def listed_occurrences(text: Encoded, ids: np.ndarray, most: int) -> np.ndarray:
    """Places of up to `most` occurrences of each listed word, spread evenly over the text.

    text : in words; ids : int [n], each once. Returns int64, offsets into ``text.ids`` in documents of two or more
    words, by word as listed and by place.
    """
    seen = readable(text)
    found = [np.flatnonzero((text.ids == word) & seen) for word in ids]
    return np.concatenate([np.zeros(0, np.int64), *(places[evenly(most, len(places))] for places in found)])


def sampled_words(text: Encoded, words: int, occurrences: int, left_out: np.ndarray) -> np.ndarray:
    """Up to `words` ids, int64, rising, spread evenly over the logarithm of their frequency in the text.

    Each is the word whose frequency is nearest to its point of the scale, of equals the one with the lowest id. Words
    with fewer than `occurrences` in documents of two or more words are not drawn, nor are the ids `left_out`.

    text : in words.
    """
    seen = text.ids[(text.ids >= FIRST_WORD) & readable(text)]
    counts = np.bincount(seen)
    ids = np.setdiff1d(np.flatnonzero(counts >= occurrences), left_out)
    if len(ids) <= words:
        return ids
    scale = np.log(counts[ids])
    free = np.ones(len(ids), bool)
    for point in scale.min() + np.ptp(scale) * (np.arange(words) + 0.5) / max(words, 1):
        free[np.argmin(np.where(free, np.abs(scale - point), np.inf))] = False
    return ids[~free]


def choose_sentences(text: Encoded, number: int, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """First word and end of up to `number` sentences of `shortest` to `longest` words, int64 [n] each, rising.

    They are spread evenly over those that lie in documents of two or more words. text : in words.
    """
    starts, ends = text.sentences[:-1], text.sentences[1:]
    lengths = ends - starts
    fitting = np.flatnonzero((lengths >= max(shortest, 2)) & (lengths <= longest))
    chosen = fitting[evenly(number, len(fitting))]
    return starts[chosen], ends[chosen]


def choose_documents(text: Encoded, words: int) -> np.ndarray:
    """Numbers of documents, int64, rising, spread evenly over the text, that have about so many words together.

    text : in words. Documents of one word are left out; so are those that alone have more than `words`, unless all do:
    then the shortest is taken.
    """
    lengths = np.diff(text.documents)
    fitting = np.flatnonzero((lengths > 1) & (lengths <= words))
    if not words or not (lengths > 1).any():
        return np.zeros(0, np.int64)
    if not len(fitting):
        return np.array([int(np.where(lengths > 1, lengths, lengths.max() + 1).argmin())])
    return fitting[evenly(max(1, round(words / lengths[fitting].mean())), len(fitting))]
