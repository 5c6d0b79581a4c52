"""Lengths of word vectors against the frequency of the words, and bands of words by frequency.

Frequency is the number of occurrences in the training text of the run's corpus, all its samples together, so that the
bands of a corpus hold the same words in all its runs.
"""

from collections.abc import Mapping

import numpy as np

from wordspaces.analysis.roster import Words

BANDS = ("rare", "middle", "frequent")
LEAST = 3
ROUNDING = 1e-12


def training_counts(counts: Mapping[str, np.ndarray], words: Words) -> dict[str, np.ndarray]:
    """Occurrences of the compared words by corpus, int64 [n] each, of counts by vocabulary id; 0 beyond their end."""
    found = {}
    for corpus, listed in counts.items():
        known = words.ids < len(listed)
        found[corpus] = np.where(known, listed[np.where(known, words.ids, 0)], 0)
    return found


def frequency_bands(counts: np.ndarray) -> np.ndarray:
    """Band of each word, a position in `BANDS`: int64 [n] of `counts` [n], three bands of about equally many words.

    Words of one count stay together, so a band may be small or, with few distinct counts, empty.
    """
    edges = np.quantile(counts, np.linspace(0.0, 1.0, len(BANDS) + 1)[1:-1])
    return np.searchsorted(edges, counts, side="left")


def norm_measures(vectors: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Measures of the lengths of `vectors` [t, n, d] of words that occur `counts` [n] times: float64 [t] by name.

    mean_norm                       mean length, vectors as they are
    mean_norm_rare, and so on       the same within each band of `frequency_bands`; NaN for a band without words
    norm_frequency_slope            slope of the logarithm of the length on the logarithm of the count, least squares
    norm_frequency_correlation      Pearson correlation of the two

    The last two are over the words that occur and have a length; NaN where these are fewer than three, or are all of
    one frequency, the correlation also where all are of one length.
    """
    norms = np.sqrt(np.einsum("tnd,tnd->tn", vectors, vectors, dtype=np.float64))
    bands = frequency_bands(counts)
    found = {"mean_norm": norms.mean(axis=1)}
    for place, name in enumerate(BANDS):
        inside = norms[:, bands == place]
        found[f"mean_norm_{name}"] = inside.mean(axis=1) if inside.size else np.full(len(norms), np.nan)
    lines = np.array([_line(row, counts) for row in norms])
    return found | {"norm_frequency_slope": lines[:, 0], "norm_frequency_correlation": lines[:, 1]}


def _line(norms: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """Slope and correlation of log norm on log count."""
    known = (norms > 0.0) & (counts > 0) & np.isfinite(norms)
    if known.sum() < LEAST:
        return np.nan, np.nan
    x, y = np.log(counts[known]), np.log(norms[known])
    x, y = x - x.mean(), y - y.mean()
    # What rounding leaves of equal counts, or of equal lengths, has no direction.
    if not np.abs(x).max() > ROUNDING:
        return np.nan, np.nan
    slope = (x @ y) / (x @ x)
    return slope, slope * np.sqrt((x @ x) / (y @ y)) if np.abs(y).max() > ROUNDING else np.nan
