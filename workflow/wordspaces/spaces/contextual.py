"""Contextual spaces of GPT and BERT: the mean vector of a word over held-out contexts, layer by layer.

The vector of one occurrence of a word in several pieces is the mean of those of its pieces there, each piece with the
same weight, as its input vector is the mean of theirs.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import torch

from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.packing import Rows, causal_rows, cut_pairs, pair_rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, space_block
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, Spellings, as_words

FIRST_WORD = 4


def reading_rows(text: Encoded, settings: GptSettings | BertSettings) -> Rows:
    """Text in the format of training, every document whole: ``<sep> ..`` for GPT, ``<cls> .. <sep> .. <sep>`` for BERT.

    BERT reads both spans of each pair from one document, and nothing is hidden. Documents of one word are not shown
    to it.
    """
    if settings.family == "gpt":
        return causal_rows(text, settings.context)
    pairs = cut_pairs(text, settings.context)
    return pair_rows(text, pairs, np.arange(len(pairs.length)), settings.context)


def row_tensors(rows: Rows, size: int, device: str) -> Iterator[tuple[slice, dict[str, torch.Tensor]]]:
    """Rows `size` at a time, as `Transformer.layers` reads them, with their numbers."""
    for start in range(0, len(rows.tokens), size):
        part = slice(start, start + size)
        arrays = {"tokens": rows.tokens, "segments": rows.segments, "positions": rows.positions, "parts": rows.parts}
        yield part, {name: torch.from_numpy(array[part]).to(device) for name, array in arrays.items()}


def choose_occurrences(text: Encoded, vocabulary: int, contexts: int) -> np.ndarray:
    """Places of the occurrences that stand for each word: `contexts` of them, spread evenly over the text.

    Parameters
    ----------
    text : in words. vocabulary : number of words.

    Returns
    -------
    int64 [words * contexts], rising, offsets into ``text.ids``; a word or placeholder with fewer occurrences in
    documents of two or more words has none. No model, family, tokeniser or seed enters: all read a word in the same
    places.
    """
    lengths = np.diff(text.documents)
    places = np.flatnonzero((text.ids >= FIRST_WORD) & np.repeat(lengths > 1, lengths))
    places = places[np.argsort(text.ids[places], kind="stable")]
    counts = np.bincount(text.ids[places], minlength=vocabulary)
    first = np.cumsum(counts) - counts
    words = np.flatnonzero(counts >= contexts)
    within = (2 * np.arange(contexts) + 1) * counts[words, None] // (2 * contexts)
    return np.sort(places[(first[words, None] + within).ravel()])


@torch.no_grad()
def contextual_means(
    model: Transformer, text: Encoded, settings: GptSettings | BertSettings, reading: ContextualSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the residual stream at the chosen occurrences of each word.

    Parameters
    ----------
    model : trained. text : held-out documents of one corpus. settings : of the model.

    Returns
    -------
    ids : int32 [n], rising, words with enough occurrences. means : float32 [layers + 1, n, d]; layer 0 is embedding
    and position (for BERT and span) added, layer l the stream after block l, before any further normalisation: the
    "aggregated" vectors of Bommasani et al. (2020).
    """
    rows = reading_rows(text, settings)
    words, weights = chosen_tokens(text, reading.contexts)
    wanted = (rows.source >= 0) & (weights[np.maximum(rows.source, 0)] > 0.0)
    kept = np.flatnonzero(wanted.any(axis=1))
    rows, wanted = rows.take(kept), wanted[kept]
    ids = np.unique(words[rows.source[wanted]]).astype(np.int32)
    sums = torch.zeros(len(model.blocks) + 1, len(ids), model.embedding.shape[1], dtype=torch.float64)
    for part, tensors in row_tensors(rows, reading.rows, settings.device):
        where = torch.from_numpy(np.flatnonzero(wanted[part])).to(settings.device)
        source = rows.source[part][wanted[part]]
        entries = torch.from_numpy(np.searchsorted(ids, words[source]))
        weight = torch.from_numpy(weights[source])[:, None]
        for layer, stream in enumerate(model.layers(tensors)):
            sums[layer].index_add_(0, entries, stream.flatten(0, 1)[where].cpu().double() * weight)
    return ids, (sums / reading.contexts).float().numpy()


def chosen_tokens(text: Encoded, contexts: int) -> tuple[np.ndarray, np.ndarray]:
    """The word of each token, int [tokens], and its weight in a vector of it, float64 [tokens].

    A token of no chosen occurrence has the weight 0; those of an occurrence have 1 between them.
    """
    read = as_words(text)
    chosen = np.zeros(len(read.ids))
    chosen[choose_occurrences(read, int(read.ids.max(initial=0)) + 1, contexts)] = 1.0
    if not isinstance(text, SpelledText):
        return read.ids, chosen
    pieces = np.diff(text.starts)
    return np.repeat(read.ids, pieces), np.repeat(chosen / pieces, pieces)


def input_block(model: Transformer, tokens: Sequence[str], spellings: Spellings | None = None) -> pa.Table:
    """The input matrix as rows of a spaces table, every word of the vocabulary.

    tokens : V words, in the order of their ids; spellings : of them where the model reads pieces, whose vectors are
    then averaged.
    """
    vectors = model.embedding.detach().cpu().numpy()
    vectors = vectors if spellings is None else spellings.pool(vectors)
    ids = np.arange(len(tokens))
    return space_block(INPUT_SPACE, INPUT_LAYER, INPUT_PROBE, ids, tokens, np.zeros(len(ids), np.int32), vectors)


def contextual_blocks(
    model: Transformer,
    probe: str,
    text: Encoded,
    tokens: Sequence[str],
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> list[pa.Table]:
    """Rows of the spaces "layer0@probe" to "layerL@probe"; probe : corpus of `text`; tokens : V words."""
    ids, means = contextual_means(model, text, settings, reading)
    names = [tokens[word] for word in ids]
    contexts = np.full(len(ids), reading.contexts, np.int32)
    return [
        space_block(f"layer{layer}@{probe}", layer, probe, ids, names, contexts, vectors)
        for layer, vectors in enumerate(means)
    ]


def texts_by_probe(probes: Sequence[Sequence[str]], shards: Sequence[str]) -> dict[str, list[str]]:
    """Shards of each probe corpus; probes : [corpus, source] of each shard, parallel to `shards`."""
    found: dict[str, list[str]] = {}
    for (corpus, _), shard in zip(probes, shards, strict=True):
        found.setdefault(corpus, []).append(shard)
    return found
