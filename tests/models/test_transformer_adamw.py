"""AdamW against torch's own, step by step, with groups of unequal decay."""

import subprocess
import sys

import torch

from wordspaces.models.transformer.adamw import AdamW


def test_steps_agree_with_the_optimiser_in_torch() -> None:
    starts = [torch.randn(7, 5, generator=torch.Generator().manual_seed(seed)) for seed in range(3)]
    ours = [torch.nn.Parameter(start.clone()) for start in starts]
    theirs = [torch.nn.Parameter(start.clone()) for start in starts]
    groups = [({"lr": 0.01, "weight_decay": 0.3}, slice(0, 2)), ({"lr": 0.02, "weight_decay": 0.0}, slice(2, 3))]
    one = AdamW([{**group, "params": ours[part]} for group, part in groups], betas=(0.9, 0.95))
    other = torch.optim.AdamW([{**group, "params": theirs[part]} for group, part in groups], betas=(0.9, 0.95))
    for step in range(20):
        for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            gradient = torch.randn(7, 5, generator=torch.Generator().manual_seed(100 * step + index))
            # A parameter without a gradient stays where it is, undecayed, and its count of steps stands still.
            a.grad, b.grad = (None, None) if (step, index) == (4, 1) else (gradient.clone(), gradient.clone())
        one.step()
        other.step()
        one.forget_gradients()
        assert all(parameter.grad is None for parameter in ours)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=2e-6, atol=1e-7)


def test_training_does_not_load_the_compiler_of_torch() -> None:
    program = (
        "import sys, torch\n"
        "from wordspaces.models.transformer.adamw import AdamW\n"
        "from wordspaces.models.transformer.train import deterministic\n"
        "deterministic('cpu')\n"
        "w = torch.nn.Parameter(torch.zeros(3))\n"
        "optimiser = AdamW([{'params': [w], 'lr': 0.1, 'weight_decay': 0.1}])\n"
        "(w - 1).square().sum().backward()\n"
        "optimiser.step()\n"
        "print('torch._dynamo' in sys.modules, float(w.detach()[0]))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded, value = run.stdout.split()
    assert loaded == "False"
    assert abs(float(value) - 0.1) < 1e-6
