"""Muon: momentum, then the nearest semi-orthogonal matrix as the update of each weight matrix."""

from collections.abc import Iterable

import torch

from wordspaces.models.transformer.adamw import Optimiser

# Quintic iteration of Jordan et al. (2024): steepest at zero, so that small singular values rise in few steps.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5


def orthogonalise(matrix: torch.Tensor) -> torch.Tensor:
    """Map the singular values of each matrix near 1 and keep its singular vectors (Newton-Schulz iteration).

    Each step is X <- p(X X') X with the quadratic p(G) = a I + b G + c G^2. Where a matrix is twice as long as wide, or
    more, its steps are collected in the small square p_5 ... p_1, for X X' follows without X: G <- p(G) G p(G). That
    takes about half the operations.

    Parameters
    ----------
    matrix : float [..., rows, columns].

    Returns
    -------
    float of the same shape, singular values within about [0.7, 1.2]. Source: Jordan et al. (2024), "Muon"; the
    iteration is Bernstein and Newhouse (2024), "Old optimizer, new norm".
    """
    tall = matrix.size(-2) > matrix.size(-1)
    x = (matrix.mT if tall else matrix).reshape(-1, *sorted(matrix.shape[-2:]))
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp_min(1e-12)
    # Products of products need the digits of float32.
    long = x.size(-1) >= 2 * x.size(-2) and x.dtype != torch.bfloat16
    x = _collected(x) if long else _stepwise(x)
    return (x.mT if tall else x).reshape(matrix.shape)


def _stepwise(x: torch.Tensor) -> torch.Tensor:
    a, b, c = COEFFICIENTS
    for _ in range(STEPS):
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


def _collected(x: torch.Tensor) -> torch.Tensor:
    a, b, c = COEFFICIENTS
    gram = torch.bmm(x, x.mT)
    product = None
    for step in range(STEPS):
        factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        factor.diagonal(dim1=-2, dim2=-1).add_(a)
        product = factor if product is None else torch.bmm(factor, product)
        if step < STEPS - 1:
            gram = torch.bmm(torch.bmm(factor, gram), factor)
    return torch.bmm(product, x)


class Muon(Optimiser):
    """Nesterov momentum whose direction is orthogonalised, for matrices and stacks of matrices.

    Parameters
    ----------
    parameters : the matrices, [..., rows, columns] each.
    lr : learning rate; the update of a matrix is scaled by ``max(1, rows / columns) ** 0.5``.
    momentum : share of the past direction kept.
    weight_decay : decoupled, times the learning rate. dtype : of the products that orthogonalise.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.dtype = dtype
        super().__init__([{"params": parameters, "lr": lr, "momentum": momentum, "weight_decay": weight_decay}])

    @torch.no_grad()
    def step(self) -> None:
        """Update every matrix that has a gradient; matrices of one shape share the iteration."""
        for group in self.groups:
            shapes: dict[tuple[int, ...], list[torch.nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault(tuple(parameter.shape), []).append(parameter)
            for (*_, rows, columns), members in shapes.items():
                directions = torch.stack([self._direction(p, group["momentum"]) for p in members])
                update = orthogonalise(directions.to(self.dtype)).float()
                scale = group["lr"] * max(1.0, rows / columns) ** 0.5
                for parameter, direction in zip(members, update, strict=True):
                    parameter.mul_(1.0 - group["lr"] * group["weight_decay"]).add_(direction, alpha=-scale)

    def _direction(self, parameter: torch.nn.Parameter, momentum: float) -> torch.Tensor:
        """Nesterov's look-ahead of the running average of the gradient."""
        state = self.state_of(parameter, "momentum")
        state["momentum"].lerp_(parameter.grad, 1.0 - momentum)
        return parameter.grad.lerp(state["momentum"], momentum)
