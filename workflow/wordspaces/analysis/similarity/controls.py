"""What is held fixed when two RDMs are compared: control RDMs and partial correlations."""

from collections.abc import Sequence

import numpy as np

from wordspaces.common.errors import StudyError

EXPLAINED = 1e-10


def frequency_controls(counts: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
    """Sum and absolute difference of the log frequencies of two words, as given RDMs: float64 [n, n] by name.

    `counts` [n] are numbers of occurrences; `StudyError` for one below 1. Zero on the diagonal, which is no pair.
    """
    values = np.asarray(counts, dtype=np.float64)
    if not (values >= 1.0).all():
        found = f"{values[~(values >= 1.0)][0]:g} occurrences"
        raise StudyError("counts of the compared words", found, "1 or more", "leave the word out")
    logs = np.log(values)
    sums = logs[:, None] + logs[None, :]
    np.fill_diagonal(sums, 0.0)
    return {"log frequency, sum": sums, "log frequency, difference": np.abs(logs[:, None] - logs[None, :])}


def partial(r: np.ndarray, controls: int, names: Sequence[str] = ()) -> np.ndarray:
    """Partial correlations given the last `controls` entries: float64 [..., s, s] to [..., s - controls, s - controls].

    `r` are correlation matrices; of the Schur complement of the block of controls, standardised. `StudyError` where the
    controls determine one another, or an entry (called by `names`, where given).
    """
    if controls == 0:
        return r
    count = r.shape[-1] - controls
    kept, across, among = r[..., :count, :count], r[..., :count, count:], r[..., count:, count:]
    if not (np.linalg.eigvalsh(among)[..., 0] > EXPLAINED).all():
        found = "controls that determine one another"
        raise StudyError("controls", found, "controls that vary freely", "leave one out")
    left = kept - across @ np.linalg.solve(among, np.swapaxes(across, -1, -2))
    own = np.diagonal(left, axis1=-2, axis2=-1)
    if not (own > EXPLAINED).all():
        entry = int(np.argwhere(~(own > EXPLAINED))[0][-1])
        where = names[entry] if names else f"entry {entry}"
        raise StudyError(where, "an RDM that the controls determine", "an RDM with more in it than controls")
    roots = np.sqrt(own)
    values = np.clip(left / (roots[..., :, None] * roots[..., None, :]), -1.0, 1.0)
    index = np.arange(count)
    values[..., index, index] = 1.0
    return values
