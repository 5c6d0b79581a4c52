"""Representational dissimilarity matrices (RDMs) of word vectors.

Dissimilarity is one minus the cosine of vectors centred over the compared words. Without centring, the common
direction of all vectors makes even unrelated spaces agree (Timkey & van Schijndel 2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.common.errors import StudyError

SMALLEST = 1e-12


def centred_units(vectors: np.ndarray, where: object) -> np.ndarray:
    """Vectors [n, d] centred over their rows and scaled to length one, float64.

    `StudyError`, naming `where`, for a value that is not finite or a row without direction once the mean is removed.
    """
    values = np.asarray(vectors, dtype=np.float64)
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values).all(axis=1)))
        raise StudyError(where, f"a vector with a value that is not finite (row {row})", "finite vectors", "retrain it")
    centred = values - values.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    scale = np.abs(values).max(initial=0.0)
    if not (norms > SMALLEST * scale).all() or scale == 0.0:
        row = int(np.argmin(norms))
        raise StudyError(
            where, f"a vector equal to the mean of all (row {row})", "vectors that differ between words", "retrain it"
        )
    return centred / norms


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
    """Cosine RDMs of several spaces over the same words, kept as unit vectors.

    `units[s]` is float64 [n, d_s]; an RDM is formed only where a comparison needs it. `names` appear in refusals.
    """

    units: tuple[np.ndarray, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, vectors: Sequence[np.ndarray], names: Sequence[object]) -> "RDMs":
        """Centre and scale `vectors` ([n, d_s] each); `StudyError` names the space whose vectors have no cosine."""
        sizes = {len(matrix) for matrix in vectors}
        if len(sizes) != 1:
            raise StudyError("spaces to compare", f"{sorted(sizes)} words", "the same words in every space")
        units = tuple(centred_units(matrix, name) for matrix, name in zip(vectors, names, strict=True))
        return cls(units, tuple(str(name) for name in names))

    def __len__(self) -> int:
        return len(self.units)

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.units[0])

    @property
    def pairs(self) -> int:
        """Number of pairs of words."""
        return self.words * (self.words - 1) // 2

    def condensed(self, index: int) -> np.ndarray:
        """RDM of one space: float64 [pairs], in the order of `condense`."""
        units = self.units[index]
        return 1.0 - condense(units @ units.T)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Dissimilarities of the words start..stop to every word: float64 [stop - start, s, n], 0 to themselves."""
        block = np.empty((stop - start, len(self), self.words))
        for index, units in enumerate(self.units):
            block[:, index] = 1.0 - units[start:stop] @ units.T
        block[np.arange(stop - start), :, np.arange(start, stop)] = 0.0
        return block

    def similarities(self, start: int, stop: int) -> np.ndarray:
        """Cosines of the words start..stop with every word: float64 [stop - start, spaces, n], 0 with themselves."""
        block = np.empty((stop - start, len(self), self.words))
        for index, units in enumerate(self.units):
            block[:, index] = units[start:stop] @ units.T
        block[np.arange(stop - start), :, np.arange(start, stop)] = 0.0
        return block
