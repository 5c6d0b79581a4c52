"""BERT asked for words of held-out text that are hidden one at a time, in documents that stay whole."""

from dataclasses import dataclass

import numpy as np
import torch

from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.packing import MASK, SPECIALS_OF_PAIR, Pairs, Rows, cut_pairs, pair_rows
from wordspaces.models.transformer.settings import BertSettings
from wordspaces.spaces.reading import row_tensors
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded


@dataclass(frozen=True)
class Hidden:
    """Questions, each about one hidden token; int64 [n] each.

    stretch : number of the pair of `cut_pairs` that is shown. start, end : tokens of the text that are hidden in it,
    as far as it holds them. place : the token that is asked for, one of these.
    """

    stretch: np.ndarray
    start: np.ndarray
    end: np.ndarray
    place: np.ndarray


def stretches(text: Encoded, settings: BertSettings, reach: int) -> Pairs:
    """Documents as BERT reads them; reach : positions that training has shown to the model."""
    return cut_pairs(text, min(settings.context, reach))


@torch.no_grad()
def hidden_states(
    model: Transformer,
    text: Encoded,
    pairs: Pairs,
    asked: Hidden,
    settings: BertSettings,
    reading: ContextualSettings,
) -> torch.Tensor:
    """What the head reads at each hidden token, float32 [n, d], in the order of the questions.

    Both halves of a pair are of one document, as wherever text is read; each question has a row of its own, as long
    as its pair, so that nothing is padded.
    """
    found = torch.zeros(len(asked.place), model.embedding.shape[1], device=settings.device)
    lengths = pairs.length[asked.stretch]
    for length in np.unique(lengths):
        questions = np.flatnonzero(lengths == length)
        shown, row = np.unique(asked.stretch[questions], return_inverse=True)
        alone = _alone(text, pairs, shown)
        size = max(1, reading.rows * settings.context // alone.tokens.shape[1])
        for start in range(0, len(questions), size):
            these, rows = questions[start : start + size], alone.take(row[start : start + size])
            within = (rows.source >= asked.start[these, None]) & (rows.source < asked.end[these, None])
            rows = Rows(**{**vars(rows), "tokens": np.where(within, MASK, rows.tokens)})
            column = (rows.source == asked.place[these, None]).argmax(axis=1)
            ((_, tensors),) = row_tensors(rows, size, settings.device)
            at = [torch.from_numpy(index).to(settings.device) for index in (np.arange(len(these)), column, these)]
            found[at[2]] = model(tensors)[at[0], at[1]]
    return found


def _alone(text: Encoded, pairs: Pairs, shown: np.ndarray) -> Rows:
    """Some pairs of one length, each in a row that it fills."""
    length, count = pairs.length[shown], np.arange(len(shown))
    taken = Pairs(pairs.document[shown], pairs.start[shown], length, pairs.half[shown], count, np.zeros_like(count))
    return pair_rows(text, taken, count, int(length[0]) + SPECIALS_OF_PAIR)
