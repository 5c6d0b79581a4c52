"""Sums over pairs of words of products of RDMs, kept word by word and fold by fold.

Means, correlations and least squares need nothing but sums of products. Kept for every word and every fold of its
partners, they give the sums over all pairs, over the pairs within training words and within test words, and what is
left of them without any one word, with no second pass over the pairs.
"""

from dataclasses import dataclass

import numba
import numpy as np

from wordspaces.common.streams import generator


def word_folds(words: int, folds: int, seed: int) -> np.ndarray:
    """Fold of every word, int64 [words]: a random partition into `folds` parts that differ by one word at most."""
    return generator(seed, "model RDMs", "folds").permutation(words) % folds


@dataclass(frozen=True)
class Products:
    """Sums of products of q - 1 RDMs and a column of ones.

    `by_word` is float64 [n, folds, q, q]: over the pairs of a word with the words of a fold; `folds` int64 [n].
    Sums [..., q, q] hold the number of pairs in the last corner and the sums of the RDMs in the last row.
    """

    by_word: np.ndarray
    folds: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray, folds: np.ndarray) -> "Products":
        """Products of `columns` float64 [pairs, q - 1] (RDMs in condensed order) and ones, over `folds` [n]."""
        size = columns.shape[1] + 1
        sums = np.zeros((len(folds), int(folds.max()) + 1, size, size))
        _sum_products(columns, folds, sums)
        upper = np.triu_indices(sums.shape[-1], 1)
        sums[..., upper[1], upper[0]] = sums[..., upper[0], upper[1]]
        return cls(sums, folds)

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.folds)

    def total(self) -> np.ndarray:
        """Sums over all pairs: [q, q]."""
        return self.by_word.sum(axis=(0, 1)) / 2.0

    def training(self) -> np.ndarray:
        """For each fold, sums over the pairs within the words of all other folds: [folds, q, q]."""
        blocks = self._blocks()
        return np.stack([self.total() - blocks[fold].sum(axis=0) + blocks[fold, fold] / 2.0 for fold in self._range()])

    def test(self) -> np.ndarray:
        """For each fold, sums over the pairs within its words: [folds, q, q]."""
        blocks = self._blocks()
        return np.stack([blocks[fold, fold] / 2.0 for fold in self._range()])

    def without(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Total [m, q, q] and test [m, folds, q, q] without each word of start..stop in turn."""
        of_word, folds = self.by_word[start:stop], self.folds[start:stop]
        own = (folds[:, None] == np.arange(of_word.shape[1]))[..., None, None]
        return self.total() - of_word.sum(axis=1), self.test() - np.where(own, of_word, 0.0)

    def _range(self) -> range:
        return range(self.by_word.shape[1])

    def _blocks(self) -> np.ndarray:
        """Sums over the ordered pairs of a word of one fold and a word of another: [folds, folds, q, q]."""
        return np.stack([self.by_word[self.folds == fold].sum(axis=0) for fold in self._range()])


def covariances(sums: np.ndarray) -> np.ndarray:
    """Covariances of the RDMs [..., q - 1, q - 1] from sums of products [..., q, q]."""
    counts = sums[..., -1:, -1:]
    means = sums[..., -1, :-1, None] / counts
    return sums[..., :-1, :-1] / counts - means * np.swapaxes(means, -1, -2)


@numba.njit(cache=True)
def _sum_products(columns: np.ndarray, folds: np.ndarray, sums: np.ndarray) -> None:
    """Add the upper triangle of every pair's products, a one at the end, to both of its words; always in one order."""
    words, size = len(folds), columns.shape[1] + 1
    row = np.ones(size)
    at = 0
    for i in range(words):
        for j in range(i + 1, words):
            of_i, of_j = sums[i, folds[j]], sums[j, folds[i]]
            row[:-1] = columns[at]
            for a in range(size):
                for b in range(a, size):
                    product = row[a] * row[b]
                    of_i[a, b] += product
                    of_j[a, b] += product
            at += 1
