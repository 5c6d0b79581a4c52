"""What a training gives back, whichever family it belongs to."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class TrainingResult:
    """One trained model.

    weights : named arrays; log : table under `training_log.LOG_SCHEMA`; snapshots : `Snapshots.tensors`;
    timing : clock values, the only part that differs between two equal runs.
    """

    weights: dict[str, np.ndarray]
    log: pa.Table
    snapshots: dict[str, np.ndarray]
    timing: dict[str, float]


def aligned_rows(rows: int, columns: int, lanes: int = 16) -> np.ndarray:
    """Zeros, float32 [rows, columns rounded up to `lanes`], each row on a boundary of 64 bytes: faster to read."""
    stride = -(-columns // lanes) * lanes
    raw = np.zeros(4 * rows * stride + 64, np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + 4 * rows * stride].view(np.float32).reshape(rows, stride)
