"""How BERT fills gaps: one word of some held-out documents is hidden, and guessed."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import torch
import torch.nn.functional as F

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.cutting import spread
from wordspaces.models.transformer.settings import BertSettings
from wordspaces.spaces.examples import example_table
from wordspaces.spaces.hiding import Hidden, hidden_states, stretches
from wordspaces.spaces.joining import Entries
from wordspaces.spaces.places import evenly, readable
from wordspaces.spaces.reading import FIRST_WORD
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.placeholders import PLACEHOLDERS
from wordspaces.tokens.spelled import SpelledText, Spellings, as_words

GAP = "[MASK]"


def gaps(text: Encoded, tokens: Sequence[str], number: int) -> np.ndarray:
    """Places of hidden words, int64, rising: one in each of `number` documents, spread evenly.

    text : in words. The word is drawn from those of the document that the vocabulary `tokens` has, placeholders left
    out; documents of one word have none. The places are the same for every model and seed.
    """
    placeholders = [n for n, token in enumerate(tokens) if token in PLACEHOLDERS]
    fit = readable(text) & (text.ids >= FIRST_WORD) & ~np.isin(text.ids, placeholders)
    before = np.concatenate([[0], np.cumsum(fit)])[text.documents]
    count = np.diff(before)
    documents = np.flatnonzero(count)
    documents = documents[evenly(number, len(documents))]
    chosen = (generator(0, "filled", "words").random(len(documents)) * count[documents]).astype(np.int64)
    return np.flatnonzero(fit)[before[:-1][documents] + chosen]


def fill_scores(logarithms: np.ndarray, spellings: Spellings | None) -> tuple[np.ndarray, np.ndarray]:
    """Words that fit a gap, and the logarithm of the probability of each.

    Parameters
    ----------
    logarithms : float64 [k, V], of the probability of every entry at each of the k tokens that are hidden, all at once.
    spellings : of all words where the model reads pieces; None where tokens are words.

    Returns
    -------
    ids : int64 [n], rising: every word, or every word of k pieces. scores : float64 [n]; of a word in pieces the sum
    over its pieces, as if they were independent given the text around the gap, which is all that a masked model says.
    """
    if spellings is None:
        return np.arange(logarithms.shape[1]), logarithms[0]
    ids = np.flatnonzero(np.diff(spellings.offsets) == len(logarithms))
    pieces = spellings.pieces[spellings.offsets[ids][:, None] + np.arange(len(logarithms))]
    return ids, logarithms[np.arange(len(logarithms)), pieces].sum(axis=1)


@torch.no_grad()
def filled_rows(
    model: Transformer,
    probe: str,
    text: Encoded,
    tokens: Sequence[str],
    entries: Entries,
    spellings: Spellings | None,
    settings: BertSettings,
    reading: ContextualSettings,
) -> pa.Table:
    """The most likely words for gaps in one held-out text, and the hidden word itself where it is not among them.

    Parameters
    ----------
    probe : corpus of `text`. tokens : V words, in the order of their ids. entries : what the model reads. spellings :
    of the words, None for a model of words.

    Returns
    -------
    Under `EXAMPLES`, of the kind "filled", sorted by number and rank. Fills are whole words, for a model of pieces
    those with as many pieces as the hidden one has (`fill_scores`); probabilities are the model's own, specials and
    `<unk>` included. A word that is cut because it is longer than a row is no gap.
    """
    pairs = stretches(text, settings, model.reach)
    read = as_words(text)
    words = gaps(read, tokens, reading.filled.number)
    start, end = (text.starts[words], text.starts[words + 1]) if isinstance(text, SpelledText) else (words, words + 1)
    stretch = np.searchsorted(pairs.start, start, side="right") - 1
    whole = end <= pairs.start[stretch] + pairs.length[stretch]
    words, start, end, stretch = (column[whole] for column in (words, start, end, stretch))
    gap, within = spread(end - start)
    asked = Hidden(stretch[gap], start[gap], end[gap], start[gap] + within)
    hidden = hidden_states(model, text, pairs, asked, settings, reading)
    rows: list[dict[str, object]] = []
    for number, (word, first, last, shown) in enumerate(zip(words, start, end, stretch, strict=True)):
        logits = F.linear(hidden[torch.from_numpy(gap == number).to(hidden.device)], model.output, model.bias)
        fills = _fills(F.log_softmax(logits.double(), dim=1).cpu().numpy(), spellings, read.ids[word], reading)
        left = entries.text(text.ids[pairs.start[shown] : first])
        right = entries.text(text.ids[last : pairs.start[shown] + pairs.length[shown]])
        example = {
            "kind": "filled",
            "probe": probe,
            "number": number + 1,
            "text": " ".join(filter(None, [left, GAP, right])),
            "truth": tokens[read.ids[word]],
        }
        rows += [
            example | {"fill": tokens[fill], "rank": rank, "probability": probability}
            for fill, rank, probability in fills
        ]
    return example_table(rows)


def _fills(
    logarithms: np.ndarray, spellings: Spellings | None, truth: int, reading: ContextualSettings
) -> list[tuple[int, int, float]]:
    """(word, rank, probability) of the most likely words for one gap, and of the hidden word `truth`; by rank."""
    ids, scores = fill_scores(logarithms, spellings)
    order = np.argsort(-scores, kind="stable")
    kept = (np.arange(len(order)) < reading.filled.most_likely) | (ids[order] == truth)
    return [(int(ids[order[n]]), int(n) + 1, float(np.exp(scores[order[n]]))) for n in np.flatnonzero(kept)]
