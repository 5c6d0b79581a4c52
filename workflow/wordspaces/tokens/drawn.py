"""Documents that a sample takes from one shard: what counting, encoding and training of tokenisers read."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.common.artefacts import read_batches, read_table
from wordspaces.corpus.duplicates import duplicate_rows
from wordspaces.tokens.samples import Selection, numbered
from wordspaces.tokens.settings import SelectionSettings
from wordspaces.tokens.shards import repeated


def read_selection(samples: str | Path, border: str | Path, settings: SelectionSettings) -> Selection:
    """The selection of a study from its two tables."""
    return Selection(read_table(samples), read_table(border), settings)


def in_turn(shards: Iterable[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    """Some thousand documents of each shard, then some more of each: what is taken first comes from all of them."""
    waiting = deque(shards)
    while waiting:
        batches = waiting.popleft()
        if (batch := next(batches, None)) is not None:
            yield batch
            waiting.append(batches)


def drawn_documents(
    normalised: str | Path,
    duplicates: str | Path,
    selection: Selection,
    corpus: str,
    shard: int,
    samples: Sequence[str],
) -> Iterator[pa.Table]:
    """Documents that some samples of a corpus take from its shard number `shard`.

    Returns
    -------
    Normalised rows, some thousands at a time, in their order; a document as often as these samples have it.
    """
    left_out = duplicate_rows(duplicates, shard)

    def counted() -> Iterator[tuple[pa.Table, np.ndarray]]:
        for first, batch in numbered(read_batches(normalised)):
            yield (
                batch,
                sum(selection.copies(corpus, sample, shard, first, batch, left_out) for sample in samples),
            )

    return repeated(counted())
