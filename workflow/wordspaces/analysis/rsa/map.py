"""Second-order map: every space a point, near each other where their geometries agree.

The distance of two spaces is sqrt(2 (1 - r)), the Euclidean distance of their RDMs standardised to length one: a true
metric, which 1 - r is not. Finished spaces are placed in the plane by metric multidimensional scaling (SMACOF, from the
classical solution; de Leeuw & Mair 2009), with Kruskal's stress-1 (1964) for what the plane cannot show.

Untrained spaces and snapshots do not take part in the scaling: untrained ones are all equally far from each other and
would push the rest together. They are carried along by the linear map from standardised RDMs to the plane that puts
every finished space in its place, of all such maps the one of least norm. With K the correlations of finished spaces,
X their positions and k the correlations of another space with them, its place is k K^+ X. A space that is like none of
the finished ones lies at the origin; distances from such points are not those of the spaces.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from sklearn.manifold import MDS

from wordspaces.analysis.roster import EXTERNAL, Roster, Run, Snapshots
from wordspaces.analysis.settings import MapSettings
from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.similarity.settings import DissimilaritySettings
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError

FINAL, UNTRAINED, SNAPSHOT = "final", "untrained", "snapshot"
LEAST_SPACES = 4
SMALLEST_EIGENVALUE = 1e-6  # of K, relative to its largest: equal spaces make it singular
SCHEMA = schema(
    corpus=pa.string(),
    sample=pa.string(),
    model=pa.string(),
    family=pa.string(),
    seed=pa.int32(),
    step=pa.int64(),
    tokens_seen=pa.int64(),
    kind=pa.string(),
    method=pa.string(),
    x=pa.float64(),
    y=pa.float64(),
    stress=pa.float64(),
    words=pa.int32(),
    note=pa.string(),
)
KEYS = ("corpus", "sample", "model", "family", "seed")


def distances(r: np.ndarray) -> np.ndarray:
    """sqrt(2 (1 - r)) of correlations [s, s], with zeros on the diagonal."""
    found = np.sqrt(np.maximum(2.0 * (1.0 - r), 0.0))
    np.fill_diagonal(found, 0.0)
    return found


def scale(dissimilarities: np.ndarray) -> np.ndarray:
    """Positions float64 [s, 2] of metric scaling, centred, on their principal axes, each with its longest arm positive.

    Scaling fixes positions up to rotation and reflection; the axes make them the same on every run.
    """
    model = MDS(
        2,
        n_init=1,
        init="classical_mds",
        metric="precomputed",
        normalized_stress=False,
        max_iter=3000,
        eps=1e-10,
    )
    positions = model.fit_transform(dissimilarities)
    positions = positions - positions.mean(axis=0)
    positions = positions @ np.linalg.svd(positions, full_matrices=False)[2].T
    longest = positions[np.abs(positions).argmax(axis=0), [0, 1]]
    return positions * np.where(longest < 0.0, -1.0, 1.0)


def stress(positions: np.ndarray, dissimilarities: np.ndarray) -> float:
    """Kruskal's stress-1: sqrt(sum (d - delta)^2 / sum d^2) with d the distances of `positions` [s, 2]."""
    upper = np.triu_indices(len(positions), 1)
    placed = np.linalg.norm(positions[:, None] - positions[None], axis=-1)[upper]
    return float(np.sqrt(np.square(placed - dissimilarities[upper]).sum() / np.square(placed).sum()))


def carried(k: np.ndarray, r: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Positions [o, 2] of other spaces from their correlations with the finished ones [o, s], as the module says."""
    return k @ np.linalg.pinv(r, rcond=SMALLEST_EIGENVALUE, hermitian=True) @ positions


def map_table(
    roster: Roster, courses: Mapping[Run, Snapshots], settings: MapSettings, external: Roster | None = None
) -> pa.Table:
    """Positions of the finished spaces, of every run before training, and of the snapshots of chosen runs.

    Parameters: the input roster; snapshots of the runs that were trained; the roster of vectors that others trained.
    Columns: `SCHEMA`; `kind` "final", "untrained" (step 0), "snapshot" (those between, of the runs of `settings.seed`
    on `settings.sample`) or "external" (carried along by the correlations over the words that all have); `stress` of
    the map of final spaces, on every row; `words` compared, those that all snapshots hold. `tokens_seen` is null for a
    model that is not trained step by step. A space without geometry, as a start with all vectors equal, is null with a
    note, and so is everything with fewer than four finished spaces.
    """
    held = roster.words.ids < min((course.vectors.shape[1] for course in courses.values()), default=np.inf)
    ids = roster.words.ids[held]
    others = _others(roster, courses, ids, settings)
    final = [vectors[held] for vectors in roster.vectors]
    few = len(final) < LEAST_SPACES
    reason = f"not defined: {len(final)} finished spaces, allowed: {LEAST_SPACES} or more" if few else ""
    notes = [reason or _refusal(matrix, settings.dissimilarity) for _, matrix in others]
    sound = [place for place, note in enumerate(notes) if not note]
    positions, places, misfit = np.full((len(final), 2), np.nan), np.empty((0, 2)), np.nan
    if not few:
        names = [*roster.spaces, *(_name(others[place][0]) for place in sound)]
        vectors = [*final, *(others[place][1] for place in sound)]
        r = compare(RDMs.of(vectors, names, *settings.dissimilarity.definition), settings.method)
        among, others_with = r[: len(final), : len(final)], r[len(final) :, : len(final)]
        positions = scale(distances(among))
        places, misfit = carried(others_with, among, positions), stress(positions, distances(among))
    rows = []
    for space, (x, y) in zip(roster.spaces, positions, strict=True):
        course = courses.get(space.run)
        at = {"step": int(course.step[-1]), "tokens_seen": int(course.tokens_seen[-1])} if course else {}
        rows.append(_keys(space.run) | at | {"kind": FINAL, "x": x, "y": y, "note": reason})
    placed = dict(zip(sound, places, strict=True))
    for place, ((row, _), note) in enumerate(zip(others, notes, strict=True)):
        x, y = placed.get(place, (None, None))
        rows.append(row | {"x": x, "y": y, "note": note})
    if external is not None and not few:
        rows += _external(external, len(final), positions, settings)
    shared = {"method": settings.method, "stress": misfit, "words": int(held.sum())}
    return from_rows([row | shared for row in rows], SCHEMA)


def _name(row: Mapping) -> str:
    return "{corpus}/{sample}/{model}/seed{seed} step {step}".format(**row)


def _others(
    roster: Roster, courses: Mapping[Run, Snapshots], ids: np.ndarray, settings: MapSettings
) -> list[tuple[dict, np.ndarray]]:
    """Columns and vectors of each space that is carried along: step 0 of every run, then the paths."""
    found = []
    for run in dict.fromkeys(space.run for space in roster.spaces):
        if run not in courses:
            continue
        course = courses[run]
        followed = (run.seed, run.sample) == (settings.seed, settings.sample)
        for time in range(len(course.step) - 1 if followed else 1):
            row = {"step": int(course.step[time]), "tokens_seen": int(course.tokens_seen[time])}
            row["kind"] = SNAPSHOT if time else UNTRAINED
            found.append((_keys(run) | row, course.vectors[time][ids]))
    return found


def _external(roster: Roster, finished: int, positions: np.ndarray, settings: MapSettings) -> list[dict]:
    """Rows of vectors that others trained, which come after the finished spaces in their roster."""
    r = compare(RDMs.of(roster.vectors, roster.spaces, *settings.dissimilarity.definition), settings.method)
    places = carried(r[finished:, :finished], r[:finished, :finished], positions)
    named = zip(roster.spaces[finished:], places, strict=True)
    return [_keys(space.run) | {"kind": EXTERNAL, "x": x, "y": y, "note": ""} for space, (x, y) in named]


def _keys(run: Run) -> dict:
    return {key: getattr(run, key) for key in KEYS}


def _refusal(matrix: np.ndarray, dissimilarity: DissimilaritySettings) -> str:
    try:
        compare(RDMs.of([matrix], ["this space"], *dissimilarity.definition), "pearson")
    except StudyError as error:
        return f"not defined: {error}"
    return ""
