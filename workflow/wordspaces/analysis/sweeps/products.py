"""Inner products of centred Gram matrices, of all words and without each group of words in turn.

The Gram matrix of vectors X [n, d] is K = (HX)(HX)', H taking the mean over the words off. Between two spaces
<K_a, K_b> = ||(HX_a)'HX_b||_F^2, so that products of d columns are enough; what leaving a group of words out changes
follows from that group's own products and sums, centring anew included. The Gram matrix of a target with long sparse
rows is made a group of rows at a time and never kept.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import finite
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

LEAST_GROUPS = 2
SMALLEST = 1e-12


def word_groups(words: int, groups: int) -> list[np.ndarray]:
    """Random groups of equally many words, or nearly: rows int64 of each, ascending; the same for the same arguments.

    For a delete-a-group jackknife (Kott 2001). No more groups than half the words; `StudyError` below two groups.
    """
    count = min(groups, words // 2)
    if count < LEAST_GROUPS:
        raise StudyError("words to leave out in groups", f"{words} words", f"{2 * LEAST_GROUPS} words or more")
    group = generator(0, "sweeps", "groups").permutation(words) % count
    return [np.flatnonzero(group == g) for g in range(count)]


def centred(vectors: np.ndarray, where: object) -> np.ndarray:
    """Vectors [n, d] less their mean over the words, float64.

    `StudyError`, naming `where`, for a value that is not finite or vectors that are all equal.
    """
    values = finite(vectors, where)
    moved = values - values.mean(axis=0)
    if not np.abs(moved).max(initial=0.0) > SMALLEST * np.abs(values).max(initial=0.0):
        raise StudyError(where, "vectors that are all equal", "vectors that differ between words", "retrain it")
    return moved


def space_products(
    spaces: Sequence[np.ndarray], groups: Sequence[np.ndarray], wanted: np.ndarray | None = None
) -> np.ndarray:
    """<K_a, K_b> of every two spaces: float64 [1 + groups, s, s], of all words and then without each group.

    Parameters
    ----------
    spaces : centred vectors [n, d_s]; groups : rows of each group, a partition of the words.
    wanted : bool [s, s], symmetric, the products that are needed; NaN elsewhere. None for all.
    """
    count, words = len(spaces), len(spaces[0])
    parts = [_by_group(vectors, groups) for vectors in spaces]
    sums = [part.sum(axis=1) for part in parts]
    left = words - np.array([len(group) for group in groups], dtype=np.float64)
    values = np.full((1 + len(groups), count, count), np.nan)
    with one_thread():
        for a in range(count):
            for b in range(a, count):
                if wanted is not None and not wanted[a, b]:
                    continue
                of_group = parts[a].transpose(0, 2, 1) @ parts[b]
                whole = of_group.sum(axis=0)
                # The sum over the words that stay is minus that of the group: all of them together have mean zero.
                mean = sums[a][:, :, None] * sums[b][:, None, :] / left[:, None, None]
                values[0, a, b] = np.square(whole).sum()
                values[1:, a, b] = np.square(whole - of_group - mean).sum(axis=(1, 2))
                values[:, b, a] = values[:, a, b]
    return values


def _by_group(vectors: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of each group, float64 [groups, most rows, d]; zeros fill up the smaller ones."""
    padded = np.zeros((len(groups), max(map(len, groups)), vectors.shape[1]))
    for index, group in enumerate(groups):
        padded[index, : len(group)] = vectors[group]
    return padded


def target_products(
    target: csr_array, spaces: Sequence[np.ndarray], groups: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """<K*, K_a> with every space, float64 [1 + groups, s], and <K*, K*>, float64 [1 + groups].

    Parameters
    ----------
    target : P, sparse [n, V], not centred: K* = (HP)(HP)'; spaces, groups : as in `space_products`.

    Raises
    ------
    StudyError : the rows of P are all equal.
    """
    order = np.concatenate(groups)
    bounds = np.concatenate([[0], np.cumsum([len(group) for group in groups])])
    slices = [slice(start, stop) for start, stop in pairwise(bounds)]
    rows, columns = csr_array(target)[order], np.hstack(spaces)[order]
    starts = np.concatenate([[0], np.cumsum([vectors.shape[1] for vectors in spaces])])[:-1]
    member = np.zeros((len(order), len(groups)))
    for index, here in enumerate(slices):
        member[here, index] = 1.0
    with one_thread():
        sums, squares, led, inside = _pass(rows, columns, slices, member)
        kept = 1.0 - member
        # Row sums of P P' over the words that stay, for each group left out; 0 for those that do not.
        row_sums = (sums.sum(axis=1)[:, None] - sums) * kept
        moved = row_sums.T @ columns
        means = -(member.T @ columns) / kept.sum(axis=0)[:, None]
    without = led.sum(axis=0) - 2.0 * led + inside
    without += -2.0 * means * moved + np.square(means) * row_sums.sum(axis=0)[:, None]
    found = np.add.reduceat(np.vstack([led.sum(axis=0), without]), starts, axis=1)
    own = np.array(
        [
            _centred_square(squares.sum(), sums.sum(axis=1)),
            *(
                _centred_square(squares[keep][:, others].sum(), row_sums[keep, g])
                for g, (keep, others) in enumerate(zip(kept.T > 0, ~np.eye(len(groups), dtype=bool), strict=True))
            ),
        ]
    )
    if not (own > SMALLEST * squares.sum()).all():
        raise StudyError("target", "rows that are all equal", "rows that differ between words", "give it more text")
    return found, own


def _pass(
    rows: csr_array, columns: np.ndarray, slices: Sequence[slice], member: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One pass over P P' by groups of rows.

    Sums and sums of squares of its entries by group of columns [n, groups]; then, of each column x of the spaces,
    float64 [groups, columns]: sum of x_i (P P'x)_i over a group's rows, and over its rows and columns alone.
    """
    sums, squares = np.empty_like(member), np.empty_like(member)
    led, inside = (np.empty((len(slices), columns.shape[1])) for _ in range(2))
    across = csr_array(rows.T)
    for index, here in enumerate(slices):
        block = (rows[here] @ across).toarray()
        sums[here], squares[here] = block @ member, np.square(block) @ member
        led[index] = (columns[here] * (block @ columns)).sum(axis=0)
        inside[index] = (columns[here] * (block[:, here] @ columns[here])).sum(axis=0)
    return sums, squares, led, inside


def _centred_square(squares: float, row_sums: np.ndarray) -> float:
    """||HKH||_F^2 from the sum of the squares of K [n, n] and its row sums."""
    words = len(row_sums)
    return float(squares - 2.0 / words * np.square(row_sums).sum() + (row_sums.sum() / words) ** 2)
