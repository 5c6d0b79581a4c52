"""The comparisons of two spaces by name: what each is made of, and its formula.

====================  ==============================================================================================
cosine                cosine of the two RDMs
pearson               their Pearson correlation
spearman              their rank correlation, mid-ranks for ties
rho-a                 the expected rank correlation if ties were broken at random (Schuett et al. 2023)
tau-a, tau-b          Kendall's rank correlation, ties as no agreement and taken out
whitened              their cosine, weighted by the covariance that noise on the vectors gives an RDM (Diedrichsen et
                      al. 2021)
whitened-correlation  the same of RDMs whose means are taken off
cka                   debiased linear CKA of the vectors (Kornblith et al. 2019; Song et al. 2012)
cka-biased            linear CKA as first defined, above zero even for noise
bures                 similarity of the vectors after the best rotation
====================  ==============================================================================================

CKA and Bures compare the centred vectors, whatever the kind of RDM; a given RDM has none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from wordspaces.analysis.similarity import moments
from wordspaces.analysis.similarity.matrices import Matrices, dissimilarity_matrices, kernel_matrices, slices
from wordspaces.analysis.similarity.moments import Moments
from wordspaces.analysis.similarity.ranks import rank_matrices
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError

Source = Literal["dissimilarities", "ranks", "hollow kernels", "kernels", "rotations", "orders"]


@dataclass(frozen=True)
class Method:
    """A comparison: its `source`, its `formula` of moments of matrices, whether that takes row products.

    Its values are multiplied by the `scale` of both sides, [s] from the moments of all words; the same without a word,
    as ranks are. `partial` says whether controls can be partialled out.
    """

    source: Source
    formula: Callable[[Moments], np.ndarray] | None = None
    row_products: bool = False
    scale: Callable[[Moments], np.ndarray] | None = None
    partial: bool = False

    @property
    def of_vectors(self) -> bool:
        """Whether it compares vectors, and so is not defined for a given RDM."""
        return self.source in ("hollow kernels", "kernels", "rotations")


METHODS = {
    "cosine": Method("dissimilarities", moments.cosine),
    "pearson": Method("dissimilarities", moments.correlation, partial=True),
    "spearman": Method("ranks", moments.correlation, partial=True),
    "rho-a": Method("ranks", moments.correlation, scale=moments.untied),
    "tau-a": Method("orders"),
    "tau-b": Method("orders"),
    "whitened": Method("dissimilarities", moments.kernel_alignment, row_products=True),
    "whitened-correlation": Method("dissimilarities", moments.centred_kernel_alignment, row_products=True),
    "cka": Method("hollow kernels", moments.debiased_alignment, row_products=True),
    "cka-biased": Method("kernels", moments.kernel_alignment, row_products=True),
    "bures": Method("rotations"),
}


def method_named(name: str, rdms: RDMs) -> Method:
    """The comparison; `StudyError` for an unknown one, and for one of vectors where `rdms` has given RDMs or none."""
    if name not in METHODS:
        raise StudyError("method", repr(name), f"one of {', '.join(METHODS)}")
    method = METHODS[name]
    if method.of_vectors and (rdms.given or not rdms.vectors):
        found = f"{name} of a given RDM ({rdms.names[len(rdms.units)]})" if rdms.given else f"{name} of unit vectors"
        raise StudyError("method", found, "spaces with their vectors", f"compare RDMs by {_of_rdms()}")
    return method


def matrices_of(source: Source, rdms: RDMs) -> Matrices:
    """The matrices whose moments a method takes."""
    if source == "dissimilarities":
        return dissimilarity_matrices(rdms)
    if source == "ranks":
        return rank_matrices(rdms)
    return kernel_matrices(rdms.vectors, hollow=source == "hollow kernels")


def standard_ranks(rdms: RDMs) -> np.ndarray:
    """Ranks of the RDMs with mean 0 and mean square 1: float32 [pairs, s]; `StudyError` names a constant RDM."""
    matrices = rank_matrices(rdms)
    ranks = np.empty((rdms.pairs, len(rdms)), dtype=np.float32)
    at = 0
    for words in slices(rdms.words, len(rdms)):
        rows = matrices.rows(words.start, words.stop)
        for word in range(words.start, min(words.stop, rdms.words - 1)):
            later = rdms.words - word - 1
            ranks[at : at + later] = rows[word - words.start, :, word + 1 :].T
            at += later
    spread = np.sqrt(np.square(ranks, dtype=np.float64).mean(axis=0))
    if not spread.all():
        raise constant(rdms, int(np.argmin(spread)), "ranks")
    ranks /= spread.astype(np.float32)
    return ranks


def checked(values: np.ndarray, rdms: RDMs, source: Source) -> np.ndarray:
    """`values` [s, s], symmetric; `StudyError` names an entry whose own value is NaN: it has nothing to compare."""
    for index, own in enumerate(values.diagonal()):
        if not np.isfinite(own):
            raise constant(rdms, index, source)
    return values


def constant(rdms: RDMs, index: int, source: Source) -> StudyError:
    """The refusal of an entry whose dissimilarities do not vary, or whose vectors show no structure."""
    remedy = "retrain it" if index < len(rdms.units) else "leave it out"
    if source == "hollow kernels":
        found, allowed = "vectors whose unbiased self-similarity is not above zero", "more words, or vectors less alike"
    else:
        found, allowed = "an RDM whose dissimilarities are all equal", "dissimilarities that vary"
    return StudyError(rdms.names[index], found, allowed, remedy)


def by_source(names: Sequence[str], rdms: RDMs) -> dict[Source, list[str]]:
    """Names of methods by what they are made of, so that one pass over the words serves all of a group."""
    groups: dict[Source, list[str]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(method_named(name, rdms).source, []).append(name)
    return groups


def _of_rdms() -> str:
    return ", ".join(name for name, method in METHODS.items() if not method.of_vectors)
