"""When a space settles: how early its snapshots agree with the finished space of another seed, and whose words first.

The place of one word is its row of similarities to all other compared words; that of a snapshot and that of the
finished space of another seed on the same text are compared by their cosine (`second_order`), and the mean is taken
over bands of words by frequency. Another seed stands for the end of training, as with the run's own end every word
would settle at 1. A value over its own last one says how much of what training brings is there.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.dynamics.agreement import mean_known
from wordspaces.analysis.dynamics.courses import Course, Units
from wordspaces.analysis.dynamics.frequency import BANDS
from wordspaces.analysis.stability.words import second_order
from wordspaces.analysis.tables import schema

ALL = "all"
# A last agreement below this is near that of unrelated spaces, and where its half is reached is noise.
LEAST_FINAL = 0.05
LEVELS = {"tokens_to_half": 0.5, "tokens_to_90": 0.9}
_KEYS = {
    "corpus": pa.string(),
    "sample": pa.string(),
    "model": pa.string(),
    "family": pa.string(),
    "seed": pa.int32(),
}
SETTLING = schema(
    **_KEYS,
    band=pa.string(),
    step=pa.int64(),
    tokens_seen=pa.int64(),
    similarity=pa.float64(),
    relative=pa.float64(),
    words=pa.int32(),
)
SETTLING_RUNS = schema(
    **_KEYS,
    measure=pa.string(),
    band=pa.string(),
    initial=pa.float64(),
    final=pa.float64(),
    tokens_to_half=pa.float64(),
    tokens_to_90=pa.float64(),
    words=pa.int32(),
    note=pa.string(),
)


def band_similarities(
    units: Sequence[Units], finals: Sequence[Units], bands: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Mean second-order similarity with `finals` of the words of each of `BANDS` and of all, and numbers of words.

    Similarities float64 [t] by band; NaN where a snapshot has no geometry, and for a band without words.
    """
    known = [final for final in finals if final is not None]
    words = np.full((len(units), len(bands)), np.nan)
    for index, snapshot in enumerate(units):
        if snapshot is not None and known:
            words[index] = mean_known(np.stack([second_order(snapshot, final) for final in known], axis=1))
    masks = {name: bands == place for place, name in enumerate(BANDS)} | {ALL: np.ones(len(bands), dtype=bool)}
    means = {name: mean_known(words[:, inside]) for name, inside in masks.items()}
    return means, {name: int(inside.sum()) for name, inside in masks.items()}


def tokens_to(tokens: np.ndarray, values: np.ndarray, level: float) -> float:
    """Tokens seen when `values` [t] first reach `level`: between two snapshots linear in the logarithm of the tokens.

    Before the first snapshot after step 0 it is linear in the tokens, which have no logarithm at 0. Snapshots whose
    value is NaN are passed over; NaN where the level is never reached.
    """
    known = np.isfinite(values)
    tokens, values = tokens[known].astype(np.float64), values[known]
    reached = np.flatnonzero(values >= level)
    if not len(reached):
        return float("nan")
    after = reached[0]
    if after == 0:
        return float(tokens[0])
    low, high = tokens[after - 1], tokens[after]
    part = (level - values[after - 1]) / (values[after] - values[after - 1])
    return float(low * (high / low) ** part if low > 0.0 else part * high)


def settling_rows(course: Course, means: Mapping[str, np.ndarray], words: Mapping[str, int]) -> Iterator[dict]:
    """Rows of `SETTLING`; `relative` is null where the last similarity is not positive."""
    for band, values in means.items():
        last = values[-1]
        for index, value in enumerate(values):
            relative = value / last if last > 0.0 else np.nan
            found = {"band": band, "similarity": value, "relative": relative, "words": words[band]}
            yield course.columns(index) | found


def run_rows(
    course: Course, rsa: Mapping[str, np.ndarray], means: Mapping[str, np.ndarray], words: Mapping[str, int]
) -> Iterator[dict]:
    """Rows of `SETTLING_RUNS`: for each correlation [t] of `rsa` and for the similarity of each band, first and last
    value and the tokens at which half and 90 % of the last one are first reached.
    """
    base = course.columns(0)
    listed = {(measure, ALL): values for measure, values in rsa.items()} | {
        ("second_order", band): values for band, values in means.items()
    }
    for (measure, band), values in listed.items():
        row = base | {"measure": measure, "band": band, "words": words[band], "initial": values[0], "final": values[-1]}
        note = ""
        if not words[band]:
            note = "not defined: no word of this frequency"
        elif not np.isfinite(values[-1]):
            note = "not defined: no such finished space of another seed on the same text"
        elif not values[-1] >= LEAST_FINAL:
            note = f"not defined: an agreement below {LEAST_FINAL} at the end"
        else:
            row |= {name: tokens_to(course.tokens_seen, values, share * values[-1]) for name, share in LEVELS.items()}
        yield row | {"note": note}
