"""What a training of GPT or BERT costs in floating-point operations, in closed form, and what the machine could do.

A product of an n x k and a k x m matrix is 2 n k m operations; elementwise work, norms and optimisers are left out, as
is usual for "model FLOPs" (Kaplan et al. 2020, section 2.1; Chowdhery et al. 2022, appendix B).
"""

import time

from wordspaces.models.transformer.settings import TransformerSettings

CUBE = {"cpu": 512, "cuda": 8192}
REPEATS = 20
SHARE_BACKWARD = 2


def forward_flops(settings: TransformerSettings, rows: int, asked: int, outputs: int) -> int:
    """Operations of one forward pass: O(n^2 d) of attention beside O(n d^2) of everything else in a block.

    Parameters
    ----------
    rows : of `settings.context` positions each, all of them computed; asked : positions at which a word is predicted;
    outputs : words of the softmax.
    """
    d, length = settings.dimension, settings.context
    positions = rows * length
    block = 2 * positions * 12 * d * d + 2 * positions * 2 * length * d
    return settings.layers * block + 2 * asked * d * outputs


def training_flops(settings: TransformerSettings, rows: int, asked: int, outputs: int) -> int:
    """Operations of one update, forward and backward: each product has two in its gradient."""
    return (1 + SHARE_BACKWARD) * forward_flops(settings, rows, asked, outputs)


def parameter_count(settings: TransformerSettings, vocabulary: int) -> int:
    """Trained numbers: embeddings, positions, blocks, norms and heads."""
    d = settings.dimension
    tables = vocabulary * d * (1 if settings.tied else 2) + vocabulary
    places = settings.context * d if settings.positions == "learned" else 0
    pairs = 3 * d + 1 if settings.family == "bert" else 0
    return tables + places + settings.layers * (12 * d * d + 2 * d) + d + pairs


def peak_flops(settings: TransformerSettings) -> float:
    """Operations a second that this machine reaches in its best case: a product of large square matrices.

    Measured on the device and in the precision of the training, on as many threads as torch has; the best of some.
    """
    import torch  # Seconds, which a plan of the study, made of the closed forms alone, does not need.

    dtype = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
    size, device = CUBE[settings.device], settings.device
    one, other = (torch.ones(size, size, dtype=dtype, device=device) for _ in range(2))
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        product = one @ other
        float(product[0, 0])  # A GPU computes when it is asked for a number.
        best = min(best, time.perf_counter() - start)
    return 2.0 * size**3 / best
