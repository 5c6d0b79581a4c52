"""Cross-entropy over the vocabulary: exactly, in chunks that bound memory, or over a sample of candidate words."""

import numpy as np
import torch
import torch.nn.functional as F

CHUNK = 256


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


def sampled_losses(
    hidden: torch.Tensor,
    places: torch.Tensor,
    words: torch.Tensor,
    log_inclusion: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
) -> torch.Tensor:
    """-log P(target) in nats with the partition function estimated over candidates.

    Parameters
    ----------
    hidden : float [n, d]; places : int64 [n], the target's index in words; words : int64 [m];
    log_inclusion : float [m]; weight : float [V, d]; bias : float [V].

    Returns
    -------
    float [n].
    """
    logits = F.linear(hidden, weight[words], bias[words] - log_inclusion)
    return F.cross_entropy(logits, places, reduction="none")
