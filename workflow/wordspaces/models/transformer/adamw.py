"""AdamW, and the frame it shares with Muon: groups of weights, a state for each, gradients forgotten.

The optimisers of torch load its compiler when they are made, a second and more in each of the many short jobs of a
study. These do not, though AdamW is torch's own kernel; tests hold both to torch's, step by step.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch


class Optimiser:
    """Groups of parameters with their settings, and the running averages of each parameter.

    `groups` is a list of dicts: ``params`` (list of parameters), ``lr``, ``weight_decay`` and what a subclass adds.
    `state` holds, by the position of a parameter over all groups, its named tensors.
    """

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        self.groups = [{**group, "params": list(group["params"])} for group in groups]
        self.parameters: Sequence[torch.nn.Parameter] = [p for group in self.groups for p in group["params"]]
        self.state: dict[int, dict[str, torch.Tensor]] = {}
        self._position = {id(parameter): index for index, parameter in enumerate(self.parameters)}

    def state_of(self, parameter: torch.nn.Parameter, *names: str) -> dict[str, torch.Tensor]:
        """The running averages of one parameter, zero at first."""
        index = self._position[id(parameter)]
        if index not in self.state:
            self.state[index] = {name: torch.zeros_like(parameter) for name in names}
        return self.state[index]

    def forget_gradients(self) -> None:
        """Drop every gradient."""
        for parameter in self.parameters:
            parameter.grad = None


class AdamW(Optimiser):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), bias-corrected.

    Parameters
    ----------
    groups : dicts with ``params``, ``lr`` and ``weight_decay``.
    betas : shares of the past first and second moments that are kept.
    epsilon : added to the root of the second moment.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], betas: tuple[float, float] = (0.9, 0.95), epsilon: float = 1e-8
    ) -> None:
        super().__init__(groups)
        self.betas, self.epsilon = betas, epsilon

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient, by torch's own kernel, which passes over its arrays once."""
        for group in self.groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            states = [self.state_of(parameter, "mean", "square") for parameter in moved]
            counts = [
                state.setdefault("count", parameter.new_zeros(()))
                for state, parameter in zip(states, moved, strict=True)
            ]
            for count in counts:
                count += 1
            if moved:
                torch._fused_adamw_(
                    moved,
                    [parameter.grad for parameter in moved],
                    [state["mean"] for state in states],
                    [state["square"] for state in states],
                    [],
                    counts,
                    lr=group["lr"],
                    beta1=self.betas[0],
                    beta2=self.betas[1],
                    weight_decay=group["weight_decay"],
                    eps=self.epsilon,
                    amsgrad=False,
                    maximize=False,
                )
