"""Start of a training from the weights of a finished one, instead of random numbers (continued training)."""

from collections.abc import Mapping

import numpy as np

from wordspaces.common.errors import StudyError


def checked_start(
    start: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]], where: str
) -> dict[str, np.ndarray]:
    """The arrays of `start` that `shapes` names, in that order.

    `StudyError`, naming the run `where`, for an array that is missing, has another shape (another dimension, another
    vocabulary), or holds a value that is not finite.
    """
    found = {}
    for name, shape in shapes.items():
        if name not in start:
            told, allowed = f"no {name!r} among {', '.join(sorted(start)) or 'nothing'}", "weights of its own family"
        elif tuple(start[name].shape) != tuple(shape):
            told, allowed = f"{name!r} of shape {tuple(start[name].shape)}", f"{tuple(shape)}: the settings of this run"
        elif not np.isfinite(start[name]).all():
            told, allowed = f"{name!r} with values that are not finite", "the weights of a finished training"
        else:
            found[name] = start[name]
            continue
        raise StudyError(f"{where}: weights to start from", told, allowed, "start from a run of the same variant")
    return found
