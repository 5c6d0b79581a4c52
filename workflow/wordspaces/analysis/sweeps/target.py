"""The target that all data of a corpus give: PPMI of the co-occurrence counts of all its document samples together."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from wordspaces.analysis.roster import Words
from wordspaces.cooccurrence.tables import Matrix, read_matrix
from wordspaces.models.svd.ppmi import ppmi


def pooled_ppmi(paths: Sequence[str], size: int, alpha: float, words: Words) -> csr_array:
    """PPMI rows of the compared words over all context words, not shifted: float64 [n, V].

    Parameters
    ----------
    paths : the matrices X of the disjoint samples of one corpus, whose counts are added; size : V.
    alpha : exponent of the context counts, as of PPMI-SVD.
    """
    pooled = pool([partial(read_matrix, path) for path in paths], size)
    return csr_array(ppmi(pooled, size, alpha, 1.0)[words.ids])


def pool(matrices: Sequence[Matrix], size: int) -> Matrix:
    """Sum of matrices X over the same vocabulary, as a matrix of one block, sorted."""
    total = csr_array((size, size), dtype=np.float64)
    for matrix in matrices:
        blocks = list(matrix())
        if not blocks:
            continue
        row, column, count = (np.concatenate([block[part] for block in blocks]) for part in range(3))
        total = total + csr_array((count, (row, column)), shape=(size, size))
    total.sort_indices()
    entries = total.tocoo()

    def blocks_of_sum() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        yield entries.row.astype(np.int32), entries.col.astype(np.int32), entries.data

    return blocks_of_sum
