"""How surprised GPT and BERT are by each held-out token, in bits: by words, or by pieces of words.

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
from wordspaces.spaces.contextual import reading_rows, row_tensors
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText

PROBABILITIES = pa.schema(
    [
        pa.field("probe", pa.string(), nullable=False),
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


def questions(rows: Rows, settings: GptSettings | BertSettings, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """What is shown and what is asked, int64 [rows, T] each; -1 where nothing is asked.

    GPT is asked for every token of the text, `<unk>` included, but not for the end of a document. BERT is asked for
    tokens hidden as in training; which ones, and by what, is the same for every seed and sample.
    """
    if settings.family == "gpt":
        return rows.tokens, np.where(rows.target_source != NOWHERE, rows.targets, NOWHERE)
    return mask_words(rows, settings.mask_rate, vocabulary, generator(0, "probabilities", "masks"))


@torch.no_grad()
def token_bits(
    model: Transformer, text: Encoded, settings: GptSettings | BertSettings, reading: ContextualSettings
) -> tuple[np.ndarray, np.ndarray]:
    """-log2 P over the whole vocabulary of the tokens that `questions` asks for.

    Returns
    -------
    places : int64 [n], rising, offsets into ``text.ids``; bits : float32 [n].
    """
    rows = reading_rows(text, settings)
    tokens, targets = questions(rows, settings, len(model.embedding))
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


def probability_rows(probe: str, text: Encoded, places: np.ndarray, bits: np.ndarray) -> pa.Table:
    """Rows of the probabilities table, in text order.

    Parameters
    ----------
    probe : corpus of the text. places, bits : of `token_bits`.

    Returns
    -------
    Under `PROBABILITIES`, or `PIECE_PROBABILITIES` where the text is in pieces.
    """
    columns = [pa.repeat(pa.scalar(probe, pa.string()), len(places)), pa.array(text.ids[places]), pa.array(bits)]
    if not isinstance(text, SpelledText):
        return pa.Table.from_arrays(columns, schema=PROBABILITIES)
    words = text.word_at(places)
    columns += [pa.array(text.words[words]), pa.array(np.diff(text.starts)[words], pa.int32())]
    return pa.Table.from_arrays(columns, schema=PIECE_PROBABILITIES)
