"""The unigram language model of pieces (Kudo 2018), the same bits whatever the process: sums run in one order.

A word is the sum over all its segmentations, a segmentation the product of the probabilities of its pieces. Many
candidate pieces are cut down to as many as are wanted: expectation maximisation fits their probabilities, then those
are left out without which the text loses least, and so on.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numba
import numpy as np

TYPES = 100_000
"""Most frequent words that are learnt from."""
LONGEST_WORD = 40
LONGEST_PIECE = 16
CANDIDATES = 10
"""Candidate pieces at the start, times the number wanted."""
KEPT = 0.75
"""Share of the pieces that is kept when some are left out."""
PASSES = 2
"""Passes of expectation maximisation before some are left out."""
LEAST = 0.5
"""Expected number of occurrences below which a piece is left out at once."""
DECIMALS = 6
"""Of the scores, natural logarithms; further ones could differ between mathematical libraries."""


@dataclass(frozen=True)
class Lattice:
    """All ways to cut strings into pieces; positions run over all strings, which are laid end to end.

    first, last : int64 [strings], positions of the beginning and the end of each; start, end, piece : int32 [arcs],
    where a piece may stand, sorted by end.
    """

    first: np.ndarray
    last: np.ndarray
    start: np.ndarray
    end: np.ndarray
    piece: np.ndarray

    def keep(self, numbers: np.ndarray) -> "Lattice":
        """The lattice of some pieces; numbers : int64 [pieces before], their new number or -1."""
        renamed = numbers[self.piece]
        alive = renamed >= 0
        return Lattice(self.first, self.last, self.start[alive], self.end[alive], renamed[alive].astype(np.int32))


def train_unigram(words: Mapping[str, int], size: int) -> list[tuple[str, float]]:
    """Pieces and their log probabilities.

    Parameters
    ----------
    words : word, with the mark of its beginning -> occurrences. size : pieces wanted; every character is one.

    Returns
    -------
    `size` pieces, or all candidates where there are fewer, with natural logarithms of probabilities; by falling
    probability, then by piece.
    """
    ranked = sorted((word for word in words if len(word) <= LONGEST_WORD), key=lambda word: (-words[word], word))
    known = ranked[:TYPES]
    counts = np.array([words[word] for word in known], np.float64)
    pieces, weights = candidates(known, counts, CANDIDATES * size)
    size = min(size, len(pieces))
    text, own = lattice(known, pieces), lattice(pieces, pieces)
    scores = _log(weights)
    while True:
        for _ in range(PASSES):
            expected = expectations(text, counts, np.exp(scores))
            scores = _log(expected)
        if len(pieces) == size:
            return sorted(zip(pieces, np.round(scores, DECIMALS).tolist(), strict=True), key=lambda e: (-e[1], e[0]))
        kept = _kept(pieces, expected, loss_without(own, expected, scores), size)
        numbers = np.full(len(pieces), -1)
        numbers[kept] = np.arange(len(kept))
        pieces, scores = [pieces[number] for number in kept], scores[kept]
        text, own = text.keep(numbers), _of_strings(own, kept).keep(numbers)


def candidates(words: Sequence[str], counts: np.ndarray, most: int) -> tuple[list[str], np.ndarray]:
    """Every character, and the repeated substrings that cover most text, at most `most`; and occurrences, float64."""
    found: Counter[str] = Counter()
    for word, count in zip(words, counts.tolist(), strict=True):
        for length in range(1, min(len(word), LONGEST_PIECE) + 1):
            for start in range(len(word) - length + 1):
                found[word[start : start + length]] += count
    single = sorted(piece for piece in found if len(piece) == 1)
    repeated = (piece for piece, count in found.items() if len(piece) > 1 and count >= 2)
    longer = sorted(repeated, key=lambda piece: (-found[piece] * len(piece), piece))[: max(0, most - len(single))]
    pieces = [*single, *longer]
    return pieces, np.array([found[piece] for piece in pieces], np.float64)


def lattice(strings: Sequence[str], pieces: Iterable[str]) -> Lattice:
    """Where each piece may stand in each string."""
    number = {piece: index for index, piece in enumerate(pieces)}
    longest = max(map(len, number))
    arcs = array("i")
    at = 0
    for string in strings:
        for end in range(1, len(string) + 1):
            for start in range(max(0, end - longest), end):
                found = number.get(string[start:end])
                if found is not None:
                    arcs.extend((at + start, at + end, found))
        at += len(string) + 1
    start, end, piece = np.frombuffer(arcs, np.int32).reshape(-1, 3).T.copy()
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    first = np.cumsum(lengths + 1) - lengths - 1
    return Lattice(first, first + lengths, start, end, piece)


def expectations(text: Lattice, counts: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Expected occurrences of each piece, float64 [pieces], over the segmentations of all strings.

    counts : float64 [strings]; probabilities : float64 [pieces].
    """
    return _expectations(text.first, text.last, text.start, text.end, text.piece, counts, probabilities)


@numba.njit(cache=True)
def _expectations(first, last, start, end, piece, counts, probabilities):
    size = last[-1] + 1
    forward, backward = np.zeros(size), np.zeros(size)
    forward[first] = 1.0
    for arc in range(len(piece)):
        forward[end[arc]] += forward[start[arc]] * probabilities[piece[arc]]
    for string in range(len(first)):
        backward[last[string]] = counts[string] / forward[last[string]]
    expected = np.zeros(len(probabilities))
    for arc in range(len(piece) - 1, -1, -1):
        through = probabilities[piece[arc]] * backward[end[arc]]
        backward[start[arc]] += through
        expected[piece[arc]] += forward[start[arc]] * through
    return expected


def loss_without(own: Lattice, expected: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """What the text loses without each piece, in nats, float64 [pieces]; infinite for what nothing can replace.

    own : lattice of the pieces themselves; the best segmentation of a piece into others takes its place.
    """
    best = _best(own.first, own.last, own.start, own.end, own.piece, scores)
    return np.where(np.isfinite(best), expected * (scores - best), np.inf)


@numba.njit(cache=True)
def _best(first, last, start, end, piece, scores):
    best = np.full(last[-1] + 1, -np.inf)
    best[first] = 0.0
    for arc in range(len(piece)):
        whole = start[arc] == first[piece[arc]] and end[arc] == last[piece[arc]]
        through = best[start[arc]] + scores[piece[arc]]
        if not whole and through > best[end[arc]]:
            best[end[arc]] = through
    return best[last]


def _kept(pieces: Sequence[str], expected: np.ndarray, loss: np.ndarray, size: int) -> np.ndarray:
    """Numbers, rising, of the pieces to go on with: every character, and of the others those that are missed most."""
    single = np.array([len(piece) == 1 for piece in pieces])
    wanted = max(size, min(int(KEPT * len(pieces)), int(np.count_nonzero(single | (expected >= LEAST)))))
    order = np.lexsort((np.arange(len(pieces)), -loss, ~single))
    return np.sort(order[:wanted])


def _of_strings(own: Lattice, kept: np.ndarray) -> Lattice:
    """The lattice of some of its strings, in that order."""
    lengths = own.last[kept] - own.first[kept]
    first = np.cumsum(lengths + 1) - lengths - 1
    shift = np.full(int(own.last[-1]) + 1, -1, np.int64)
    for old, new, length in zip(own.first[kept].tolist(), first.tolist(), lengths.tolist(), strict=True):
        shift[old : old + length + 1] = np.arange(new, new + length + 1)
    alive = shift[own.start] >= 0
    return Lattice(
        first,
        first + lengths,
        shift[own.start[alive]].astype(np.int32),
        shift[own.end[alive]].astype(np.int32),
        own.piece[alive],
    )


def _log(expected: np.ndarray) -> np.ndarray:
    """Log shares, float64; what is never expected keeps a little, for a character must remain possible."""
    floored = np.maximum(expected, 1e-3)
    total = math.fsum(floored.tolist())
    return np.log(floored / total)
