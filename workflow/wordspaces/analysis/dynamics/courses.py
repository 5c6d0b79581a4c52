"""What the training of a run left behind: vectors at each snapshot, tokens seen, its log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from safetensors import safe_open

from wordspaces.analysis.roster import LEAST_WORDS, Run, Words, read_snapshots
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.analysis.tables import numbers
from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError

PAIRED = ("next_sentence_accuracy", "next_sentence_length_only")
LOGGED = ("loss", "heldout_loss", "gradient_norm", "learning_rate")
Units = np.ndarray | None


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

    def __len__(self) -> int:
        return len(self.step)

    @cached_property
    def units(self) -> list[Units]:
        """Centred unit vectors of each snapshot, as `directions_of` gives them."""
        return [directions_of(vectors, self.run) for vectors in self.vectors]

    def logged(self) -> dict[str, np.ndarray]:
        """Measures `LOGGED` of the row of the log nearest to each snapshot, and `paired`: float64 [t] by name."""
        rows = nearest_steps(self.step, numbers(self.log, "step"))
        return {name: numbers(self.log, name).astype(np.float64)[rows] for name in LOGGED} | dict(self.paired)

    def columns(self, index: int) -> dict:
        """Identifying columns of a snapshot."""
        run = {name: getattr(self.run, name) for name in ("corpus", "sample", "model", "family", "seed")}
        return run | {"step": int(self.step[index]), "tokens_seen": int(self.tokens_seen[index])}


def directions_of(vectors: np.ndarray, where: object) -> Units:
    """Centred unit vectors float64 [n, d]; None where some vector has no direction (as before training)."""
    try:
        return centred_units(vectors, where)
    except StudyError:
        return None


def nearest_steps(steps: np.ndarray, logged: np.ndarray) -> np.ndarray:
    """Row of the ascending `logged` steps nearest to each of `steps`, the earlier of two equally near: int64."""
    after = np.clip(np.searchsorted(logged, steps), 0, len(logged) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(steps - logged[before] <= logged[after] - steps, before, after)


def words_held(snapshots: Sequence[str], words: Words) -> Words:
    """The comparison words that the snapshots of every run hold; `StudyError` where they are too few."""
    sizes = [_shape(path)[1] for path in snapshots]
    held = words.take(words.ids < min(sizes))
    if len(held) < LEAST_WORDS:
        found = f"{len(held)} comparison words"
        where = snapshots[int(np.argmin(sizes))]
        raise StudyError(where, found, f"{LEAST_WORDS} or more", "keep more words in the snapshots")
    return held


def read_final(path: str, words: Words, run: Run) -> Units:
    """Directions of the last snapshot of a run, the one snapshot that is read: float64 [n, d], as `directions_of`."""
    with safe_open(path, framework="numpy") as handle:
        held = handle.get_slice("vectors")
        count = held.get_shape()[0]
        return directions_of(held[count - 1 : count][0][words.ids], run)


def read_course(snapshots: str, log: str, run: Run, words: Words) -> Course:
    """Course of one run from its files."""
    read = read_snapshots(snapshots)
    paired = read_paired(snapshots, len(read.step))
    table = read_table(log, ["step", *LOGGED])
    return Course(run, read.vectors[:, words.ids], read.tokens_seen, read.step, table, paired)


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


def _shape(path: str) -> list[int]:
    """Snapshots, words and dimension of a file of snapshots; `StudyError` where it holds none."""
    with safe_open(path, framework="numpy") as handle:
        shape = handle.get_slice("vectors").get_shape()
    if not shape[0]:
        raise StudyError(path, "no snapshot", "snapshots that begin before training", "delete it and rerun")
    return shape
