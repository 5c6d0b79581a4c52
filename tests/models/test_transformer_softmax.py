"""Exact and sampled cross-entropy."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wordspaces.common.streams import generator
from wordspaces.models.transformer.softmax import CandidateSampler, exact_losses, sampled_losses

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


def test_every_word_a_candidate_is_the_exact_loss_and_gradient(problem: tuple) -> None:
    hidden, targets, weight, bias, counts = problem
    hidden, weight = hidden.requires_grad_(), weight.requires_grad_()
    drawn = CandidateSampler(counts, V).draw(targets.numpy(), generator(0, "draw"))
    words, log_inclusion, places = (torch.from_numpy(array) for array in drawn)
    assert words.tolist() == list(range(V))
    sampled = sampled_losses(hidden, places, words, log_inclusion, weight, bias)
    exact = F.cross_entropy(hidden @ weight.T + bias, targets, reduction="none")
    torch.testing.assert_close(sampled, exact)
    for one, other in zip(
        torch.autograd.grad(sampled.mean(), (hidden, weight)),
        torch.autograd.grad(exact.mean(), (hidden, weight)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


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
