"""Probes of word spaces: human similarity ratings and analogies, with coverage and what could have been detected.

All input spaces of one corpus answer the same items: those whose words occur often enough in every training sample of
the corpus (contextual spaces: the comparison words that have contexts), and analogies are answered with these words.
So models, samples, seeds and the untrained vectors can be compared on a corpus; two corpora answer different items.
The rank correlation of cosines (centred vectors) with ratings is also the RSA of the space with the human RDM over
the rated pairs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from wordspaces.analysis.human import Analogies, Ratings
from wordspaces.analysis.roster import Roster, Run, Space, Words, load_rosters
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.analysis.similarity.ranks import mid_ranks
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError

RANK_VARIANCE = 1.06
LEAST_PAIRS = 4
ALL_SECTIONS = "all"
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
    note=pa.string(),
)


def rank_interval(rho: float, pairs: int, confidence: float) -> tuple[float, float]:
    """Interval of a Spearman correlation over `pairs` items by Fisher's z, variance 1.06 / (pairs - 3).

    Source: Fieller, Hartley & Pearson (1957). NaN below four pairs.
    """
    if pairs < LEAST_PAIRS:
        return float("nan"), float("nan")
    z = np.arctanh(np.clip(rho, -1.0 + 1e-15, 1.0 - 1e-15))
    half = norm.ppf(0.5 + confidence / 2.0) * np.sqrt(RANK_VARIANCE / (pairs - 3))
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def detectable_correlation(pairs: int, confidence: float, power: float) -> float:
    """Smallest true Spearman correlation that a two-sided test over `pairs` items finds with probability `power`.

    The test has level 1 - confidence; Fisher's z, variance 1.06 / (pairs - 3). NaN below four pairs.
    """
    if pairs < LEAST_PAIRS:
        return float("nan")
    total = norm.ppf(0.5 + confidence / 2.0) + norm.ppf(power)
    return float(np.tanh(total * np.sqrt(RANK_VARIANCE / (pairs - 3))))


def share_interval(hits: int, items: int, confidence: float) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927); NaN without items."""
    if items == 0:
        return float("nan"), float("nan")
    z = norm.ppf(0.5 + confidence / 2.0)
    centre = (hits + z * z / 2.0) / (items + z * z)
    half = z / (items + z * z) * np.sqrt(hits * (items - hits) / items + z * z / 4.0)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman correlation with mid-ranks for ties; NaN where one side is constant."""
    a, b = mid_ranks(x), mid_ranks(y)
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt(np.square(a).sum() * np.square(b).sum())
    return float((a * b).sum() / spread) if spread > 0.0 else float("nan")


def solve_analogies(units: np.ndarray, questions: np.ndarray) -> np.ndarray:
    """Answers to a : b = c : ? by 3CosAdd (Mikolov et al. 2013): rows of the best words, int64 [q].

    `units` is float64 [n, d] of length one; `questions` int64 [q, 3 or more] holds rows a, b, c, which are no answer.
    """
    a, b, c = questions[:, 0], questions[:, 1], questions[:, 2]
    scores = (units[b] - units[a] + units[c]) @ units.T
    scores[np.arange(len(questions))[:, None], questions[:, :3]] = -np.inf
    return scores.argmax(axis=1)


@dataclass(frozen=True)
class Probe:
    """One space to be probed: vectors [n, d] over `words`; `state` is "trained" or "untrained"."""

    space: Space
    state: str
    words: Words
    vectors: np.ndarray

    @property
    def columns(self) -> dict:
        """Identifying columns of the probe table."""
        names = ("corpus", "sample", "model", "family", "seed", "space", "probe")
        return {name: getattr(self.space, name) for name in names} | {"state": self.state}


def load_probes(
    paths: Sequence[str],
    runs: Sequence[Run],
    starts: Mapping[Run, np.ndarray],
    words: Mapping[str, Words],
    comparison: Words,
    layer: int,
) -> list[Probe]:
    """Every space to be probed: input spaces over the words of their corpus, contextual ones, untrained vectors.

    Parameters
    ----------
    paths : spaces tables, parallel to `runs`.
    starts : vectors of each run that was trained before it was, float32 [V, d], row = vocabulary id.
    words : the words of each corpus that its input spaces answer with; comparison : those of contextual spaces.
    layer : the declared layer of contextual spaces.
    """
    probes = []
    for corpus, known in words.items():
        chosen = [i for i, run in enumerate(runs) if run.corpus == corpus]
        roster, _ = load_rosters([paths[i] for i in chosen], [runs[i] for i in chosen], known)
        probes += probes_of([roster], starts)
    _, contextual = load_rosters(paths, runs, comparison, layer)
    return probes + (probes_of([contextual], {}) if contextual else [])


def probes_of(rosters: Sequence[Roster], starts: Mapping[Run, np.ndarray]) -> list[Probe]:
    """Every space of the rosters, then the vectors of each of their runs that `starts` holds (float32 [V, d])."""
    trained = [
        Probe(space, "trained", roster.words, vectors)
        for roster in rosters
        for space, vectors in zip(roster.spaces, roster.vectors, strict=True)
    ]
    untrained = []
    for space in rosters[0].spaces:
        if space.run not in starts:
            continue
        start, words = starts[space.run], rosters[0].words
        held = words.take(words.ids < len(start))
        untrained.append(Probe(space, "untrained", held, start[held.ids]))
    return trained + untrained


def probes_table(
    probes: Iterable[Probe], ratings: Mapping[str, Ratings], analogies: Mapping[str, Analogies], settings: ProbeSettings
) -> pa.Table:
    """Every word list for every probe.

    Columns: `SCHEMA`; `measure` is "spearman" or "accuracy", `coverage` the share of the items whose words are known,
    `detectable` the smallest correlation found at the set power. A list that covers too few items, or vectors without
    geometry, give null and a note.
    """
    rows = []
    for probe in probes:
        try:
            units, reason = centred_units(probe.vectors, f"{probe.space}, {probe.state}"), ""
        except StudyError as error:
            units, reason = None, str(error)
        at = probe.words.positions()
        found = [_rating_row(name, listed, units, at, settings) for name, listed in ratings.items()]
        for name, listed in analogies.items():
            found += _analogy_rows(name, listed, units, at, settings)
        rows += [row | probe.columns | ({"note": reason} if reason else {}) for row in found]
    order = ("list", "section", "corpus", "sample", "model", "seed", "space", "state")
    return from_rows(sorted(rows, key=lambda row: tuple(row[name] for name in order)), SCHEMA)


def _rating_row(
    name: str, listed: Ratings, units: np.ndarray | None, at: Mapping[str, int], settings: ProbeSettings
) -> dict:
    known = [i for i, (first, second) in enumerate(listed.pairs) if first in at and second in at]
    row = _row(name, ALL_SECTIONS, "spearman", len(listed.pairs), len(known))
    row["detectable"] = detectable_correlation(len(known), settings.confidence, settings.power)
    if units is None:
        return row
    if len(known) < LEAST_PAIRS:
        return row | {"note": f"not defined: {len(known)} of {len(listed.pairs)} pairs have both words known"}
    rows = np.array([[at[word] for word in listed.pairs[i]] for i in known])
    rho = rank_correlation((units[rows[:, 0]] * units[rows[:, 1]]).sum(axis=1), listed.ratings[known])
    low, high = rank_interval(rho, len(known), settings.confidence)
    return row | {"value": rho, "low": low, "high": high}


def _analogy_rows(
    name: str, listed: Analogies, units: np.ndarray | None, at: Mapping[str, int], settings: ProbeSettings
) -> list[dict]:
    """One row for each section and one for all of them."""
    rows, totals = [], np.zeros(3, dtype=np.int64)
    for section, questions in listed.sections.items():
        known = np.array([[at[word] for word in q] for q in questions if all(word in at for word in q)], dtype=np.int64)
        hits = 0
        if units is not None and len(known):
            hits = int((solve_analogies(units, known) == known[:, 3]).sum())
        rows.append(_accuracy(name, section, len(questions), len(known), hits, units, settings))
        totals += (len(questions), len(known), hits)
    return [*rows, _accuracy(name, ALL_SECTIONS, *(int(t) for t in totals), units, settings)]


def _accuracy(
    name: str, section: str, items: int, covered: int, hits: int, units: np.ndarray | None, settings: ProbeSettings
) -> dict:
    row = _row(name, section, "accuracy", items, covered)
    if units is None:
        return row
    if covered == 0:
        return row | {"note": f"not defined: none of {items} questions has all four words known"}
    low, high = share_interval(hits, covered, settings.confidence)
    return row | {"value": hits / covered, "low": low, "high": high}


def _row(name: str, section: str, measure: str, items: int, covered: int) -> dict:
    row = {"list": name, "section": section, "measure": measure, "items": items, "covered": covered, "note": ""}
    return row | {"coverage": covered / items if items else None}
