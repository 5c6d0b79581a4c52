"""Tokens to vocabulary ids, with the borders of documents and sentences."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.tokens.shards import split_sentences

ENCODED = pa.schema([("document", pa.string()), ("ids", pa.list_(pa.int32())), ("sentences", pa.list_(pa.int32()))])


def encode(rows: pa.Table, words: pa.Array) -> pa.Table:
    """Ids of normalised documents.

    Parameters
    ----------
    rows : document string, sentences list<string>, some thousand documents.
    words : string, the tokens of the vocabulary in the order of their ids; what is not among them becomes id 0.

    Returns
    -------
    document string, ids list<int32>, sentences list<int32> (place in ids where each sentence starts); in order.
    """
    sentences, tokens = split_sentences(rows)
    ids = pc.fill_null(pc.index_in(tokens.flatten(), value_set=words), 0)
    sentence_of = np.concatenate([[0], np.cumsum(pc.list_value_length(sentences).to_numpy())]).astype(np.int64)
    token_of = np.concatenate([[0], np.cumsum(pc.list_value_length(tokens).to_numpy())]).astype(np.int64)
    documents_at = token_of[sentence_of]
    starts = token_of[:-1] - np.repeat(documents_at[:-1], np.diff(sentence_of))
    return pa.table(
        [
            rows["document"].combine_chunks(),
            pa.ListArray.from_arrays(pa.array(documents_at, pa.int32()), ids.cast(pa.int32())),
            pa.ListArray.from_arrays(pa.array(sentence_of, pa.int32()), pa.array(starts, pa.int32())),
        ],
        schema=ENCODED,
    )
