"""Documents to sentences of tokens, by the normaliser of the study."""

import numpy as np
import pyarrow as pa

from wordspaces.tokens.glove_twitter import GLOVE_PLACEHOLDERS, normalise_glove_twitter
from wordspaces.tokens.normalise import normalise_batch
from wordspaces.tokens.samples import draw

NORMALISED = pa.schema(
    [
        ("document", pa.string()),
        ("place", pa.float64()),
        ("sentences", pa.list_(pa.string())),
        ("words", pa.int32()),
        ("placeholders", pa.int32()),
    ]
)


def normalise_documents(documents: pa.Table, style: str = "shared") -> pa.Table:
    """Sentences of each document.

    Parameters
    ----------
    documents : id string, text string.
    style : "shared", or "glove-twitter" for the preprocessing of the published vectors.

    Returns
    -------
    document string, place double (in [0, 1), by which samples are drawn), sentences list<string> (tokens of a sentence
    joined by one blank), words int32 (tokens that are no placeholder), placeholders int32; in the order given. A
    document without a token has no sentence.
    """
    normalised = {"shared": normalise_batch, "glove-twitter": _glove_twitter}[style]
    sentences, words, placeholders = normalised(documents["text"])
    places = [draw(document) for document in documents["id"].to_pylist()]
    columns = [documents["id"], pa.array(places, pa.float64()), sentences, pa.array(words), pa.array(placeholders)]
    return pa.table(columns, schema=NORMALISED)


def _glove_twitter(texts: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """As `normalise_batch`, by the preprocessing of the GloVe vectors for Twitter."""
    found = [normalise_glove_twitter(text) for text in texts.to_pylist()]
    tokens = np.array([sum(map(len, sentences)) for sentences in found], np.int32)
    masked = [sum(token in GLOVE_PLACEHOLDERS for sentence in sentences for token in sentence) for sentences in found]
    joined = pa.array([[" ".join(sentence) for sentence in sentences] for sentences in found], pa.list_(pa.string()))
    placeholders = np.array(masked, np.int32)
    return joined, tokens - placeholders, placeholders
