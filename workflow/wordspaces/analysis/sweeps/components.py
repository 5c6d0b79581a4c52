"""Squared distance of replicate Gram matrices from a target, split into bias and variance.

A replicate (sample s, seed k) lies D_sk = G_sk - T_s from its target; all that is needed is the inner products of
these. With D_s the mean over seeds and D the mean of all,

    E||D_sk||^2 = ||D||^2 (bias^2) + E||D_s - D||^2 (samples) + E||D_sk - D_s||^2 (seeds),

exactly, where E is the mean over the replicates. These plug-in parts count some of the variance as bias, for a mean of
few replicates varies too. Where replicates of different samples are independent given the target, the nested analysis
of variance (Searle, Casella & McCulloch 1992, ch. 3) has unbiased ones, with the same sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.common.errors import StudyError


@dataclass(frozen=True)
class Parts:
    """Parts of a mean squared distance, float64 [...] each; NaN for one that the replicates do not give."""

    bias2: np.ndarray
    samples: np.ndarray
    seeds: np.ndarray
    total: np.ndarray


def difference_products(products: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Inner products [..., r, r] of D = W G from those of the entries of G [..., e, e]; `weights` W is [r, e]."""
    return weights @ products @ weights.T


def split(products: np.ndarray, samples: Sequence[str]) -> Parts:
    """Plug-in parts; `products` [..., r, r] are the inner products of the replicates, `samples` their samples.

    Where there is one sample, its part is 0: it is in the bias. `StudyError` where samples have different numbers of
    replicates.
    """
    inside = _inside(samples)
    own = np.diagonal(products, axis1=-2, axis2=-1).mean(axis=-1)
    of_sample = (products * inside).sum(axis=(-2, -1)) / inside.sum()
    bias2 = products.mean(axis=(-2, -1))
    # No part is negative but for rounding.
    return Parts(*(np.maximum(part, 0.0) for part in (bias2, of_sample - bias2, own - of_sample)), own)


def unbiased(parts: Parts, samples: Sequence[str], seeded: bool) -> Parts:
    """The same parts without bias: those of the nested analysis of variance, from plug-in parts of balanced replicates.

    Parameters
    ----------
    parts : as `split` gives them; samples : of the replicates.
    seeded : whether seeds make a difference; otherwise the part of seeds is 0 whatever their number.

    The part of seeds is NaN where each sample has one, unless nothing is random; then so is the part of samples, which
    also needs two samples. A bias with neither is NaN; with one sample it holds what is particular to the sample.
    """
    count = len(set(samples))
    each = len(samples) // count
    nothing = np.full_like(parts.bias2, np.nan)
    seeds = np.zeros_like(parts.bias2) if not seeded else parts.seeds * each / (each - 1) if each > 1 else nothing
    if count == 1:
        return Parts(parts.bias2 - seeds / each, nothing, seeds, parts.total)
    between = parts.samples * count / (count - 1)
    return Parts(parts.bias2 - between / count, between - seeds / each, seeds, parts.total)


def _inside(samples: Sequence[str]) -> np.ndarray:
    """Pairs of replicates of one sample, bool [r, r]."""
    names, counts = np.unique(np.array(samples), return_counts=True)
    if len(set(counts)) != 1:
        found = ", ".join(f"{count} of {name}" for name, count in zip(names, counts, strict=True))
        raise StudyError("replicates of a sweep", found, "equally many of every document sample")
    listed = np.array(samples)
    return listed[:, None] == listed[None, :]


def jackknife_error(replicates: np.ndarray) -> np.ndarray:
    """Standard error from values without each group in turn, [groups, ...]: delete-a-group jackknife (Kott 2001)."""
    count = len(replicates)
    return np.sqrt((count - 1) / count * np.square(replicates - replicates.mean(axis=0)).sum(axis=0))
