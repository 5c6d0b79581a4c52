"""Documents to rows of equal length: several side by side in a row, each a segment that attention never leaves.

Tokens are words, or pieces of words; see `wordspaces.models.transformer.cutting` for where a text in pieces is cut.
"""

from dataclasses import dataclass, fields

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.cutting import cut_text, halves, spread
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, as_words

SEP, CLS, MASK = 1, 2, 3
SPECIALS_OF_PAIR = 3
NOWHERE = -1
FORM_BITS = 32


@dataclass(frozen=True)
class Rows:
    """Packed text; every array is int64 [rows, T].

    tokens : ids, `<sep>` in padding. segments : 0 in padding, else 1, 2, ... along the row. positions : from 0 in
    each segment. parts : 1 in the second span of a pair, else 0. source : where in the corpus' ids the token stands,
    -1 for specials. targets : the id to predict here, -1 where nothing is. target_source : where in the corpus' ids
    the target stands, -1 for none or `<sep>`. consecutive : at the `<cls>` of a pair 1 if its spans follow each other
    in a document, 0 if they come from two; -1 everywhere else.
    """

    tokens: np.ndarray
    segments: np.ndarray
    positions: np.ndarray
    parts: np.ndarray
    source: np.ndarray
    targets: np.ndarray
    target_source: np.ndarray
    consecutive: np.ndarray

    def take(self, rows: np.ndarray) -> "Rows":
        """The rows with the given numbers, in that order."""
        return Rows(*(getattr(self, field.name)[rows] for field in fields(self)))

    def words(self, text: Encoded) -> np.ndarray:
        """int64 [rows]: words of `text`, of which these are rows, presented in each row; specials do not count.

        A word in several pieces counts where its first piece stands.
        """
        if isinstance(text, SpelledText):
            return ((self.source >= 0) & text.begins[np.maximum(self.source, 0)]).sum(axis=1)
        return (self.source >= 0).sum(axis=1)


def best_fit(lengths: np.ndarray, capacity: int) -> tuple[np.ndarray, np.ndarray]:
    """Pack pieces into as few rows as is quickly found: longest first, each into the fullest row that has room.

    Parameters
    ----------
    lengths : int64 [n], each in 1 .. capacity.

    Returns
    -------
    row, offset : int64 [n]. Best-fit decreasing (Johnson 1974), as in Ding et al. (2024), "Fewer truncations".
    """
    row, offset = np.zeros(len(lengths), np.int64), np.zeros(len(lengths), np.int64)
    open_rows: list[list[int]] = [[] for _ in range(capacity)]
    rooms = 0  # bit n is set while some open row has room for exactly n
    rows = 0
    for piece in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[piece])
        fitting = rooms >> length
        if fitting:
            room = length + (fitting & -fitting).bit_length() - 1
            number = open_rows[room].pop()
            rooms &= ~(0 if open_rows[room] else 1 << room)
        else:
            room, number, rows = capacity, rows, rows + 1
        row[piece], offset[piece] = number, capacity - room
        if room > length:
            open_rows[room - length].append(number)
            rooms |= 1 << (room - length)
    return row, offset


def _segment_numbers(row: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """1, 2, ... for the pieces of each row in order of their offset, int64 [n]."""
    order = np.lexsort((offset, row))
    rank = np.arange(len(row)) - np.searchsorted(row[order], row[order])
    numbers = np.empty(len(row), np.int64)
    numbers[order] = rank + 1
    return numbers


class _Sheet:
    """Empty rows into which values are written at (row, column) places."""

    def __init__(self, row: np.ndarray, column: np.ndarray, context: int) -> None:
        self.place, self.shape = row * context + column, (int(row.max()) + 1, context)

    def lay(self, values: np.ndarray, empty: int) -> np.ndarray:
        flat = np.full(self.shape[0] * self.shape[1], empty, np.int64)
        flat[self.place] = values
        return flat.reshape(self.shape)


def causal_rows(encoded: Encoded, context: int) -> Rows:
    """Rows for a causal model: each document as ``<sep> w1 .. wn``, with targets ``w1 .. wn <sep>``.

    A document of more than `context` inputs is cut; each token is a target exactly once. Where a row begins with a
    word in pieces, the first of them is a target of the row before.
    """
    words = np.diff(encoded.documents)
    if not (words > 0).any():
        raise StudyError("text to pack", "no token", "one document or more")
    document, start, length = cut_text(encoded, np.where(words > 0, words + 1, 0), context, shift=1)
    row, offset = best_fit(length, context)
    piece, within = spread(length)
    step = start[piece] + within
    first = encoded.documents[:-1][document[piece]]
    source = np.where(step == 0, NOWHERE, first + step - 1)
    target_source = np.where(step == words[document[piece]], NOWHERE, first + step)
    sheet = _Sheet(row[piece], offset[piece] + within, context)
    return Rows(
        tokens=sheet.lay(_ids(encoded, source, SEP), SEP),
        segments=sheet.lay(_segment_numbers(row, offset)[piece], 0),
        positions=sheet.lay(within, 0),
        parts=np.zeros(sheet.shape, np.int64),
        source=sheet.lay(source, NOWHERE),
        targets=sheet.lay(_ids(encoded, target_source, SEP), NOWHERE),
        target_source=sheet.lay(target_source, NOWHERE),
        consecutive=np.full(sheet.shape, NOWHERE, np.int64),
    )


def _ids(encoded: Encoded, source: np.ndarray, special: int) -> np.ndarray:
    """Ids at these places of the corpus, `special` where there is none."""
    return np.where(source == NOWHERE, special, encoded.ids[np.maximum(source, 0)]).astype(np.int64)


def trained_positions(rows: Rows, context: int) -> int:
    """How many positions, from 0, some document of these rows reaches; `StudyError` where they do not fill one row."""
    filled = int((rows.segments > 0).sum())
    if filled < context:
        found = f"{context} positions for a text of {filled}, marks of borders included"
        raise StudyError("context", found, f"8 to {filled}", "lower `context` of this variant or train on more text")
    return int(rows.positions.max()) + 1


@dataclass(frozen=True)
class Pairs:
    """Pieces of documents, each to be shown as ``<cls> first half <sep> second half <sep>``; int64 [n] each.

    document : where the piece is from; start : place of its first token in the corpus' ids; length : its tokens; half :
    those of its first half, ``length // 2`` or the border of words nearest to that; row, offset : where in the packed
    rows it stands.
    """

    document: np.ndarray
    start: np.ndarray
    length: np.ndarray
    half: np.ndarray
    row: np.ndarray
    offset: np.ndarray

    def form(self) -> np.ndarray:
        """int64 [n]: one number for each length with its halves, larger for a longer piece."""
        return (self.length << FORM_BITS) + self.half


def cut_pairs(encoded: Encoded, context: int) -> Pairs:
    """Cut documents of two or more words into pieces that fit a row, and place them."""
    tokens = np.diff(encoded.documents)
    shown = np.diff(as_words(encoded).documents) > 1
    if not shown.any():
        raise StudyError("text to pack", "no document of two tokens", "one document or more")
    lengths = np.where(shown, tokens, 0)
    document, start, length = cut_text(encoded, lengths, context - SPECIALS_OF_PAIR, least=2)
    row, offset = best_fit(length + SPECIALS_OF_PAIR, context)
    start = encoded.documents[:-1][document] + start
    return Pairs(document, start, length, halves(encoded, start, length), row, offset)


def draw_partners(pairs: Pairs, rng: np.random.Generator) -> np.ndarray:
    """Choose whose second half follows each first half: int64 [n], a permutation; the piece itself for half of them.

    Second halves change places only between pieces whose halves have the same lengths, of different documents. So a
    pair from two documents is made of spans of exactly the lengths that pairs of one document have, every token is
    shown once, and within each form the two kinds are equally frequent, but for a form that is odd in number, occurs
    once, or has more than half of its pieces from one document.
    """
    partner = np.arange(len(pairs.length))
    key = rng.permutation(len(partner))
    form = pairs.form()
    order = np.lexsort((key, form))
    for group in np.split(order, np.flatnonzero(np.diff(form[order])) + 1):
        size = len(group) // 2 + (int(rng.integers(2)) if len(group) % 2 else 0)
        chosen = group[:size]
        chosen = chosen[np.argsort(pairs.document[chosen], kind="stable")]
        _, first, count = np.unique(pairs.document[chosen], return_index=True, return_counts=True)
        most = int(count.argmax()) if size else 0
        if size and (excess := 2 * int(count[most]) - size) > 0:
            chosen = np.delete(chosen, np.arange(first[most], first[most] + excess))
        # In document order no block is longer than half, so half a turn takes each second half to another document.
        partner[chosen] = np.roll(chosen, len(chosen) // 2)
    return partner


def pair_rows(encoded: Encoded, pairs: Pairs, partner: np.ndarray, context: int) -> Rows:
    """Rows for a bidirectional model: each piece's first half beside the second half of its partner.

    partner : int64 [n], of `draw_partners`; ``np.arange(n)`` leaves every document whole. Targets are the tokens
    themselves; which of them are hidden and predicted is drawn when a batch is made.
    """
    piece, within = spread(pairs.length + SPECIALS_OF_PAIR)
    half, length = pairs.half[piece], pairs.length[piece]
    second = within > half + 1
    source = np.where(second, pairs.start[partner[piece]] + within - 2, pairs.start[piece] + within - 1)
    special = (within == 0) | (within == half + 1) | (within == length + 2)
    source = np.where(special, NOWHERE, source)
    sheet = _Sheet(pairs.row[piece], pairs.offset[piece] + within, context)
    tokens = np.where(within == 0, CLS, _ids(encoded, source, SEP))
    return Rows(
        tokens=sheet.lay(tokens, SEP),
        segments=sheet.lay(_segment_numbers(pairs.row, pairs.offset)[piece], 0),
        positions=sheet.lay(within, 0),
        parts=sheet.lay(second, 0),
        source=sheet.lay(source, NOWHERE),
        targets=sheet.lay(np.where(special, NOWHERE, tokens), NOWHERE),
        target_source=sheet.lay(source, NOWHERE),
        consecutive=sheet.lay(np.where(within == 0, partner[piece] == piece, NOWHERE), NOWHERE),
    )


def length_baseline(seen: Pairs, seen_partner: np.ndarray, unseen: Pairs, unseen_partner: np.ndarray) -> float:
    """Accuracy in telling the two kinds of pairs apart by their lengths alone.

    For each form (length and halves) the more frequent kind among the pairs `seen` is guessed for the pairs `unseen`;
    forms never seen take the more frequent kind over all. About one half where the lengths are matched.
    """
    truth = seen_partner == np.arange(len(seen_partner))
    forms, number = np.unique(np.concatenate([seen.form(), unseen.form()]), return_inverse=True)
    known, asked = number[: len(truth)], number[len(truth) :]
    votes = np.bincount(known, np.where(truth, 1.0, -1.0), len(forms))
    never = np.bincount(known, minlength=len(forms)) == 0
    guess = np.where(never, truth.mean() >= 0.5, votes >= 0.0)
    return float((guess[asked] == (unseen_partner == np.arange(len(unseen_partner)))).mean())
