"""Model RDMs: dissimilarities of words that are known without any trained space.

All are condensed, float64 [pairs], in the order of `scipy.spatial.distance.pdist`. Frequency, length and spelling are
what a space should not show, PPMI is what the counts behind every model say, human ratings are what people say.
"""

from collections.abc import Sequence

import numba
import numpy as np
from scipy.sparse import csr_array
from scipy.spatial.distance import pdist, squareform

from wordspaces.analysis.human import Ratings
from wordspaces.common.errors import StudyError

SMALLEST = 1e-12


def frequency_rdms(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Difference |log f_i - log f_j| and sum log f_i + log f_j of log frequencies, float64 [pairs] each.

    `counts` [n] are occurrences in one corpus; `StudyError` for a count below 1. The sum is no dissimilarity: it says
    whether frequent words lie closer together, or farther apart, than rare ones (Zhou et al. 2022).
    """
    counts = np.asarray(counts, dtype=np.float64)
    if not (counts >= 1.0).all():
        found = f"{counts[int(np.argmin(counts >= 1.0))]:g} occurrences of a compared word"
        raise StudyError("word counts", found, "1 or more in every corpus", "raise the smallest comparison count")
    logs = np.log(counts)
    return pdist(logs[:, None], "cityblock"), squareform(logs[:, None] + logs, checks=False)


def length_rdm(tokens: Sequence[str]) -> np.ndarray:
    """Difference of the numbers of characters: float64 [pairs]."""
    return pdist(np.array([[float(len(token))] for token in tokens]), "cityblock")


def spelling_rdm(tokens: Sequence[str]) -> np.ndarray:
    """Edit distance (Levenshtein 1966) over the length of the longer word: float64 [pairs], from 0 to 1."""
    lengths = np.array([len(token) for token in tokens], dtype=np.int64)
    if not lengths.all():
        raise StudyError("spelling of the compared words", "an empty word", "words of one character or more")
    letters = np.zeros((len(tokens), int(lengths.max())), dtype=np.uint32)
    for row, token in enumerate(tokens):
        letters[row, : lengths[row]] = [ord(letter) for letter in token]
    distances = np.empty(len(tokens) * (len(tokens) - 1) // 2)
    _edit_distances(letters, lengths, distances)
    return distances


@numba.njit(cache=True)
def _edit_distances(letters: np.ndarray, lengths: np.ndarray, distances: np.ndarray) -> None:
    """Fill `distances` pair by pair, keeping one row of the table of prefixes at a time (Wagner & Fischer 1974)."""
    costs = np.empty(letters.shape[1] + 1, np.int64)
    at = 0
    for i in range(len(letters)):
        for j in range(i + 1, len(letters)):
            for b in range(lengths[j] + 1):
                costs[b] = b
            for a in range(lengths[i]):
                diagonal = costs[0]
                costs[0] = a + 1
                for b in range(lengths[j]):
                    changed = diagonal + (letters[i, a] != letters[j, b])
                    diagonal = costs[b + 1]
                    costs[b + 1] = min(changed, costs[b] + 1, diagonal + 1)
            distances[at] = costs[lengths[j]] / max(lengths[i], lengths[j])
            at += 1


def sparse_cosine_rdm(rows: csr_array, tokens: Sequence[str]) -> np.ndarray:
    """One minus the cosine of the rows, centred over the words as all vectors are: float64 [pairs].

    `rows` is float64 [n, V], such as PPMI rows of the compared words over all contexts. Centring takes the means off
    the Gram matrix, so the rows stay sparse; a word without entries differs from the mean and has its cosines.
    `StudyError` names a word whose row is the mean of all.
    """
    gram = (rows @ rows.T).toarray()
    means = gram.mean(axis=0)
    gram += means.mean() - means - means[:, None]
    squares = gram.diagonal()
    if not (squares > SMALLEST * np.abs(squares).max(initial=0.0)).all() or squares.max(initial=0.0) <= 0.0:
        found = f"the row of {tokens[int(np.argmin(squares))]!r} equals the mean of all"
        raise StudyError("PPMI rows of the compared words", found, "rows that differ", "give the samples more text")
    norms = np.sqrt(squares)
    gram /= norms
    gram /= norms[:, None]
    return 1.0 - squareform(gram, checks=False)


def rated_pairs(ratings: Ratings, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Human RDM over the rated pairs whose words are both compared: (positions int64 [m], dissimilarities [m]).

    Positions count in the condensed order and rise. A dissimilarity is minus the rating, of which the scale is of no
    account to ranks; a pair rated twice gets its mean, a word rated with itself is left out.
    """
    rows = {token: row for row, token in enumerate(tokens)}
    found: dict[int, list[float]] = {}
    for (first, second), rating in zip(ratings.pairs, ratings.ratings, strict=True):
        if first in rows and second in rows and first != second:
            i, j = sorted((rows[first], rows[second]))
            found.setdefault(i * (2 * len(tokens) - i - 1) // 2 + j - i - 1, []).append(float(rating))
    positions = sorted(found)
    return np.array(positions, dtype=np.int64), np.array([-np.mean(found[at]) for at in positions])
