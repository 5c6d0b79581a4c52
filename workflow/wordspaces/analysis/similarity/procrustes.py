"""Bures similarity of two spaces, which is their similarity after the best rotation (orthogonal Procrustes).

||X'Y||_* / (||X||_F ||Y||_F) with the nuclear norm, X and Y centred (Williams et al. 2021; Harvey et al. 2024).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.analysis.similarity.matrices import slices
from wordspaces.analysis.similarity.parallel import ordered


@dataclass(frozen=True)
class Rotations:
    """Similarities float64 [s, s] of `vectors`, and for each pair a < b the best rotation of a onto b, [d_a, d_b]."""

    vectors: Sequence[np.ndarray]
    similarities: np.ndarray
    rotations: dict[tuple[int, int], np.ndarray]


def rotate(vectors: Sequence[np.ndarray]) -> Rotations:
    """Bures similarity of every pair of centred spaces [n, d_s]; NaN in row and column of a space without extent."""
    norms = np.array([np.sqrt(np.square(matrix).sum()) for matrix in vectors])
    norms = np.where(norms > 0.0, norms, np.nan)
    pairs = [(a, b) for a in range(len(vectors)) for b in range(a + 1, len(vectors))]

    def of_pair(pair: tuple[int, int]) -> tuple[float, np.ndarray]:
        left, singular, right = np.linalg.svd(vectors[pair[0]].T @ vectors[pair[1]], full_matrices=False)
        return singular.sum(), left @ right

    similarities, rotations = np.diag(np.where(np.isfinite(norms), 1.0, np.nan)), {}
    for (a, b), (nuclear, rotation) in zip(pairs, ordered(of_pair, pairs), strict=True):
        similarities[a, b] = similarities[b, a] = min(nuclear / (norms[a] * norms[b]), 1.0)
        rotations[a, b] = rotation
    return Rotations(vectors, similarities, rotations)


def without_each(rotated: Rotations) -> Iterator[tuple[slice, np.ndarray]]:
    """Similarities without each word, to first order in its weight: (words, float64 [block, s, s]).

    With X'Y = U S V', the nuclear norm changes by x_i' U V' y_i for a word of weight one (Efron 1982, the infinitesimal
    jackknife); a centre that follows the words would change nothing of first order.
    """
    vectors, full = rotated.vectors, rotated.similarities
    norms = np.array([np.sqrt(np.square(matrix).sum()) for matrix in vectors])
    shares = np.stack([np.einsum("nd,nd->n", x, x) for x in vectors], axis=1) / norms**2

    def of_block(words: slice) -> np.ndarray:
        change = np.zeros((words.stop - words.start, len(vectors), len(vectors)))
        for (a, b), rotation in rotated.rotations.items():
            gain = np.einsum("nd,nd->n", vectors[a][words] @ rotation, vectors[b][words]) / (norms[a] * norms[b])
            loss = full[a, b] * (shares[words, a] + shares[words, b]) / 2.0
            change[:, a, b] = change[:, b, a] = gain - loss
        return full - change

    listed = slices(len(vectors[0]), len(vectors))
    yield from zip(listed, ordered(of_block, listed), strict=True)
