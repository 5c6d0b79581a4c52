"""Names of the samples, and which documents each of them has."""

import string
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

HELDOUT = "heldout"


def sample_names(samples: int) -> list[str]:
    """Names of the training samples: a, b, and so on."""
    return list(string.ascii_lowercase[:samples])


def by_corpus(sources: Mapping[str, Sequence[str]], tables: Sequence[pa.Table]) -> dict[str, list[pa.Table]]:
    """Tables of all sources, corpus after corpus, as corpus -> tables in the order of its sources."""
    rest = iter(tables)
    return {corpus: [next(rest) for _ in names] for corpus, names in sources.items()}


def documents_of(selection: pa.Table, corpus: str, sample: str, source: str) -> pa.ChunkedArray:
    """Documents that a sample takes from a source, string."""
    chosen = pc.and_(
        pc.and_(pc.equal(selection["corpus"], corpus), pc.equal(selection["sample"], sample)),
        pc.equal(selection["source"], source),
    )
    return selection.filter(chosen)["document"]


def training_documents(selection: pa.Table, corpus: str, source: str) -> pa.ChunkedArray:
    """Documents that all training samples of a corpus take from a source, string."""
    chosen = pc.and_(
        pc.and_(pc.equal(selection["corpus"], corpus), pc.not_equal(selection["sample"], HELDOUT)),
        pc.equal(selection["source"], source),
    )
    return selection.filter(chosen)["document"]
