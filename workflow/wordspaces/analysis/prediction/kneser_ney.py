"""An interpolated modified Kneser-Ney trigram over the vocabulary of a study: what counts alone predict.

The highest order takes the trigrams as often as they occur; a lower one takes an n-gram as often as it has distinct
words before it (Kneser & Ney 1995). Each order has three discounts, of n-grams seen once, twice and more often, by its
own counts of counts, and gives what it takes to the order below; the lowest shares it among all V entries (Chen &
Goodman 1999, equations 13 to 17 of the technical report of 1998).

Documents are independent. Two borders stand before the first token of each; the end of a document is no event, so that
the V probabilities after any history sum to one, as those of a model that is asked for tokens of the text only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.tokens.encoded import Encoded

LARGEST = 2_097_150  # entries: three of them and the border still fit into 63 bits
CLASSES = 3  # of counts: once, twice, more often
SCORED = pa.schema(
    [
        pa.field("probe", pa.string(), nullable=False),
        pa.field("id", pa.int32(), nullable=False),
        pa.field("bits", pa.float32(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Order:
    """One order of n-grams, packed into integers base V + 1 with the last token in the lowest digit.

    keys : int64 [n], rising. shares : float64 [n], discounted count over that of the history. histories : int64 [h],
    rising, keys without their last token. backoffs : float64 [h], what is left of each history for the order below.
    """

    keys: np.ndarray
    shares: np.ndarray
    histories: np.ndarray
    backoffs: np.ndarray


@dataclass(frozen=True)
class Trigram:
    """A fitted model: `size` entries V; unigram float64 [V], probabilities without a history; the orders above it."""

    size: int
    unigram: np.ndarray
    bigrams: Order
    trigrams: Order


def fit(ids: np.ndarray, documents: np.ndarray, size: int, fixed: Sequence[float] | None = None) -> Trigram:
    """Trigram of a training text.

    Parameters
    ----------
    ids : int [n], tokens in 0 .. size - 1; `<unk>` is one like any other. documents : int [documents + 1], offsets
        into ids, from 0 to n. size : entries of the vocabulary; those that never occur get their part of the uniform
        share. fixed : one discount for every n-gram of an order, the lowest order first, in place of estimated ones:
        with 0 for the lowest this is Kneser-Ney smoothing as Kneser & Ney (1995) have it, interpolated.

    Raises
    ------
    StudyError : an id outside the vocabulary, or a vocabulary of more than 2,097,150 entries.
    """
    base = size + 1
    second, first = _histories(ids, documents, size)
    keys, counts = np.unique((second * base + first) * base + ids, return_counts=True)
    pairs, preceded = np.unique(keys % base**2, return_counts=True)
    taken = [None] * 3 if fixed is None else [np.array([0.0, *[one] * CLASSES]) for one in fixed]
    unigram = _unigram(pairs % base, size, taken[0])
    return Trigram(size, unigram, _order(pairs, preceded, base, taken[1]), _order(keys, counts, base, taken[2]))


def bits(trigram: Trigram, ids: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """-log2 P(token | the two before it in its document), float64 [n], of each token of a text; arguments of `fit`."""
    base = trigram.size + 1
    second, first = _histories(ids, documents, trigram.size)
    history = second * base + first
    below = trigram.unigram[ids]
    for order, before in ((trigram.bigrams, first), (trigram.trigrams, history)):
        weights = _look_up(order.histories, order.backoffs, before, 1.0)
        below = _look_up(order.keys, order.shares, before * base + ids, 0.0) + weights * below
    return -np.log2(below)


def discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from an n-gram by its count, float64 [4]: nothing from none, then of one, two, three and more.

    From the numbers n1 to n4 of n-grams that occur so often: Y = n1 / (n1 + 2 n2), D_c = c - (c + 1) Y n_(c+1) / n_c.
    Where one of the four is 0 or a discount not positive, as in short texts, all three are Y (absolute discounting, Ney
    et al. 1994); without an n-gram that occurs once they are one half.

    counts : int [n], positive.
    """
    n = np.bincount(np.minimum(counts, CLASSES + 2), minlength=CLASSES + 3).astype(np.float64)
    if n[1] == 0:
        return np.array([0.0, 0.5, 0.5, 0.5])
    share = n[1] / (n[1] + 2.0 * n[2])
    taken = np.zeros(CLASSES + 1)
    taken[1:] = share
    if (n[1 : CLASSES + 2] > 0).all():
        c = np.arange(1, CLASSES + 1)
        estimates = c - (c + 1) * share * n[c + 1] / n[c]
        taken[1:] = estimates if (estimates > 0.0).all() else share
    return taken


def scored_rows(trigram: Trigram, probe: str, text: Encoded) -> pa.Table:
    """Every token of a held-out text of the corpus `probe` with its bits, in text order, under `SCORED`."""
    scores = pa.array(bits(trigram, text.ids, text.documents).astype(np.float32))
    names = pa.repeat(pa.scalar(probe, pa.string()), len(text.ids))
    return pa.Table.from_arrays([names, pa.array(text.ids.astype(np.int32)), scores], schema=SCORED)


def _histories(ids: np.ndarray, documents: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The tokens two before and one before each token, int64 [n] each; the number `size` stands for the border."""
    if size > LARGEST:
        raise StudyError("trigram", f"a vocabulary of {size:,} entries", f"{LARGEST:,} or fewer")
    if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < size:
        raise StudyError("trigram", f"tokens {ids.min()} to {ids.max()}", f"0 to {size - 1}, the ids of the vocabulary")
    first, second = np.full(len(ids), size, np.int64), np.full(len(ids), size, np.int64)
    first[1:], second[2:] = ids[:-1], ids[:-2]
    starts = documents[:-1][documents[:-1] < documents[1:]]
    first[starts] = size
    second[starts] = size
    second[np.minimum(starts + 1, len(ids) - 1)] = size  # of a last document of one token: that token once more
    return second, first


def _order(keys: np.ndarray, counts: np.ndarray, base: int, fixed: np.ndarray | None) -> Order:
    """An order from its n-grams, int64 [n] rising, and what they count, int64 [n]; fixed : in place of `discounts`."""
    heads = keys // base
    first = np.flatnonzero(np.diff(heads, prepend=-1))
    taken = (discounts(counts) if fixed is None else fixed)[np.minimum(counts, CLASSES)]
    totals = np.add.reduceat(counts, first) if len(first) else first
    left = np.add.reduceat(taken, first) if len(first) else taken
    shares = (counts - taken) / np.repeat(totals, np.diff(np.append(first, len(keys))))
    return Order(keys, shares, heads[first], left / totals)


def _unigram(last: np.ndarray, size: int, fixed: np.ndarray | None) -> np.ndarray:
    """Probabilities float64 [size] from the last tokens of all distinct bigrams; uniform without any."""
    counts = np.bincount(last, minlength=size)
    if len(last) == 0:
        return np.full(size, 1.0 / size)
    taken = (discounts(counts[counts > 0]) if fixed is None else fixed)[np.minimum(counts, CLASSES)]
    return (counts - taken + taken.sum() / size) / len(last)


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray, missing: float) -> np.ndarray:
    """Values float64 [n] at the keys that are `wanted`, `missing` where there is no such key."""
    if len(keys) == 0:
        return np.full(len(wanted), missing)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], missing)
