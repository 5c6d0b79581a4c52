"""Comparisons of symmetric matrices over words that need only sums of products: from moments to similarities.

With A_a the matrix of entry a (dissimilarities, ranks or a kernel), the moments are

    products T_ab = sum_ij A_a[i, j] A_b[i, j]      sums s_a = sum_ij A_a[i, j]      row products Q_ab = r_a . r_b,

r_a the row sums of A_a; all over ordered pairs of words. Moments without a word follow from those of all words and
from what that word's rows add to them, exactly, so a jackknife costs no more than the moments. Functions here turn
moments [..., s, s] into similarities [..., s, s]: of all words, or of each word left out at once.
"""

from dataclasses import dataclass

import numpy as np

SMALLEST = 1e-12


@dataclass(frozen=True)
class Moments:
    """`products` [..., s, s], `sums` [..., s], `row_products` [..., s, s] (None where not asked for), `words`."""

    words: int
    products: np.ndarray
    sums: np.ndarray
    row_products: np.ndarray | None = None


@dataclass(frozen=True)
class OfWords:
    """What each word of a block adds: float64, b words, s entries.

    `products` [b, s, s] of the word's rows, `sums` [b, s] of its rows, `across` [b, s, s] (row of a times the row sums
    of b; None where not asked for), `diagonal` [b, s] what the matrices have at the word itself.
    """

    words: slice
    products: np.ndarray
    sums: np.ndarray
    across: np.ndarray | None
    diagonal: np.ndarray


def without_each(total: Moments, of: OfWords) -> Moments:
    """Moments without each word of a block in turn: [b, ...]."""
    diagonal = of.diagonal[:, :, None] * of.diagonal[:, None, :]
    products = total.products - 2.0 * of.products + diagonal
    sums = total.sums - 2.0 * of.sums + of.diagonal
    if total.row_products is None or of.across is None:
        return Moments(total.words - 1, products, sums)
    # Left out of Q: the word's own row sums; from every other row sum, the word's entry in that row.
    own = of.sums[:, :, None] * of.sums[:, None, :]
    cross = of.across - of.diagonal[:, :, None] * of.sums[:, None, :]
    entries = of.products - diagonal
    row_products = total.row_products - own - cross - cross.transpose(0, 2, 1) + entries
    return Moments(total.words - 1, products, sums, row_products)


def cosine(moments: Moments) -> np.ndarray:
    """Cosine of two RDMs over the pairs of words."""
    return normalised(moments.products, moments.products)


def correlation(moments: Moments) -> np.ndarray:
    """Pearson correlation of two RDMs over the pairs of words (of ranks: Spearman)."""
    return normalised(_covariance(moments), moments.products)


def untied(moments: Moments) -> np.ndarray:
    """Standard deviation of each RDM's ranks, scaled to be one without ties: [s].

    Spearman's correlation times those of both sides is rho-a (Schuett et al. 2023).
    """
    own = np.diagonal(_covariance(moments)) / (moments.words * (moments.words - 1.0))
    return np.sqrt(np.maximum(own, 0.0))


def kernel_alignment(moments: Moments) -> np.ndarray:
    """Cosine of two double-centred matrices.

    Of dissimilarities: the whitened cosine, their covariance that of independent noise on vectors (Diedrichsen et al.
    2021). Of linear kernels: biased linear CKA (Kornblith et al. 2019).
    """
    return normalised(_centred(moments), moments.products)


def centred_kernel_alignment(moments: Moments) -> np.ndarray:
    """Cosine of two double-centred RDMs whose mean off the diagonal is taken off first: the whitened correlation."""
    words = float(moments.words)
    squares = _outer(moments.sums)
    products = _covariance(moments) - 2.0 / words * (moments.row_products - squares / words)
    return normalised(products, moments.products)


def debiased_alignment(moments: Moments) -> np.ndarray:
    """Debiased linear CKA, of kernels without diagonals: unbiased HSICs (Song et al. 2012; Nguyen et al. 2021)."""
    words = float(moments.words)
    squares = _outer(moments.sums) / ((words - 1.0) * (words - 2.0))
    return normalised(moments.products + squares - 2.0 / (words - 2.0) * moments.row_products, moments.products)


def normalised(inner: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Inner products [..., s, s] over the roots of their diagonals, ones on the diagonal, within -1 and 1.

    NaN in the row and column of an entry whose own inner product is nothing but rounding beside that of `size`.
    """
    own = np.diagonal(inner, axis1=-2, axis2=-1)
    whole = np.diagonal(size, axis1=-2, axis2=-1)
    norm = np.sqrt(np.where(own > SMALLEST * whole, own, np.nan))
    values = np.clip(inner / (norm[..., :, None] * norm[..., None, :]), -1.0, 1.0)
    index = np.arange(values.shape[-1])
    values[..., index, index] = np.where(np.isfinite(norm), 1.0, np.nan)
    return values


def _outer(sums: np.ndarray) -> np.ndarray:
    return sums[..., :, None] * sums[..., None, :]


def _covariance(moments: Moments) -> np.ndarray:
    """Sums of products of what differs from the mean over the pairs of words."""
    return moments.products - _outer(moments.sums) / (moments.words * (moments.words - 1.0))


def _centred(moments: Moments) -> np.ndarray:
    """Sums of products of double-centred matrices."""
    words = float(moments.words)
    return moments.products - 2.0 / words * moments.row_products + _outer(moments.sums) / words**2
