"""The transformer that GPT and BERT share: pre-norm blocks over rows in which several documents lie side by side."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.feed_forward import feed_forward
from wordspaces.models.transformer.settings import TransformerSettings


def attention_mask(segments: torch.Tensor, causal: bool) -> torch.Tensor:
    """Additive mask float [rows, 1, T, T]: 0 where a position (third axis) may look (fourth axis), -inf elsewhere.

    A position sees its own segment of int64 `segments` [rows, T] only, and nothing after itself where `causal`.
    Padding is a segment of its own (0), so that no position is left without anything to see.
    """
    allowed = segments[:, :, None] == segments[:, None, :]
    if causal:
        allowed = allowed.tril()
    return torch.zeros(allowed.shape, device=segments.device).masked_fill_(~allowed, -math.inf)[:, None]


def sinusoids(length: int, dimension: int) -> torch.Tensor:
    """Fixed position vectors float32 [length, dimension]: Vaswani et al. (2017), section 3.5, sines then cosines."""
    rates = torch.exp(torch.arange(0, dimension, 2) * (-math.log(10000.0) / dimension))
    angles = torch.arange(length)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def drop(x: torch.Tensor, share: float, noise: torch.Generator | None) -> torch.Tensor:
    """Dropout with a random stream of its own; nothing is dropped without one."""
    if noise is None or share == 0.0:
        return x
    kept = torch.empty_like(x).bernoulli_(1.0 - share, generator=noise)
    return x * kept.div_(1.0 - share)


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x)): Radford et al. (2019), without biases."""

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        d = settings.dimension
        self.heads, self.dropout = settings.heads, settings.dropout
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(d, bias=False), nn.LayerNorm(d, bias=False)
        self.query_key_value = nn.Parameter(torch.empty(3, d, d))
        self.mix = nn.Parameter(torch.empty(d, d))
        self.up, self.down = nn.Parameter(torch.empty(4 * d, d)), nn.Parameter(torch.empty(d, 4 * d))

    def forward(self, x: torch.Tensor, mask: torch.Tensor, noise: torch.Generator | None) -> torch.Tensor:
        """float [rows, T, d] -> the same shape."""
        rows, length, d = x.shape
        joined = F.linear(self.attention_norm(x), self.query_key_value.flatten(0, 1))
        q, k, v = joined.view(rows, length, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        x = x + drop(F.linear(seen.transpose(1, 2).reshape(rows, length, d), self.mix), self.dropout, noise)
        return x + drop(feed_forward(self.feed_forward_norm(x), self.up, self.down), self.dropout, noise)


class Transformer(nn.Module):
    """Embeddings with positions added, blocks, and a head whose bias starts at the log unigram.

    Parameters
    ----------
    settings : of the family; `bert` looks both ways, tells the two parts of a pair apart and has a next-sentence head.
    vocabulary : number of ids V.

    `reach` is how many positions, from 0, have been trained; a text is not to be read beyond them.
    """

    def __init__(self, settings: TransformerSettings, vocabulary: int) -> None:
        super().__init__()
        d, T = settings.dimension, settings.context
        self.causal, self.dropout = settings.family == "gpt", settings.dropout
        self.low, self.reach = settings.precision == "bfloat16", T
        self.embedding = nn.Parameter(torch.empty(vocabulary, d))
        if settings.positions == "learned":
            self.positions = nn.Parameter(torch.empty(T, d))
        else:
            self.register_buffer("positions", settings.initialisation * math.sqrt(2) * sinusoids(T, d), False)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(d, bias=False)
        self.head = None if settings.tied else nn.Parameter(torch.empty(vocabulary, d))
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        if not self.causal:
            self.parts = nn.Parameter(torch.empty(2, d))
            self.next_sentence = nn.Parameter(torch.zeros(d))
            self.next_sentence_bias = nn.Parameter(torch.zeros(1))

    @property
    def output(self) -> torch.Tensor:
        """Word vectors [V, d] of the output head."""
        return self.embedding if self.head is None else self.head

    def layers(self, rows: dict[str, torch.Tensor], noise: torch.Generator | None = None) -> list[torch.Tensor]:
        """The residual stream float [rows, T, d] before the first block and after each one.

        rows : int64 [rows, T] each: tokens, segments, positions and, for BERT, parts. noise : stream of the dropout.
        """
        x = F.embedding(rows["tokens"], self.embedding) + F.embedding(rows["positions"], self.positions)
        if not self.causal:
            x = x + F.embedding(rows["parts"], self.parts)
        mask = attention_mask(rows["segments"], self.causal)
        stream = [drop(x, self.dropout, noise)]
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.low):
            for block in self.blocks:
                stream.append(block(stream[-1], mask, noise))
        return stream

    def forward(self, rows: dict[str, torch.Tensor], noise: torch.Generator | None = None) -> torch.Tensor:
        """What the heads read: the normalised last layer, float [rows, T, d]."""
        return self.norm(self.layers(rows, noise)[-1])

    def arrays(self) -> dict[str, np.ndarray]:
        """A copy of every weight by name; "embedding" float32 [V, d] is the input matrix, "reach" int64 [1]."""
        weights = {name: value.cpu().numpy().copy() for name, value in self.state_dict().items()}
        return weights | {"reach": np.array([self.reach], np.int64)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Inverse of `arrays`."""
        weights = dict(arrays)
        self.reach = int(weights.pop("reach")[0])
        self.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})


def log_unigram(counts: np.ndarray) -> np.ndarray:
    """Add-one log probability in nats of each id, float32 [V]: what the head predicts before it has learnt anything."""
    counts = np.asarray(counts, np.float64) + 1.0
    return np.log(counts / counts.sum()).astype(np.float32)


def new_model(settings: TransformerSettings, counts: np.ndarray, noise: torch.Generator) -> Transformer:
    """A model with random matrices, drawn in the order of its parameters from `noise`.

    counts : int [V], how often each id is a target in the training sample.
    """
    model = Transformer(settings, len(counts))
    residual = settings.initialisation / math.sqrt(2 * settings.layers)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim >= 2:
                last = name.endswith(("mix", "down"))
                parameter.normal_(0.0, residual if last else settings.initialisation, generator=noise)
        model.bias.copy_(torch.from_numpy(log_unigram(counts)))
    if settings.compiled:
        for block in model.blocks:
            block.compile()
    return model.to(settings.device)


def load_model(settings: TransformerSettings, weights: dict[str, np.ndarray]) -> Transformer:
    """The model of a checkpoint, ready to be read from: arrays as `Transformer.arrays` names them.

    Raises
    ------
    StudyError : the arrays are not those of a model with these settings.
    """
    model = Transformer(settings, len(weights.get("embedding", ())))
    try:
        model.restore(weights)
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        found = " ".join(str(error).split())[:200]
        raise StudyError("weights", found, f"the weights of a {settings.family} with these settings") from None
    return model.to(settings.device).eval()
