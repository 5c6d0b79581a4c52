"""Held-out text as GPT and BERT read it: in the format of training, and at trained positions alone."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from wordspaces.common.artefacts import RERUN, read_provenance
from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.packing import Rows, causal_rows, cut_pairs, pair_rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, Spellings

FIRST_WORD = 4


def check_vocabulary(path: str | Path, entries: int, rows: int) -> None:
    """Refuse a vocabulary that is not the one a model was trained with.

    path : of the vocabulary of what the model reads, words or pieces; entries : its rows; rows : of the embedding.
    """
    if entries != rows:
        found = f"a vocabulary of {entries:,} entries for weights whose embedding has {rows:,} rows"
        raise StudyError(path, found, "as many entries as rows", "train the model with this vocabulary")


def check_settings(path: str | Path, variant: Mapping[str, Any]) -> None:
    """Refuse weights that were trained with other settings than `variant`, which may well have the same shapes."""
    trained = read_provenance(path).settings.get("variant", {})
    for key in sorted({*trained, *variant}):
        if trained.get(key) != variant.get(key):
            found = f"weights trained with {key} = {trained.get(key)!r}"
            raise StudyError(path, found, f"{key} = {variant.get(key)!r}, as the variant says", RERUN)


def check_spellings(paths: Sequence[str | Path], spellings: Spellings | None, words: int, entries: int) -> None:
    """Refuse spellings (None for a model of whole words) of another vocabulary of words, or in other pieces.

    paths : of the spellings; words : of the vocabulary of words; entries : of the vocabulary of pieces.
    """
    if spellings is None:
        return
    if len(spellings) != words:
        found = f"spellings of {len(spellings):,} words"
        raise StudyError(paths[0], found, f"those of the {words:,} words of the vocabulary")
    if int(spellings.pieces.max(initial=0)) >= entries:
        found = f"the piece {int(spellings.pieces.max())}"
        raise StudyError(paths[0], found, f"pieces below {entries:,}, the entries of the vocabulary of pieces")


def texts_by_probe(probes: Sequence[Sequence[str]], shards: Sequence[str]) -> dict[str, list[str]]:
    """Shards of each probe corpus; probes : [corpus, source] of each shard, parallel to `shards`."""
    found: dict[str, list[str]] = {}
    for (corpus, _), shard in zip(probes, shards, strict=True):
        found.setdefault(corpus, []).append(shard)
    return found


def reading_rows(text: Encoded, settings: GptSettings | BertSettings, reach: int) -> Rows:
    """Text in the format of training, every document whole: ``<sep> ..`` for GPT, ``<cls> .. <sep> .. <sep>`` for BERT.

    BERT reads both spans of each pair from one document, and nothing is hidden. Documents of one word are not shown
    to it. reach : positions that training has shown to the model; rows are no longer, and longer documents are cut.
    """
    context = min(settings.context, reach)
    if settings.family == "gpt":
        return causal_rows(text, context)
    pairs = cut_pairs(text, context)
    return pair_rows(text, pairs, np.arange(len(pairs.length)), context)


def row_tensors(rows: Rows, size: int, device: str) -> Iterator[tuple[slice, dict[str, torch.Tensor]]]:
    """Rows `size` at a time, as `Transformer.layers` reads them, with their numbers."""
    for start in range(0, len(rows.tokens), size):
        part = slice(start, start + size)
        arrays = {"tokens": rows.tokens, "segments": rows.segments, "positions": rows.positions, "parts": rows.parts}
        yield part, {name: torch.from_numpy(array[part]).to(device) for name, array in arrays.items()}


@torch.no_grad()
def occurrence_parts(
    model: Transformer,
    text: Encoded,
    places: np.ndarray,
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> Iterator[tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]]:
    """The residual stream at chosen occurrences of words, some rows of text at a time.

    Parameters
    ----------
    text : held-out documents, plain or in pieces. places : int64 [n], each once, offsets into the words of the text
    (`as_words`), in documents of two or more words. settings : of the model.

    Yields
    ------
    Numbers int64 [m] of places, each once; bool [m], whether the place is read in one part; and for each layer the
    vectors float32 [m, d] there. Layer 0 is embedding and position (for BERT and span) added, layer l the stream after
    block l, before any further normalisation. A word in pieces has one vector, by ``reading.pieces``. One that is
    longer than a row may come in several parts, which add up.
    """
    entry, weight = _weights_of_tokens(text, places, reading.pieces)
    rows = reading_rows(text, settings, model.reach)
    wanted = (rows.source >= 0) & (entry[np.maximum(rows.source, 0)] >= 0)
    kept = np.flatnonzero(wanted.any(axis=1))
    rows, wanted = rows.take(kept), wanted[kept]
    whole = _in_one_row(np.nonzero(wanted)[0], entry[rows.source[wanted]], len(places))
    for part, tensors in row_tensors(rows, reading.rows, settings.device):
        where = torch.from_numpy(np.flatnonzero(wanted[part])).to(settings.device)
        source = rows.source[part][wanted[part]]
        numbers, local = np.unique(entry[source], return_inverse=True)
        local, shares = torch.from_numpy(local), torch.from_numpy(weight[source])[:, None]
        found = []
        for stream in model.layers(tensors):
            chosen = stream.flatten(0, 1)[where].float().cpu() * shares
            found.append(torch.zeros(len(numbers), chosen.shape[1]).index_add_(0, local, chosen))
        yield torch.from_numpy(numbers), torch.from_numpy(whole[numbers]), found


def _in_one_row(rows: np.ndarray, numbers: np.ndarray, count: int) -> np.ndarray:
    """bool [count]: whether all tokens of a number stand in one row; rows, numbers : int64 [tokens]."""
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(first, numbers, rows)
    np.maximum.at(last, numbers, rows)
    return first == last


def occurrence_vectors(
    model: Transformer,
    text: Encoded,
    places: np.ndarray,
    settings: GptSettings | BertSettings,
    reading: ContextualSettings,
) -> np.ndarray:
    """All of `occurrence_parts`, float32 [layers + 1, n, d]."""
    vectors = torch.zeros(len(model.blocks) + 1, len(places), model.embedding.shape[1])
    for numbers, _, found in occurrence_parts(model, text, places, settings, reading):
        for layer, part in enumerate(found):
            vectors[layer].index_add_(0, numbers, part)
    return vectors.numpy()


def _weights_of_tokens(text: Encoded, places: np.ndarray, pieces: str) -> tuple[np.ndarray, np.ndarray]:
    """Number of the chosen occurrence each token is of, int64 [tokens], -1 for none; its share of it, float32."""
    entry, weight = np.full(len(text.ids), -1, np.int64), np.ones(len(text.ids), np.float32)
    if not isinstance(text, SpelledText):
        entry[places] = np.arange(len(places))
        return entry, weight
    if pieces == "last":
        entry[text.starts[places + 1] - 1] = np.arange(len(places))
        return entry, weight
    count = np.diff(text.starts)
    number = np.full(len(count), -1, np.int64)
    number[places] = np.arange(len(places))
    return np.repeat(number, count), np.repeat(1.0 / count, count).astype(np.float32)
