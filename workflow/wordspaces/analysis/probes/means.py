"""What the runs of a model answer together: means over document samples and seeds, with two intervals.

- run_low, run_high: Student's t over the runs, of the items as they are. Runs of one document sample share their text,
  so it speaks of other seeds rather than of other texts; runs that no seed changes (PPMI-SVD) count all the same;
- item_low, item_high: percentiles of the mean over the same runs where the items are drawn again with replacement. All
  models and states of a corpus meet the same draws.

`detectable` and `detectable_difference` are those of single runs (`wordspaces.analysis.probes.table`), the latter
averaged over them.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from scipy.stats import t as student

from wordspaces.analysis.probes.intervals import resampled_correlations
from wordspaces.analysis.probes.scoring import SPEARMAN, Scored
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.streams import generator

AT_ONCE = 100
ONE_RUN = "one run: no interval over runs"
UNLIKE = "the runs answer different items: no interval over items"
CELL = ("list", "section", "corpus", "model", "family", "space", "probe", "state")
MEANS = schema(
    list=pa.string(),
    section=pa.string(),
    corpus=pa.string(),
    model=pa.string(),
    family=pa.string(),
    space=pa.string(),
    probe=pa.string(),
    state=pa.string(),
    measure=pa.string(),
    samples=pa.int32(),
    runs=pa.int32(),
    items=pa.int32(),
    covered=pa.int32(),
    coverage=pa.float64(),
    value=pa.float64(),
    run_low=pa.float64(),
    run_high=pa.float64(),
    item_low=pa.float64(),
    item_high=pa.float64(),
    detectable=pa.float64(),
    detectable_difference=pa.float64(),
    note=pa.string(),
)


def run_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Student's t interval of the mean of float64 [n]; NaN below two values."""
    if len(values) < 2:
        return float("nan"), float("nan")
    half = student.ppf(0.5 + confidence / 2.0, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def means_table(rows: Sequence[tuple[Scored, dict]], settings: ProbeSettings) -> pa.Table:
    """Means over the runs of every list, section, corpus, model, space, state and measure, under `MEANS`.

    rows : of `wordspaces.analysis.probes.table.probe_rows`.
    """
    cells: dict[tuple, list[tuple[Scored, dict]]] = defaultdict(list)
    for one, row in rows:
        cells[tuple(row[name] for name in (*CELL, "measure"))].append((one, row))
    draws = _Draws(settings.draws, settings.bootstrap_seed)
    return from_rows([_row(cells[cell], draws, settings.confidence) for cell in sorted(cells)], MEANS)


def _row(members: list[tuple[Scored, dict]], draws: "_Draws", confidence: float) -> dict:
    """One row of the table, from those of the single runs."""
    first = members[0][1]
    names = (*CELL, "measure", "items", "covered", "coverage", "detectable", "note")
    row = {name: first.get(name) for name in names}
    defined = [(one, each) for one, each in members if not each["note"]]
    told = [each for _, each in defined or members]
    row |= {"runs": len(told), "samples": len({each["sample"] for each in told})}
    if not defined:
        return row
    values = np.array([each["value"] for each in told])
    row |= {"value": values.mean(), "detectable_difference": np.mean([each["detectable_difference"] for each in told])}
    row["run_low"], row["run_high"] = run_interval(values, confidence)
    notes = [ONE_RUN] if len(told) == 1 else []
    if len({one.known.tobytes() for one, _ in defined}) > 1:
        return row | {"note": "; ".join([*notes, UNLIKE]), "covered": min(each["covered"] for each in told)}
    tail = (1.0 - confidence) / 2.0
    means = draws.means([one for one, _ in defined], str(first["measure"]))
    # A draw of few items may hold one of them alone, which has no correlation.
    row["item_low"], row["item_high"] = np.nanquantile(means, [tail, 1.0 - tail])
    return row | {"note": "; ".join(notes)}


class _Draws:
    """Items drawn again with replacement; the draws of the last list, section and corpus are kept for the next cell."""

    def __init__(self, draws: int, seed: int) -> None:
        self.draws, self.seed = draws, seed
        self.names: tuple[str, ...] = ()
        self.weights: list[np.ndarray] = []

    def means(self, answered: Sequence[Scored], measure: str) -> np.ndarray:
        """Mean of `measure` over the runs in every draw, float64 [draws]."""
        one = answered[0]
        self._draw(len(one.known), one.list, one.section, str(one.columns["corpus"]))
        if measure != SPEARMAN:
            mean = np.mean([each.answers[measure] for each in answered], axis=0)
            return np.concatenate([np.einsum("di,i->d", part, mean) for part in self.weights]) / len(mean)
        parts = []
        for part in self.weights:
            found = [resampled_correlations(each.answers[measure], each.ratings, part) for each in answered]
            parts.append(np.mean(found, axis=0))
        return np.concatenate(parts)

    def _draw(self, count: int, *names: str) -> None:
        """How often each draw holds each item, float64 [draws of a part, items], the same in all spaces of a corpus."""
        if self.names == (*names, str(count)):
            return
        stream = generator(self.seed, "probe means", *names)
        self.names, self.weights = (*names, str(count)), []
        for start in range(0, self.draws, AT_ONCE):
            some = min(AT_ONCE, self.draws - start)
            drawn = stream.integers(0, count, (some, count)) + count * np.arange(some)[:, None]
            weights = np.bincount(drawn.ravel(), minlength=some * count).reshape(some, count)
            self.weights.append(weights.astype(np.float64))
