"""How far two whole spaces are apart: eigenspace instability and PIP loss, from products of d columns.

With U and V the centred unit vectors [n, d] of two spaces, all that is needed is U'U, V'V and U'V; nothing of size
[n, n] is formed. Both measures are 0 for a rotated copy, and comparable between pairs with the same words.
"""

from dataclasses import dataclass

import numpy as np

WEIGHTING = 3.0
SMALLEST = 1e-12


@dataclass(frozen=True)
class Spectrum:
    """Spectrum of a space: `squares` [r], its squared singular values in ascending order, and `whitening` [d, r].

    Units times `whitening` are the left singular vectors. Directions whose square is 1e-12 of the largest are left out.
    """

    squares: np.ndarray
    whitening: np.ndarray

    @classmethod
    def of(cls, units: np.ndarray) -> "Spectrum":
        """Spectrum of units [n, d], from their Gram matrix [d, d]."""
        squares, vectors = np.linalg.eigh(units.T @ units)
        kept = squares > SMALLEST * squares[-1]
        return cls(squares[kept], vectors[:, kept] / np.sqrt(squares[kept]))


def eigenspace_instability(left: Spectrum, right: Spectrum, product: np.ndarray, weighting: float = WEIGHTING) -> float:
    """Eigenspace instability measure of two spaces (Leszczynski et al. 2020), 0 to 1.

    `product` is U'V [d, e] of their units. With P and Q the projections onto the two spans, the measure is
    tr((P + Q - 2QP) S) / tr(S), S = (UU')^a + (VV')^a with a the `weighting` (the paper's 3; a large one asks for the
    directions of large variance alone). The paper takes S from two reference spaces of the highest dimension; here
    the two spaces themselves are the reference. Weighting 0 makes S = P + Q, so that every direction counts alike.
    """
    shared = np.square(left.whitening.T @ product @ right.whitening)
    # Divided by the largest, so that no power overflows; the same for both, which leaves their proportion.
    largest = max(left.squares[-1], right.squares[-1])
    a, b = (left.squares / largest) ** weighting, (right.squares / largest) ** weighting
    missed = a @ (1.0 - shared.sum(axis=1)) + b @ (1.0 - shared.sum(axis=0))
    return float(np.clip(missed / (a.sum() + b.sum()), 0.0, 1.0))


def pip_loss(left: np.ndarray, right: np.ndarray) -> float:
    """Pairwise inner product loss ||UU' - VV'||_F of units [n, d], [n, e] (Yin & Shen 2018).

    On unit vectors, so that it speaks of cosines; ||UU'||^2 + ||VV'||^2 - 2 ||U'V||^2 by the Gram identity, which
    loses what is below 1e-8 of the norms.
    """
    return _pip(left, right)[0]


def normalised_pip_loss(left: np.ndarray, right: np.ndarray) -> float:
    """PIP loss over the root of ||UU'||^2 + ||VV'||^2: 0 for the same inner products, 1 for U'V = 0."""
    loss, norm = _pip(left, right)
    return loss / norm


def _pip(left: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """PIP loss, and what it would be for U'V = 0."""
    norms = np.square(left.T @ left).sum() + np.square(right.T @ right).sum()
    difference = norms - 2.0 * np.square(left.T @ right).sum()
    return float(np.sqrt(max(difference, 0.0))), float(np.sqrt(norms))
