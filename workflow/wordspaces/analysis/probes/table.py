"""Probes of word spaces: human similarity ratings and analogies, with coverage and what could have been detected.

The rank correlation of cosines (centred vectors) with ratings is also the RSA of the space with the human RDM over
the rated pairs. A row is one list, section, space and measure:

- spearman: rank correlation of cosines with ratings; low, high by Fisher's z;
- accuracy, accuracy_3cosmul: share of analogies answered rightly by the sum and by the product of cosines; low, high by
  Wilson's score interval;
- reciprocal_rank, reciprocal_rank_3cosmul: mean of one over the rank of the right answer; low, high normal.

`low` and `high` speak of other items. `detectable` is the smallest correlation that is found at the set power;
`detectable_difference` that from a space of another model on the same items: for correlations by Steiger's test, with
the mean correlation that the cosines have with those of the spaces of other models of the corpus; for shares by
McNemar's, with the mean share of questions that one of the two alone answers rightly.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.probes.intervals import (
    LEAST_PAIRS,
    NOT_A_NUMBER,
    detectable_correlation,
    detectable_difference,
    detectable_gain,
    mean_interval,
    rank_correlation,
    rank_interval,
    share_interval,
)
from wordspaces.analysis.probes.scoring import SHARES, SPEARMAN, Scored
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.analysis.similarity.ranks import mid_ranks
from wordspaces.analysis.tables import from_rows, schema

CONSTANT = "not defined: the cosines or the ratings of all covered pairs are one number"
SCHEMA = schema(
    list=pa.string(),
    section=pa.string(),
    corpus=pa.string(),
    sample=pa.string(),
    model=pa.string(),
    family=pa.string(),
    seed=pa.int32(),
    space=pa.string(),
    probe=pa.string(),
    state=pa.string(),
    measure=pa.string(),
    items=pa.int32(),
    covered=pa.int32(),
    coverage=pa.float64(),
    value=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    detectable=pa.float64(),
    detectable_difference=pa.float64(),
    note=pa.string(),
)


def probe_rows(scored: Sequence[Scored], settings: ProbeSettings) -> list[tuple[Scored, dict]]:
    """Rows of the table, each with what it was made from: one for each list, section, space and measure."""
    apart = _distances(scored)
    return [(one, row) for one in scored for row in _rows(one, apart, settings)]


def probes_table(rows: Sequence[tuple[Scored, dict]]) -> pa.Table:
    """Every word list for every space, under `SCHEMA`, from `probe_rows`; items that are too few, or vectors without
    geometry, give null and a note."""
    return from_rows([row for _, row in rows], SCHEMA)


def missing(one: Scored) -> str:
    """Why a list has no value in a space, or ""."""
    if one.reason:
        return one.reason
    if one.ratings is None:
        words = f"not defined: none of {one.items} questions has all four words known"
        return "" if len(one.known) else words
    words = f"not defined: {len(one.known)} of {one.items} pairs have both words known"
    return "" if len(one.known) >= LEAST_PAIRS else words


def estimate(one: Scored, measure: str) -> float:
    """Value of one measure over the covered items."""
    if measure == SPEARMAN:
        return rank_correlation(one.answers[measure], one.ratings)
    return float(one.answers[measure].mean())


def _rows(one: Scored, apart: dict[tuple[int, str], float], settings: ProbeSettings) -> list[dict]:
    """Rows of one list and section in one space, by measure."""
    covered, rows = len(one.known), []
    cell = {**one.columns, "list": one.list, "section": one.section, "items": one.items, "covered": covered}
    cell |= {"coverage": covered / one.items if one.items else None, "note": missing(one)}
    for measure in one.measures:
        row = cell | {"measure": measure}
        if measure == SPEARMAN:
            row["detectable"] = detectable_correlation(covered, settings.confidence, settings.power)
        if not row["note"]:
            value = estimate(one, measure)
            if not np.isfinite(value):
                rows.append(row | {"note": CONSTANT})
                continue
            low, high = _interval(one, measure, value, settings.confidence)
            difference = _difference(measure, value, covered, apart.get((id(one), measure), NOT_A_NUMBER), settings)
            row |= {"value": value, "low": low, "high": high, "detectable_difference": difference}
        rows.append(row)
    return rows


def _interval(one: Scored, measure: str, value: float, confidence: float) -> tuple[float, float]:
    if measure == SPEARMAN:
        return rank_interval(value, len(one.known), confidence)
    if measure in SHARES:
        return share_interval(round(one.answers[measure].sum()), len(one.known), confidence)
    return mean_interval(one.answers[measure], confidence)


def _difference(measure: str, value: float, covered: int, apart: float, settings: ProbeSettings) -> float:
    test = settings.confidence, settings.power
    if measure == SPEARMAN:
        return detectable_difference(value, apart, covered, *test)
    return detectable_gain(apart, covered, *test) if measure in SHARES else NOT_A_NUMBER


def _distances(scored: Sequence[Scored]) -> dict[tuple[int, str], float]:
    """Mean over the spaces of other models that answer the same items: correlation of cosines, or discordant share."""
    groups: dict[tuple, list[Scored]] = defaultdict(list)
    for one in scored:
        if not missing(one):
            groups[one.key].append(one)
    found = {}
    for members in groups.values():
        models = np.array([one.columns["model"] for one in members])
        others = models[:, None] != models[None, :]
        counts = others.sum(axis=1)
        for measure in (SPEARMAN, *SHARES):
            if measure not in members[0].answers or not counts.any():
                continue
            table = np.stack([one.answers[measure] for one in members])
            between = _rank_correlations(table) if measure == SPEARMAN else _discordance(table)
            sums = np.where(others, between, 0.0).sum(axis=1)
            means = np.divide(sums, counts, out=np.full(len(members), np.nan), where=counts > 0)
            found |= {(id(one), measure): float(mean) for one, mean in zip(members, means, strict=True)}
    return found


def _rank_correlations(table: np.ndarray) -> np.ndarray:
    """Spearman correlations of every two rows [s, n]; NaN for a constant one."""
    ranks = np.stack([mid_ranks(row) for row in table])
    ranks = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.square(ranks).sum(axis=1))
    units = np.divide(ranks, lengths[:, None], out=np.full(ranks.shape, np.nan), where=lengths[:, None] > 0.0)
    return np.einsum("in,jn->ij", units, units)


def _discordance(table: np.ndarray) -> np.ndarray:
    """Share of items on which two rows [s, n] of 0 and 1 differ."""
    right = table.sum(axis=1)
    return (right[:, None] + right[None, :] - 2.0 * np.einsum("in,jn->ij", table, table)) / table.shape[1]
