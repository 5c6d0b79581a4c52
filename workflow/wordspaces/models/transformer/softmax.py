"""Cross-entropy over the vocabulary: exactly, in chunks that bound memory, or over a sample of candidate words.

Losses to train on come with their gradients: logits of a chunk are turned into probabilities, and these into the
gradient, where they lie, while they are in the cache of the processor.
"""

import numpy as np
import torch
import torch.nn.functional as F

CHUNK = 128
SMALLEST = float(torch.finfo(torch.float32).tiny)


def exact_losses(
    hidden: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, chunk: int = CHUNK
) -> torch.Tensor:
    """-log P(target) in nats over the whole vocabulary, `chunk` positions at a time.

    Parameters
    ----------
    hidden : float [n, d]; targets : int64 [n]; weight : float [V, d]; bias : float [V].

    Returns
    -------
    float [n].
    """
    parts = [
        F.cross_entropy(F.linear(rows, weight, bias), wanted, reduction="none")
        for rows, wanted in zip(hidden.split(chunk), targets.split(chunk), strict=True)
    ]
    return torch.cat(parts) if parts else hidden.new_zeros(0)


class _MeanLoss(torch.autograd.Function):
    """Mean cross-entropy of ``softmax(hidden weight' + bias)``, differentiated while it is computed."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        places: torch.Tensor,
        chunk: int,
        dtype: torch.dtype,
    ) -> torch.Tensor:
        n, low, shift = len(hidden), weight.to(dtype), bias.to(dtype)
        of_hidden, of_weight, of_bias = torch.empty_like(hidden), torch.zeros_like(weight), torch.zeros_like(bias)
        total = hidden.new_zeros((), dtype=torch.float64)
        room = hidden.new_empty(min(chunk, n), len(weight), dtype=dtype)
        for start in range(0, n, chunk):
            rows = hidden[start : start + chunk].to(dtype)
            wanted = torch.arange(len(rows), device=rows.device), places[start : start + chunk]
            table = torch.addmm(shift, rows, low.t(), out=room[: len(rows)]).float()
            torch.softmax(table, 1, out=table)
            # The least normal number: a word this unlikely has a loss of 87 nats, and the same gradient.
            right = table[wanted]
            total -= right.clamp_min(SMALLEST).log_().sum(dtype=torch.float64)
            table[wanted] = right - 1.0
            of_bias.add_(table.sum(0))
            table = table.to(dtype)
            of_hidden[start : start + chunk] = torch.mm(table, low)
            if dtype == weight.dtype:
                of_weight.addmm_(table.t(), rows)
            else:
                of_weight.add_(torch.mm(table.t(), rows))
        ctx.save_for_backward(of_hidden, of_weight, of_bias)
        ctx.n = n
        return (total / n).to(hidden.dtype)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, outer: torch.Tensor) -> tuple:
        share = outer / ctx.n
        return *(gradient * share for gradient in ctx.saved_tensors), None, None, None


def mean_loss(
    hidden: torch.Tensor,
    places: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    dtype: torch.dtype = torch.float32,
    chunk: int = CHUNK,
) -> torch.Tensor:
    """Mean of -log P(target) in nats over the rows of `weight`, to be differentiated once.

    Parameters
    ----------
    hidden : float32 [n, d], n at least 1; places : int64 [n], the target's row in weight; weight : float32 [m, d];
    bias : float32 [m]; dtype : of the matrix products; sums and probabilities are float32. chunk : positions at a time.

    Returns
    -------
    float32 [].
    """
    return _MeanLoss.apply(hidden, weight, bias, places, chunk, dtype)


class CandidateSampler:
    """Draws the words over which one batch is normalised: its own targets, and others in proportion to a noise law.

    The targets are taken with certainty; `candidates` other words are drawn without replacement by systematic
    sampling, so that the probability of each to be included is known exactly: ``min(1, c q)`` with one c for all
    (Madow 1949). Weighting a word by the inverse of that probability estimates the partition function without bias
    (Horvitz and Thompson 1952); the logarithm of it is the logQ correction of the sampled softmax (Bengio and
    Senecal 2008). The *loss* is biased, by Jensen's inequality, the less the more candidates there are
    (Blanc and Rendle 2018), and equals the exact one when every word is a candidate.
    """

    def __init__(self, counts: np.ndarray, candidates: int, power: float = 0.75) -> None:
        """Noise law proportional to ``(counts + 1) ** power``; counts int [V]."""
        self.noise = (np.asarray(counts, np.float64) + 1.0) ** power
        self.candidates = candidates

    def inclusion(self, certain: np.ndarray) -> np.ndarray:
        """Probability, float64 [V], of each word to be a candidate where those at the ids `certain` always are."""
        size = self.noise.copy()
        size[certain] = 0.0
        probability = np.zeros_like(size)
        probability[certain] = 1.0
        free = np.flatnonzero(size)
        if len(free) <= self.candidates:
            return np.ones_like(size)
        wanted = float(self.candidates)
        while True:
            share = size[free] * (wanted / size[free].sum())
            full = share >= 1.0
            if not full.any():
                probability[free] = share
                return probability
            probability[free[full]] = 1.0
            wanted -= int(full.sum())
            free = free[~full]

    def draw(self, targets: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Candidates of one batch.

        Parameters
        ----------
        targets : int64 [n]. rng : consumed by one number.

        Returns
        -------
        words : int64 [m], rising; log_inclusion : float32 [m]; places : int64 [n], where each target stands in words.
        """
        probability = self.inclusion(np.unique(targets))
        running = np.cumsum(probability)
        # A word is drawn when a point of the grid u, u + 1, u + 2, ... falls into its stretch of the running sum.
        # Certain words span a whole unit and would be hit in any case; rounding is not trusted for them.
        grid = np.floor(running + rng.random())
        drawn = np.diff(grid, prepend=0.0) > 0
        words = np.flatnonzero(drawn | (probability >= 1.0))
        return words, np.log(probability[words]).astype(np.float32), np.searchsorted(words, targets)


class DrawnCandidates:
    """Candidates drawn for a whole batch, to be used for its parts."""

    def __init__(self, sampler: CandidateSampler, targets: np.ndarray, rng: np.random.Generator) -> None:
        """Draw for `targets`, int64 [n], as `CandidateSampler.draw`."""
        self.words, self.log_inclusion, _ = sampler.draw(targets, rng)

    def draw(self, targets: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same candidates for some of those targets; as `CandidateSampler.draw`, but nothing is random."""
        return self.words, self.log_inclusion, np.searchsorted(self.words, targets)


def candidate_rows(
    words: torch.Tensor, log_inclusion: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Output vectors and biases of candidate words, so that a softmax over them estimates that over all words.

    Parameters
    ----------
    words : int64 [m], log_inclusion : float32 [m], of `CandidateSampler.draw`; weight : float [V, d]; bias : float [V].

    Returns
    -------
    float [m, d] and float [m], the bias less the log of the probability to be drawn.
    """
    return weight.index_select(0, words), bias.index_select(0, words) - log_inclusion
