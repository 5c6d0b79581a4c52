"""Normalised shards: rows as often as a sample has them, sentences, and tokens as one flat array."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def repeated(batches: Iterator[tuple[pa.Table, np.ndarray]]) -> Iterator[pa.Table]:
    """Rows of each batch, as often as its counts say; int64 [rows] each."""
    for batch, counts in batches:
        if counts.any():
            yield batch.take(pa.array(np.repeat(np.arange(batch.num_rows), counts)))


def split_sentences(normalised: pa.Table) -> tuple[pa.ListArray, pa.ListArray]:
    """Sentences of each document, list<string> [documents], and tokens of each sentence, list<string> [sentences]."""
    sentences = normalised["sentences"].combine_chunks()
    return sentences, pc.split_pattern(sentences.flatten(), " ")
