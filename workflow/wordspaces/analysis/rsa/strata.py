"""Mean correlation within strata of words: by frequency, by part of speech, by lists of words.

The RDM of a stratum is that of its words alone, with vectors centred over them: what is common to all its words is
taken out, so a stratum shows the geometry inside it, and the r of two strata have no mean over strata.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.analysis.lexicon import CLASSES
from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.design import CellPair, Means, cell_pairs, run_pairs
from wordspaces.analysis.rsa.intervals import LEAST_SAMPLES, interval, over_samples, over_words, sample_counts
from wordspaces.analysis.settings import StrataSettings
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError

ALL = "all"
SIDE = ("corpus", "model", "probe")
SCHEMA = schema(
    roster=pa.string(),
    method=pa.string(),
    stratum_kind=pa.string(),
    stratum=pa.string(),
    place=pa.int32(),
    relation=pa.string(),
    **{f"{side}_{key}": pa.string() for side in "ab" for key in SIDE},
    r=pa.float64(),
    se=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    resampled=pa.string(),
    words=pa.int32(),
    pairs=pa.int32(),
    note=pa.string(),
)


@dataclass(frozen=True)
class Stratum:
    """Some of the compared words: their positions, int64 [n], and what they have in common."""

    kind: str
    name: str
    positions: np.ndarray


def frequency_strata(words: Words, number: int) -> list[Stratum]:
    """Strata of about equally many words by count, rarest first, named by their smallest and largest count.

    Edges are quantiles of the log count. Words of one count stay together, so there may be fewer strata than `number`.
    """
    counts = np.log(np.maximum(words.counts, 1))
    edges = np.unique(np.quantile(counts, np.linspace(0.0, 1.0, number + 1)[1:-1]))
    belongs = np.searchsorted(edges, counts, side="left")
    found = [np.flatnonzero(belongs == place) for place in np.unique(belongs)]
    names = [f"count {words.counts[here].min()} to {words.counts[here].max()}" for here in found]
    return [Stratum("frequency", name, here) for name, here in zip(names, found, strict=True)]


def class_strata(words: Words, lexicon: Mapping[str, str]) -> list[Stratum]:
    """A stratum for each class of the lexicon; a word that it does not hold is in none."""
    classes = np.array([lexicon.get(token, "") for token in words.tokens])
    return [Stratum("part of speech", name, np.flatnonzero(classes == name)) for name in CLASSES]


def list_strata(words: Words, lists: Mapping[str, list[str] | str]) -> list[Stratum]:
    """A stratum for each list of words, of those of its words that are compared."""
    strata = []
    for name, entry in lists.items():
        listed = set(read_list(entry) if isinstance(entry, str) else entry)
        strata.append(Stratum("list", name, np.flatnonzero([token in listed for token in words.tokens])))
    return strata


def read_list(path: str | Path) -> list[str]:
    """Words of a UTF-8 file, one a line; what follows # is left out. `StudyError` for a file without a word."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(path, f"no readable list of words ({error})", "a UTF-8 text file") from None
    words = [line.partition("#")[0].strip() for line in text.splitlines()]
    if not any(words):
        raise StudyError(path, "no word", "a file with one word a line")
    return [word for word in words if word]


def strata_table(rosters: Sequence[Roster], lexicon: Mapping[str, str], settings: StrataSettings) -> pa.Table:
    """Mean r of every pair of cells, and of every relation, within each stratum of the compared words.

    Parameters: the rosters; class of each word, empty for none. Columns: `SCHEMA`; `place` orders the strata of a
    kind; `relation` as in `wordspaces.analysis.relations`, seeds always differ; a and b the two cells, or "all" for the
    mean over all pairs of cells of `settings.models` in that relation, each pair of cells weighing the same; `r` over
    `words` words and `pairs` pairs of runs with an interval over what `resampled` says. A stratum of fewer than
    `settings.least_words` words is null with a note.
    """
    rows = []
    for roster in rosters:
        strata = frequency_strata(roster.words, settings.frequency_strata)
        strata += class_strata(roster.words, lexicon) if lexicon else []
        strata += list_strata(roster.words, settings.lists)
        groups = _groups(roster.spaces, settings)
        for method in sorted(settings.methods):
            places: dict[str, int] = {}
            for stratum in strata:
                place = places[stratum.kind] = places.get(stratum.kind, -1) + 1
                row = {"roster": roster.name, "method": method, "stratum_kind": stratum.kind, "stratum": stratum.name}
                row |= {"place": place, "words": len(stratum.positions)}
                rows += [row | entry for entry in _stratum_rows(roster, stratum, groups, method, settings)]
    return from_rows(rows, SCHEMA)


def _groups(spaces: Sequence[Space], settings: StrataSettings) -> list[tuple[dict, tuple[CellPair, ...]]]:
    """Columns of each row and the pairs of cells that it averages: every pair alone, then all of each relation."""
    alone, together = [], {}
    for pair in cell_pairs(spaces):
        name = pair.relation(settings.epochs_of)
        sides = {f"{side}_{key}": getattr(getattr(pair, side), key) for side in "ab" for key in SIDE}
        alone.append(({"relation": name} | sides, (pair,)))
        if all(cell.model in settings.models for cell in (pair.a, pair.b)):
            together.setdefault(name, []).append(pair)
    every = {f"{side}_{key}": ALL for side in "ab" for key in SIDE}
    return alone + [({"relation": name} | every, tuple(pairs)) for name, pairs in sorted(together.items())]


def _stratum_rows(
    roster: Roster,
    stratum: Stratum,
    groups: Sequence[tuple[dict, tuple[CellPair, ...]]],
    method: str,
    settings: StrataSettings,
) -> Iterator[dict]:
    size = len(stratum.positions)
    if size < settings.least_words:
        note = f"not defined: {size} of the compared words, allowed: {settings.least_words} or more"
        yield from ({**columns, "note": note} for columns, _ in groups)
        return
    try:
        vectors = [matrix[stratum.positions] for matrix in roster.vectors]
        rdms = RDMs.of(vectors, roster.spaces, *settings.dissimilarity.definition)
        values, se = _estimate(rdms, roster.spaces, [pairs for _, pairs in groups], method)
    except StudyError as error:
        yield from ({**columns, "note": f"not defined: {error}"} for columns, _ in groups)
        return
    corpora, found = sample_counts(roster.spaces), run_pairs(roster.spaces)
    for (columns, pairs), value, error in zip(groups, values, se, strict=True):
        fewest = min(corpora[cell.corpus] for pair in pairs for cell in (pair.a, pair.b))
        row = {"r": value, "pairs": sum(len(found.get(pair, [])) for pair in pairs)}
        row["resampled"] = "words and samples" if fewest >= LEAST_SAMPLES else "words"
        row["note"] = "" if np.isfinite(value) else "not defined: no two runs with different seeds differ in this way"
        yield columns | row | interval(value, error, settings.confidence)


def _estimate(
    rdms: RDMs, spaces: Sequence[Space], groups: Sequence[tuple[CellPair, ...]], method: str
) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard errors [groups]."""

    def means_of(some: Sequence[Space]) -> Means:
        found = run_pairs(some)
        return Means([[found.get(pair, []) for pair in pairs] for pairs in groups], len(some))

    r, values, variance = over_words(rdms, method, means_of(spaces))
    if max(sample_counts(spaces).values()) >= LEAST_SAMPLES:
        variance = variance + over_samples(r, spaces, means_of)
    return values, np.sqrt(variance)
