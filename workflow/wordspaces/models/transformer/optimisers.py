"""Which optimiser moves which weights, and how fast: two of them, one schedule."""

import math

import numpy as np
import torch

from wordspaces.models.transformer.adamw import AdamW, Optimiser
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.muon import Muon
from wordspaces.models.transformer.settings import TransformerSettings


def rate_factor(settings: TransformerSettings, step: int, steps: int) -> float:
    """Learning rate of update `step` (1 .. steps) as a share of the peak: a linear rise, then what `schedule` names."""
    warm = math.ceil(settings.warm_up * steps)
    if step <= warm:
        return step / warm
    way = (step - warm) / max(steps - warm, 1)
    fallen = {"linear": way, "cosine": (1.0 - math.cos(math.pi * way)) / 2.0, "constant": 0.0}[settings.schedule]
    return 1.0 - (1.0 - settings.final_rate) * fallen


class Optimisers:
    """AdamW for embeddings, positions, biases and norms, and for the block matrices what the settings name.

    Vectors (biases, norms) are never decayed.
    """

    def __init__(self, model: Transformer, settings: TransformerSettings) -> None:
        matrices = [parameter for parameter in model.blocks.parameters() if parameter.ndim >= 2]
        inside = {id(parameter) for parameter in matrices}
        rest = [parameter for parameter in model.parameters() if id(parameter) not in inside]
        tables = [parameter for parameter in rest if parameter.ndim >= 2]
        vectors = [parameter for parameter in rest if parameter.ndim < 2]
        rate, decay = settings.matrix_rate, settings.weight_decay
        outer = AdamW(
            [
                {"params": tables, "lr": settings.embedding_rate, "weight_decay": decay},
                {"params": vectors, "lr": settings.embedding_rate, "weight_decay": 0.0},
            ]
        )
        inner: Optimiser = AdamW([{"params": matrices, "lr": rate, "weight_decay": decay}])
        if settings.optimiser == "muon":
            dtype = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
            inner = Muon(matrices, lr=rate, weight_decay=decay, dtype=dtype)
        self.members = [outer, inner]
        self.peaks = [settings.embedding_rate, rate]

    def step(self, factor: float) -> None:
        """Update every weight at `factor` of its peak rate and forget the gradients."""
        for member, peak in zip(self.members, self.peaks, strict=True):
            for group in member.groups:
                group["lr"] = peak * factor
            member.step()
            member.forget_gradients()

    def arrays(self) -> dict[str, np.ndarray]:
        """Running averages and counters, as ``{optimiser}.{parameter}.{name}``."""
        return {
            f"{number}.{index}.{name}": value.cpu().numpy().copy()
            for number, member in enumerate(self.members)
            for index, state in member.state.items()
            for name, value in state.items()
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Inverse of `arrays`."""
        for number, member in enumerate(self.members):
            member.state = {}
            for key, value in arrays.items():
                owner, index, name = key.split(".")
                if int(owner) == number:
                    place = member.parameters[int(index)].device
                    member.state.setdefault(int(index), {})[name] = torch.from_numpy(value.copy()).to(place)
