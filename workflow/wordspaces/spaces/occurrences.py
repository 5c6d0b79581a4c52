"""Single occurrences of words in held-out text, layer by layer: what senses and contexts do to a word.

Words are those listed in the settings, and words drawn from each text evenly over the logarithm of their frequency. A
sentence is one more choice of places: every word of it, in turn.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.places import choose_sentences, listed_occurrences, sampled_words
from wordspaces.spaces.reading import FIRST_WORD, occurrence_vectors
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.placeholders import PLACEHOLDERS
from wordspaces.tokens.spelled import as_words

EITHER_SIDE = 8


def occurrences_schema(dimension: int) -> pa.Schema:
    """Schema of a table of occurrences whose vectors have `dimension` components."""
    return pa.schema(
        [
            pa.field("probe", pa.string(), nullable=False),
            pa.field("id", pa.int32(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
            pa.field("listed", pa.bool_(), nullable=False),
            pa.field("occurrence", pa.int32(), nullable=False),
            pa.field("document", pa.int32(), nullable=False),
            pa.field("place", pa.int32(), nullable=False),
            pa.field("context", pa.string(), nullable=False),
            pa.field("layer", pa.int32(), nullable=False),
            pa.field("vector", pa.list_(pa.field("element", pa.float32()), dimension), nullable=False),
        ]
    )


def sentences_schema(dimension: int) -> pa.Schema:
    """Schema of a table of sentences whose vectors have `dimension` components."""
    return pa.schema(
        [
            pa.field("probe", pa.string(), nullable=False),
            pa.field("sentence", pa.int32(), nullable=False),
            pa.field("position", pa.int32(), nullable=False),
            pa.field("id", pa.int32(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
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
    """Occurrences of listed and of drawn words in one held-out text, at the same places for every model.

    Parameters
    ----------
    probe : corpus of `text`. tokens : V words, in the order of their ids.

    Returns
    -------
    Under `occurrences_schema`, sorted by id, occurrence (from 1, in the order of the text) and layer (0 is embedding
    and position). listed : whether the settings list the word. document : number of the document in the held-out text;
    place : number of the word in it; context : of `context_of`.
    """
    words = as_words(text)
    listed, drawn = listed_ids(reading.occurrences.words, tokens), reading.sampled
    others = [n for n, token in enumerate(tokens) if token in PLACEHOLDERS]
    sampled = sampled_words(words, drawn.words, drawn.occurrences, np.union1d(listed, others))
    places = np.concatenate(
        [
            listed_occurrences(words, listed, reading.occurrences.most),
            listed_occurrences(words, sampled, drawn.occurrences),
        ]
    )
    # By word, and then by place, which comes in order.
    places = places[np.argsort(words.ids[places], kind="stable")]
    ids = words.ids[places]
    documents = np.searchsorted(words.documents, places, side="right") - 1
    columns = {
        "probe": [probe] * len(places),
        "id": ids,
        "token": [tokens[word] for word in ids],
        "listed": np.isin(ids, listed),
        "occurrence": 1 + np.arange(len(places)) - np.searchsorted(ids, ids),
        "document": documents,
        "place": places - words.documents[documents],
        "context": [context_of(words, int(place), tokens) for place in places],
    }
    schema = occurrences_schema(model.embedding.shape[1])
    return _in_layers(columns, _vectors(model, text, places, settings, reading), schema)


def sentence_rows(
    model: Transformer,
    probe: str,
    text: Encoded,
    tokens: Sequence[str],
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> pa.Table:
    """Every word of some sentences of one held-out text, the same sentences for every model; arguments as above.

    Under `sentences_schema`, sorted by sentence (from 1), position (from 0) and layer.
    """
    words, chosen = as_words(text), reading.sentences
    starts, ends = choose_sentences(words, chosen.number, chosen.shortest, chosen.longest)
    lengths = ends - starts
    number = np.repeat(np.arange(len(starts)), lengths)
    position = np.arange(len(number)) - (np.cumsum(lengths) - lengths)[number]
    places = starts[number] + position
    ids = words.ids[places]
    columns = {
        "probe": [probe] * len(places),
        "sentence": 1 + number,
        "position": position,
        "id": ids,
        "token": [tokens[word] for word in ids],
    }
    schema = sentences_schema(model.embedding.shape[1])
    return _in_layers(columns, _vectors(model, text, places, settings, reading), schema)


def _vectors(
    model: Transformer,
    text: Encoded,
    places: np.ndarray,
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> np.ndarray:
    """Of `occurrence_vectors`, which reads nothing where there is no place."""
    if not len(places):
        return np.zeros((len(model.blocks) + 1, 0, model.embedding.shape[1]), np.float32)
    return occurrence_vectors(model, text, places, settings, reading)


def _in_layers(columns: Mapping[str, Sequence | np.ndarray], vectors: np.ndarray, schema: pa.Schema) -> pa.Table:
    """A row for each place and layer: the columns of the place, layer, and vector; vectors : [layers, places, d]."""
    layers, count, _ = vectors.shape
    repeated = np.repeat(np.arange(count), layers)
    rows = [pa.array(values, schema.field(name).type).take(pa.array(repeated)) for name, values in columns.items()]
    flat = pa.array(np.ascontiguousarray(vectors.transpose(1, 0, 2)).ravel())
    rows.append(pa.array(np.tile(np.arange(layers), count), pa.int32()))
    rows.append(pa.FixedSizeListArray.from_arrays(flat, type=schema.field("vector").type))
    return pa.Table.from_arrays(rows, schema=schema)


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
