"""The shape of a cloud of word vectors: over how many directions it spreads, and how evenly.

Vectors W [n, d] are as they are or, where it says so, centred over the words; l are the eigenvalues of the centred
W'W, largest first, s their roots.
"""

import numpy as np
from scipy.special import logsumexp

# 95 % quantile of the law of Tracy and Widom for real data.
TRACY_WIDOM = 0.9793


def effective_rank(vectors: np.ndarray) -> float:
    """exp(H(p)), p the singular values of centred `vectors` [n, d] over their sum (Roy & Vetterli 2007).

    From 1 (all vectors on one line) to min(n - 1, d); NaN where all vectors are equal.
    """
    values = np.linalg.svd(_centred(vectors), compute_uv=False)
    if not values.sum() > 0.0:
        return float("nan")
    p = values / values.sum()
    p = p[p > 0.0]
    return float(np.exp(-(p * np.log(p)).sum()))


def participation_ratio(eigenvalues: np.ndarray) -> float:
    """(sum l)^2 / sum l^2 of `eigenvalues` [d]: 1 for one direction, d for d equal ones; NaN for zeros."""
    squares = np.square(eigenvalues).sum()
    return float(eigenvalues.sum() ** 2 / squares) if squares > 0.0 else float("nan")


def isotropy(vectors: np.ndarray, axes: np.ndarray) -> float:
    """Smallest over largest Z(c) = sum_w exp(c.w), over the unit vectors c and -c, c a column of `axes` [d, d].

    I(W) of Mu & Viswanath (2018, section 2.2), with the eigenvectors of W'W as axes: 1 where no direction is special.
    An eigenvector has no sign, so both count. Longer vectors of one shape give a smaller value.
    """
    along = vectors @ axes
    partition = np.concatenate([logsumexp(along, axis=0), logsumexp(-along, axis=0)])
    return float(np.exp(partition.min() - partition.max()))


def mean_cosine(vectors: np.ndarray) -> float:
    """Mean cosine of two different words, `vectors` [n, d] not centred: anisotropy (Ethayarajh 2019).

    NaN where a vector is zero.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (norms > 0.0).all():
        return float("nan")
    total = (vectors / norms).sum(axis=0)
    return float((total @ total - len(vectors)) / (len(vectors) * (len(vectors) - 1.0)))


def directions(eigenvalues: np.ndarray, words: int) -> int:
    """Principal directions that are more than noise: how many of `eigenvalues` [d], largest first, pass in turn.

    The k-th passes where it lies beyond what noise of the variance of itself and all after it would give at its edge
    in 5 of 100 cases (largest eigenvalue of a white covariance of `words` rows: Johnstone 2001, theorem 1.1). Each is
    tested with those before it taken out, so one strong direction hides no weaker one, and no rotation changes the
    count. A space that learns one direction after another (Karkada et al. 2025) climbs by ones. The bulk of real
    vectors is not white: the count says how many directions stand out, not how many mean something.
    """
    root, rounding = np.sqrt(words - 1.0), 1e-12 * eigenvalues[0]
    for passed in range(len(eigenvalues) - 1):
        rest = eigenvalues[passed:]
        wide = np.sqrt(len(rest))
        centre = (root + wide) ** 2
        scale = (root + wide) * (1.0 / root + 1.0 / wide) ** (1.0 / 3.0)
        if not rest[0] > max((centre + TRACY_WIDOM * scale) * rest.mean() / words, rounding):
            return passed
    return len(eigenvalues) - 1


def shape_measures(vectors: np.ndarray) -> dict[str, float]:
    """Measures of the shape of `vectors` [n, d], by name: effective_rank, participation_ratio, top_share (l_1 / sum l),
    directions, isotropy (vectors as they are), isotropy_centred and mean_cosine (as they are).

    All are NaN where the vectors are all equal or not finite.
    """
    names = ("effective_rank", "participation_ratio", "top_share", "directions")
    names += ("isotropy", "isotropy_centred", "mean_cosine")
    whole = np.asarray(vectors, dtype=np.float64)
    if not np.isfinite(whole).all() or not np.ptp(whole, axis=0).max() > 0.0:
        return dict.fromkeys(names, float("nan"))
    centred = _centred(whole)
    eigenvalues, axes = np.linalg.eigh(centred.T @ centred)
    eigenvalues = np.maximum(eigenvalues[::-1], 0.0)
    values = (
        effective_rank(whole),
        participation_ratio(eigenvalues),
        float(eigenvalues[0] / eigenvalues.sum()),
        float(directions(eigenvalues, len(whole))),
        isotropy(whole, np.linalg.eigh(whole.T @ whole)[1]),
        isotropy(centred, axes),
        mean_cosine(whole),
    )
    return dict(zip(names, values, strict=True))


def _centred(vectors: np.ndarray) -> np.ndarray:
    whole = np.asarray(vectors, dtype=np.float64)
    return whole - whole.mean(axis=0)
