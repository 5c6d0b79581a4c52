"""Untrained models of a few weights, made-up text for them, and single documents as they read them."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import Transformer, new_model
from wordspaces.models.transformer.packing import CLS, SEP
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, Spellings

V, D, T = 24, 8, 16
SMALL = {"dimension": D, "context": T, "initialisation": 0.3}
KINDS = pytest.mark.parametrize("settings", [GptSettings(**SMALL), BertSettings(**SMALL)], ids=["gpt", "bert"])
NAMES = [f"w{i}" for i in range(V)]


def text_of(documents: int, longest: int, seed: int = 0) -> Encoded:
    """Documents of 1 to longest - 1 words, some of them unknown."""
    rng = generator(seed, "text")
    bounds = np.concatenate([[0], np.cumsum(rng.integers(1, longest, documents))]).astype(np.int64)
    ids = (4 + np.minimum(rng.geometric(0.2, bounds[-1]) - 1, V - 5)).astype(np.int32)
    ids[rng.random(len(ids)) < 0.05] = 0
    return Encoded(ids, bounds, bounds)


def spellings_of_words() -> Spellings:
    """One piece for even words and for the specials, two or three for the others; pieces have ids below V too."""
    rng = generator(0, "spellings")
    lengths = np.where((np.arange(V) < 4) | (np.arange(V) % 2 == 0), 1, 2 + np.arange(V) % 3 // 2)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    pieces = rng.integers(4, V, offsets[-1]).astype(np.int32)
    pieces[:4] = np.arange(4)
    return Spellings(offsets, pieces)


def spelled(text: Encoded) -> SpelledText:
    """The same text in the pieces of `spellings_of_words`."""
    spellings = spellings_of_words()
    words = [spellings.pieces[slice(*spellings.offsets[word : word + 2])] for word in text.ids]
    starts = np.concatenate([[0], np.cumsum([len(word) for word in words])]).astype(np.int64)
    return SpelledText(np.concatenate(words), starts[text.documents], starts[text.documents], text.ids, starts)


def model_of(settings: GptSettings | BertSettings) -> Transformer:
    """A model with random matrices."""
    return new_model(settings, np.arange(V), torch.Generator().manual_seed(5)).eval()


def untrained_beyond(model: Transformer, reach: int) -> Transformer:
    """The model as one that has been trained on so many positions: what reads further finds no number."""
    model.reach = reach
    with torch.no_grad():
        model.positions[reach:] = torch.nan
    return model


def alone(model: Transformer, words: np.ndarray, half: int | None = None) -> tuple[dict[str, torch.Tensor], np.ndarray]:
    """One short document as a row of its own, and where its tokens stand in it; half : tokens of the first span."""
    if model.causal:
        tokens, parts = [SEP, *words], [0] * (len(words) + 1)
        places = 1 + np.arange(len(words))
    else:
        half = len(words) // 2 if half is None else half
        tokens = [CLS, *words[:half], SEP, *words[half:], SEP]
        parts = [0] * (half + 2) + [1] * (len(words) - half + 1)
        places = np.arange(len(words)) + 1 + (np.arange(len(words)) >= half)
    count = len(tokens)
    rows = {"tokens": tokens, "segments": [1] * count, "positions": list(range(count)), "parts": parts}
    return {name: torch.tensor([value], dtype=torch.int64) for name, value in rows.items()}, places


def half_of(text: Encoded, start: int, end: int) -> int:
    """Tokens in the first half of a document: half of them, or up to the border of words nearest to that."""
    half = (end - start) // 2
    if not isinstance(text, SpelledText):
        return half
    inner = [int(border) - start for border in text.starts if start < border < end]
    return min(inner, key=lambda border: (abs(border - half), border))


def documents_of(text: Encoded) -> list[tuple[int, int]]:
    """First token and end of each document."""
    return list(pairwise(text.documents.tolist()))


@torch.no_grad()
def log_probabilities(model: Transformer, rows: dict[str, torch.Tensor]) -> np.ndarray:
    """Natural logarithms, float64 [T, V], at each place of the one row."""
    return torch.log_softmax((model(rows)[0] @ model.output.T + model.bias).double(), dim=-1).numpy()
