"""Random dropping of frequent words before co-occurrences are counted, as Word2Vec does it.

Whether a token is dropped depends on its document's name, its place there and the frequency of its word, and on nothing
else: a sample can be cut into shards and pieces anywhere.
"""

from collections.abc import Iterable

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import stream_seed

STREAM = ("cooccurrence", "subsampling")


def keep_probabilities(counts: np.ndarray, threshold: float) -> np.ndarray:
    """Probability that a token of each word is kept: ``min(1, sqrt(t / f) + t / f)``, f its relative frequency.

    The rule of the word2vec program, a little milder than Mikolov et al. 2013, equation 5.

    Parameters
    ----------
    counts : int64 [V], tokens of each word in the sample; threshold : t, above 0.

    Returns
    -------
    float64 [V]; 1 for words that do not occur.
    """
    with np.errstate(divide="ignore"):
        ratio = threshold * counts.sum() / counts.astype(np.float64)
        return np.minimum(1.0, np.sqrt(ratio) + ratio)


def document_streams(names: Iterable[str]) -> np.ndarray:
    """Start of the stream of each document, uint64 [documents].

    No seed of a study is in it: all of them share one matrix.
    """
    low = [stream_seed(0, *STREAM, name) & 0xFFFFFFFFFFFFFFFF for name in names]
    return np.array(low, np.uint64)


def sample_counts(batches: Iterable[pa.Table], corpus: str, sample: str, size: int) -> np.ndarray:
    """Tokens of each word in one sample, int64 [size].

    batches : a table of columns corpus, sample, id, count. Raises `StudyError` where the sample is not in it, or an id
    lies outside the vocabulary.
    """
    counts = np.zeros(size, np.int64)
    for batch in batches:
        own = batch.filter(pc.and_(pc.equal(batch["corpus"], corpus), pc.equal(batch["sample"], sample)))
        ids = own["id"].to_numpy()
        if len(ids) and (ids.min() < 0 or ids.max() >= size):
            raise StudyError("table of counts", f"word ids {ids.min()} to {ids.max()}", f"0 to {size - 1}")
        counts[ids] = own["count"].to_numpy()
    if not counts.any():
        raise StudyError("table of counts", f"no token of {corpus} {sample}", "the counts of the sample")
    return counts


@numba.njit(cache=True)
def dropped_tokens(ids: np.ndarray, documents: np.ndarray, streams: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Which tokens are dropped, bool [tokens].

    Parameters
    ----------
    ids : int32 [tokens]; documents : int64 [documents + 1], offsets in `ids`.
    streams : uint64 [documents], from `document_streams`; keep : float64 [V], from `keep_probabilities`.

    Draw number n of a document is the n-th number of SplitMix64 (Steele, Lea and Flood 2014) from its seed.
    """
    dropped = np.zeros(len(ids), np.bool_)
    for d in range(len(documents) - 1):
        state = streams[d]
        for i in range(documents[d], documents[d + 1]):
            state += np.uint64(0x9E3779B97F4A7C15)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            dropped[i] = (z >> np.uint64(11)) * 2.0**-53 >= keep[ids[i]]
    return dropped
