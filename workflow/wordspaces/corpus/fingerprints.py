"""Fingerprints of documents: the keys by which copies and near copies of a document are found.

Near duplicates are found by locality-sensitive hashing of MinHash sketches (Broder 1997; Indyk and Motwani 1998), as is
practice for training corpora (Lee et al. 2022; Penedo et al. 2024), with no second look at the pairs found: rows must
be many enough. Words are runs of letters, digits and combining marks without case, an apostrophe inside does not part
them, and URLs and handles are none. In 145,000 tweets of at least five distinct shingles of three words, the pairs with
a similarity below 0.3 would give 0.0001 matches a document under the default settings; matches grow with the corpus,
to some 0.06 a document at 1e8 documents of that kind. Ten rows in place of eight make that 0.004, and find 0.67 in
place of 0.89 of the tweets of twenty words in which one was changed. That two documents without a common shingle agree
in a band takes equal hashes, and is expected for less than one pair at 1e8 documents.
"""

import html
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.corpus.folding import folding
from wordspaces.corpus.minhash import fingerprint_texts, hash_strings, permutations
from wordspaces.corpus.settings import DuplicateSettings

IDENTITY, TEXT, TITLE = EXACT = ("identity", "text", "title")
COLUMNS = ["id", "title", "text"]
BATCH_DOCUMENTS = 2048
"""Documents to read at a time: some megabytes of an encyclopedia."""


def fingerprint_schema(settings: DuplicateSettings) -> pa.Schema:
    """Columns of fingerprints, all uint64: identity, text, title, then the bands, if any."""
    bands = [f"band{band:02d}" for band in range(settings.bands if settings.near else 0)]
    return pa.schema([pa.field(name, pa.uint64(), nullable=False) for name in (*EXACT, *bands)])


def match_probability(similarity: float, settings: DuplicateSettings) -> float:
    """Probability that two documents with this Jaccard similarity of their shingle sets share a band."""
    return 1.0 - (1.0 - similarity**settings.rows) ** settings.bands


def fingerprint(documents: pa.Table, settings: DuplicateSettings) -> pa.Table:
    """Keys of some documents, each a function of that document alone.

    Parameters
    ----------
    documents : id string, title string, text string; a few megabytes, for all of it is in memory.

    Returns
    -------
    A row a document, in their order, under `fingerprint_schema`. identity : hash of the id; text : of what is left of
    the text without case, URLs, handles and anything but letters and digits (all but blanks, where there are none);
    title : of the title without case, 0
    where there is none or `titles` is false; bands : of parts of the MinHash sketch, 0 where the text
    has fewer than `min_shingles` distinct shingles. No other key is 0.
    """
    schema = fingerprint_schema(settings)
    number = documents.num_rows
    bands = np.zeros((len(schema) - len(EXACT), number), np.uint64)
    texts = np.zeros(number, np.uint64)
    fingerprint_texts(
        *_utf8(_unescaped(_column(documents, "text"))),
        *folding(),
        *permutations(len(bands) * settings.rows),
        settings.shingle_words,
        settings.min_shingles,
        texts,
        bands,
    )
    titles = np.zeros(number, np.uint64)
    if settings.titles:
        titles = _hashes(_folded_titles(_column(documents, "title")))
    columns = [_hashes(_column(documents, "id")), texts, titles, *bands]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema)


def _column(documents: pa.Table, name: str) -> pa.Array:
    column = documents[name].combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _utf8(strings: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Bytes of a string array, uint8, and where each string begins in them, then the end, int32 or int64."""
    _, offsets, data = strings.buffers()
    kind = np.int64 if pa.types.is_large_string(strings.type) else np.int32
    if len(strings) == 0:
        return np.empty(0, np.uint8), np.zeros(1, kind)
    starts = np.frombuffer(offsets, kind)[strings.offset : strings.offset + len(strings) + 1]
    return np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), starts


def _unescaped(texts: pa.Array) -> pa.Array:
    """The texts with HTML entities as the characters they stand for, as the normaliser reads them."""
    chosen = pc.match_substring(texts, "&")
    if not pc.any(chosen).as_py():
        return texts
    plain = [html.unescape(html.unescape(text)) for text in texts.filter(chosen).to_pylist()]
    return pc.replace_with_mask(texts, chosen, pa.array(plain, texts.type))


def _folded_titles(titles: pa.Array) -> pa.Array:
    """Titles without case and compatibility forms, blanks folded."""
    if not pc.any(pc.not_equal(titles, "")).as_py():
        return titles
    folded = (unicodedata.normalize("NFKC", title.casefold()) for title in titles.to_pylist())
    return pa.array([" ".join(title.split()) for title in folded], titles.type)


def _hashes(strings: pa.Array) -> np.ndarray:
    """64-bit hash of each string, 0 for an empty one; uint64 [strings]."""
    keys = np.zeros(len(strings), np.uint64)
    hash_strings(*_utf8(strings), keys)
    return keys
