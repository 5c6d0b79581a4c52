"""The feed-forward layer on a CPU: some rows at a time, so that its four times wider inner layer stays in the cache."""

import torch
import torch.nn.functional as F

CHUNK = 256


class _InChunks(torch.autograd.Function):
    """``gelu(x up') down'``; the inner layer is kept, its activation is computed again for the gradient."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx, x: torch.Tensor, up: torch.Tensor, down: torch.Tensor
    ) -> torch.Tensor:
        inner, out = x.new_empty(len(x), len(up)), torch.empty_like(x)
        for start in range(0, len(x), CHUNK):
            rows = slice(start, start + CHUNK)
            torch.mm(x[rows], up.t(), out=inner[rows])
            torch.mm(F.gelu(inner[rows]), down.t(), out=out[rows])
        ctx.save_for_backward(x, inner, up, down)
        return out

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, outer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, inner, up, down = ctx.saved_tensors
        of_x, of_up, of_down = torch.empty_like(x), torch.zeros_like(up), torch.zeros_like(down)
        for start in range(0, len(x), CHUNK):
            rows = slice(start, start + CHUNK)
            of_down.addmm_(outer[rows].t(), F.gelu(inner[rows]))
            of_inner = torch.ops.aten.gelu_backward(torch.mm(outer[rows], down), inner[rows])
            of_up.addmm_(of_inner.t(), x[rows])
            torch.mm(of_inner, up, out=of_x[rows])
        return of_x, of_up, of_down


def feed_forward(x: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """``gelu(x up') down'``: Radford et al. (2019), without biases, the Gaussian error in its exact form.

    x : float [rows, T, d]; up : float [4d, d]; down : float [d, 4d]. Returns the shape of x. To be differentiated once.
    """
    plain = torch.compiler.is_compiling() or torch.is_autocast_enabled(x.device.type)
    if x.device.type == "cpu" and not plain:
        return _InChunks.apply(x.flatten(0, 1), up, down).view_as(x)
    return F.linear(F.gelu(F.linear(x, up)), down)
