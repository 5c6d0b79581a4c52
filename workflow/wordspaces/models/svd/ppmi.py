"""Positive pointwise mutual information from co-occurrence counts."""

import numpy as np
from scipy.sparse import csr_array

from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.tables import Matrix, check_pairs


def ppmi(matrix: Matrix, size: int, alpha: float, negative: float) -> csr_array:
    """Shifted positive PMI with a smoothed context distribution.

    ``max(0, log(X_wc / (X_w P(c))) - log k)`` with ``P(c) = X_c ** alpha / sum X_c' ** alpha`` (Levy and Goldberg 2014,
    section 3; Levy, Goldberg and Dagan 2015, section 3.2).

    Parameters
    ----------
    matrix : the counts, read twice, one block at a time; size : V, words in the vocabulary.
    alpha : exponent of the context counts; negative : k, 1 for no shift.

    Returns
    -------
    float64 [V, V], only entries above 0 stored.

    Raises
    ------
    StudyError : a count is not finite and above 0, a word lies outside the vocabulary, rows are out of order, there is
        no pair, or no entry is above 0.
    """
    words, contexts = np.zeros(size), np.zeros(size)
    last = -1
    for row, column, count in matrix():
        last = _check(row, column, count, size, last)
        words += np.bincount(row, count, size)
        contexts += np.bincount(column, count, size)
    if not words.any():
        raise StudyError("co-occurrence matrix", "no pair of words", "one pair or more", "give the sample more text")
    with np.errstate(divide="ignore"):
        smoothed = np.where(contexts > 0, contexts**alpha, 0.0)
        of_word, of_context = np.log(words), np.log(smoothed) - np.log(smoothed.sum())
    values, columns, lengths = [np.zeros(0)], [np.zeros(0, np.int32)], np.zeros(size + 1, np.int64)
    for row, column, count in matrix():
        information = np.log(count) - of_word[row] - of_context[column] - np.log(negative)
        kept = information > 0
        values.append(information[kept])
        columns.append(column[kept].astype(np.int32))
        lengths[1:] += np.bincount(row[kept], minlength=size)
    if not lengths.any():
        found, allowed = f"no entry above 0 at negative = {negative:g}", "one or more"
        raise StudyError("PPMI matrix", found, allowed, "lower `negative` or give the sample more text")
    return csr_array((np.concatenate(values), np.concatenate(columns), np.cumsum(lengths)), shape=(size, size))


def _check(row: np.ndarray, column: np.ndarray, count: np.ndarray, size: int, last: int) -> int:
    """Refuse what is no sorted matrix of counts; the last key, to begin the next block with."""
    if not len(row):
        return last
    check_pairs(row, column, count, size)
    keys = (row.astype(np.int64) << 32) | column
    if keys[0] <= last or np.any(np.diff(keys) <= 0):
        raise StudyError("co-occurrence matrix", "rows out of order", "rows sorted by row and column, each pair once")
    return int(keys[-1])
