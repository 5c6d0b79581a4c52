"""Muon: orthogonalised momentum."""

import numpy as np
import pytest
import torch

from wordspaces.models.transformer.muon import COEFFICIENTS, Muon, orthogonalise


@pytest.mark.parametrize("shape", [(16, 16), (48, 16), (16, 64), (3, 16, 16)])
def test_singular_values_come_near_one_and_vectors_stay(shape: tuple[int, ...]) -> None:
    matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = orthogonalise(matrix)
    values = torch.linalg.svdvals(result)
    assert values.min() > 0.5
    assert values.max() < 1.3
    u, _, vh = torch.linalg.svd(matrix, full_matrices=False)
    rotated = u.mT @ result @ vh.mT
    off_diagonal = rotated - torch.diag_embed(torch.diagonal(rotated, dim1=-2, dim2=-1))
    assert off_diagonal.abs().max() < 1e-8


@pytest.mark.parametrize("shape", [(16, 16), (24, 16), (64, 16), (16, 64), (2, 3, 48, 16)])
def test_steps_collected_or_not_are_those_of_the_iteration(shape: tuple[int, ...]) -> None:
    matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(4))
    x = matrix.double() / matrix.double().norm(dim=(-2, -1), keepdim=True)
    a, b, c = COEFFICIENTS
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + b * gram @ x + c * gram @ gram @ x
    torch.testing.assert_close(orthogonalise(matrix).double(), x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16), (64, 16)])
def test_bfloat16_keeps_singular_values_near_one(shape: tuple[int, ...]) -> None:
    weight = torch.nn.Parameter(torch.zeros(*shape))
    weight.grad = torch.randn(*shape, generator=torch.Generator().manual_seed(5))
    low, full = weight.detach().clone(), weight.detach().clone()
    for moved, dtype in ((low, torch.bfloat16), (full, torch.float32)):
        held = torch.nn.Parameter(moved)
        held.grad = weight.grad.clone()
        Muon([held], lr=1.0, dtype=dtype).step()
        values = torch.linalg.svdvals(moved) / max(1.0, shape[0] / shape[1]) ** 0.5
        assert 0.5 < values.min() <= values.max() < 1.3
    assert 0 < (low - full).norm() < 0.05 * full.norm()


def test_scale_of_the_gradient_does_not_matter() -> None:
    matrix = torch.randn(8, 8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(orthogonalise(matrix), orthogonalise(1e-4 * matrix), rtol=1e-4, atol=1e-5)
    assert (orthogonalise(torch.zeros(4, 4)) == 0).all()


def test_steps_agree_with_the_optimiser_in_torch() -> None:
    start = torch.randn(24, 16, generator=torch.Generator().manual_seed(2))
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    one = Muon([ours], lr=0.05, weight_decay=0.1)
    other = torch.optim.Muon([theirs], lr=0.05, momentum=0.95, weight_decay=0.1)
    for step in range(4):
        gradient = torch.randn(24, 16, generator=torch.Generator().manual_seed(10 + step))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        one.step()
        other.step()
    moved, reference = (ours - start).detach().numpy(), (theirs - start).detach().numpy()
    # torch iterates in bfloat16, which keeps two to three digits.
    assert np.abs(moved - reference).max() < 0.06 * np.abs(reference).max()


def test_minimises_a_quadratic() -> None:
    target = torch.randn(6, 6, generator=torch.Generator().manual_seed(3))
    weight = torch.nn.Parameter(torch.zeros(6, 6))
    optimiser = Muon([weight], lr=0.1)
    for step in range(200):
        optimiser.groups[0]["lr"] = 0.1 * (1 - step / 200)
        optimiser.forget_gradients()
        (weight - target).square().sum().backward()
        optimiser.step()
    assert (weight - target).square().sum().item() < 0.01 * target.square().sum().item()
