"""Exact and sampled cross-entropy."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wordspaces.common.streams import generator
from wordspaces.models.transformer.softmax import CandidateSampler, candidate_rows, exact_losses, mean_loss

V, D, N = 300, 8, 50


@pytest.fixture
def problem() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, np.ndarray]:
    noise = torch.Generator().manual_seed(0)
    hidden, weight = torch.randn(N, D, generator=noise), torch.randn(V, D, generator=noise)
    counts = generator(0, "counts").zipf(1.5, V)
    return hidden, torch.randint(0, V, (N,), generator=noise), weight, torch.randn(V, generator=noise), counts


def test_exact_losses_equal_cross_entropy_whatever_the_chunk(problem: tuple) -> None:
    hidden, targets, weight, bias, _ = problem
    expected = F.cross_entropy(hidden @ weight.T + bias, targets, reduction="none")
    for chunk in (1, 7, 1024):
        torch.testing.assert_close(exact_losses(hidden, targets, weight, bias, chunk), expected)
    assert exact_losses(hidden[:0], targets[:0], weight, bias).shape == (0,)


@pytest.mark.parametrize("chunk", [7, 50, 1024])
def test_mean_loss_and_its_gradients_are_those_of_autograd(problem: tuple, chunk: int) -> None:
    hidden, targets, weight, bias, _ = problem
    given = [value.requires_grad_() for value in (hidden, weight, bias)]
    loss = mean_loss(hidden, targets, weight, bias, chunk=chunk)
    plain = F.cross_entropy(hidden.double() @ weight.double().T + bias.double(), targets)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-6)
    for one, other in zip(torch.autograd.grad(3 * loss, given), torch.autograd.grad(3 * plain, given), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_word_that_cannot_be_has_a_finite_loss_and_the_gradient_of_certainty(problem: tuple) -> None:
    hidden, _, weight, bias, _ = problem
    one, targets = torch.zeros_like(bias), torch.zeros(N, dtype=torch.int64)
    one[1] = 300.0
    hidden = torch.zeros_like(hidden).requires_grad_()
    loss = mean_loss(hidden, targets, weight, one)
    assert loss.item() == pytest.approx(87.34, abs=0.01)
    expected = (weight[1] - weight[0]) / N
    torch.testing.assert_close(torch.autograd.grad(loss, hidden)[0], expected.expand(N, D), rtol=1e-5, atol=1e-7)


def test_products_in_bfloat16_keep_two_digits(problem: tuple) -> None:
    hidden, targets, weight, bias, _ = problem
    given = [value.requires_grad_() for value in (hidden, weight, bias)]
    low, full = (mean_loss(hidden, targets, weight, bias, dtype, 16) for dtype in (torch.bfloat16, torch.float32))
    assert low.item() == pytest.approx(full.item(), rel=5e-3)
    for one, other in zip(torch.autograd.grad(low, given), torch.autograd.grad(full, given), strict=True):
        assert one.dtype == torch.float32
        assert (one - other).norm() < 0.02 * other.norm()


def test_every_word_a_candidate_is_the_exact_loss_and_gradient(problem: tuple) -> None:
    hidden, targets, weight, bias, counts = problem
    hidden, weight = hidden.requires_grad_(), weight.requires_grad_()
    drawn = CandidateSampler(counts, V).draw(targets.numpy(), generator(0, "draw"))
    words, log_inclusion, places = (torch.from_numpy(array) for array in drawn)
    assert words.tolist() == list(range(V))
    sampled = mean_loss(hidden, places, *candidate_rows(words, log_inclusion, weight, bias))
    exact = F.cross_entropy(hidden @ weight.T + bias, targets)
    torch.testing.assert_close(sampled, exact)
    for one, other in zip(
        torch.autograd.grad(sampled, (hidden, weight)), torch.autograd.grad(exact, (hidden, weight)), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_drawn_word_is_weighted_by_the_inverse_of_its_probability(problem: tuple) -> None:
    hidden, targets, weight, bias, counts = problem
    drawn = CandidateSampler(counts, 40).draw(targets.numpy(), generator(0, "draw"))
    words, log_inclusion, places = (torch.from_numpy(array) for array in drawn)
    sums = (torch.exp(hidden @ weight[words].T + bias[words]).double() / log_inclusion.double().exp()).sum(dim=1)
    expected = (sums.log() - (hidden * weight[targets]).sum(dim=1) - bias[targets]).mean()
    found = mean_loss(hidden, places, *candidate_rows(words, log_inclusion, weight, bias))
    # A target is a candidate with certainty: its own logit has no correction.
    assert (log_inclusion[places] == 0).all()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_inclusion_probabilities_are_those_with_which_words_are_drawn(problem: tuple) -> None:
    targets, counts = problem[1].numpy(), problem[4]
    sampler, rng = CandidateSampler(counts, 40), generator(1, "draw")
    expected = sampler.inclusion(np.unique(targets))
    assert expected.sum() == pytest.approx(len(np.unique(targets)) + 40)
    assert (expected > 0).all()
    assert (expected <= 1).all()
    hits, draws = np.zeros(V), 4000
    for _ in range(draws):
        words, log_inclusion, places = sampler.draw(targets, rng)
        hits[words] += 1
        assert (words[places] == targets).all()
        np.testing.assert_allclose(np.exp(log_inclusion), expected[words], rtol=1e-5)
    spread = np.sqrt(expected * (1 - expected) / draws)
    assert (np.abs(hits / draws - expected) <= 4.5 * spread + 1e-12).all()


def test_partition_function_is_estimated_without_bias_and_the_loss_with_less_bias_for_more_words(
    problem: tuple,
) -> None:
    hidden, targets, weight, bias, counts = problem
    logits = (hidden @ weight.T + bias).double().numpy()
    exact = np.exp(logits).sum(axis=1)
    bias_of_loss = []
    for candidates in (20, 150):
        sampler, rng = CandidateSampler(counts, candidates), generator(2, "draw")
        estimates = []
        for _ in range(3000):
            words, log_inclusion, _ = sampler.draw(targets.numpy(), rng)
            estimates.append(np.exp(logits[:, words] - log_inclusion).sum(axis=1))
        ratio = np.array(estimates) / exact
        error = ratio.std(axis=0) / np.sqrt(len(ratio))
        assert (np.abs(ratio.mean(axis=0) - 1) <= 4.5 * error).all()
        bias_of_loss.append(np.log(ratio).mean())
    assert bias_of_loss[0] < bias_of_loss[1] < 0
