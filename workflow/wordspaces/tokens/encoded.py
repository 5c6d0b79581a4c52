"""Read encoded samples and the vocabulary: what every later stage does first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.common.artefacts import read_batches, read_table


@dataclass(frozen=True)
class Encoded:
    """Tokens of a sample.

    ids : int32 [tokens]; documents : int64 [documents + 1], offsets into ids; sentences : int64 [sentences + 1],
    offsets into ids. Each document start is a sentence start; the last offset of both is the number of tokens.
    """

    ids: np.ndarray
    documents: np.ndarray
    sentences: np.ndarray


def read_encoded(paths: Sequence[str | Path]) -> Encoded:
    """Shards of a sample, one after another in the order given; `StudyError` where one is missing or cut short."""
    parts = [_encoded(read_table(path, ["ids", "sentences"])) for path in paths]
    lengths = np.cumsum([0] + [len(part.ids) for part in parts])
    end = lengths[-1:].astype(np.int64)
    return Encoded(
        ids=np.concatenate([np.zeros(0, np.int32), *(part.ids for part in parts)]),
        documents=np.concatenate([*(part.documents[:-1] + at for part, at in zip(parts, lengths, strict=False)), end]),
        sentences=np.concatenate([*(part.sentences[:-1] + at for part, at in zip(parts, lengths, strict=False)), end]),
    )


def _encoded(table: pa.Table) -> Encoded:
    """Flat arrays of one shard."""
    ids, starts = (table[name].combine_chunks() for name in ("ids", "sentences"))
    documents = np.concatenate([[0], np.cumsum(ids.value_lengths().to_numpy())]).astype(np.int64)
    sentences = starts.flatten().to_numpy() + np.repeat(documents[:-1], starts.value_lengths().to_numpy())
    return Encoded(ids.flatten().to_numpy(), documents, np.append(sentences, documents[-1]).astype(np.int64))


def read_vocabulary(path: str | Path) -> pa.Table:
    """Vocabulary table: id int32, token string, kind string, count int64; row n has id n."""
    return read_table(path)


def vocabulary_size(path: str | Path) -> int:
    """Number of entries of the vocabulary at `path`."""
    return read_table(path, ["id"]).num_rows


def token_count(paths: Sequence[str | Path]) -> int:
    """Tokens of some encoded shards, read a row group at a time; `StudyError` where a shard is missing or cut short."""
    batches = (batch["ids"].combine_chunks() for path in paths for batch in read_batches(path, ["ids"]))
    return sum(len(ids.flatten()) for ids in batches)


def unigram_counts(encoded: Encoded, size: int) -> np.ndarray:
    """Occurrences of each id, int64 [size]."""
    return np.bincount(encoded.ids, minlength=size).astype(np.int64)
