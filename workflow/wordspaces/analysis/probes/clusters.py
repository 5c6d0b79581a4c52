"""Occurrences of one word as points: two clusters, how well these stand apart, and how far apart two texts are.

All of it is by the cosine of vectors of length one, so vectors are compared by their directions alone.
"""

import numpy as np

ROUNDS = 100


def two_means(units: np.ndarray) -> np.ndarray:
    """Two clusters of points of length one: bool [n], whether a point is in the smaller one.

    Lloyd's algorithm from the halves on either side of the mean along the first principal component (Su & Dy 2004), so
    nothing is drawn; of two clusters of one size the one without the first point counts as smaller. All in one cluster
    where the points are one point. units : float64 [n, d], n at least 2.
    """
    apart = units - units.mean(axis=0)
    _, _, directions = np.linalg.svd(apart, full_matrices=False)
    inside = apart @ directions[0] > 0.0
    if np.allclose(apart, 0.0):
        return np.zeros(len(units), dtype=bool)
    for _ in range(ROUNDS):
        centres = [units[inside].mean(axis=0), units[~inside].mean(axis=0)]
        near = np.square(units - centres[0]).sum(axis=1) < np.square(units - centres[1]).sum(axis=1)
        if (near == inside).all() or near.all() or not near.any():
            break
        inside = near
    count = int(inside.sum())
    larger = count > len(units) - count or (2 * count == len(units) and bool(inside[0]))
    return ~inside if larger else inside


def silhouettes(units: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette by cosine distance (Rousseeuw 1987), 0 for a point alone in its cluster; NaN for one cluster.

    units : float64 [n, d] of length one; labels : int [n].
    """
    names, group = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        return float("nan")
    members = (group[:, None] == np.arange(len(names))).astype(np.float64)
    sizes = members.sum(axis=0)
    distances = np.maximum(1.0 - units @ units.T, 0.0)
    np.fill_diagonal(distances, 0.0)
    sums = distances @ members
    own = sizes[group]
    within = sums[np.arange(len(units)), group] / np.maximum(own - 1.0, 1.0)
    means = sums / sizes
    means[np.arange(len(units)), group] = np.inf
    nearest = means.min(axis=1)
    scale = np.maximum(within, nearest)
    width = np.divide(nearest - within, scale, out=np.zeros(len(units)), where=scale > 0.0)
    return float(np.where(own > 1.0, width, 0.0).mean())


def separation(first: np.ndarray, second: np.ndarray) -> float:
    """Chance that of two new occurrences, one of each text, the two are told apart the right way round.

    The area under the ROC curve of nearest centroids, each pair judged by the centroids of all others (leave-pair-out,
    Airola et al. 2011): one half where the texts do not differ, for any number of occurrences. first, second : float64
    [n, d] and [m, d], of length one; NaN where one has fewer than two.
    """
    if min(len(first), len(second)) < 2:
        return float("nan")
    within, across, other = first @ first.T, first @ second.T, second @ second.T
    # x_i (mean of the others of the first - mean of the others of the second), less the same of y_j.
    own_first = (within.sum(axis=1) - np.diagonal(within))[:, None] / (len(first) - 1)
    own_second = (other.sum(axis=1) - np.diagonal(other))[None, :] / (len(second) - 1)
    first_second = (across.sum(axis=1)[:, None] - across) / (len(second) - 1)
    second_first = (across.sum(axis=0)[None, :] - across) / (len(first) - 1)
    margin = own_first - first_second - (second_first - own_second)
    return float(((margin > 0.0) + 0.5 * (margin == 0.0)).mean())


def plane(units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First two principal components of points: scores float64 [n, 2], and the share of variance of each, float64 [2].

    The component of the largest size in each direction is positive, which fixes its sign.
    """
    apart = units - units.mean(axis=0)
    _, values, directions = np.linalg.svd(apart, full_matrices=False)
    largest = np.abs(directions[:2]).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(largest)), largest])
    scores = np.zeros((len(units), 2))
    scores[:, : len(largest)] = apart @ (directions[:2] * signs[:, None]).T
    shares = np.zeros(2)
    total = np.square(values).sum()
    if total > 0.0:
        shares[: len(largest)] = np.square(values[:2]) / total
    return scores, shares
