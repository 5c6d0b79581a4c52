"""Matrices over words, formed block of rows by block of rows: dissimilarities and linear kernels, and their moments.

No matrix [n, n] is held. Where a matrix is made of inner products, its moments follow from the Gram identity
sum_ij (x_i . x_j) (y_i . y_j) = ||X'Y||_F^2 without forming it at all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.analysis.similarity.moments import Moments, OfWords
from wordspaces.analysis.similarity.parallel import ordered
from wordspaces.analysis.similarity.rdm import RDMs

BLOCK_BYTES = 1 << 25


@dataclass(frozen=True)
class Matrices:
    """Symmetric matrices over n words, one for each of s entries.

    `rows(start, stop)` is [b, s, n]; `row_sums()` float64 [s, n]; `moments(row_products)` those of all words, with
    the row products where asked.
    """

    words: int
    entries: int
    rows: Callable[[int, int], np.ndarray]
    row_sums: Callable[[], np.ndarray]
    moments: Callable[[bool], Moments]


def slices(words: int, entries: int) -> list[slice]:
    """Blocks of words whose rows fit in `BLOCK_BYTES`."""
    step = max(1, BLOCK_BYTES // (8 * entries * words))
    return [slice(start, min(start + step, words)) for start in range(0, words, step)]


def of_words(matrices: Matrices, across: bool) -> Iterator[OfWords]:
    """What each word adds to the moments, block by block; `across` asks for what the row products need."""
    row_sums = matrices.row_sums().T if across else None

    def of_block(words: slice) -> OfWords:
        rows = matrices.rows(words.start, words.stop)
        products = (rows @ rows.transpose(0, 2, 1)).astype(np.float64)
        diagonal = rows[np.arange(len(rows)), :, np.arange(words.start, words.stop)].astype(np.float64)
        with_sums = None if row_sums is None else rows @ row_sums
        return OfWords(words, products, rows.sum(axis=2, dtype=np.float64), with_sums, diagonal)

    yield from ordered(of_block, slices(matrices.words, matrices.entries))


def dissimilarity_matrices(rdms: RDMs) -> Matrices:
    """The RDMs; with the Gram identity where all are made of inner products."""

    def row_sums() -> np.ndarray:
        blocks = ordered(lambda words: rdms.rows(words.start, words.stop).sum(axis=2), slices(rdms.words, len(rdms)))
        return np.concatenate(list(blocks)).T

    def moments(row_products: bool) -> Moments:
        return _summed(matrices, row_products)

    matrices = Matrices(rdms.words, len(rdms), rdms.rows, row_sums, moments)
    if rdms.given or rdms.kind == "euclidean":
        return matrices
    return Matrices(
        rdms.words,
        len(rdms),
        rdms.rows,
        lambda: rdms.words - 1.0 - _gram_row_sums(rdms.units, hollow=True),
        lambda row_products: _of_dissimilarities(gram_moments(rdms.units, True, row_products), row_products),
    )


def kernel_matrices(vectors: Sequence[np.ndarray], hollow: bool) -> Matrices:
    """Linear kernels XX' of `vectors` (float64 [n, d_s] each); `hollow` has zeros on the diagonal."""
    words = len(vectors[0])

    def rows(start: int, stop: int) -> np.ndarray:
        block = np.empty((stop - start, len(vectors), words))
        for index, matrix in enumerate(vectors):
            block[:, index] = matrix[start:stop] @ matrix.T
        if hollow:
            block[np.arange(stop - start), :, np.arange(start, stop)] = 0.0
        return block

    return Matrices(
        words,
        len(vectors),
        rows,
        lambda: _gram_row_sums(vectors, hollow),
        lambda row_products: gram_moments(vectors, hollow, row_products),
    )


def gram_moments(vectors: Sequence[np.ndarray], hollow: bool, row_products: bool) -> Moments:
    """Moments of the kernels XX' by the Gram identity; `hollow` leaves their diagonals out."""
    offsets = np.cumsum([0, *(matrix.shape[1] for matrix in vectors)])[:-1]
    stack = np.concatenate(vectors, axis=1)

    def of_space(index: int) -> np.ndarray:
        squared = np.square(vectors[index].T @ stack[:, offsets[index] :]).sum(axis=0)
        return np.add.reduceat(squared, offsets[index:] - offsets[index])

    products = np.empty((len(vectors), len(vectors)))
    for index, row in enumerate(ordered(of_space, range(len(vectors)))):
        products[index, index:] = products[index:, index] = row
    if hollow:
        diagonals = np.stack([np.einsum("nd,nd->n", matrix, matrix) for matrix in vectors])
        products -= _products(diagonals)
    row_sums = _gram_row_sums(vectors, hollow)
    return Moments(len(stack), products, row_sums.sum(axis=1), _products(row_sums) if row_products else None)


def _gram_row_sums(vectors: Sequence[np.ndarray], hollow: bool) -> np.ndarray:
    row_sums = np.stack([np.einsum("nd,d->n", matrix, matrix.sum(axis=0)) for matrix in vectors])
    return row_sums - np.stack([np.einsum("nd,nd->n", x, x) for x in vectors]) if hollow else row_sums


def _of_dissimilarities(cosines: Moments, row_products: bool) -> Moments:
    """Moments of one minus the cosines, from those of the cosines; both without diagonals."""
    words, pairs = cosines.words, cosines.words * (cosines.words - 1.0)
    either = cosines.sums[:, None] + cosines.sums[None, :]
    products = pairs - either + cosines.products
    row = None
    if row_products:
        row = words * (words - 1.0) ** 2 - (words - 1.0) * either + cosines.row_products
    return Moments(words, products, pairs - cosines.sums, row)


def _summed(matrices: Matrices, row_products: bool) -> Moments:
    """Moments summed over the rows of the matrices."""
    products = np.zeros((matrices.entries, matrices.entries))
    sums = []
    for of in of_words(matrices, across=False):
        products += of.products.sum(axis=0)
        sums.append(of.sums)
    row_sums = np.concatenate(sums).T
    row = _products(row_sums) if row_products else None
    return Moments(matrices.words, products, row_sums.sum(axis=1), row)


def _products(rows: np.ndarray) -> np.ndarray:
    """Inner products of the rows [s, n] of one array, each summed in one order: float64 [s, s]."""
    return np.einsum("an,bn->ab", rows, rows)
