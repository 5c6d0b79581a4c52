"""The table of cells: how much two cells agree, how much they could, and what is left once noise is taken out.

`wordspaces.analysis.rsa.design` defines the quantities, `wordspaces.analysis.rsa.intervals` the intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import EXTERNAL, Roster
from wordspaces.analysis.rsa.design import (
    CEILINGS,
    NOISES,
    Cell,
    CellPair,
    cell_pairs,
    cells_of,
    run_pairs,
    statistic_maker,
)
from wordspaces.analysis.rsa.intervals import LEAST_SAMPLES, interval, over_samples, over_words, sample_counts
from wordspaces.analysis.settings import CellSettings, CorrelationSettings, PairedSettings
from wordspaces.analysis.similarity.controls import frequency_controls
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError

SIDE = ("corpus", "model", "family", "probe")
_VALUE = ("se", "low", "high")
SCHEMA = schema(
    roster=pa.string(),
    method=pa.string(),
    control=pa.string(),
    **{f"{side}_{key}": pa.string() for side in "ab" for key in SIDE},
    samples=pa.string(),
    relation=pa.string(),
    r=pa.float64(),
    **{name: pa.float64() for name in _VALUE},
    resampled=pa.string(),
    words=pa.int32(),
    pairs=pa.int32(),
    **{f"{side}_{noise}_reliability": pa.float64() for noise in NOISES for side in "ab"},
    **{f"{side}_{name}": pa.float64() for name in CEILINGS for side in "ab"},
    **{f"{noise}_ceiling": pa.float64() for noise in NOISES},
    **{f"disattenuated_{noise}{part}": pa.float64() for noise in NOISES for part in ("", *(f"_{v}" for v in _VALUE))},
    note=pa.string(),
)


DEFAULTS = CellSettings()
NONE: Mapping[str, np.ndarray] = {}


@dataclass(frozen=True)
class CellEstimates:
    """Values and standard errors over cells: `values[part]` and `se[part]` are float64 [pairs] or [cells]."""

    pairs: tuple[CellPair, ...]
    cells: tuple[Cell, ...]
    counts: tuple[int, ...]
    values: dict[str, np.ndarray]
    se: dict[str, np.ndarray]

    @cached_property
    def places(self) -> dict[CellPair, int]:
        """Position of each pair."""
        return {pair: place for place, pair in enumerate(self.pairs)}

    def reliability(self, cell: Cell, noise: str) -> tuple[float, float]:
        """Mean r of a cell's runs with another seed on the same ("seed") or other ("sample") documents, and its se."""
        place = self.places[CellPair(cell, cell, noise == "sample")]
        return float(self.values["mean"][place]), float(self.se["mean"][place])


def estimate_cells(
    roster: Roster, method: str, settings: CorrelationSettings = DEFAULTS, controls: Mapping[str, np.ndarray] = NONE
) -> CellEstimates:
    """Means, ceilings and disattenuated means of all pairs of cells with their standard errors.

    With `controls`, RDMs [n, n] by name, all correlations are partial ones, given these. The variance over words has
    that over document samples added for every corpus with three samples or more.
    """
    spaces, pairs, cells = roster.spaces, cell_pairs(roster.spaces), cells_of(roster.spaces)
    maker = statistic_maker(pairs, cells, method)
    statistic = maker(spaces)
    rdms = RDMs.of(roster.vectors, spaces, *settings.dissimilarity.definition).with_given(controls)
    r, values, variance = over_words(rdms, method, statistic, len(controls))
    if max(sample_counts(spaces).values()) >= LEAST_SAMPLES:
        variance = variance + over_samples(r, spaces, maker)
    found = run_pairs(spaces)
    parts = statistic.layout.items()
    return CellEstimates(
        tuple(pairs),
        tuple(cells),
        tuple(len(found.get(pair, [])) for pair in pairs),
        {name: values[part] for name, part in parts},
        {name: np.sqrt(variance[part]) for name, part in parts},
    )


def frequencies(roster: Roster, counts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sum and absolute difference of two words' log counts in each corpus, as RDMs [n, n] over the words of a roster.

    `counts` : corpus -> occurrences of every word of the vocabulary, int64 [V]. Frequencies of both texts are taken
    out of every correlation: what a space has from its own is no agreement with another.
    """
    corpora, found = sorted({space.corpus for space in roster.spaces if space.family != EXTERNAL}), {}
    missing = [corpus for corpus in corpora if corpus not in counts]
    if missing:
        raise StudyError("control of frequency", f"no counts of {missing[0]}", "counts of the words in every corpus")
    for corpus in corpora:
        controls = frequency_controls(counts[corpus][roster.words.ids])
        found |= {f"{name}, {corpus}": values for name, values in controls.items()}
    return found


def cells_table(rosters: Sequence[Roster], settings: CellSettings, counts: Mapping[str, np.ndarray] = NONE) -> pa.Table:
    """Every pair of cells (corpus x model, and probe text of contextual vectors) of each roster, for each method.

    Parameters: the rosters; counts as in `frequencies`. Columns: `SCHEMA`. `control` what is partialled out of all
    correlations: "none", or "frequency" of the words in every corpus of the study. The two cells a and b; `samples`
    "same" or "other" documents; `relation` what differs, seeds always included; `r` the mean over `pairs` pairs of
    runs, with `se`, `low`, `high` over what `resampled` says; `words` compared. Of each cell, for the noise of seeds
    and of document samples (which includes that of seeds): `reliability` (mean r of its own runs) and the leave-one-out
    noise ceilings `lower` and `upper`. Of the pair: `seed_ceiling` and `sample_ceiling` = sqrt(rel_a rel_b), and
    `disattenuated_*` = r over the ceiling, which is 1 by construction for a cell with itself. Both are null, and `note`
    says why, where a reliability is not defined, where its interval reaches down to zero, and by sample where the two
    share their documents. With vectors that others trained only their own pairs are listed.
    """
    rows = []
    for roster in rosters:
        corpora = sample_counts(roster.spaces)
        for method, control in product(sorted(settings.methods), sorted(settings.controls, reverse=True)):
            controls = frequencies(roster, counts) if control == "frequency" else NONE
            found = estimate_cells(roster, method, settings, controls)
            for place, pair in enumerate(found.pairs):
                if roster.name == EXTERNAL and EXTERNAL not in (pair.a.family, pair.b.family):
                    continue  # that pair is in the roster of input spaces, over more words
                fewest = min(corpora[cell.corpus] for cell in (pair.a, pair.b))
                row = {"roster": roster.name, "method": method, "control": control, "words": len(roster.words)}
                row["resampled"] = "words and samples" if fewest >= LEAST_SAMPLES else "words"
                rows.append(row | pair_row(found, place, settings))
    return from_rows(sorted(rows, key=lambda row: row["roster"]), SCHEMA)


def pair_row(found: CellEstimates, place: int, settings: PairedSettings) -> dict:
    """Columns of one pair of cells, notes included."""
    pair, notes = found.pairs[place], []
    row = {f"{side}_{key}": getattr(getattr(pair, side), key) for side in "ab" for key in SIDE}
    row |= {"samples": "other" if pair.other_sample else "same", "relation": pair.relation(settings.epochs_of)}
    value = found.values["mean"][place]
    row |= {"r": value, "pairs": found.counts[place]}
    row |= interval(value, found.se["mean"][place], settings.confidence)
    if not found.counts[place]:
        notes.append(f"r: no two runs with different seeds on {row['samples']} documents")
    for side, name in ((side, name) for side in "ab" for name in CEILINGS):
        row[f"{side}_{name}"] = found.values[name][found.cells.index(getattr(pair, side))]
    for noise in NOISES:
        for side in "ab":
            row[f"{side}_{noise}_reliability"] = found.reliability(getattr(pair, side), noise)[0]
        reason = why_not_disattenuated(found, pair, noise, settings.confidence)
        if reason:
            notes.append(f"disattenuated_{noise}: {reason}")
            continue
        row[f"{noise}_ceiling"] = found.values[f"ceiling_{noise}"][place]
        part = f"disattenuated_{noise}"
        row[part] = found.values[part][place]
        if row[part] == 1.0 and pair.a == pair.b:
            notes.append(f"{part}: 1 by construction, so without an interval")
            continue
        limits = interval(row[part], found.se[part][place], settings.confidence)
        row |= {f"{part}_{name}": limit for name, limit in limits.items()}
    return row | {"note": "; ".join(notes)}


def why_not_disattenuated(found: CellEstimates, pair: CellPair, noise: str, confidence: float) -> str:
    """Why a pair of cells cannot be disattenuated, or "".

    The ceiling must be clearly positive: the interval of each of the two reliabilities lies above zero.
    """
    if noise == "sample" and not pair.other_sample:
        return "both are trained on the same documents"
    for cell in (pair.a, pair.b):
        value, se = found.reliability(cell, noise)
        if not np.isfinite(value):
            return f"only one {'seed' if noise == 'seed' else 'document sample or seed'} of {cell.corpus} {cell.model}"
        if not interval(value, se, confidence)["low"] > 0.0:
            return f"the reliability of {cell.corpus} {cell.model} is not clearly above zero"
    return ""
