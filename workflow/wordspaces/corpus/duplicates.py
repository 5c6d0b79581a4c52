"""Find documents that stand more than once in a corpus, in whichever of its sources."""

import hashlib
import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

DUPLICATES = pa.schema([("id", pa.string()), ("duplicate_of", pa.string())])
MASK = re.compile(r"(?:\b[rm]t\s+(?=@\w))|https?:\S*|www\.\S+|@\w+|[\W_]+")


def text_key(text: str) -> bytes:
    """128-bit digest of what two copies of a text share: letters and digits, without case, URLs and handles."""
    return hashlib.blake2b(MASK.sub("", text.casefold()).encode(), digest_size=16).digest()


def title_key(title: str) -> bytes:
    """128-bit digest of a title; versions of one article count as one document, or it would test itself."""
    return hashlib.blake2b(" ".join(title.casefold().split()).encode(), digest_size=16, person=b"title").digest()


def find_duplicates(shards: Iterable[pa.Table]) -> pa.Table:
    """Documents equal to an earlier one by text, or by title where both have one.

    Parameters
    ----------
    shards : documents (id, title, text) of one corpus, a table a source, in the order of the sources. One of them is
        in memory at a time, beside 32 bytes and the id of each document.

    Returns
    -------
    id string, duplicate_of string, sorted by id: the documents to leave out, and the one that stays, which is the
    first by (order of sources, id).
    """
    identifiers: list[str] = []
    keys: list[bytes] = []
    owners: list[int] = []
    for shard in shards:
        shard = shard.sort_by("id")
        for identifier, title, text in zip(*(shard[name].to_pylist() for name in ("id", "title", "text")), strict=True):
            number = len(identifiers)
            identifiers.append(identifier)
            keys.append(text_key(text))
            owners.append(number)
            if title:
                keys.append(title_key(title))
                owners.append(number)
    first = _first_of_component(len(identifiers), keys, np.array(owners, np.int64))
    later = np.flatnonzero(first != np.arange(len(identifiers)))
    rows = sorted((identifiers[number], identifiers[first[number]]) for number in later)
    return pa.table([[row[0] for row in rows], [row[1] for row in rows]], schema=DUPLICATES)


def _first_of_component(documents: int, keys: list[bytes], owners: np.ndarray) -> np.ndarray:
    """Smallest number among the documents that a chain of equal keys joins to each document, int64 [documents]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, key_numbers = np.unique(np.array(keys, dtype="V16"), return_inverse=True)
    distinct = int(key_numbers.max(initial=-1)) + 1
    edges = (np.ones(len(owners), np.int8), (owners, documents + key_numbers))
    graph = coo_array(edges, shape=(documents + distinct,) * 2)
    labels = connected_components(graph, directed=False)[1][:documents]
    _, first, back = np.unique(labels, return_index=True, return_inverse=True)
    return first[back]
