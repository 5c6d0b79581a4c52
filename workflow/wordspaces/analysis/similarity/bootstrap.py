"""Bootstrap over words (Efron & Tibshirani 1993; for RDMs Nili et al. 2014), by multiplicity.

A word that is drawn twice is at distance zero from itself in every space, an agreement that nobody measured; such pairs
are dropped. A draw in which word i occurs w_i times then has the pair (i, j), i < j, exactly w_i w_j times, so that the
sums behind a correlation are quadratic forms in w:

    sum_ij w_i w_j,    sum_ij w_i w_j x_ij,    sum_ij w_i w_j x_ij y_ij        (i < j)

Row by row of the RDMs these are matrix products with the multiplicities, for all pairs of spaces and all draws that
hold the row's word (63 % of them) at once; no RDM is resampled.

Of two spaces with nothing in common no single word moves the correlation, only pairs of words do, and w_i w_j has
three times the variance that it should have there: such an interval is up to 1.7 times too wide (the jackknife's 1.4
times). Whether spaces agree at all is for Mantel's test, which is exact there; the bootstrap says how well they agree.
"""

from collections.abc import Sequence

import numpy as np

from wordspaces.analysis.similarity.parallel import ordered
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.similarity.values import blocks, check, later_words, upper_values
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

Pairs = Sequence[tuple[int, int]]
LEAST_DIFFERENT = 3
SMALLEST = 1e-6  # of the sum of squares: what float32 leaves of a variance of nothing


def bootstrap_words(rdms: RDMs, method: str, draws: int, seed: int, pairs: Pairs | None = None) -> np.ndarray:
    """Correlations over `draws` resamplings of the words: float64 [draws, s, s], or [draws, p] of the listed pairs.

    See `resampled` for `method` and `pairs`, `word_multiplicities` for `seed`.
    """
    check(rdms, method)
    return resampled(rdms, method, word_multiplicities(rdms.words, draws, seed), pairs)


def word_multiplicities(words: int, draws: int, seed: int) -> np.ndarray:
    """How often each word occurs in each draw of `words` words with replacement: int64 [draws, words].

    A draw of fewer than three different words leaves one distance at most and no correlation; it is drawn again.
    """
    if words < LEAST_DIFFERENT:
        raise StudyError("words to resample", str(words), f"{LEAST_DIFFERENT} or more", "compare over more words")
    stream = generator(seed, "bootstrap", "words")
    counts = _multiplicities(stream, words, draws)
    while (poor := np.count_nonzero(counts, axis=1) < LEAST_DIFFERENT).any():
        counts[poor] = _multiplicities(stream, words, int(poor.sum()))
    return counts


def resampled(rdms: RDMs, method: str, multiplicities: np.ndarray, pairs: Pairs | None = None) -> np.ndarray:
    """Correlations of pairs of RDMs when word i occurs `multiplicities[draw, i]` times: float64 [draws, s, s].

    With `pairs`, a list of (i, j), only these: [draws, p]. `method` is "cosine", "pearson" or "spearman". Vectors keep
    the centre, and "spearman" the ranks, that they have over all words; for ranks this makes the spread over draws a
    few percent too small. Products are float32 of values near zero, sums float64: the error is below 1e-6. NaN where
    all dissimilarities of a draw are equal. `StudyError` for another method or fewer than four words.
    """
    check(rdms, method)
    wanted = _all(len(rdms)) if pairs is None else [(int(i), int(j)) for i, j in pairs]
    # A correlation needs the squares of both sides too.
    needed = sorted({(i, i) for pair in wanted for i in pair} | set(wanted))
    place = {pair: index for index, pair in enumerate(needed)}
    a, b = np.array(needed, dtype=np.int64).reshape(-1, 2).T
    centre, sums, products = _weighted_sums(rdms, method, multiplicities.astype(np.float32), needed)
    counts = multiplicities.astype(np.int64)
    total = (np.square(counts.sum(axis=1)) - np.square(counts).sum(axis=1)) / 2.0
    if method == "cosine":
        shift = centre[:, None]
        inner = products + shift[a] * sums[b] + shift[b] * sums[a] + shift[a] * shift[b] * total
    else:
        inner = products - sums[a] * sums[b] / np.where(total > 0.0, total, np.nan)
    own = [place[i, i] for pair in wanted for i in pair]
    squares = np.where(inner[own] > SMALLEST * products[own], inner[own], np.nan)
    found = inner[[place[pair] for pair in wanted]] / np.sqrt(squares[0::2] * squares[1::2])
    found = np.clip(found, -1.0, 1.0).T
    return found if pairs is not None else _square(found, len(rdms))


def _multiplicities(stream: np.random.Generator, words: int, draws: int) -> np.ndarray:
    chosen = stream.integers(0, words, (draws, words)) + words * np.arange(draws)[:, None]
    return np.bincount(chosen.ravel(), minlength=draws * words).reshape(draws, words)


def _weighted_sums(
    rdms: RDMs, method: str, multiplicities: np.ndarray, pairs: Pairs
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `centre` [s] taken off x and y, sum w_i w_j x_ij [s, draws] and sum w_i w_j x_ij y_ij [pairs, draws]."""
    values_of = upper_values(rdms, method)
    # Distances lie around one, and float32 keeps more of them without what they share; any constant near the mean does.
    first = values_of(blocks(rdms.words)[0])
    centre = first.sum(axis=(1, 2), dtype=np.float64) / later_words(*first.shape[1:]).sum()
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T

    def of_block(words: slice) -> np.ndarray:
        rows = (values_of(words) - centre[:, None, None]).astype(np.float32)
        found = np.zeros((len(multiplicities), len(rdms) + len(pairs)))
        for word in range(words.start, words.stop):
            row = rows[:, word - words.start, word + 1 - words.start :]
            drawn = np.flatnonzero(multiplicities[:, word])
            of_word = multiplicities[drawn, word + 1 :] @ np.concatenate([row, row[a] * row[b]]).T
            found[drawn] += of_word * multiplicities[drawn, word, None]
        return found

    total = np.asarray(sum(ordered(of_block, blocks(rdms.words)))).T
    return centre, total[: len(rdms)], total[len(rdms) :]


def _all(spaces: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(spaces) for j in range(i, spaces)]


def _square(found: np.ndarray, spaces: int) -> np.ndarray:
    """Symmetric matrices [draws, s, s] from their upper triangles."""
    i, j = np.array(_all(spaces)).T
    square = np.empty((len(found), spaces, spaces))
    square[:, i, j] = square[:, j, i] = found
    return square
