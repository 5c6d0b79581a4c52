"""Text for Word2Vec, read a group of documents at a time: memory does not grow with the sample.

A group is a row group of an encoded shard. The documents of an epoch come in pools of about `POOL` tokens: the groups
are shuffled and dealt into pools, and the documents of a pool are shuffled. A sample of one pool is thus shuffled
evenly; in a larger one, documents that stand close together in a shard come in the same part of the epoch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wordspaces.common.artefacts import RERUN, read_row_group
from wordspaces.common.errors import StudyError

POOL = 1 << 22
GROUP = 1 << 18


class Documents(NamedTuple):
    """ids : int32 [tokens], some documents end to end; offsets : int64 [documents + 1], where each starts in ids."""

    ids: np.ndarray
    offsets: np.ndarray


@dataclass(frozen=True)
class Text:
    """Encoded documents in groups, and what one reading of them tells.

    documents, tokens : int64 [groups], how many each group has; counts : int64 [V], tokens of each word;
    read : the documents of a group, by its number.
    """

    documents: np.ndarray
    tokens: np.ndarray
    counts: np.ndarray
    read: Callable[[int], Documents]

    @property
    def total(self) -> int:
        """Tokens of the whole text."""
        return int(self.tokens.sum())

    def pools(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Numbers of the groups, dealt at random into pools of like size; those of a pool are in rising order."""
        order = rng.permutation(len(self.tokens))
        count = max(1, -(-self.total // POOL))
        ends = np.cumsum(self.tokens[order])
        cuts = np.searchsorted(ends, np.arange(1, count) * self.total // count)
        return [np.sort(part) for part in np.split(order, np.unique(cuts)) if len(part)]

    def gather(self, groups: np.ndarray) -> Documents:
        """The documents of some groups, one group after another."""
        ids = np.empty(int(self.tokens[groups].sum()), np.int32)
        offsets = np.zeros(int(self.documents[groups].sum()) + 1, np.int64)
        word = document = 0
        for group in groups:
            part = self.read(int(group))
            ids[word : word + len(part.ids)] = part.ids
            offsets[document + 1 : document + len(part.offsets)] = part.offsets[1:] + word
            word, document = word + len(part.ids), document + len(part.offsets) - 1
        return Documents(ids, offsets)

    def take(self, documents: np.ndarray) -> Documents:
        """Some documents, by their numbers in the whole text, in the order given."""
        starts = np.concatenate([[0], np.cumsum(self.documents)])
        found: dict[int, np.ndarray] = {}
        groups = np.searchsorted(starts, documents, side="right") - 1
        for group in np.unique(groups):
            part = self.read(int(group))
            for document in documents[groups == group]:
                place = document - starts[group]
                found[int(document)] = part.ids[part.offsets[place] : part.offsets[place + 1]].copy()
        texts = [found[int(document)] for document in documents]
        offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
        return Documents(np.concatenate([np.zeros(0, np.int32), *texts]), offsets)


def text_of_arrays(ids: np.ndarray, documents: np.ndarray, size: int, name: str = "training sample") -> Text:
    """Text that is in memory.

    Parameters
    ----------
    ids : int32 [tokens]; documents : int64 [documents + 1], offsets into ids; size : V, words in the vocabulary.
    name : of the text, for messages.

    Raises
    ------
    StudyError : an id lies outside the vocabulary.
    """
    cuts = np.searchsorted(documents[:-1], np.arange(GROUP, len(ids), GROUP))
    starts = np.unique(np.concatenate([[0], cuts, [len(documents) - 1]]))

    def read(group: int) -> Documents:
        part = documents[starts[group] : starts[group + 1] + 1]
        return Documents(ids[part[0] : part[-1]], part - part[0])

    return _scan(np.diff(starts), read, size, lambda group: name)


def text_of_shards(paths: Sequence[str | Path], size: int) -> Text:
    """Text of encoded shards, one after another in the order given; reads them once, to count.

    `size` : V, words in the vocabulary. Raises `StudyError` where a shard is missing or cut short, or an id lies
    outside the vocabulary.
    """
    groups = [(path, group, rows) for path in paths for group, rows in _row_groups(path)]

    def read(group: int) -> Documents:
        path, number, _ = groups[group]
        ids = read_row_group(path, number, ["ids"])["ids"].combine_chunks()
        offsets = np.concatenate([[0], np.cumsum(ids.value_lengths().to_numpy())]).astype(np.int64)
        return Documents(ids.flatten().to_numpy(), offsets)

    return _scan([rows for *_, rows in groups], read, size, lambda group: str(groups[group][0]))


def _row_groups(path: str | Path) -> list[tuple[int, int]]:
    """Numbers and rows of the row groups of a Parquet file that are not empty."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None
    rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    return [(group, count) for group, count in enumerate(rows) if count]


def _scan(documents: Iterable[int], read: Callable[[int], Documents], size: int, where: Callable[[int], str]) -> Text:
    """Read every group once: tokens of each, counts of the words, ids that do not exist."""
    documents = np.array(list(documents), np.int64)
    tokens, counts = np.zeros(len(documents), np.int64), np.zeros(size, np.int64)
    for group in range(len(documents)):
        ids = read(group).ids
        if not len(ids):
            continue
        if ids.min() < 0 or ids.max() >= size:
            found = f"word ids {ids.min()} to {ids.max()}"
            remedy = "encode the text with the vocabulary that the model is given"
            raise StudyError(where(group), found, f"ids 0 to {size - 1} (the vocabulary)", remedy)
        tokens[group] = len(ids)
        counts += np.bincount(ids, minlength=size)
    return Text(documents, tokens, counts, read)
