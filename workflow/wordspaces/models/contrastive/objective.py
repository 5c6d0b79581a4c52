"""The contrastive loss of a batch and its gradient: InfoNCE of two views of each word (van den Oord et al. 2018).

A view of a word is one of its occurrences, encoded as the weighted mean h of the vectors of the words around it. With
s_ij = cos(h_i, h'_j) / tau, the loss is the mean over i of -log softmax_j(s_ij)[i] and -log softmax_j(s_ji)[i], halved:
each view has to find the other view of its word among those of all words of the batch (symmetric, as in Radford et al.
2021; two views of one thing against the rest of the batch, as in SimCSE, Gao et al. 2021). A loss of log B is chance.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import logsumexp

SMALLEST = 1e-12


class Measured(NamedTuple):
    """loss : nats; left, right : its gradient with respect to the two views, [B, d] each."""

    loss: float
    left: np.ndarray
    right: np.ndarray


def info_nce(left: np.ndarray, right: np.ndarray, temperature: float) -> Measured:
    """Symmetric InfoNCE of the views `left` and `right`, [B, d] each, row i of both being of word i; B of 2 or more.

    A view of length 0 has no direction: its cosines are 0 and it gets no gradient.
    """
    (u, lengths), (v, others) = _directions(left), _directions(right)
    scores = (u @ v.T) / temperature
    rows, columns = (scores - logsumexp(scores, axis=axis, keepdims=True) for axis in (1, 0))
    loss = -0.5 * float(np.trace(rows) + np.trace(columns)) / len(scores)
    slope = (0.5 * (np.exp(rows) + np.exp(columns)) - np.eye(len(scores))) / (temperature * len(scores))
    return Measured(loss, _through(slope @ v, u, lengths), _through(slope.T @ u, v, others))


def _directions(views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Views [B, d] of length one (0 where they have no length), and one over their lengths [B, 1]."""
    lengths = np.linalg.norm(views, axis=1, keepdims=True)
    inverse = np.where(lengths > SMALLEST, 1.0 / np.maximum(lengths, SMALLEST), 0.0)
    return views * inverse, inverse


def _through(slope: np.ndarray, units: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Gradient with respect to vectors from that with respect to their directions: what lies along them falls out."""
    return (slope - units * (slope * units).sum(axis=1, keepdims=True)) * inverse


def encoder(words: np.ndarray, known: np.ndarray, weights: np.ndarray) -> sparse.csr_matrix:
    """Matrix [n, V] that turns word vectors [V, d] into weighted means over contexts.

    words : int [n, w], words around each occurrence; known : bool [n, w], False where the document has ended; weights :
    float64 [V], above 0. A context without a word is a row of zeros.
    """
    parts = np.where(known, weights[words], 0.0)
    totals = parts.sum(axis=1, keepdims=True)
    shares = parts / np.where(totals > 0.0, totals, 1.0)
    ends = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    return sparse.csr_matrix((shares[known], words[known], ends), shape=(len(words), len(weights)))


def smooth_weights(counts: np.ndarray, smoothing: float) -> np.ndarray:
    """Weights a / (a + f) of words of relative frequency f (Arora et al. 2017): float64 [V] of counts [V]."""
    return smoothing / (smoothing + counts / max(counts.sum(), 1))
