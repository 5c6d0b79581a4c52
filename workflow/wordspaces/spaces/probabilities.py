"""How surprised GPT and BERT are by each held-out word, in bits."""

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

PROBABILITIES = pa.schema(
    [
        pa.field("probe", pa.string(), nullable=False),
        pa.field("id", pa.int32(), nullable=False),
        pa.field("bits", pa.float32(), nullable=False),
    ]
)


def questions(rows: Rows, settings: GptSettings | BertSettings, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """What is shown and what is asked, int64 [rows, T] each; -1 where nothing is asked.

    GPT is asked for every token of the text, `<unk>` included, but not for the end of a document. BERT is asked for
    words hidden as in training; which ones, and by what, is the same for every seed and sample.
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
    ids : int32 [n], in text order; bits : float32 [n].
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
    where = targets != NOWHERE
    order = np.argsort(rows.target_source[where], kind="stable")
    bits = np.concatenate(nats).astype(np.float64) / math.log(2.0)
    return targets[where][order].astype(np.int32), bits[order].astype(np.float32)


def probability_rows(probe: str, ids: np.ndarray, bits: np.ndarray) -> pa.Table:
    """Rows of the probabilities table under `PROBABILITIES`; probe : corpus of the text."""
    columns = [pa.repeat(pa.scalar(probe, pa.string()), len(ids)), pa.array(ids), pa.array(bits)]
    return pa.Table.from_arrays(columns, schema=PROBABILITIES)
