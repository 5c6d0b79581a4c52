"""Where documents are cut to fit a row, and pairs are halved.

A text of words is cut anywhere. A text in pieces of words is cut at borders of words, so that the pieces of a word stay
together; only a word longer than a row is cut itself.
"""

import numpy as np

from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText


def spread(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For stretches of these lengths laid end to end: which one each element is of, and its place within it."""
    stretch = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    return stretch, np.arange(int(lengths.sum())) - starts[stretch]


def cut_text(
    text: Encoded, lengths: np.ndarray, limit: int, shift: int = 0, least: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut documents into stretches that fit a row: full ones and a rest, or ones that end at borders of words.

    Parameters
    ----------
    text : plain, or in pieces of words. lengths : int64 [documents], tokens and what stands before them; 0 leaves a
        document out. limit : most tokens of a stretch. shift : what stands before the first token of a document.
    least : tokens that a rest must have, which it takes from the stretch before; of a text in pieces, words (1 or 2).

    Returns
    -------
    document, start within it and length of each stretch, int64; in order.
    """
    if isinstance(text, SpelledText):
        return _cut_at(text.starts, text.documents[:-1] - shift, lengths, limit, least)
    return _cut(lengths, limit, least)


def _cut(lengths: np.ndarray, limit: int, least: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut each length into full stretches of `limit` and a rest that takes from the one before to reach `least`."""
    stretches = -(-lengths // limit)
    document, number = spread(stretches)
    start = np.where(number > 0, np.minimum(number * limit, lengths[document] - least), 0)
    end = np.append(start[1:], 0)
    last = number == stretches[document] - 1
    end[last] = lengths[document[last]]
    return document, start, end - start


def _cut_at(
    borders: np.ndarray, first: np.ndarray, lengths: np.ndarray, limit: int, least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut each length into stretches of at most `limit` that end at borders, as long as they can be.

    borders : int64, rising places; first : int64 [documents], the place where each length begins. Where no border is
    near enough, the cut is at `limit`.
    """
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    document, start = np.flatnonzero(lengths), np.zeros(np.count_nonzero(lengths), np.int64)
    before = start
    while len(document):
        end = start + limit
        inner = borders[np.searchsorted(borders, first[document] + end, side="right") - 1] - first[document]
        end = np.where(inner - start >= least, inner, end)
        last = start + limit >= lengths[document]
        end = np.where(last, lengths[document], end)
        if least > 1:
            start = np.where(last & (start > 0), _taking(borders, first[document], before, start, end, limit), start)
        found.append((document, start, end))
        document, before, start = document[~last], start[~last], end[~last]
    document, start, end = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((start, document))
    document, start, end = document[order], start[order], end[order]
    # A stretch ends where the next of its document begins, which may have taken something from it.
    inside = document[1:] == document[:-1]
    end[:-1][inside] = start[1:][inside]
    return document, start, end - start


def _taking(
    borders: np.ndarray, first: np.ndarray, before: np.ndarray, start: np.ndarray, end: np.ndarray, limit: int
) -> np.ndarray:
    """Where the last stretches of documents are to start: they get two words, or two tokens where words are long.

    before : where the stretches before them start.
    """
    final = np.searchsorted(borders, first + end)
    several = final - np.searchsorted(borders, first + start) > 1
    moved = borders[np.maximum(final - 2, 0)] - first
    fits = (moved - before > 1) & (end - moved <= limit)
    return np.where(several, start, np.where(fits, moved, np.minimum(start, end - 2)))


def halves(text: Encoded, start: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Tokens in the first half of each stretch, int64 [n]: half, or up to the border of words nearest to that."""
    half = length // 2
    if not isinstance(text, SpelledText):
        return half
    at = np.searchsorted(text.starts, start + half, side="right") - 1
    below, above = text.starts[at] - start, text.starts[np.minimum(at + 1, len(text.starts) - 1)] - start
    low, high = below > 0, above < length
    nearest = np.where(low & (~high | (half - below <= above - half)), below, above)
    return np.where(low | high, nearest, half)
