"""A peer of GPT: a short trainer after the recipe of nanoGPT (Karpathy 2022).

One stream of tokens, random windows of it, the full softmax; pre-norm blocks without biases, learned positions, GELU, a
tied head; AdamW, a linear warm-up and a cosine to a tenth of the rate.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from benchmarks.transformer_peers import IGNORED, RATE, Batch, Peer, Size, join
from torch import nn

from wordspaces.common.streams import generator, stream_seed
from wordspaces.models.transformer.packing import NOWHERE, SEP, Rows
from wordspaces.models.transformer.train import deterministic
from wordspaces.tokens.encoded import Encoded

BETAS, DECAY = (0.9, 0.95), 0.1
WARM_UP, FINAL_RATE = 0.03, 0.1
DEVIATION = 0.02


class Answer(NamedTuple):
    """What a model is trained on: its mean loss in nats."""

    loss: torch.Tensor


class Block(nn.Module):
    """Attention and feed-forward layer, each behind a norm and added to what came in."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.dimension
        self.heads = size.heads
        self.first_norm, self.second_norm = nn.LayerNorm(d, bias=False), nn.LayerNorm(d, bias=False)
        self.joined, self.mix = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float [rows, T, d] -> the same shape."""
        rows, length, d = x.shape
        parts = self.joined(self.first_norm(x)).chunk(3, dim=-1)
        query, key, value = (part.view(rows, length, self.heads, -1).transpose(1, 2) for part in parts)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.mix(seen.transpose(1, 2).reshape(rows, length, d))
        return x + self.down(F.gelu(self.up(self.second_norm(x))))


class Nano(nn.Module):
    """A causal language model over `vocabulary` ids."""

    def __init__(self, size: Size, vocabulary: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, size.dimension)
        self.places = nn.Embedding(size.context, size.dimension)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.dimension, bias=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                residual = name.endswith(("mix.weight", "down.weight"))
                nn.init.normal_(weight, std=DEVIATION / math.sqrt(2 * size.layers) if residual else DEVIATION)

    def forward(self, tokens: torch.Tensor, targets: torch.Tensor) -> Answer:
        """Loss over int64 [rows, T] of tokens and the ids to predict, `IGNORED` where nothing is."""
        x = self.words(tokens) + self.places.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.words.weight)
        return Answer(F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED))


def nano(size: Size, text: Encoded, vocabulary: int, seed: int, device: str) -> Peer:
    """A new model with its optimiser, which decays matrices only, and its windows."""
    torch.manual_seed(stream_seed(seed, "benchmark", "nano") % 2**63)
    model = Nano(size, vocabulary).to(device)
    matrices, vectors = ([p for p in model.parameters() if (p.ndim > 1) == wanted] for wanted in (True, False))
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}]
    return Peer(model, torch.optim.AdamW(groups, lr=RATE, betas=BETAS), _windows(text, size, seed), device)


def _windows(text: Encoded, size: Size, seed: int) -> Iterator[Batch]:
    """Windows of T tokens of the stream and the T tokens one further, from anywhere, without end."""
    stream, rng = join(text), generator(seed, "benchmark", "windows")
    while True:
        starts = rng.integers(len(stream) - size.context, size=size.batch)
        window = torch.from_numpy(stream[starts[:, None] + np.arange(size.context + 1)])
        yield {"tokens": window[:, :-1], "targets": window[:, 1:]}


def rate_at(way: float) -> float:
    """Learning rate when the share `way` of the time is spent."""
    if way < WARM_UP:
        return RATE * way / WARM_UP
    fallen = min((way - WARM_UP) / (1.0 - WARM_UP), 1.0)
    return RATE * (FINAL_RATE + (1.0 - FINAL_RATE) * (1.0 + math.cos(math.pi * fallen)) / 2.0)


@dataclass(frozen=True)
class Trained:
    """Exact held-out loss in nats of a training, the CPU seconds it took and its updates."""

    loss: float
    seconds: float
    updates: int


def train_nano(size: Size, text: Encoded, heldout: Rows, vocabulary: int, seconds: float, seed: int) -> Trained:
    """Train for these CPU seconds or a little more; the schedule follows the clock and so ends just then."""
    deterministic("cpu")  # one thread and no subnormal numbers, as ours
    peer, updates = nano(size, text, vocabulary, seed, "cpu"), 0
    begin = time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        peer.update(rate_at(spent / seconds))
        updates += 1
    return Trained(heldout_loss(peer.model, heldout), spent, updates)


@torch.no_grad()
def heldout_loss(model: nn.Module, rows: Rows, batch: int = 64) -> float:
    """Exact mean loss in nats of every target of `rows`, each segment alone in a row from position 0."""
    total, number = 0.0, 0
    for tokens, targets in alone(rows, batch):
        wanted = int((targets != IGNORED).sum())
        total += float(model(tokens, targets).loss) * wanted
        number += wanted
    return total / number


def alone(rows: Rows, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Tokens and targets of `batch` segments at a time, int64 [batch, T]; padding comes last, where none looks."""
    there = rows.segments > 0
    line = np.flatnonzero(there)[rows.positions[there] == 0]
    numbers = np.cumsum(rows.positions[there] == 0) - 1
    shape = (len(line), rows.tokens.shape[1])
    tokens, targets = np.full(shape, SEP), np.full(shape, IGNORED)
    tokens[numbers, rows.positions[there]] = rows.tokens[there]
    targets[numbers, rows.positions[there]] = np.where(rows.targets[there] == NOWHERE, IGNORED, rows.targets[there])
    for start in range(0, len(line), batch):
        yield torch.from_numpy(tokens[start : start + batch]), torch.from_numpy(targets[start : start + batch])
