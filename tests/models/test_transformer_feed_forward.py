"""The feed-forward layer in chunks against the plain one."""

import pytest
import torch
import torch.nn.functional as F

from wordspaces.models.transformer.feed_forward import CHUNK, feed_forward


@pytest.mark.parametrize("rows", [1, CHUNK // 4, CHUNK // 4 + 3, CHUNK])
def test_values_and_gradients_are_those_of_autograd(rows: int) -> None:
    noise = torch.Generator().manual_seed(rows)
    x, up, down = (
        torch.randn(*shape, generator=noise, dtype=torch.float64) for shape in ((rows, 4, 6), (24, 6), (6, 24))
    )
    given = [value.requires_grad_() for value in (x, up, down)]
    found, plain = feed_forward(x, up, down), F.linear(F.gelu(F.linear(x, up)), down)
    torch.testing.assert_close(found, plain)
    outer = torch.randn(*x.shape, generator=noise, dtype=torch.float64)
    for one, other in zip(
        torch.autograd.grad(found, given, outer), torch.autograd.grad(plain, given, outer), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_activation_is_the_gaussian_error_linear_unit() -> None:
    x = torch.tensor([[[-1.0], [0.0], [2.0]]])
    found = feed_forward(x, torch.ones(4, 1), torch.full((1, 4), 0.25))
    # x times the share of a standard normal below x (Hendrycks and Gimpel 2016).
    torch.testing.assert_close(found.flatten(), torch.tensor([-0.158655, 0.0, 1.954500]), rtol=1e-5, atol=1e-6)
