"""Normalised shards: a table of documents becomes a table of sentences, and its tokens one flat array."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.tokens.normalise import PLACEHOLDERS, normalise

NORMALISED = pa.schema(
    [
        ("document", pa.string()),
        ("sentences", pa.list_(pa.string())),
        ("words", pa.int32()),
        ("placeholders", pa.int32()),
    ]
)


def normalise_documents(documents: pa.Table, progress: Callable[[float], None] = lambda done: None) -> pa.Table:
    """Sentences of each document.

    Parameters
    ----------
    documents : id string, text string, sorted by id.

    Returns
    -------
    document string, sentences list<string> (tokens of a sentence joined by one blank), words int32 (tokens that are no
    placeholder), placeholders int32; in the order given. A document without a token has no sentence.
    """
    sentences, words, placeholders = [], [], []
    for done, text in enumerate(documents["text"].to_pylist(), start=1):
        found = normalise(text)
        masked = sum(token in PLACEHOLDERS for sentence in found for token in sentence)
        sentences.append([" ".join(sentence) for sentence in found])
        words.append(sum(map(len, found)) - masked)
        placeholders.append(masked)
        progress(done)
    return pa.table([documents["id"].to_pylist(), sentences, words, placeholders], schema=NORMALISED)


def selected(normalised: pa.Table, documents: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Rows of a normalised shard whose document is among `documents`."""
    return normalised.filter(pc.is_in(normalised["document"], value_set=documents))


def split_sentences(normalised: pa.Table) -> tuple[pa.ListArray, pa.ListArray]:
    """Sentences of each document, list<string> [documents], and tokens of each sentence, list<string> [sentences]."""
    sentences = normalised["sentences"].combine_chunks()
    return sentences, pc.split_pattern(sentences.flatten(), " ")
