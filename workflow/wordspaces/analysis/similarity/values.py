"""Values that a comparison correlates, dissimilarities or their ranks, one block of words after another.

Whatever is a sum over pairs of words can be taken from these blocks, so that no matrix [n, n] has to be held.
"""

from collections.abc import Callable

import numpy as np

from wordspaces.analysis.similarity.compare import standard_ranks
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError

METHODS = ("cosine", "pearson", "spearman")
LEAST_WORDS = 4
BLOCK = 128


def blocks(words: int) -> list[slice]:
    """Blocks of consecutive words, the same for every number of threads."""
    return [slice(start, min(start + BLOCK, words)) for start in range(0, words, BLOCK)]


def upper_values(rdms: RDMs, method: str) -> Callable[[slice], np.ndarray]:
    """Function from a block of words to the values of their pairs (i, j), i < j: [s, b, n - block.start].

    "cosine" and "pearson" give dissimilarities, float64; "spearman" their ranks over all pairs with mean 0 and mean
    square 1, float32. Column c is the word block.start + c; places on and below the diagonal are 0. `StudyError` for
    another method, fewer than four words, or ("spearman") a constant RDM.
    """
    check(rdms, method)
    if method == "spearman":
        ranks = standard_ranks(rdms)
        return lambda block: _upper_ranks(ranks, rdms.words, block)

    def dissimilarities(block: slice) -> np.ndarray:
        rows = rdms.rows(block.start, block.stop)[:, :, block.start :].transpose(1, 0, 2)
        return rows * later_words(*rows.shape[1:])

    return dissimilarities


def later_words(block: int, width: int) -> np.ndarray:
    """Places above the diagonal in the rows of one block: boolean [block, width]."""
    return np.triu(np.ones((block, width), dtype=bool), 1)


def check(rdms: RDMs, method: str) -> None:
    """`StudyError` for a method that is not a sum over pairs of words, or for too few words to resample."""
    if method not in METHODS:
        raise StudyError("method", repr(method), f"one of {', '.join(METHODS)}")
    if rdms.words < LEAST_WORDS:
        raise StudyError("words to resample", str(rdms.words), f"{LEAST_WORDS} or more", "compare over more words")


def _upper_ranks(ranks: np.ndarray, words: int, block: slice) -> np.ndarray:
    start = block.start
    values = np.zeros((ranks.shape[1], block.stop - start, words - start), dtype=np.float32)
    for word in range(start, block.stop):
        first = word * (2 * words - word - 1) // 2
        values[:, word - start, word + 1 - start :] = ranks[first : first + words - word - 1].T
    return values
