"""How a space forms: measures of every snapshot of every run, on the axis of tokens seen.

All geometry is over the comparison words that the snapshots hold; cosines and correlations are of vectors centred
over them, correlations are Pearson between cosine RDMs.

=========================  ===========================================================================================
measure                    of the snapshot V_t, in a run that goes from V_0 to V_T
=========================  ===========================================================================================
mean_norm                  mean length of the vectors, not centred
displacement               ||V_t - V_0|| / ||V_T||, Frobenius norms
step_displacement          ||V_t - V_s|| / ||V_T||, s the snapshot before; null at step 0
effective_rank             exp of the entropy of the normalised singular values (Roy & Vetterli 2007), centred
cosine_related             mean cosine of the listed related pairs
cosine_unrelated           mean cosine of the listed unrelated pairs
rsa_own_final              correlation with V_T of the same run: 1 at the end by construction
rsa_other_seed             mean correlation with V_T of the other seeds on the same sample
rsa_other_sample           mean correlation with V_T of other seeds on other samples of the corpus
loss, heldout_loss,        of the training log at the step nearest to the snapshot's; losses are in the units of
gradient_norm,             the family's own objective and not comparable between families
learning_rate
next_sentence_accuracy     share of held-out pairs of spans for which the model is right on whether one follows the
                           other; only for models trained to say so, as is the next
next_sentence_length_only  the share that the lengths of the two spans alone give: the same at every snapshot
=========================  ===========================================================================================

A measure without a value (no other seed, vectors without geometry) is null.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from safetensors import safe_open

from wordspaces.analysis.neighbours import check_known
from wordspaces.analysis.roster import LEAST_WORDS, Run, Words, read_snapshots
from wordspaces.analysis.settings import DynamicsSettings
from wordspaces.analysis.similarity.compare import matched
from wordspaces.analysis.similarity.rdm import RDMs, centred_units
from wordspaces.analysis.tables import from_rows, numbers, schema
from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError

PAIRED = ("next_sentence_accuracy", "next_sentence_length_only")
LOGGED = ("loss", "heldout_loss", "gradient_norm", "learning_rate")
_KEYS = {"corpus": pa.string(), "sample": pa.string(), "model": pa.string(), "seed": pa.int32()}
DYNAMICS = schema(
    **_KEYS, step=pa.int64(), tokens_seen=pa.int64(), measure=pa.string(), value=pa.float64(), words=pa.int32()
)
TRAJECTORIES = schema(
    **_KEYS,
    step=pa.int64(),
    tokens_seen=pa.int64(),
    word_a=pa.string(),
    word_b=pa.string(),
    relation=pa.string(),
    cosine=pa.float64(),
)


def effective_rank(vectors: np.ndarray) -> float:
    """exp(H(p)), p the singular values of centred `vectors` [n, d] over their sum (Roy & Vetterli 2007).

    From 1 (all vectors on one line) to min(n - 1, d); NaN where all vectors are equal.
    """
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    if not values.sum() > 0.0:
        return float("nan")
    p = values / values.sum()
    p = p[p > 0.0]
    return float(np.exp(-(p * np.log(p)).sum()))


def displacements(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance of each snapshot from the first and from the one before, over the norm of the last: float64 [t] each.

    `vectors` is [t, n, d]; the first step has NaN, as have all values where the last vectors are zero.
    """
    norm = np.linalg.norm(vectors[-1].astype(np.float64)) or np.nan
    moved = np.array([np.linalg.norm(v.astype(np.float64) - vectors[0]) for v in vectors])
    steps = [np.linalg.norm(b.astype(np.float64) - a) for a, b in pairwise(vectors)]
    return moved / norm, np.array([np.nan, *steps]) / norm


def nearest_steps(steps: np.ndarray, logged: np.ndarray) -> np.ndarray:
    """Row of the ascending `logged` steps nearest to each of `steps`, the earlier of two equally near: int64."""
    after = np.clip(np.searchsorted(logged, steps), 0, len(logged) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(steps - logged[before] <= logged[after] - steps, before, after)


@dataclass(frozen=True)
class Course:
    """Snapshots of one run over the compared words: vectors float32 [t, n, d], tokens_seen and step int64 [t].

    `paired` holds the measures `PAIRED`, float64 [t] each, of a model trained to tell whether two spans follow each
    other; it is empty for others.
    """

    run: Run
    vectors: np.ndarray
    tokens_seen: np.ndarray
    step: np.ndarray
    log: pa.Table
    paired: Mapping[str, np.ndarray]

    def units(self, index: int) -> np.ndarray | None:
        """Centred unit vectors [n, d] of a snapshot; None where some vector has no direction (as before training)."""
        try:
            return centred_units(self.vectors[index], self.run)
        except StudyError:
            return None

    def columns(self, index: int) -> dict:
        """Identifying columns of a snapshot."""
        run = {name: getattr(self.run, name) for name in _KEYS}
        return run | {"step": int(self.step[index]), "tokens_seen": int(self.tokens_seen[index])}


def dynamics_tables(
    snapshots: Sequence[str], logs: Sequence[str], runs: Sequence[Run], words: Words, settings: DynamicsSettings
) -> tuple[pa.Table, pa.Table]:
    """Measures of every snapshot (`DYNAMICS`, long) and cosines of every listed pair (`TRAJECTORIES`).

    `snapshots` and `logs` are paths parallel to `runs`. The runs of one corpus and model are read together, the next
    ones after them, so that memory does not grow with the roster. A pair with an unknown word has null cosines;
    `StudyError` where no listed word is known.
    """
    order = sorted(range(len(runs)), key=lambda i: runs[i])
    dynamics, trajectories = [], []
    for cell in sorted({(run.corpus, run.model) for run in runs}):
        members = [i for i in order if (runs[i].corpus, runs[i].model) == cell]
        held, courses = _courses([(snapshots[i], logs[i], runs[i]) for i in members], words)
        pairs = listed_pairs(settings, held)
        for course in courses:
            measured, traced = _follow(course, courses, pairs)
            dynamics += measured
            trajectories += traced
    key = ("corpus", "sample", "model", "seed", "step")
    dynamics.sort(key=lambda row: tuple(row[name] for name in (*key, "measure")))
    trajectories.sort(key=lambda row: tuple(row[name] for name in (*key, "word_a", "word_b")))
    return from_rows(dynamics, DYNAMICS), from_rows(trajectories, TRAJECTORIES)


@dataclass(frozen=True)
class Pairs:
    """Listed pairs: words, relation ("related" / "unrelated"), rows int64 [pairs, 2] (-1 where unknown)."""

    words: tuple[tuple[str, str], ...]
    relation: tuple[str, ...]
    rows: np.ndarray

    def cosines(self, units: np.ndarray | None) -> np.ndarray:
        """Cosine of each pair, float64 [pairs]; NaN where a word or the geometry is unknown."""
        if units is None:
            return np.full(len(self.words), np.nan)
        values = (units[self.rows[:, 0]] * units[self.rows[:, 1]]).sum(axis=1)
        return np.where((self.rows >= 0).all(axis=1), values, np.nan)


def listed_pairs(settings: DynamicsSettings, words: Words) -> Pairs:
    """Rows of the listed pairs among `words`; `StudyError` where no word of a list is known."""
    listed, relations = [], []
    for relation in ("related", "unrelated"):
        pairs = getattr(settings, relation)
        where, allowed = f"{relation} pairs of the dynamics", "at least one word of the comparison vocabulary"
        check_known([word for pair in pairs for word in pair], [words], where, allowed)
        listed += [(first, second) for first, second in pairs]
        relations += [relation] * len(pairs)
    at = words.positions()
    rows = np.array([[at.get(word, -1) for word in pair] for pair in listed], dtype=np.int64)
    return Pairs(tuple(listed), tuple(relations), rows)


def _courses(members: Sequence[tuple[str, str, Run]], words: Words) -> tuple[Words, list[Course]]:
    """Snapshots of some runs over the comparison words that all of them hold."""
    read = [read_snapshots(snapshots) for snapshots, _, _ in members]
    held = words.take(words.ids < min(entry.vectors.shape[1] for entry in read))
    if len(held) < LEAST_WORDS:
        raise StudyError(
            members[0][0], f"{len(held)} comparison words", f"{LEAST_WORDS} or more", "keep more words in the snapshots"
        )
    courses = []
    for entry, (snapshots, log, run) in zip(read, members, strict=True):
        table = read_table(log, ["step", *LOGGED])
        paired = read_paired(snapshots, len(entry.step))
        courses.append(Course(run, entry.vectors[:, held.ids], entry.tokens_seen, entry.step, table, paired))
    return held, courses


def read_paired(path: str, steps: int) -> dict[str, np.ndarray]:
    """Measures `PAIRED` of a file of snapshots, float64 [steps] each; empty where the file has none.

    Raises `StudyError` where one of the two is missing or does not have a value for every snapshot.
    """
    with safe_open(path, framework="numpy") as handle:
        found = {name: handle.get_tensor(name) for name in PAIRED if name in handle.keys()}  # noqa: SIM118
    if not found:
        return {}
    sizes = {name: len(values) for name, values in found.items()}
    accuracy, lengths = PAIRED
    if sizes != {accuracy: steps, lengths: 1}:
        allowed = f"{steps} of {accuracy} and 1 of {lengths}"
        raise StudyError(path, f"values {sizes}", allowed, "delete it and rerun")
    return {name: np.broadcast_to(values, steps).astype(np.float64) for name, values in found.items()}


def _follow(course: Course, others: Sequence[Course], pairs: Pairs) -> tuple[list[dict], list[dict]]:
    """Rows of both tables for one run; `others` are the runs of its corpus and model, itself among them."""
    units = [course.units(index) for index in range(len(course.step))]
    moved, stepped = displacements(course.vectors)
    references = {
        "rsa_own_final": [units[-1]],
        "rsa_other_seed": [o.units(-1) for o in others if _is(o.run, course.run, same_sample=True)],
        "rsa_other_sample": [o.units(-1) for o in others if _is(o.run, course.run, same_sample=False)],
    }
    logged = nearest_steps(course.step, numbers(course.log, "step"))
    columns = {name: numbers(course.log, name).astype(np.float64)[logged] for name in LOGGED}
    related = np.array([relation == "related" for relation in pairs.relation])
    dynamics, trajectories = [], []
    for index, vectors in enumerate(course.vectors):
        cosines = pairs.cosines(units[index])
        values = {name: column[index] for name, column in columns.items()}
        values |= {name: measured[index] for name, measured in course.paired.items()}
        values |= {name: _agreement(units[index], finals) for name, finals in references.items()}
        values |= {"displacement": moved[index], "step_displacement": stepped[index]}
        values["mean_norm"] = np.linalg.norm(vectors.astype(np.float64), axis=1).mean()
        values["effective_rank"] = effective_rank(vectors)
        values["cosine_related"], values["cosine_unrelated"] = _mean(cosines[related]), _mean(cosines[~related])
        base = course.columns(index)
        dynamics += [base | {"measure": m, "value": float(v), "words": len(vectors)} for m, v in values.items()]
        listed = zip(pairs.words, pairs.relation, cosines, strict=True)
        trajectories += [base | {"word_a": a, "word_b": b, "relation": r, "cosine": c} for (a, b), r, c in listed]
    return dynamics, trajectories


def _is(other: Run, run: Run, same_sample: bool) -> bool:
    """Whether `other` has another seed, on the same or on another sample."""
    return other.seed != run.seed and (other.sample == run.sample) == same_sample


def _agreement(units: np.ndarray | None, finals: Sequence[np.ndarray | None]) -> float:
    """Mean correlation of a snapshot with final spaces; NaN where either side has no geometry."""
    known = [final for final in finals if final is not None]
    if units is None or not known:
        return float("nan")
    names = ("snapshot",) * len(known)
    try:
        return float(np.mean(matched(RDMs((units,) * len(known), names), RDMs(tuple(known), names), "pearson")))
    except StudyError:
        return float("nan")


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
