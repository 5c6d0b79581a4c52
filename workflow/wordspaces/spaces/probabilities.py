"""How surprised GPT and BERT are by held-out tokens, in bits: by words, or by pieces of words.

There are three questions: "causal", each token from those before it (GPT); "masked", tokens hidden as in training
(BERT); "pseudo", each token of some documents hidden alone (BERT).

Where tokens are pieces, the bits of the pieces of a word add up to those of the word, and over a text to those of its
words as they are spelled; a model that could spell them otherwise gives the text itself no less (Cao and Rimell 2021).
The mark of a word's beginning lies in its first piece, so that a single word is charged for the border before it, not
for the one behind it (Pimentel and Meister 2024).
"""

import math

import numpy as np
import pyarrow as pa
import torch

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.objectives import mask_words
from wordspaces.models.transformer.packing import NOWHERE, Rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.softmax import exact_losses
from wordspaces.spaces.pseudo import pseudo_bits
from wordspaces.spaces.reading import reading_rows, row_tensors
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText

PROBABILITIES = pa.schema(
    [
        pa.field("probe", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("id", pa.int32(), nullable=False),
        pa.field("bits", pa.float32(), nullable=False),
    ]
)
"""Of a model of words; id : the word."""
PIECE_PROBABILITIES = pa.schema(
    [
        *PROBABILITIES,
        pa.field("word", pa.int32(), nullable=False),
        pa.field("pieces", pa.int32(), nullable=False),
    ]
)
"""Of a model of pieces; id : the piece; word : the word it is of, as id in the vocabulary of words; pieces : how many
that word has."""


def questions(
    rows: Rows, text: Encoded, settings: GptSettings | BertSettings, vocabulary: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is shown and what is asked, int64 [rows, T] each; -1 where nothing is asked; rows : of `text`.

    GPT is asked for every token of the text, `<unk>` included, but not for the end of a document. BERT is asked for
    tokens hidden as in training; which ones, and by what, is the same for every model of one tokeniser, however long
    its rows are.
    """
    if settings.family == "gpt":
        return rows.tokens, np.where(rows.target_source != NOWHERE, rows.targets, NOWHERE)
    ids = text.ids[None].astype(np.int64)
    # Drawn along the text, not along the rows, whose layout depends on what the model has been trained on.
    whole = Rows(**{**vars(rows.take(np.arange(0))), "tokens": ids, "targets": ids})
    shown, asked = mask_words(whole, settings.mask_rate, vocabulary, generator(0, "probabilities", "masks"))
    inside, at = rows.source != NOWHERE, np.maximum(rows.source, 0)
    return np.where(inside, shown[0, at], rows.tokens), np.where(inside, asked[0, at], NOWHERE)


@torch.no_grad()
def token_bits(
    model: Transformer, text: Encoded, settings: GptSettings | BertSettings, reading: ContextualSettings
) -> tuple[np.ndarray, np.ndarray]:
    """-log2 P over the whole vocabulary of the tokens that `questions` asks for, "causal" or "masked".

    Returns
    -------
    places : int64 [n], rising, offsets into ``text.ids``; bits : float32 [n].
    """
    rows = reading_rows(text, settings, model.reach)
    tokens, targets = questions(rows, text, settings, len(model.embedding))
    asked = Rows(**{**vars(rows), "tokens": tokens})
    nats: list[np.ndarray] = []
    for part, tensors in row_tensors(asked, reading.rows, settings.device):
        places = np.flatnonzero(targets[part] != NOWHERE)
        hidden = model(tensors).flatten(0, 1)[torch.from_numpy(places).to(settings.device)]
        wanted = torch.from_numpy(targets[part].ravel()[places]).to(settings.device)
        nats.append(exact_losses(hidden, wanted, model.output, model.bias).cpu().numpy())
    places = rows.target_source[targets != NOWHERE]
    order = np.argsort(places, kind="stable")
    bits = np.concatenate(nats).astype(np.float64) / math.log(2.0)
    return places[order], bits[order].astype(np.float32)


def probability_tables(
    model: Transformer, probe: str, text: Encoded, settings: GptSettings | BertSettings, reading: ContextualSettings
) -> list[pa.Table]:
    """Rows of every question to the family, each as `probability_rows`: "causal"; or "masked", then "pseudo"."""
    if settings.family == "gpt":
        return [probability_rows(probe, "causal", text, *token_bits(model, text, settings, reading))]
    return [
        probability_rows(probe, "masked", text, *token_bits(model, text, settings, reading)),
        probability_rows(probe, "pseudo", text, *pseudo_bits(model, text, settings, reading)),
    ]


def probability_rows(probe: str, question: str, text: Encoded, places: np.ndarray, bits: np.ndarray) -> pa.Table:
    """Rows of the probabilities table, in text order.

    Parameters
    ----------
    probe : corpus of the text. question : "causal", "masked" or "pseudo". places, bits : of `token_bits` or
    `wordspaces.spaces.pseudo.pseudo_bits`.

    Returns
    -------
    Under `PROBABILITIES`, or `PIECE_PROBABILITIES` where the text is in pieces.
    """
    names = [pa.repeat(pa.scalar(name, pa.string()), len(places)) for name in (probe, question)]
    columns = [*names, pa.array(text.ids[places]), pa.array(bits)]
    if not isinstance(text, SpelledText):
        return pa.Table.from_arrays(columns, schema=PROBABILITIES)
    words = text.word_at(places)
    columns += [pa.array(text.words[words]), pa.array(np.diff(text.starts)[words], pa.int32())]
    return pa.Table.from_arrays(columns, schema=PIECE_PROBABILITIES)
