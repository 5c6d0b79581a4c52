"""Which words move when training goes on with another corpus, and who forgets what.

A run and the one it started from share one basis, so that the place of a word before and after is compared as it is,
without an alignment: `displacement` is 1 - cosine of the two vectors, both taken from the mean of all compared words
before; `distance` is ||after - before|| / ||before||, not centred. Other spaces have bases of their own; with these a
word is compared by its similarities to all other words (`second_order`) and by its nearest neighbours (`overlap`).

Any training that goes on with new text moves words, and a move speaks of the new corpus only beyond that: columns
ending in `_control` are the same measures of the run that went on with another document sample of the source. `excess`
= second_order_control - second_order_source is above 0 for a word that the new corpus moved further. Columns ending in
`_seed` are between the start and the source's other seeds (the mean; displacement after the best rotation): what two
trainings differ by that share no start.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.adaptation.course import KEYS, Adapted, Family
from wordspaces.analysis.adaptation.settings import AdaptationSettings
from wordspaces.analysis.roster import Roster
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import RDMs, finite
from wordspaces.analysis.stability import words as word_measures
from wordspaces.analysis.stability.factors import UNLISTED, regression_rows
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.tables import from_rows, schema

MEASURES = (
    "displacement",
    "displacement_control",
    "displacement_seed",
    "distance",
    *(f"second_order_{name}" for name in ("source", "control", "seed", "target_before", "target_after")),
    "excess",
    *(f"overlap_{name}" for name in ("source", "control", "seed", "target_before", "target_after")),
)
WORDS = schema(
    **KEYS,
    id=pa.int32(),
    word=pa.string(),
    part_of_speech=pa.string(),
    count_source=pa.int64(),
    count_target=pa.int64(),
    log_ratio=pa.float64(),
    **dict.fromkeys(MEASURES, pa.float64()),
)
NEIGHBOURS = schema(
    **KEYS,
    word=pa.string(),
    chosen=pa.string(),
    displacement=pa.float64(),
    space=pa.string(),
    rank=pa.int32(),
    neighbour=pa.string(),
    cosine=pa.float64(),
    note=pa.string(),
)
FACTORS = schema(
    **KEYS,
    response=pa.string(),
    predictor=pa.string(),
    **dict.fromkeys(("estimate", "se", "low", "high", "r2", "partial_r2"), pa.float64()),
    words=pa.int32(),
    note=pa.string(),
)
SMALLEST = 1e-12


def displaced(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """1 - cosine of each word's vectors [n, d] before and after, from the mean of those before: float64 [n], 0 to 2.

    A word that stays has exactly 0, whatever the others do; NaN for a word at the mean itself.
    """
    before, after = finite(before, "vectors before"), finite(after, "vectors after")
    left, right = before - before.mean(axis=0), after - before.mean(axis=0)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    known = lengths > SMALLEST
    cosines = (left * right).sum(axis=1) / np.where(known, lengths, 1.0)
    moved = np.where((before == after).all(axis=1), 0.0, np.clip(1.0 - cosines, 0.0, 2.0))
    return np.where(known, moved, np.nan)


def distances(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Euclidean distance of each word's vectors [n, d] over the length before: float64 [n]; NaN for a length of 0."""
    lengths = np.linalg.norm(finite(before, "vectors before"), axis=1)
    moved = np.linalg.norm(finite(after, "vectors after") - before, axis=1)
    return np.where(lengths > SMALLEST, moved / np.where(lengths > SMALLEST, lengths, 1.0), np.nan)


def word_moves(roster: Roster, family: Family, k: int) -> dict[str, np.ndarray]:
    """Measures of every word of one adapted run but for the control, float64 [n]; NaN where there is no other seed."""
    used = [family.start, family.end, *family.others, *family.native]
    with one_thread():
        units = dict(zip(used, RDMs.of([roster.vectors[i] for i in used], used).units, strict=True))
        lists = {i: nearest(unit, k) for i, unit in units.items()}

        def alike(i: int, others: Sequence[int]) -> np.ndarray:
            return _mean([word_measures.second_order(units[i], units[j]) for j in others], len(roster.words))

        def shared(i: int, others: Sequence[int]) -> np.ndarray:
            counts = [word_measures.common_counts(lists[i], lists[j]) for j in others]
            return _mean([word_measures.overlap(count, k) for count in counts], len(roster.words))

        start, end = family.start, family.end
        shifts = [word_measures.displacement(units[start], units[j]) for j in family.others]
        found = {"displacement": displaced(roster.vectors[start], roster.vectors[end])}
        found["distance"] = distances(roster.vectors[start], roster.vectors[end])
        found["displacement_seed"] = _mean(shifts, len(roster.words))
        for name, measure in (("second_order", alike), ("overlap", shared)):
            found[f"{name}_source"], found[f"{name}_seed"] = measure(end, [start]), measure(start, family.others)
            found[f"{name}_target_before"] = measure(start, family.native)
            found[f"{name}_target_after"] = measure(end, family.native)
    return found


def beside_control(
    moves: Mapping[str, np.ndarray], control: Mapping[str, np.ndarray] | None, words: int
) -> dict[str, np.ndarray]:
    """Moves of a run with those of its control, and the excess over it; NaN where there is no control."""
    unknown = np.full(words, np.nan)
    named = {"displacement": "displacement", "second_order": "second_order_source", "overlap": "overlap_source"}
    beside = {f"{name}_control": control[own] if control else unknown for name, own in named.items()}
    return {**moves, **beside, "excess": beside["second_order_control"] - moves["second_order_source"]}


def _mean(values: Sequence[np.ndarray], words: int) -> np.ndarray:
    return np.mean(values, axis=0) if len(values) else np.full(words, np.nan)


def moved_tables(
    roster: Roster,
    adapted: Sequence[Adapted],
    counts: Mapping[str, np.ndarray],
    lexicon: Mapping[str, str],
    settings: AdaptationSettings,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Moves of every word (`WORDS`), neighbours of some (`NEIGHBOURS`), regressions of the moves (`FACTORS`).

    `roster` as in `course.adaptation_table`; controls among `adapted` give no rows, but columns. `counts` : occurrences
    of each vocabulary id in the sample, by corpus; `lexicon` : part of speech by word. `log_ratio` is
    log((count_target + 1) / (count_source + 1)). Regressions are those of `stability.factors`: of displacement, of
    `forgotten` (1 - overlap_source) and of `gained` (overlap_target_after - overlap_target_before) on log count in the
    target, log ratio and part of speech.
    """
    tables: tuple[list[dict], list[dict], list[dict]] = ([], [], [])
    classes = [lexicon.get(token, UNLISTED) for token in roster.words.tokens]
    begun = {(one.run.model, one.run.seed): Family.of(roster, one) for one in adapted if one.control}
    controls = {key: word_moves(roster, family, settings.k) for key, family in begun.items()}
    for one in sorted(adapted, key=lambda one: tuple(one.columns().values())):
        if one.control:
            continue
        family, key = Family.of(roster, one), one.columns()
        control = controls.get((one.run.model, one.run.seed))
        moves = beside_control(word_moves(roster, family, settings.k), control, len(roster.words))
        of_source, of_target = (_counted(counts[corpus], roster.words.ids) for corpus in (one.source, one.run.corpus))
        ratio = np.log((of_target + 1.0) / (of_source + 1.0))
        for row, token in enumerate(roster.words.tokens):
            known = {"id": int(roster.words.ids[row]), "word": token, "part_of_speech": classes[row]}
            known |= {"count_source": int(of_source[row]), "count_target": int(of_target[row])}
            values = {name: float(values[row]) for name, values in moves.items()}
            tables[0].append(key | known | {"log_ratio": float(ratio[row])} | values)
        tables[1].extend(key | row for row in _neighbours(roster, family, moves["displacement"], settings))
        known = {"log count": np.log(of_target + 1.0), "log ratio": ratio}
        tables[2].extend(key | row for row in _factors(moves, known, classes, settings))
    return tuple(from_rows(rows, kind) for rows, kind in zip(tables, (WORDS, NEIGHBOURS, FACTORS), strict=True))


def _counted(counts: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Counts of `ids`; 0 for an id beyond the last one that occurs."""
    return np.where(ids < len(counts), counts[np.minimum(ids, len(counts) - 1)], 0)


def _factors(
    moves: Mapping[str, np.ndarray],
    continuous: Mapping[str, np.ndarray],
    classes: Sequence[str],
    settings: AdaptationSettings,
) -> list[dict]:
    """Regressions of one run over the words whose response is known."""
    responses = {"displacement": moves["displacement"], "forgotten": 1.0 - moves["overlap_source"]}
    responses["gained"] = moves["overlap_target_after"] - moves["overlap_target_before"]
    rows = []
    for name, response in responses.items():
        known = np.isfinite(response)
        some = {predictor: values[known] for predictor, values in continuous.items()}
        chosen = [part for part, kept in zip(classes, known, strict=True) if kept]
        rows += [{"response": name} | row for row in regression_rows(response[known], some, chosen, settings)]
    return rows


def _neighbours(roster: Roster, family: Family, moved: np.ndarray, settings: AdaptationSettings) -> list[dict]:
    """Neighbours before, after and in the target's own spaces, of the words that move most and of the listed ones."""
    at = roster.words.positions()
    order = np.argsort(-np.nan_to_num(moved, nan=-1.0), kind="stable")[: settings.most]
    chosen = [("most moved", roster.words.tokens[row]) for row in order]
    chosen += [("listed", word) for word in settings.listed]
    spaces = {"before": [family.start], "after": [family.end], "target alone": family.native}
    with one_thread():
        used = {name: RDMs.of([roster.vectors[i] for i in some], some).units for name, some in spaces.items() if some}
    rows = []
    for kind, word in chosen:
        if word not in at:
            rows.append({"word": word, "chosen": kind, "note": "not a comparison word"})
            continue
        row = at[word]
        for name, units in used.items():
            cosines = np.mean([unit @ unit[row] for unit in units], axis=0)
            cosines[row] = -np.inf
            best = np.argsort(-cosines, kind="stable")[: min(settings.k, len(cosines) - 1)]
            base = {"word": word, "chosen": kind, "displacement": float(moved[row]), "space": name, "note": ""}
            rows += [
                base | {"rank": rank, "neighbour": roster.words.tokens[i], "cosine": float(cosines[i])}
                for rank, i in enumerate(best, start=1)
            ]
    return rows
