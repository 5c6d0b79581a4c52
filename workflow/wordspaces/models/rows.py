"""Static families on a GPU: deterministic kernels, and sums over rows of a table in an order that never changes.

Atomic additions, which a GPU is fast at, would add in another order each time.
"""

import os

import torch

from wordspaces.common.errors import StudyError


def summed_rows(ids: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sum the values of each id, in the order in which they come.

    Parameters
    ----------
    ids : int64 [n], may repeat; values : [n, d].

    Returns
    -------
    words : int64 [m], rising, each id once; sums : [m, d].
    """
    ids, order = torch.sort(ids, stable=True)
    words, lengths = torch.unique_consecutive(ids, return_counts=True)
    return words, torch.segment_reduce(values[order], "sum", lengths=lengths, axis=0, unsafe=True)


def settle(device: str) -> None:
    """Deterministic kernels, for the whole process; one thread on the CPU; `StudyError` where there is no such GPU."""
    torch.set_num_threads(1)
    if torch.device(device).type == "cpu":
        return
    if not torch.cuda.is_available():
        raise StudyError("device", repr(device), "a machine on which torch finds a GPU", 'set `device` to "cpu"')
    # The library behind matrix products keeps to one order of sums only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Filling fresh memory guards against reads of uninitialised values; nothing here makes any, and it costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False
