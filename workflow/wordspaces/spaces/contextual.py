"""Spaces of GPT and BERT: their input and output matrices, and each word over held-out contexts, layer by layer."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import torch

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.matrices import matrix_block
from wordspaces.spaces.places import choose_occurrences
from wordspaces.spaces.pooling import pool
from wordspaces.spaces.reading import occurrence_parts, occurrence_vectors
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import INPUT_SPACE, OUTPUT_SPACE, space_block
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import Spellings, as_words


def contextual_vectors(
    model: Transformer, text: Encoded, settings: GptSettings | BertSettings, reading: ContextualSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One vector of each word and layer, from the residual stream at its chosen occurrences.

    Parameters
    ----------
    model : trained. text : held-out documents of one corpus. settings : of the model.

    Returns
    -------
    ids : int32 [n], rising, words with enough occurrences. vectors : float32 [layers + 1, n, d]; layers are those of
    `occurrence_vectors`, the "aggregated" vectors of Bommasani et al. (2020) where the pooling is the mean. spreads :
    float32 [layers + 1, n], of the occurrences of each word, whatever the pooling.
    """
    words = as_words(text)
    places = choose_occurrences(words, int(words.ids.max(initial=0)) + 1, reading.contexts)
    places = places[np.argsort(words.ids[places], kind="stable")]
    ids = words.ids[places][:: reading.contexts].astype(np.int32)
    pooled = _means if reading.pooling == "mean" else _first_components
    return ids, *pooled(model, text, places, settings, reading)


def _means(
    model: Transformer,
    text: Encoded,
    places: np.ndarray,
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Means and spreads of the words at `places`, `reading.contexts` of each word in turn; holds sums alone."""
    layers, words = len(model.blocks) + 1, len(places) // reading.contexts
    sums = torch.zeros(layers, words, model.embedding.shape[1], dtype=torch.float64)
    squares = torch.zeros(layers, words, dtype=torch.float64)
    split: dict[tuple[int, int], torch.Tensor] = {}
    for numbers, whole, found in occurrence_parts(model, text, places, settings, reading):
        word = numbers // reading.contexts
        for layer, part in enumerate(found):
            sums[layer].index_add_(0, word, part.double())
            squares[layer].index_add_(0, word, part.double().square().sum(1) * whole)
            # A square is that of the whole vector, which has to be put together first.
            for number, vector in zip(numbers[~whole].tolist(), part[~whole].double(), strict=True):
                split[layer, number] = split.get((layer, number), 0.0) + vector
    for (layer, number), vector in split.items():
        squares[layer, number // reading.contexts] += vector.square().sum()
    means, squares = (sums / reading.contexts).numpy(), (squares / reading.contexts).numpy()
    apart = np.maximum(1.0 - np.square(means).sum(2) / np.where(squares > 0.0, squares, 1.0), 0.0)
    return means.astype(np.float32), np.where(squares > 0.0, apart, 0.0).astype(np.float32)


def _first_components(
    model: Transformer,
    text: Encoded,
    places: np.ndarray,
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """First components and spreads, as `_means`; holds the vectors of all occurrences."""
    streams = occurrence_vectors(model, text, places, settings, reading)
    shape = (len(places) // reading.contexts, reading.contexts, streams.shape[2])
    pooled = [pool(stream.reshape(shape)) for stream in streams]
    return np.stack([vectors for vectors, _ in pooled]), np.stack([spread for _, spread in pooled])


def matrix_blocks(model: Transformer, tokens: Sequence[str], spellings: Spellings | None = None) -> list[pa.Table]:
    """The input matrix as rows of a spaces table, every word of the vocabulary; the output matrix too where it differs.

    tokens : V words, in the order of their ids; spellings : of them where the model reads pieces, whose vectors are
    then averaged.
    """
    matrices = {INPUT_SPACE: model.embedding, OUTPUT_SPACE: model.head}
    return [
        matrix_block(space, matrix.detach().cpu().numpy(), tokens, spellings)
        for space, matrix in matrices.items()
        if matrix is not None
    ]


def contextual_blocks(
    model: Transformer,
    probe: str,
    text: Encoded,
    tokens: Sequence[str],
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> list[pa.Table]:
    """Rows of the spaces "layer0@probe" to "layerL@probe"; probe : corpus of `text`; tokens : V words.

    Raises `StudyError` where no word occurs often enough.
    """
    ids, layers, spreads = contextual_vectors(model, text, settings, reading)
    if not len(ids):
        found = f"{reading.contexts}, more occurrences than any word has in the held-out text of {probe}"
        raise StudyError("spaces.contexts", found, "fewer", "lower it, or hold out more text")
    names = [tokens[word] for word in ids]
    contexts = np.full(len(ids), reading.contexts, np.int32)
    return [
        space_block(f"layer{layer}@{probe}", layer, probe, ids, names, contexts, vectors, spread)
        for layer, (vectors, spread) in enumerate(zip(layers, spreads, strict=True))
    ]
