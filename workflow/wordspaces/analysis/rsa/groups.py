"""Groups of pairs of spaces, and whether spaces agree more in one group than in another.

A group holds pairs in one relation (`wordspaces.analysis.relations`); its mean r is how well such spaces agree. Two
groups are compared by the difference of their mean r. Its standard error is the delete-one-word jackknife of the
difference itself: the groups are read over the same words, so what one word adds to both cancels. z and p therefore
speak of other words from the same vocabulary, with the trained runs as they are, and not of other seeds or samples;
`wordspaces.analysis.rsa.resampling.bootstrap` takes such differences as contrasts and resamples these too.

Comparisons:

- models: at one level (seed, sample, corpus) the agreement of one model's spaces against that of another's;
- corpora: at the level seed or sample the agreement of one model's spaces in one corpus against another; at the level
  family the agreement of two models in one corpus against another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from wordspaces.analysis.relations import relation
from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.settings import GroupSettings
from wordspaces.analysis.similarity.compare import jackknife_contrasts
from wordspaces.analysis.similarity.intervals import interval, jackknife_variance
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema

Pairs = Sequence[tuple[int, int]]
LEVELS = ("seed", "sample", "corpus")
FAMILIES = (*(("models", level) for level in LEVELS), *(("corpora", level) for level in ("seed", "sample", "family")))
NOTHING = 1e-9  # a standard error of rounding alone
SMALLEST_P = float(np.finfo(np.float64).tiny)
SCHEMA = schema(
    roster=pa.string(),
    method=pa.string(),
    comparison=pa.string(),
    level=pa.string(),
    subject=pa.string(),
    a=pa.string(),
    b=pa.string(),
    a_mean=pa.float64(),
    b_mean=pa.float64(),
    difference=pa.float64(),
    se=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    z=pa.float64(),
    p=pa.float64(),
    p_holm=pa.float64(),
    resampled=pa.string(),
    words=pa.int32(),
    a_pairs=pa.int32(),
    b_pairs=pa.int32(),
    note=pa.string(),
)


@dataclass(frozen=True)
class Comparison:
    """Two groups and what they are called: `subject` is what both have in common beside the level ("" for models)."""

    comparison: str
    level: str
    subject: str
    a: str
    b: str
    a_pairs: tuple[tuple[int, int], ...]
    b_pairs: tuple[tuple[int, int], ...]


def pairs_of(
    spaces: Sequence[Space], level: str, models: Sequence[str] = (), corpora: Sequence[str] = ()
) -> tuple[tuple[int, int], ...]:
    """Pairs (i, j), i < j, in the relation `level`; both of exactly `models` and of exactly `corpora` where given."""
    found = []
    for i, j in combinations(range(len(spaces)), 2):
        a, b = spaces[i], spaces[j]
        fits = not models or {a.model, b.model} == set(models)
        fits &= not corpora or {a.corpus, b.corpus} == set(corpora)
        if fits and relation(a, b, {}) == level:
            found.append((i, j))
    return tuple(found)


def mean_weights(groups: Sequence[Pairs], spaces: int) -> np.ndarray:
    """Weights float64 [g, s, s] that turn correlations [s, s] into the mean r of each group; 0 for an empty group."""
    weights = np.zeros((len(groups), spaces, spaces))
    for index, pairs in enumerate(groups):
        for i, j in pairs:
            weights[index, i, j] = weights[index, j, i] = 0.5 / len(pairs)
    return weights


def mean_agreement(rdms: RDMs, method: str, groups: Sequence[Pairs]) -> tuple[np.ndarray, np.ndarray]:
    """Mean r of each group [g] and its delete-one-word replicates [n, g]; NaN for a group without pairs."""
    if not groups:
        return np.empty(0), np.empty((rdms.words, 0))
    means, replicates = jackknife_contrasts(rdms, method, mean_weights(groups, len(rdms)))
    empty = [not pairs for pairs in groups]
    means[empty], replicates[:, empty] = np.nan, np.nan
    return means, replicates


def jackknife_se(replicates: np.ndarray) -> np.ndarray:
    """Delete-one jackknife standard error [q] of replicates [n, q] (Efron & Stein 1981)."""
    return np.sqrt(jackknife_variance(replicates))


def comparisons(spaces: Sequence[Space]) -> Iterator[Comparison]:
    """Every comparison of the module's list, by kind, level, subject, a and b; groups may be empty."""
    models, corpora = sorted({s.model for s in spaces}), sorted({s.corpus for s in spaces})
    family = {space.model: space.family for space in spaces}
    for level in LEVELS:
        for a, b in combinations(models, 2):
            yield Comparison("models", level, "", a, b, pairs_of(spaces, level, [a]), pairs_of(spaces, level, [b]))
    subjects = [(level, (model,)) for level in ("seed", "sample") for model in models]
    subjects += [("family", two) for two in combinations(models, 2) if family[two[0]] != family[two[1]]]
    for level, subject in subjects:
        for a, b in combinations(corpora, 2):
            groups = [pairs_of(spaces, level, subject, [corpus]) for corpus in (a, b)]
            yield Comparison("corpora", level, " and ".join(subject), a, b, *groups)


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p values (Holm 1979) of p [q]; NaN stays NaN and is not counted."""
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(np.isfinite(p))]  # NaN sorts to the end
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def compare_groups(rdms: RDMs, method: str, listed: Sequence[Comparison], confidence: float = 0.95) -> list[dict]:
    """Differences of mean r, one dictionary for each comparison, with the columns of `SCHEMA` from `comparison` on.

    z is the difference over its standard error, p its two-sided normal tail, the interval normal; `p_holm` is adjusted
    over the comparisons of one kind and level. A tail too small for a number is given as `SMALLEST_P`, the smallest
    positive number of full precision, for p is never 0. Statistics that cannot be had are NaN, with a note.
    """
    groups = sorted({pairs for entry in listed for pairs in (entry.a_pairs, entry.b_pairs)})
    means, replicates = mean_agreement(rdms, method, groups)
    place = {pairs: index for index, pairs in enumerate(groups)}
    a = np.array([place[entry.a_pairs] for entry in listed], dtype=np.int64)
    b = np.array([place[entry.b_pairs] for entry in listed], dtype=np.int64)
    difference, se = means[a] - means[b], jackknife_se(replicates[:, a] - replicates[:, b])
    z = difference / np.where(se > NOTHING, se, np.nan)
    p = np.maximum(2.0 * norm.sf(np.abs(z)), SMALLEST_P)
    columns = {"a_mean": means[a], "b_mean": means[b], "difference": difference, "z": z, "p": p}
    columns["p_holm"] = np.full(len(listed), np.nan)
    for family in sorted({(entry.comparison, entry.level) for entry in listed}):
        members = [(entry.comparison, entry.level) == family for entry in listed]
        columns["p_holm"][members] = holm(p[members])
    return [
        {name: getattr(entry, name) for name in ("comparison", "level", "subject", "a", "b")}
        | {name: float(values[index]) for name, values in columns.items()}
        | interval(float(difference[index]), float(se[index]), confidence)
        | {"resampled": "words", "words": rdms.words, "a_pairs": len(entry.a_pairs), "b_pairs": len(entry.b_pairs)}
        | {"note": _note(entry, float(z[index]))}
        for index, entry in enumerate(listed)
    ]


def groups_table(roster: Roster, settings: GroupSettings) -> pa.Table:
    """Every comparison among `settings.models`, p values adjusted within method, comparison and level.

    Columns: `SCHEMA`. `comparison` "models" or "corpora"; `level` the relation of the pairs; `subject` the model or the
    two models that are compared between corpora; `a`, `b` the names of the two groups, `a_mean`, `b_mean` their mean r,
    `difference` the first less the second, `se` its jackknife standard error over words, `low` and `high` its normal
    interval, `z`, `p` and `p_holm` (Holm) its two-sided test, a p below 2.2e-308 given as that; `resampled` what these
    leave out in turn, always "words"; `words`, `a_pairs`, `b_pairs` what was compared; `note` why a value is null. A
    study with nothing to compare at a level has one row of nulls there.
    """
    chosen = roster.of_models(settings.models)
    rdms = RDMs.of(chosen.vectors, chosen.spaces, *settings.dissimilarity.definition)
    listed = list(comparisons(chosen.spaces))
    missing = [family for family in FAMILIES if family not in {(entry.comparison, entry.level) for entry in listed}]
    rows = []
    for method in sorted(settings.methods):
        found = compare_groups(rdms, method, listed, settings.confidence)
        found += [
            {"comparison": comparison, "level": level, "resampled": "words", "words": rdms.words}
            | {"note": _lacking(chosen.spaces, comparison)}
            for comparison, level in missing
        ]
        found.sort(key=lambda row: FAMILIES.index((row["comparison"], row["level"])))
        rows += [{"roster": chosen.name, "method": method} | row for row in found]
    return from_rows(rows, SCHEMA)


def _lacking(spaces: Sequence[Space], comparison: str) -> str:
    """Why there is nothing to compare: corpora need two, and two families at the level that compares families."""
    if comparison == "models":
        return "not defined: only one model"
    return f"not defined: only one {'corpus' if len({space.corpus for space in spaces}) < 2 else 'family'}"


def _note(entry: Comparison, z: float) -> str:
    empty = [name for name, pairs in ((entry.a, entry.a_pairs), (entry.b, entry.b_pairs)) if not pairs]
    if empty:
        return f"not defined: no pair of runs in this relation for {' or '.join(empty)}"
    return "" if np.isfinite(z) else "no test: the difference does not vary over words"
