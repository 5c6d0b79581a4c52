"""The ladder of agreement: mean correlation of two spaces by what differs between them, each pair a point.

Rungs in the order of the design, never of the values. Seeds differ on all rungs but those of a deterministic reference
and "untrained".

- other seed, other sample, other epochs, other variant, other family, other corpus: the relations seed, sample,
  epochs, variant, family and corpus of `wordspaces.analysis.relations`;
- other sample, {reference}: a reference against itself on another document sample. PPMI-SVD has no randomness of its
  own, so it shows what the choice of documents does without any training;
- recipe and {reference}: each recipe against the reference, same corpus and sample;
- untrained: a trained space and its own vectors before training (step 0), over the comparison words that the
  snapshots hold: how much of the final geometry was there from the start;
- shuffled words: two seeds of one cell, the words of the second in random order: no agreement but chance.

The spaces of a deterministic reference are equal for all seeds: the first seed stands for it, and each pair of
different spaces is one point.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.relations import SAME_SEED, relation
from wordspaces.analysis.roster import Roster, Run, Space
from wordspaces.analysis.settings import LadderSettings
from wordspaces.analysis.similarity.compare import matched, permuted
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.families import seeded
from wordspaces.spaces.table import INPUT_SPACE

RELATIONS = {
    "other seed": "seed",
    "other sample": "sample",
    "other epochs": "epochs",
    "other variant": "variant",
    "other family": "family",
    "other corpus": "corpus",
}
KEYS = ("corpus", "sample", "model", "seed")
_SIDES = {f"{side}_{key}": pa.int32() if key == "seed" else pa.string() for side in "ab" for key in KEYS}
SCHEMA = schema(
    method=pa.string(),
    rung=pa.string(),
    place=pa.int32(),
    **_SIDES,
    r=pa.float64(),
    se=pa.float64(),
    mean=pa.float64(),
    words=pa.int32(),
    note=pa.string(),
)


def rungs_of(references: Sequence[str]) -> list[str]:
    """Names of all rungs in order, those of the reference variants included."""
    first, rest = list(RELATIONS)[:2], list(RELATIONS)[2:-1]
    samples, recipes = ([f"{kind} {name}" for name in references] for kind in ("other sample,", "recipe and"))
    return [*first, *samples, *rest, *recipes, list(RELATIONS)[-1], "untrained", "shuffled words"]


def ladder_table(rsa: pa.Table, roster: Roster, starts: Mapping[Run, np.ndarray], settings: LadderSettings) -> pa.Table:
    """Every rung for every method.

    Parameters: the RSA table; the input roster; the vectors of each run that was trained before it was, float32
    [words, d] with row = vocabulary id. Columns: `SCHEMA`; `place` is the rung's position (0 at the top), `mean` the
    mean r of the rung, repeated on its rows. A rung without pairs is one row of nulls with a note.
    """
    chosen = roster.of_models(settings.models)
    roster.of_models(settings.references)  # refuses a name that no space has
    rungs, rows = rungs_of(settings.references), []
    for method in sorted(settings.methods):
        points = {rung: _from_rsa(rsa, method, name, settings.models) for rung, name in RELATIONS.items()}
        for name in settings.references:
            points |= _of_reference(rsa, method, name, settings.models)
        points["untrained"] = _untrained(chosen, starts, method, settings)
        points["shuffled words"] = _shuffled(chosen, method, settings)
        for place, rung in enumerate(rungs):
            rows += [{"method": method, "rung": rung, "place": place} | point for point in _with_mean(points[rung])]
    return from_rows(rows, SCHEMA)


def _with_mean(points: list[dict]) -> list[dict]:
    if not points:
        return [{"note": "no pair of runs in this study differs in this way"}]
    values = np.array([point["r"] for point in points], dtype=np.float64)
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else None
    return [{"mean": mean, "note": ""} | point for point in points]


def _from_rsa(rsa: pa.Table, method: str, name: str, models: Sequence[str]) -> list[dict]:
    """Rows of the RSA table in one relation; a variant outside `models` enters the rung of other epochs alone."""
    inside = any if name == "epochs" else all
    rows = (row for row in _input_rows(rsa, method) if row["relation"] == name)
    return [_point(row) for row in rows if inside(row[f"{side}_model"] in models for side in "ab")]


def _of_reference(rsa: pa.Table, method: str, name: str, models: Sequence[str]) -> dict[str, list[dict]]:
    """The two rungs of a reference."""
    rows = [row for row in _input_rows(rsa, method) if name in (row["a_model"], row["b_model"])]
    own = [
        (row[f"{side}_family"], row[f"{side}_seed"]) for row in rows for side in "ab" if row[f"{side}_model"] == name
    ]
    fixed = not all(seeded(family) for family, _ in own)
    first = min((seed for _, seed in own), default=None)

    def taken(row: dict, *relations: str) -> bool:
        if not fixed:
            return row["relation"] in relations
        seeds = {row[f"{side}_seed"] for side in "ab" if row[f"{side}_model"] == name}
        return row["relation"].removesuffix(SAME_SEED) in relations and seeds == {first}

    itself = [row for row in rows if row["a_model"] == row["b_model"] and taken(row, "sample")]
    recipes = [
        row for row in rows if {row["a_model"], row["b_model"]} & set(models) and taken(row, "variant", "family")
    ]
    return {
        f"other sample, {name}": [_point(row) for row in itself],
        f"recipe and {name}": [_point(row) for row in recipes],
    }


def _input_rows(rsa: pa.Table, method: str) -> list[dict]:
    families = [f"{side}_family" for side in "ab"]
    rows = rsa.select(["roster", "method", "relation", *_SIDES, *families, "r", "se", "words"]).to_pylist()
    return [row for row in rows if row["roster"] == INPUT_SPACE and row["method"] == method]


def _point(row: dict) -> dict:
    return {key: row[key] for key in (*_SIDES, "r", "se", "words")}


def _sides(a: Run | Space, b: Run | Space) -> dict:
    return {f"a_{key}": getattr(a, key) for key in KEYS} | {f"b_{key}": getattr(b, key) for key in KEYS}


def _untrained(roster: Roster, starts: Mapping[Run, np.ndarray], method: str, settings: LadderSettings) -> list[dict]:
    """Each space against its own vectors of step 0; null where these have no geometry (all equal)."""
    rows, definition = [], settings.dissimilarity.definition
    for space, final in zip(roster.spaces, roster.vectors, strict=True):
        if space.run not in starts:
            continue
        start = starts[space.run]
        held = roster.words.ids < len(start)
        row = _sides(space, space) | {"words": int(held.sum()), "se": None}
        try:
            before = RDMs.of([start[roster.words.ids[held]]], [f"{space} before training"], *definition)
            row["r"] = matched(RDMs.of([final[held]], [space], *definition), before, method)[0]
        except StudyError as error:
            row |= {"r": None, "note": str(error)}
        rows.append(row)
    return rows


def _shuffled(roster: Roster, method: str, settings: LadderSettings) -> list[dict]:
    """Every pair in the relation "seed", the words of its second space in random order."""
    spaces = roster.spaces
    pairs = [
        (i, j)
        for i in range(len(spaces))
        for j in range(i + 1, len(spaces))
        if relation(spaces[i], spaces[j], {}) == "seed"
    ]
    words = len(roster.words)
    stream = generator(settings.shuffle_seed, "ladder", "shuffled words")
    orders = np.stack([stream.permutation(words) for _ in pairs]) if pairs else np.empty((0, words), dtype=np.int64)
    values = permuted(RDMs.of(roster.vectors, spaces, *settings.dissimilarity.definition), pairs, orders, method)
    return [
        _sides(spaces[i], spaces[j]) | {"r": float(r), "se": None, "words": words}
        for (i, j), r in zip(pairs, values, strict=True)
    ]
