"""Comparisons without each word in turn, and their standard errors over words (Efron & Stein 1981).

The jackknife tells how similarities of spaces with a common part scatter. Where nothing is common, they scatter less:
the sum over pairs of words is then degenerate, and standard errors are too large, by up to the root of 2.

The centre of the vectors and the ranks, with their ties, stay those of all words. What a word's rows add to the sums
over pairs of words is taken off these sums, so one pass over the rows gives the replicates of all methods that share
them:

- cosine, pearson, whitened, whitened-correlation, cka, cka-biased, and of fixed ranks spearman and rho-a: exact;
- bures: to first order in the weight of the word (the infinitesimal jackknife), some percent below leaving it out;
- tau-a, tau-b: not word by word; their standard errors leave out 20 groups of words drawn at random, one at a time.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from wordspaces.analysis.similarity.controls import partial
from wordspaces.analysis.similarity.kendall import tau, without_groups
from wordspaces.analysis.similarity.matrices import of_words
from wordspaces.analysis.similarity.methods import METHODS, Source, by_source, checked, constant, matrices_of
from wordspaces.analysis.similarity.moments import Moments, without_each
from wordspaces.analysis.similarity.procrustes import rotate
from wordspaces.analysis.similarity.procrustes import without_each as rotations_without_each
from wordspaces.analysis.similarity.rdm import LEAST_WORDS, RDMs
from wordspaces.common.errors import StudyError

Blocks = Iterator[tuple[slice, dict[str, np.ndarray]]]


def estimates(rdms: RDMs, methods: Sequence[str]) -> dict[str, np.ndarray]:
    """Similarities of every pair of entries by each method: float64 [s, s] each; errors as of `compare`."""
    found = {}
    for source, names in by_source(methods, rdms).items():
        if source == "orders":
            found |= {name: checked(tau(rdms, name == "tau-b"), rdms, source) for name in names}
        else:
            found |= _source(rdms, source, names, replicated=False)[0]
    return {name: found[name] for name in methods}


def leave_one_out(rdms: RDMs, method: str, controls: int = 0) -> Iterator[tuple[slice, np.ndarray]]:
    """Similarities without each word in turn: (words, float64 [block, s, s]) until every word had its turn.

    With `controls`, the last entries are partialled out and left out of the result (`partial`). `StudyError` for tau-a
    and tau-b, which have no such replicates, for fewer than 5 words, and where without some word an RDM is constant.
    """
    (source,) = by_source([method], rdms)
    _check(rdms, [method], controls)
    if source == "orders":
        allowed = ", ".join(name for name, known in METHODS.items() if known.source != "orders")
        raise StudyError("method", f"{method} without each word", allowed)
    return ((words, block[method]) for words, block in _source(rdms, source, [method], True, controls)[1])


def jackknife(rdms: RDMs, method: str, controls: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Similarities [s, s] and their delete-one-word jackknife standard errors [s, s], float64.

    The standard error speaks of other words from the same vocabulary, not of other texts or other seeds. Ranks that
    stay as they are make it a few percent too small for Spearman; the fixed centre changes it by a few per mille. Of
    tau-a and tau-b it is the delete-a-group jackknife over 20 groups of words (Kott 2001). With `controls`, the last
    entries are partialled out of Pearson or Spearman correlations and left out of the result.
    """
    return jackknife_many(rdms, [method], controls)[method]


def jackknife_many(rdms: RDMs, methods: Sequence[str], controls: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """`jackknife` of several methods; those made of the same matrices share one pass over their rows."""
    _check(rdms, methods, controls)
    found = {}
    for source, names in by_source(methods, rdms).items():
        if source == "orders":
            found |= {name: _by_groups(rdms, name) for name in names}
            continue
        full, blocks = _source(rdms, source, names, True, controls)
        first = {name: np.zeros_like(full[name]) for name in names}
        second = {name: np.zeros_like(full[name]) for name in names}
        for _, block in blocks:
            for name in names:
                # Deviations from the full estimate, not raw values: their squares do not cancel.
                deviations = block[name] - full[name]
                first[name] += deviations.sum(axis=0)
                second[name] += np.square(deviations).sum(axis=0)
        for name in names:
            found[name] = full[name], _standard_error(rdms.words, first[name], second[name])
    return {name: found[name] for name in methods}


def jackknife_contrasts(
    rdms: RDMs, method: str, weights: np.ndarray, controls: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Linear combinations of the similarities: estimates [q] and delete-one-word replicates [n, q].

    `weights` is float64 [q, s, s]; an estimate is the sum over all ordered pairs of weight times similarity. Errors
    and `controls` as of `leave_one_out`; with controls, s leaves them out.
    """
    full = estimates(rdms, [method])[method]
    values = np.tensordot(weights, partial(full, controls), axes=2)
    replicates = np.empty((rdms.words, len(weights)))
    for words, block in leave_one_out(rdms, method, controls):
        replicates[words] = np.tensordot(block, weights, axes=((1, 2), (1, 2)))
    return values, replicates


def _source(
    rdms: RDMs, source: Source, names: Sequence[str], replicated: bool, controls: int = 0
) -> tuple[dict[str, np.ndarray], Blocks]:
    """Similarities by the methods `names` of one source, and their replicates block by block where asked."""
    if source == "rotations":
        rotated = rotate(rdms.vectors)
        full = {name: checked(rotated.similarities, rdms, source) for name in names}
        if not replicated:
            return full, iter(())
        return full, ((words, dict.fromkeys(names, block)) for words, block in rotations_without_each(rotated))
    matrices = matrices_of(source, rdms)
    row_products = any(METHODS[name].row_products for name in names)
    total = matrices.moments(row_products)

    def values(name: str, of: Moments) -> np.ndarray:
        method = METHODS[name]
        scale = np.ones(len(rdms)) if method.scale is None else method.scale(total)
        return method.formula(of) * scale[:, None] * scale[None, :]

    def blocks() -> Blocks:
        for of in of_words(matrices, row_products):
            left = without_each(total, of)
            found = {name: values(name, left) for name in names}
            for name in names:
                _check_replicates(found[name], rdms, source)
            yield of.words, {name: partial(found[name], controls, rdms.names) for name in names}

    full = {name: partial(checked(values(name, total), rdms, source), controls, rdms.names) for name in names}
    return full, blocks() if replicated else iter(())


def _by_groups(rdms: RDMs, name: str) -> tuple[np.ndarray, np.ndarray]:
    full = checked(tau(rdms, name == "tau-b"), rdms, "orders")
    replicates = without_groups(rdms, name == "tau-b")
    _check_replicates(replicates, rdms, "orders")
    deviations = replicates - full
    return full, _standard_error(len(replicates), deviations.sum(axis=0), np.square(deviations).sum(axis=0))


def _standard_error(parts: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Jackknife standard errors from sums of deviations and of their squares over `parts` replicates."""
    variance = (parts - 1) / parts * (second - np.square(first) / parts)
    return np.sqrt(np.maximum(variance, 0.0))


def _check(rdms: RDMs, methods: Sequence[str], controls: int) -> None:
    if rdms.words <= LEAST_WORDS:
        raise StudyError("words to leave out in turn", f"{rdms.words} words", f"{LEAST_WORDS + 1} words or more")
    if not 0 <= controls < len(rdms):
        raise StudyError("controls", str(controls), f"0 to {len(rdms) - 1} of {len(rdms)} entries")
    unable = [name for name in methods if controls and not METHODS[name].partial]
    if unable:
        allowed = " or ".join(name for name, method in METHODS.items() if method.partial)
        raise StudyError("method", f"{unable[0]} with controls", allowed)


def _check_replicates(values: np.ndarray, rdms: RDMs, source: Source) -> None:
    own = np.isfinite(np.diagonal(values, axis1=-2, axis2=-1))
    if not own.all():
        raise constant(rdms, int(np.argmin(own.all(axis=0))), source)
