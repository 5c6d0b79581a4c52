"""Processes that train one model together: each takes its rows of every batch, and their gradients are summed.

The sum is one all-reduce after the backward pass. DistributedDataParallel sums while it goes on, but wants a backward
pass on every process that reaches every weight: here a process may have no row of a small batch, and no word of its
rows may be hidden.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.objectives import Batch, training_losses
from wordspaces.models.transformer.softmax import CandidateSampler, DrawnCandidates

Value = TypeVar("Value")


class ProcessLostError(RuntimeError):
    """Another process of the team has ended; why is for that one to say."""


@contextmanager
def _exchange() -> Iterator[None]:
    """Tell failures of the exchange between processes from those of the work itself."""
    try:
        yield
    except RuntimeError as error:
        raise ProcessLostError(str(error)) from error


class Team:
    """The processes of the default process group, numbered by rank; one alone where there is no group.

    What passes between them, gradients apart, are numbers and objects in main memory: the group needs a backend for
    CPU tensors, and one for those of the training's device.
    """

    def __init__(self) -> None:
        together = dist.is_available() and dist.is_initialized()
        self.rank, self.size = (dist.get_rank(), dist.get_world_size()) if together else (0, 1)
        self.first, self.alone = self.rank == 0, self.size == 1

    def share(self, batch: Batch) -> Batch:
        """The rows of this process: one of `size` runs of rows, as equal as can be, which may be empty."""
        rows, length = batch.rows["tokens"].shape
        start, end = rows * self.rank // self.size, rows * (self.rank + 1) // self.size
        asked = (batch.chosen >= start * length) & (batch.chosen < end * length)
        pairs = (batch.starts >= start * length) & (batch.starts < end * length)
        return replace(
            batch,
            rows={name: array[start:end] for name, array in batch.rows.items()},
            chosen=batch.chosen[asked] - start * length,
            targets=batch.targets[asked],
            starts=batch.starts[pairs] - start * length,
            consecutive=batch.consecutive[pairs],
        )

    def differentiate(
        self,
        model: Transformer,
        batch: Batch,
        weights: tuple[float, float],
        sampler: CandidateSampler | None,
        rng: np.random.Generator,
        noise: torch.Generator | None,
    ) -> tuple[float, int]:
        """Gradients of the mean losses of a whole batch, which every process has afterwards.

        Parameters
        ----------
        weights : of the word loss and the next-sentence loss. The rest as for `training_losses`; candidates are drawn
        for the whole batch, so that each process normalises over the same words.

        Returns
        -------
        The word loss of the batch in nats, and over how many words the softmax went.
        """
        if self.alone:
            words, pairs, outputs = training_losses(model, batch, sampler, rng, noise)
            (weights[0] * words if pairs is None else weights[0] * words + weights[1] * pairs).backward()
            return float(words.detach()), outputs
        drawn = DrawnCandidates(sampler, batch.targets, rng) if sampler and len(batch.chosen) else None
        own, loss = self.share(batch), 0.0
        if len(own.rows["tokens"]):
            words, pairs, _ = training_losses(model, own, drawn, rng, noise)
            asked = len(own.chosen) / max(len(batch.chosen), 1)
            total = weights[0] * asked * words
            if pairs is not None and len(own.starts):
                total = total + weights[1] * len(own.starts) / len(batch.starts) * pairs
            total.backward()
            loss = float(words.detach()) * asked
        outputs = len(drawn.words) if drawn else len(model.output) * bool(len(batch.chosen))
        return self._summed(list(model.parameters()), loss), outputs

    def _summed(self, parameters: Sequence[torch.nn.Parameter], loss: float) -> float:
        """Sum the gradients over all processes, where any of them has one, and the loss."""
        # First what lies in main memory: the loss of a process shows here, not in a kernel that waits for it.
        facts = torch.tensor([loss, *(float(p.grad is not None) for p in parameters)], dtype=torch.float64)
        with _exchange():
            dist.all_reduce(facts)
            moved = [p for p, has in zip(parameters, facts[1:].tolist(), strict=True) if has]
            flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in moved])
            dist.all_reduce(flat)
        for parameter, gradient in zip(moved, flat.split([p.numel() for p in moved]), strict=True):
            parameter.grad = gradient.view_as(parameter)
        return float(facts[0])

    def any(self, asked: bool) -> bool:
        """Whether it is asked for on any process."""
        if self.alone:
            return asked
        flag = torch.tensor(int(asked))
        with _exchange():
            dist.all_reduce(flag, dist.ReduceOp.MAX)
        return bool(flag)

    def of_first(self, value: Value) -> Value:
        """The value that the first process has; those of others are ignored."""
        if self.alone:
            return value
        values = [value if self.first else None]
        with _exchange():
            dist.broadcast_object_list(values, src=0, device=torch.device("cpu"))
        return values[0]

    def first_does(self, work: Callable[[], None]) -> None:
        """Let the first process do something for all; where it ends there with a status, all end with it."""
        if self.alone:
            return work()
        code = None
        if self.first:
            try:
                work()
            except SystemExit as stop:
                code = stop
        status = self.of_first(None if code is None else code.code)
        if code is not None:
            raise code
        if status is not None:
            raise SystemExit(status)

    def check_equal(self, model: Transformer, where: str) -> None:
        """Refuse a model that is not the same on every process, to the last bit."""
        if self.alone:
            return
        digest = hashlib.blake2b(digest_size=7)
        for array in model.arrays().values():
            digest.update(array.tobytes())
        own = torch.tensor(int.from_bytes(digest.digest(), "big"))
        found = [torch.zeros_like(own) for _ in range(self.size)]
        with _exchange():
            dist.all_gather(found, own)
        kinds = len({int(one) for one in found})
        if kinds > 1:
            raise StudyError(
                where,
                f"{kinds} different models on {self.size} processes after the last update",
                "equal weights on all of them",
                "train on devices of one kind, or set `processes` of this variant to 1",
            )
