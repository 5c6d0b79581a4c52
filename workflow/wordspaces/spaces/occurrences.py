"""Single occurrences of listed words in held-out text, layer by layer: what senses and contexts do to a word."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.places import listed_occurrences
from wordspaces.spaces.reading import FIRST_WORD, occurrence_vectors
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import as_words

EITHER_SIDE = 8


def occurrences_schema(dimension: int) -> pa.Schema:
    """Schema of a table of occurrences whose vectors have `dimension` components."""
    return pa.schema(
        [
            pa.field("probe", pa.string(), nullable=False),
            pa.field("id", pa.int32(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
            pa.field("occurrence", pa.int32(), nullable=False),
            pa.field("document", pa.int32(), nullable=False),
            pa.field("place", pa.int32(), nullable=False),
            pa.field("context", pa.string(), nullable=False),
            pa.field("layer", pa.int32(), nullable=False),
            pa.field("vector", pa.list_(pa.field("element", pa.float32()), dimension), nullable=False),
        ]
    )


def listed_ids(words: Sequence[str], tokens: Sequence[str]) -> np.ndarray:
    """Ids of the listed words that the vocabulary `tokens` has, int64, rising, each once."""
    listed = set(words)
    return np.array([n for n, token in enumerate(tokens) if n >= FIRST_WORD and token in listed], np.int64)


def context_of(text: Encoded, place: int, tokens: Sequence[str]) -> str:
    """A word in square brackets, and up to eight words of its document on either side; text : in words."""
    document = int(np.searchsorted(text.documents, place, side="right")) - 1
    first = max(int(text.documents[document]), place - EITHER_SIDE)
    last = min(int(text.documents[document + 1]), place + EITHER_SIDE + 1)
    names = [tokens[word] for word in text.ids[first:last]]
    names[place - first] = f"[{names[place - first]}]"
    return " ".join(names)


def occurrence_rows(
    model: Transformer,
    probe: str,
    text: Encoded,
    tokens: Sequence[str],
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> pa.Table:
    """Occurrences of the listed words in one held-out text, at the same places for every model.

    Parameters
    ----------
    probe : corpus of `text`. tokens : V words, in the order of their ids.

    Returns
    -------
    Under `occurrences_schema`, sorted by id, occurrence (from 1, in the order of the text) and layer (0 is embedding
    and position). document : number of the document in the held-out text; place : number of the word in it; context :
    of `context_of`.
    """
    words, dimension = as_words(text), model.embedding.shape[1]
    places = listed_occurrences(words, listed_ids(reading.occurrences.words, tokens), reading.occurrences.most)
    if not len(places):
        return occurrences_schema(dimension).empty_table()
    vectors = occurrence_vectors(model, text, places, settings, reading)
    layers, count = len(vectors), len(places)
    ids = words.ids[places]
    numbers = 1 + np.arange(count) - np.searchsorted(ids, ids)
    documents = np.searchsorted(words.documents, places, side="right") - 1
    schema = occurrences_schema(dimension)
    flat = pa.array(np.ascontiguousarray(vectors.transpose(1, 0, 2)).ravel())

    def each(values: Sequence[object] | np.ndarray) -> np.ndarray:
        return np.repeat(np.asarray(values), layers)

    columns = [
        pa.repeat(pa.scalar(probe, pa.string()), count * layers),
        pa.array(each(ids), pa.int32()),
        pa.array(each([tokens[word] for word in ids]), pa.string()),
        pa.array(each(numbers), pa.int32()),
        pa.array(each(documents), pa.int32()),
        pa.array(each(places - words.documents[documents]), pa.int32()),
        pa.array(each([context_of(words, int(place), tokens) for place in places]), pa.string()),
        pa.array(np.tile(np.arange(layers), count), pa.int32()),
        pa.FixedSizeListArray.from_arrays(flat, type=schema.field("vector").type),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def absent_words(tables: Mapping[str, pa.Table], words: Sequence[str]) -> str:
    """Which listed words have no occurrence in which held-out text, in words; "" where all have some.

    tables : by probe, of `occurrence_rows`.
    """
    missing = {}
    for probe, table in tables.items():
        there = set(pc.unique(table["token"]).to_pylist())
        if absent := [word for word in words if word not in there]:
            missing[probe] = ", ".join(absent)
    return "; ".join(f"{names} in {probe}" for probe, names in missing.items())
