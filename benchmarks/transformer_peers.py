"""The peers of GPT and BERT: one update of any of them, and those of Hugging Face trained in the usual way.

The classes are those of the package, the loop around them is ours, as that of the package does more than train.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertForPreTraining, GPT2Config, GPT2LMHeadModel

from wordspaces.common.streams import generator, stream_seed
from wordspaces.models.transformer.packing import CLS, MASK, SEP
from wordspaces.tokens.encoded import Encoded

Family = Literal["gpt", "bert"]
Batch = dict[str, torch.Tensor]
FIRST_WORD, IGNORED = 4, -100
RATE, CLIP = 1e-3, 1.0


@dataclass(frozen=True)
class Size:
    """What every side is given: width d, positions T of a row, heads of a block, rows of an update, blocks."""

    dimension: int
    context: int
    heads: int
    batch: int
    layers: int = 2

    def __str__(self) -> str:
        return f"d{self.dimension}"


@dataclass
class Peer:
    """A model, its optimiser and its batches without end, which hold the arguments of the model."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    batches: Iterator[Batch]
    device: str = "cpu"

    def update(self, rate: float | None = None) -> None:
        """One update, at the learning rate `rate` or at the last one; on a GPU with products in bfloat16."""
        batch = {name: array.to(self.device) for name, array in next(self.batches).items()}
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device != "cpu"):
            loss = self.model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        if rate is not None:
            for group in self.optimiser.param_groups:
                group["lr"] = rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)


def join(text: Encoded) -> np.ndarray:
    """All documents one after another with a ``<sep>`` before each, int64 [tokens + documents]."""
    return np.insert(text.ids.astype(np.int64), text.documents[:-1], SEP)


def hugging_face(family: Family, size: Size, text: Encoded, vocabulary: int, mask_rate: float, device: str) -> Peer:
    """GPT-2 or BERT of the package `transformers`: attention of torch, no dropout, tied embeddings, AdamW."""
    torch.manual_seed(stream_seed(0, "benchmark", family) % 2**63)
    shape = {"vocab_size": vocabulary, "attn_implementation": "sdpa"}
    if family == "gpt":
        chosen = GPT2Config(
            n_positions=size.context,
            n_embd=size.dimension,
            n_layer=size.layers,
            n_head=size.heads,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            use_cache=False,
            bos_token_id=SEP,
            eos_token_id=SEP,
            **shape,
        )
        model, batches = GPT2LMHeadModel(chosen), _causal_batches(text, size)
        model.loss_type = "ForCausalLM"  # what it takes anyway, with a warning
    else:
        chosen = BertConfig(
            max_position_embeddings=size.context,
            hidden_size=size.dimension,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=4 * size.dimension,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=SEP,
            **shape,
        )
        model, batches = BertForPreTraining(chosen), _masked_batches(text, size, vocabulary, mask_rate)
    model.to(device).train()
    return Peer(model, torch.optim.AdamW(model.parameters(), lr=RATE), batches, device)


def _causal_batches(text: Encoded, size: Size) -> Iterator[Batch]:
    """Rows of T tokens of the joined documents, in a new order each pass."""
    stream = join(text)
    rows = stream[: len(stream) // size.context * size.context].reshape(-1, size.context)
    for chosen in _orders(len(rows), size.batch):
        tokens = torch.from_numpy(rows[chosen])
        yield {"input_ids": tokens, "labels": tokens}


def _masked_batches(text: Encoded, size: Size, vocabulary: int, mask_rate: float) -> Iterator[Batch]:
    """Rows ``<cls> a <sep> b <sep>`` of T tokens; in half of them b follows a, in the others it is from elsewhere.

    The words hidden are drawn anew each time, 80 % as ``<mask>``, 10 % as another word, 10 % as they are.
    """
    words = size.context - 3
    rows = text.ids[: len(text.ids) // words * words].reshape(-1, words).astype(np.int64)
    half, rng = words // 2, generator(0, "benchmark", "masks")
    parts = torch.from_numpy(np.repeat([0, 1], [half + 2, words - half + 1])).expand(size.batch, -1)
    for chosen in _orders(len(rows), size.batch):
        elsewhere = rng.random(size.batch) < 0.5
        second = np.where(elsewhere, rng.integers(len(rows), size=size.batch), chosen)
        edge = np.full((size.batch, 1), SEP)
        tokens = np.hstack([np.full_like(edge, CLS), rows[chosen, :half], edge, rows[second, half:], edge])
        fate, kind = rng.random(tokens.shape), rng.random(tokens.shape)
        hidden = (fate < mask_rate) & (tokens != CLS) & (tokens != SEP)
        other = rng.integers(FIRST_WORD, vocabulary, tokens.shape)
        shown = np.where(kind < 0.8, MASK, np.where(kind < 0.9, other, tokens))
        yield {
            "input_ids": torch.from_numpy(np.where(hidden, shown, tokens)),
            "token_type_ids": parts,
            "labels": torch.from_numpy(np.where(hidden, tokens, IGNORED)),
            "next_sentence_label": torch.from_numpy(elsewhere.astype(np.int64)),
        }


def _orders(rows: int, batch: int) -> Iterator[np.ndarray]:
    """Numbers of the rows of each batch, int64 [batch]: pass after pass without end, a rest left out.

    Where all rows are fewer than a batch, some come twice.
    """
    rng = generator(0, "benchmark", "order")
    while True:
        order = np.resize(rng.permutation(rows), max(rows, batch))
        for start, stop in pairwise(range(0, len(order) + 1, batch)):
            yield order[start:stop]
