"""Representational dissimilarity matrices (RDMs) of word vectors (Kriegeskorte et al. 2008), and given ones beside.

Vectors are centred over the compared words. Without centring, the common direction of all vectors makes even unrelated
spaces agree (Timkey & van Schijndel 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.common.errors import StudyError

KINDS = ("cosine", "correlation", "euclidean")
LEAST_WORDS = 4
SMALLEST = 1e-12
ASYMMETRY = 1e-9
ROUNDING = 1e-14


def finite(vectors: np.ndarray, where: object) -> np.ndarray:
    """Vectors [n, d] as float64; `StudyError`, naming `where`, for a value that is not finite."""
    values = np.asarray(vectors, dtype=np.float64)
    known = np.isfinite(values).all(axis=1)
    if not known.all():
        found = f"a vector with a value that is not finite (row {int(np.argmin(known))})"
        raise StudyError(where, found, "finite vectors", "retrain it")
    return values


def centred_units(vectors: np.ndarray, where: object) -> np.ndarray:
    """Vectors [n, d] centred over their rows and scaled to length one, float64.

    `StudyError`, naming `where`, for a value that is not finite or a row without direction once the mean is removed.
    """
    values = finite(vectors, where)
    found = "a vector equal to the mean of all"
    return _units(values - values.mean(axis=0), np.abs(values).max(initial=0.0), where, found)


def condense(square: np.ndarray) -> np.ndarray:
    """Upper triangle of [n, n] without its diagonal, row by row: the order of `scipy.spatial.distance.pdist`."""
    return np.concatenate([square[i, i + 1 :] for i in range(len(square) - 1)])


def condensed_positions(words: int, word: int) -> np.ndarray:
    """Positions, in the condensed order, of the pairs (word, j) for every other j in ascending order: int64 [n - 1]."""
    lower = np.arange(word, dtype=np.int64)
    upper = np.arange(word + 1, words, dtype=np.int64)
    before = lower * (2 * words - lower - 1) // 2 + (word - lower - 1)
    after = word * (2 * words - word - 1) // 2 + (upper - word - 1)
    return np.concatenate([before, after])


@dataclass(frozen=True)
class RDMs:
    """RDMs of several spaces over the same words, kept as vectors, and given RDMs after them.

    An entry is a space or a given RDM; `names` [entries] appear in refusals. `units[s]` is float64 [n, d_s]: the
    unit vectors whose inner products make the dissimilarities; of Euclidean RDMs, the vectors as they are.
    `vectors[s]` is float64 [n, d_s], centred and not scaled, for the comparisons that need no RDM; it may be left
    empty. `given` holds float64 [n, n]. An RDM of a space is formed only where a comparison needs it.
    """

    units: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    kind: str = "cosine"
    vectors: tuple[np.ndarray, ...] = ()
    given: tuple[np.ndarray, ...] = ()

    @classmethod
    def of(
        cls, vectors: Sequence[np.ndarray], names: Sequence[object], kind: str = "cosine", centred: bool = True
    ) -> "RDMs":
        """RDMs of `vectors` ([n, d_s] each).

        `kind` is "cosine" (one minus the cosine), "correlation" (one minus the correlation over dimensions) or
        "euclidean" (the distance, not its square). `centred` takes the mean over the words off first. `StudyError`
        names the space whose vectors are not finite, are all equal or, but for Euclidean, leave a word without
        direction; fewer than 4 words are refused.
        """
        if kind not in KINDS:
            raise StudyError("kind of dissimilarity", repr(kind), f"one of {', '.join(KINDS)}")
        sizes = {len(matrix) for matrix in vectors}
        if len(sizes) != 1:
            raise StudyError("spaces to compare", f"{sorted(sizes)} words", "the same words in every space")
        if min(sizes) < LEAST_WORDS:
            raise StudyError("spaces to compare", f"{min(sizes)} words", f"{LEAST_WORDS} words or more")
        units, moved = [], []
        for matrix, name in zip(vectors, names, strict=True):
            values = finite(matrix, name)
            moved.append(values - values.mean(axis=0))
            units.append(_points(values, moved[-1], kind, centred, name))
        return cls(tuple(units), tuple(str(name) for name in names), kind, tuple(moved))

    def with_given(self, matrices: Mapping[str, np.ndarray]) -> "RDMs":
        """The same with given RDMs [n, n] by name as further entries, such as a control or a model RDM.

        `StudyError` names a matrix that is not square over these words, not finite, not symmetric, or not zero on
        its diagonal.
        """
        checked = tuple(_checked(matrix, name, self.words) for name, matrix in matrices.items())
        return replace(self, names=self.names + tuple(matrices), given=self.given + checked)

    def take(self, spaces: Sequence[int]) -> "RDMs":
        """Some of the spaces, in this order, without the given RDMs."""
        units, names = tuple(self.units[i] for i in spaces), tuple(self.names[i] for i in spaces)
        return RDMs(units, names, self.kind, tuple(self.vectors[i] for i in spaces) if self.vectors else ())

    def beside(self, other: "RDMs") -> "RDMs":
        """Spaces of both, these first, without given RDMs; `StudyError` where their kinds differ."""
        if self.kind != other.kind:
            raise StudyError("spaces to compare", f"{self.kind} and {other.kind} RDMs", "RDMs of one kind")
        vectors = self.vectors + other.vectors if self.vectors and other.vectors else ()
        count = len(self.units)
        return RDMs(self.units + other.units, self.names[:count] + other.names[: len(other.units)], self.kind, vectors)

    def among(self, words: np.ndarray) -> "RDMs":
        """The same RDMs over some of the words (int64 rows or a mask); the centre stays that of all."""
        units, vectors = (tuple(matrix[words] for matrix in part) for part in (self.units, self.vectors))
        return replace(self, units=units, vectors=vectors, given=tuple(m[words][:, words] for m in self.given))

    def reordered(self, order: np.ndarray) -> "RDMs":
        """The same spaces, word w now in the place of `order[w]` (int64 [n]); without given RDMs."""
        units, vectors = (tuple(matrix[order] for matrix in part) for part in (self.units, self.vectors))
        return RDMs(units, self.names[: len(units)], self.kind, vectors)

    def __len__(self) -> int:
        return len(self.units) + len(self.given)

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.units[0] if self.units else self.given[0])

    @property
    def pairs(self) -> int:
        """Number of pairs of words."""
        return self.words * (self.words - 1) // 2

    def condensed(self, index: int) -> np.ndarray:
        """RDM of one entry: float64 [pairs], in the order of `condense`."""
        with one_thread():
            return condense(self.block(index, 0, self.words))

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Dissimilarities of the words start..stop to every word: float64 [stop - start, entries, n], 0 to itself."""
        block = np.empty((stop - start, len(self), self.words))
        with one_thread():
            for index in range(len(self)):
                block[:, index] = self.block(index, start, stop)
        block[np.arange(stop - start), :, np.arange(start, stop)] = 0.0
        return block

    def block(self, index: int, start: int, stop: int, first: int = 0) -> np.ndarray:
        """Dissimilarities of one entry, words start..stop to the words from `first` on: [stop - start, n - first].

        float64. What a word has to itself is zero up to rounding.
        """
        if index >= len(self.units):
            return self.given[index - len(self.units)][start:stop, first:]
        return dissimilarities(self.units[index], self.kind, start, stop, first)


def dissimilarities(units: np.ndarray, kind: str, start: int, stop: int, first: int = 0) -> np.ndarray:
    """Dissimilarities of rows start..stop to the rows from `first` on: [stop - start, n - first], type of `units`."""
    products = units[start:stop] @ units[first:].T
    if kind != "euclidean":
        return np.subtract(1.0, products, out=products, dtype=products.dtype)
    squares = np.einsum("nd,nd->n", units, units)
    sums = squares[start:stop, None] + squares[None, first:]
    distances = sums - 2.0 * products
    # Of equal vectors the difference is rounding, whose root is not.
    distances[distances < ROUNDING * sums] = 0.0
    return np.sqrt(distances, out=distances)


def _points(values: np.ndarray, moved: np.ndarray, kind: str, centred: bool, where: object) -> np.ndarray:
    """Unit vectors of one space, or its vectors for Euclidean distances."""
    scale = np.abs(values).max(initial=0.0)
    base = moved if centred else values
    if kind == "cosine":
        return _units(base, scale, where, "a vector equal to the mean of all" if centred else "a vector of zeros")
    if kind == "correlation":
        return _units(base - base.mean(axis=1, keepdims=True), scale, where, "a vector whose entries are all equal")
    if not np.abs(moved).max(initial=0.0) > SMALLEST * scale:
        raise StudyError(where, "vectors that are all equal", "vectors that differ between words", "retrain it")
    return base


def _units(values: np.ndarray, scale: float, where: object, found: str) -> np.ndarray:
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    if not (norms > SMALLEST * scale).all() or scale == 0.0:
        row = f"{found} (row {int(np.argmin(norms))})"
        raise StudyError(where, row, "vectors that differ between words", "retrain it")
    return values / norms


def _checked(matrix: np.ndarray, name: str, words: int) -> np.ndarray:
    values = np.asarray(matrix, dtype=np.float64)
    found = None
    if values.shape != (words, words):
        found = f"shape {values.shape}"
    elif not np.isfinite(values).all():
        found = "a value that is not finite"
    else:
        tolerance = ASYMMETRY * np.abs(values).max()
        if np.abs(values - values.T).max() > tolerance:
            found = "a matrix that is not symmetric"
        elif np.abs(values.diagonal()).max() > tolerance:
            found = "a diagonal that is not zero"
    if found:
        raise StudyError(name, found, f"a finite symmetric matrix [{words}, {words}] with zeros on its diagonal")
    return values
