"""When a model is photographed while it learns: one log-spaced grid, in presentations of training tokens, for all.

Dynamics of the families are compared along this axis, so every trainer takes its points from here.
"""

import numpy as np

from wordspaces.common.errors import StudyError

DECADES = 3.0


def snapshot_grid(total: int, count: int) -> np.ndarray:
    """Log-spaced points of a training of `total` presentations, from 0 to `total`.

    The first point after 0 lies near ``total / 1000``; later ones are equally spaced in the logarithm, because spaces
    form fast at first and slowly later. Points that round to the same integer are pushed apart.

    Parameters
    ----------
    total : presentations (or optimiser steps) of the whole training, at least 1.
    count : points, both ends included, at least 2.

    Returns
    -------
    int64 [count], strictly increasing; the first is 0, the last `total`.

    Raises
    ------
    StudyError : `count` is below 2, or there are more points than ``total + 1`` integers to hold them.
    """
    if count < 2:
        raise StudyError("snapshots", str(count), "2 or more (the first is the untrained model, the last the trained)")
    if count > total + 1:
        raise StudyError(
            "snapshots",
            f"{count} points in a training of {total} presentations",
            f"2 to {max(total, 1) + 1}",
            "lower `snapshots` or train longer",
        )
    points = np.geomspace(total / 10**DECADES, total, count - 1) if count > 2 else np.array([total], np.float64)
    grid = np.concatenate([[0], np.rint(points).astype(np.int64)]).astype(np.int64)
    rank = np.arange(count, dtype=np.int64)
    grid = np.maximum.accumulate(grid - rank) + rank
    return np.minimum(grid, total - rank[::-1])


class Snapshots:
    """Vectors of the most frequent words along one training.

    Rows of each snapshot are the vocabulary ids 0..words-1, so words can be followed without a table of names. Of the
    untrained model all rows are kept, for it is the reference of every later measure.
    """

    def __init__(self, words: int, tensors: dict[str, np.ndarray] | None = None) -> None:
        """Start with no snapshot, or continue from the `tensors` of a resume file."""
        kept = tensors or {}
        self.words = words
        self.initial: np.ndarray | None = kept.get("initial")
        self.vectors: list[np.ndarray] = list(kept.get("vectors", []))
        self.tokens_seen: list[int] = [int(value) for value in kept.get("tokens_seen", [])]
        self.step: list[int] = [int(value) for value in kept.get("step", [])]

    def add(self, vectors: np.ndarray, tokens_seen: int, step: int) -> None:
        """Copy the first `words` rows of `vectors` (float [V, d]), reached after `tokens_seen` and `step`."""
        if self.initial is None:
            self.initial = np.array(vectors, np.float32)
        self.vectors.append(np.array(vectors[: self.words], np.float32))
        self.tokens_seen.append(tokens_seen)
        self.step.append(step)

    def tensors(self) -> dict[str, np.ndarray]:
        """What is stored; nothing before the first snapshot.

        vectors float32 [n, words, d], tokens_seen int64 [n], step int64 [n]; initial float32 [V, d], step 0 whole.
        """
        if self.initial is None:
            return {}
        return {
            "initial": self.initial,
            "vectors": np.stack(self.vectors),
            "tokens_seen": np.array(self.tokens_seen, np.int64),
            "step": np.array(self.step, np.int64),
        }
