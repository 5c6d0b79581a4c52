"""Updates of GPT and BERT to be timed, whole, and their scaled dot-product attention alone."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from wordspaces.common.streams import generator
from wordspaces.models.cost.evidence import sized
from wordspaces.models.cost.grid import Point
from wordspaces.models.transformer.body import attention_mask
from wordspaces.models.transformer.objectives import training_losses
from wordspaces.models.transformer.settings import settings_of
from wordspaces.models.transformer.train import Training, torch_stream
from wordspaces.tokens.encoded import Encoded

Task = Callable[[], None]
HEAD, LAYERS, SEED, ROUNDS = 32, 2, 0, 4


def heads(dimension: int) -> int:
    """Heads of about `HEAD` components that divide the dimension; one at least."""
    return next(count for count in range(max(1, dimension // HEAD), 0, -1) if dimension % count == 0)


def update_task(text: Encoded, vocabulary: int, point: Point) -> Task:
    """One update as the trainer makes it: batch, forward, backward, clipping, both optimisers; always on the same rows.

    The trainer's losses on held-out text and its snapshots are no part of it.
    """
    settings = settings_of(
        {
            "family": point.trainer,
            "dimension": point.dimension,
            "context": point.context,
            "batch": point.rows,
            "layers": LAYERS,
            "heads": heads(point.dimension),
            "snapshots": 2,
            "heldout_tokens": point.context,
        }
    )
    # Rows are not full: some times as many tokens as positions, so that there are rows enough for a batch.
    read = sized(text, ROUNDS * point.rows * point.context)
    training = Training(settings, read, read, vocabulary, SEED)
    rows = training.objective.training_rows(generator(SEED, "cost", "rows"))
    rows = rows.take(generator(SEED, "cost", "order").permutation(len(rows.tokens))[: point.rows])

    def update() -> None:
        rng = generator(SEED, "cost", "sampling")
        batch = training.objective.batch(rows, rng)
        words, following, _ = training_losses(training.model, batch, training.sampler, rng, None)
        total = training.weights[0] * words
        (total if following is None else total + training.weights[1] * following).backward()
        torch.nn.utils.clip_grad_norm_(training.model.parameters(), settings.clip, foreach=False)
        training.optimisers.step(1.0)

    return update


def attention_task(point: Point) -> Task:
    """Attention of one layer, forward and backward, with the mask of rows that hold one document each."""
    count = heads(point.dimension)
    shape = point.rows, count, point.context, point.dimension // count
    noise = torch_stream("cpu", SEED, "cost", "attention")
    q, k, v = (torch.randn(shape, generator=noise).requires_grad_() for _ in range(3))
    mask = attention_mask(torch.ones(point.rows, point.context, dtype=torch.int64), True)
    back = torch.ones(shape)

    def attend() -> None:
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        torch.autograd.grad(seen, (q, k, v), back)

    return attend
