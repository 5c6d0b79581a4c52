"""PPMI-SVD: the deterministic reference among the static models (Levy, Goldberg and Dagan 2015, section 2.2).

Nothing is drawn but the start vector of the iteration, which is the same for every seed; so runs of different seeds
are equal, and the spread between them is exactly nothing.
"""

import time

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackError, svds

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.cooccurrence.tables import Matrix
from wordspaces.models.result import TrainingResult
from wordspaces.models.svd.ppmi import ppmi
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.training_log import LOG_SCHEMA


def train_svd(matrix: Matrix, size: int, tokens: int, settings: SvdSettings) -> TrainingResult:
    """Decompose the PPMI matrix of some co-occurrence counts; the same arguments give the same bytes.

    Parameters
    ----------
    matrix : reads the counts from their start, in blocks of row int32, column int32, count float64 [pairs], sorted by
        row and column; called twice.
    size : V, words in the vocabulary; tokens : of the sample the pairs were counted on; settings : of the variant.

    Returns
    -------
    weights "centre" = U S^p and "context" = V S^(1-p), float32 [V, d], so that their product is the approximation, and
    "singular_values" float64 [d], falling. There is no way to the end, only the end: no snapshots, and one row of log,
    after one presentation of the sample; its loss is the share of the squared PPMI that is left over.

    Raises
    ------
    StudyError : the matrix is none (see `ppmi`), has no more rows than `dimension`, or the iteration does not converge.
    """
    start = time.perf_counter()
    if settings.dimension >= size:
        allowed = f"1 to {size - 1} (fewer than the {size} words of the vocabulary)"
        raise StudyError("dimension", str(settings.dimension), allowed, "lower `dimension`")
    information = ppmi(matrix, size, settings.alpha, settings.negative)
    left, values, right = decompose(information, settings.dimension)
    centre = (left * values**settings.power).astype(np.float32)
    context = (right * values ** (1.0 - settings.power)).astype(np.float32)
    rest = max(0.0, 1.0 - float((values**2).sum()) / float((information.data**2).sum()))
    row = {
        "step": 1,
        "tokens_seen": tokens,
        "epoch": 1.0,
        "loss": rest,
        "gradient_norm": 0.0,
        "embedding_norm": float(np.linalg.norm(centre.astype(np.float64), axis=1).mean()),
        "learning_rate": 0.0,
    }
    seconds = time.perf_counter() - start
    return TrainingResult(
        {"centre": centre, "context": context, "singular_values": values},
        pa.Table.from_pylist([row], schema=LOG_SCHEMA),
        {},
        {"seconds": seconds, "tokens_per_second": tokens / max(seconds, 1e-9)},
    )


def decompose(matrix: csr_array, dimension: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Largest singular values and their vectors, by the implicitly restarted Lanczos method (ARPACK).

    The sign of each pair of vectors is that which makes the largest component of the left one positive, the first of
    equally large ones.

    Parameters
    ----------
    matrix : float64 [V, V]; dimension : d, below V.

    Returns
    -------
    left float64 [V, d], values float64 [d] falling, right float64 [V, d].
    """
    first = generator(0, "svd", "start").uniform(-1.0, 1.0, matrix.shape[0])
    try:
        left, values, right = svds(matrix, k=dimension, v0=first, solver="arpack", rng=generator(0, "svd", "restart"))
    except ArpackError as error:
        raise StudyError(
            "PPMI-SVD", f"no convergence ({error})", "a matrix of higher rank", "lower `dimension`"
        ) from None
    order = np.argsort(-values, kind="stable")
    left, values, right = left[:, order], values[order], right[order].T
    largest = left[np.argmax(np.abs(left), axis=0), np.arange(dimension)]
    signs = np.where(largest < 0, -1.0, 1.0)
    return left * signs, values, right * signs
