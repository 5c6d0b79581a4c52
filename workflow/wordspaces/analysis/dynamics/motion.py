"""How far the vectors of a run move, on which way, and when: all dimensions as they are, nothing aligned.

Snapshots of one run share their axes, so that differences of vectors are motion. V_0 is the first snapshot, V_T the
last, lengths are Frobenius norms over the compared words.
"""

from itertools import pairwise

import numpy as np


def motion(vectors: np.ndarray) -> dict[str, np.ndarray]:
    """Measures of motion of the snapshots `vectors` [t, n, d]: float64 [t] each, by name.

    displacement        ||V_t - V_0|| / ||V_T||
    step_displacement   ||V_t - V_s|| / ||V_T||, s the snapshot before; NaN at the first
    path_length         sum of the step displacements so far
    straightness        displacement over path length: 1 on a straight line, 0 back at the start; NaN before any motion
    phase_share         <V_t - V_s, V_T - V_0> / ||V_T - V_0||^2: what the step from s to t made of the way to the end;
                        the shares of a run sum to 1, a share is negative where a step leads away from the end

    The first three are NaN where V_T is zero, the last where V_T is V_0.
    """
    whole = vectors.astype(np.float64)
    norm = np.linalg.norm(whole[-1]) or np.nan
    moved = np.array([np.linalg.norm(values - whole[0]) for values in whole])
    steps = np.array([np.linalg.norm(after - before) for before, after in pairwise(whole)])
    path = np.concatenate([[0.0], np.cumsum(steps)])
    return {
        "displacement": moved / norm,
        "step_displacement": np.concatenate([[np.nan], steps]) / norm,
        "path_length": path / norm,
        "straightness": np.divide(moved, path, out=np.full(len(path), np.nan), where=path > 0.0),
        "phase_share": np.concatenate([[np.nan], np.diff(_progress(whole))]),
    }


def _progress(vectors: np.ndarray) -> np.ndarray:
    """<V_t - V_0, V_T - V_0> / ||V_T - V_0||^2 of each snapshot, float64 [t]: 0 at the first and 1 at the last."""
    direction = (vectors[-1] - vectors[0]).ravel()
    length = direction @ direction
    if not length > 0.0:
        return np.full(len(vectors), np.nan)
    return np.array([(values - vectors[0]).ravel() @ direction for values in vectors]) / length
