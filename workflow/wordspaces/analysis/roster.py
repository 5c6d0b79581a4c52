"""Rosters: the spaces of many runs, aligned on the same words.

The primary roster holds the input vectors of every run over the comparison vocabulary. The contextual roster holds
the mean contextual vectors of one declared layer, one space for each probe text, over the comparison words that
all of these spaces have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.analysis.tables import numbers, texts
from wordspaces.common.artefacts import read_table, read_tensors
from wordspaces.common.errors import StudyError
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, select_space

LEAST_WORDS = 4
EXTERNAL = "external"
NO_SEED = -1


@dataclass(frozen=True, order=True)
class Run:
    """One training run."""

    corpus: str
    sample: str
    model: str
    family: str
    seed: int

    def __str__(self) -> str:
        return f"{self.corpus}/{self.sample}/{self.model}/seed{self.seed}"


@dataclass(frozen=True, order=True)
class Space:
    """One space of one run; `probe` names the text behind contextual vectors, "" for input vectors (layer -1)."""

    corpus: str
    sample: str
    model: str
    family: str
    seed: int
    space: str = INPUT_SPACE
    layer: int = INPUT_LAYER
    probe: str = INPUT_PROBE

    def __str__(self) -> str:
        return f"{self.corpus}/{self.sample}/{self.model}/seed{self.seed} {self.space}"

    @property
    def run(self) -> Run:
        """The run that this space belongs to."""
        return Run(self.corpus, self.sample, self.model, self.family, self.seed)


@dataclass(frozen=True)
class Words:
    """Words that are compared, in id order: ids int32 [n], tokens, counts int64 [n] (smallest over training cells)."""

    ids: np.ndarray
    tokens: tuple[str, ...]
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.tokens)

    def take(self, keep: np.ndarray) -> "Words":
        """Subset by boolean mask or positions [n]."""
        positions = np.arange(len(self))[keep]
        return Words(self.ids[positions], tuple(self.tokens[i] for i in positions), self.counts[positions])

    def positions(self) -> dict[str, int]:
        """Row of each token."""
        return {token: row for row, token in enumerate(self.tokens)}


@dataclass(frozen=True)
class Roster:
    """Aligned spaces: `vectors[s]` is float32 [n, d_s] over `words`, of `spaces[s]`; spaces are sorted."""

    name: str
    spaces: tuple[Space, ...]
    words: Words
    vectors: tuple[np.ndarray, ...]

    def select(self, keep: Sequence[int]) -> "Roster":
        """Roster of the spaces at the positions `keep`, in that order."""
        return Roster(self.name, tuple(self.spaces[i] for i in keep), self.words, tuple(self.vectors[i] for i in keep))

    def of_models(self, models: Sequence[str]) -> "Roster":
        """Roster of the spaces of `models`; `StudyError` for a model that no space has."""
        known = sorted({space.model for space in self.spaces})
        for model in models:
            if model not in known:
                raise StudyError("models of the analysis", f"{model!r}", f"trained variants: {', '.join(known)}")
        return self.select([i for i, space in enumerate(self.spaces) if space.model in models])


@dataclass(frozen=True)
class Snapshots:
    """Vectors of one run over its training: float32 [t, words, d], tokens_seen and step int64 [t]."""

    vectors: np.ndarray
    tokens_seen: np.ndarray
    step: np.ndarray


def as_runs(listed: Sequence[Sequence[Any]]) -> list[Run]:
    """Runs from [corpus, sample, model, family, seed] lists, in the order given."""
    return [Run(str(c), str(s), str(m), str(f), int(seed)) for c, s, m, f, seed in listed]


def samples_of(runs: Sequence[Run]) -> dict[str, set[str]]:
    """Training samples of each corpus."""
    return {corpus: {run.sample for run in runs if run.corpus == corpus} for corpus in sorted({r.corpus for r in runs})}


def read_words(path: str) -> Words:
    """Comparison vocabulary; `StudyError` where it is too small to compare spaces over."""
    table = read_table(path, ["id", "token", "count"])
    if table.num_rows < LEAST_WORDS:
        raise StudyError(
            path,
            f"{table.num_rows} comparison words",
            f"{LEAST_WORDS} or more",
            "lower the smallest count of the comparison vocabulary or use larger samples",
        )
    return Words(numbers(table, "id"), tuple(texts(table, "token")), numbers(table, "count"))


def text_counts(path: str, samples: Mapping[str, set[str]]) -> dict[str, np.ndarray]:
    """Occurrences of every word of the vocabulary in the training samples of each corpus: int64 [V] by corpus."""
    table = read_table(path, ["corpus", "sample", "id", "count"])
    found = {}
    for corpus in sorted(samples):
        inside = pc.is_in(table["sample"], pa.array(sorted(samples[corpus])))
        rows = table.filter(pc.and_(pc.equal(table["corpus"], corpus), inside))
        found[corpus] = np.zeros(int(numbers(rows, "id").max()) + 1, np.int64)
        np.add.at(found[corpus], numbers(rows, "id"), numbers(rows, "count"))
    return found


def corpus_words(
    counts_path: str, vocabulary_path: str, samples: Mapping[str, set[str]], least: int
) -> dict[str, Words]:
    """Words of each corpus that occur `least` times or more in each of its training samples (`samples` by corpus)."""
    vocabulary = read_table(vocabulary_path, ["id", "token", "kind"])
    tokens, kinds = texts(vocabulary, "token"), np.array(texts(vocabulary, "kind"))
    table = read_table(counts_path, ["corpus", "sample", "id", "count"])
    found = {}
    for corpus in sorted(samples):
        cells = [
            table.filter(pc.and_(pc.equal(table["corpus"], corpus), pc.equal(table["sample"], sample))).sort_by("id")
            for sample in sorted(samples[corpus])
        ]
        counts = np.min([numbers(cell, "count") for cell in cells], axis=0)
        ids = np.flatnonzero((counts >= least) & (kinds == "word"))
        found[corpus] = Words(ids.astype(np.int32), tuple(tokens[i] for i in ids), counts[ids])
    return found


def read_snapshots(path: str) -> Snapshots:
    """Snapshots of one run; `StudyError` where the file lacks step 0 or its arrays differ in length."""
    tensors = read_tensors(path)
    snapshots = Snapshots(tensors["vectors"], tensors["tokens_seen"], tensors["step"])
    if len(snapshots.step) == 0 or snapshots.step[0] != 0:
        raise StudyError(path, "no snapshot of step 0", "snapshots that begin before training", "delete it and rerun")
    if not len(snapshots.vectors) == len(snapshots.tokens_seen) == len(snapshots.step):
        found = f"{len(snapshots.vectors)} snapshots at {len(snapshots.step)} steps"
        raise StudyError(path, found, "one step for each snapshot", "delete it and rerun")
    return snapshots


def read_starts(paths: Sequence[str], runs: Sequence[Run]) -> dict[Run, np.ndarray]:
    """Vectors of each run before training (step 0), float32 [V, d] with row = vocabulary id."""
    return {run: read_tensors(path)["initial"] for path, run in zip(paths, runs, strict=True)}


def load_rosters(
    paths: Sequence[str], runs: Sequence[Run], words: Words, layer: int | None = None
) -> tuple[Roster, Roster | None]:
    """Input roster, and the contextual roster of `layer` (None where no run has contextual vectors or layer is None).

    Raises `StudyError` for a comparison word without an input vector, for a layer that a run lacks, and where the
    contextual spaces share fewer than four words.
    """
    static: list[tuple[Space, np.ndarray]] = []
    contextual: list[tuple[Space, np.ndarray, np.ndarray]] = []
    for path, run in sorted(zip(paths, runs, strict=True), key=lambda pair: pair[1]):
        table = read_table(path, ["space", "layer", "probe", "id", "contexts", "vector"])
        static.append((Space(*_fields(run)), _input_vectors(path, table, words)))
        if layer is not None:
            contextual += _contextual_vectors(path, table, run, layer)
    roster = Roster(INPUT_SPACE, tuple(s for s, _ in static), words, tuple(v for _, v in static))
    return roster, _align(sorted(contextual, key=lambda entry: entry[0]), words, layer)


def join_external(roster: Roster, paths: Mapping[str, str]) -> Roster:
    """Roster "external": the spaces of `roster` and vectors that others trained, over the words that all of them have.

    `paths` : name -> spaces table of `wordspaces.spaces.external`. An external space has its name as model, "external"
    as corpus and family, sample "" and seed -1; they come after those of `roster`. `StudyError` where a file shares
    fewer than four words with the others.
    """
    found = {}
    for name, path in sorted(paths.items()):
        table = read_table(path, ["space", "layer", "probe", "id", "contexts", "vector"])
        found[name] = select_space(table, INPUT_SPACE, INPUT_LAYER, INPUT_PROBE)
    common = np.ones(len(roster.words), dtype=bool)
    for name, (ids, _, _) in found.items():
        common &= np.isin(roster.words.ids, ids)
        if common.sum() < LEAST_WORDS:
            shared = f"{int(common.sum())} comparison words left with those of {name!r}"
            raise StudyError(f"external vectors {paths[name]}", shared, f"{LEAST_WORDS} or more", "leave it out")
    kept = roster.words.take(common)
    spaces = (*roster.spaces, *(Space(EXTERNAL, "", name, EXTERNAL, NO_SEED) for name in found))
    others = (vectors[np.searchsorted(ids, kept.ids)] for ids, _, vectors in found.values())
    return Roster(EXTERNAL, spaces, kept, (*(matrix[common] for matrix in roster.vectors), *others))


def _fields(run: Run) -> tuple[str, str, str, str, int]:
    return run.corpus, run.sample, run.model, run.family, run.seed


def _input_vectors(path: str, table: pa.Table, words: Words) -> np.ndarray:
    """Input vectors of the comparison words, float32 [n, d]."""
    ids, _, vectors = select_space(table, INPUT_SPACE, INPUT_LAYER, INPUT_PROBE)
    missing = ~np.isin(words.ids, ids)
    if missing.any():
        token = words.tokens[int(np.argmax(missing))]
        raise StudyError(
            path, f"no input vector of {token!r}", "a vector of every comparison word", "delete it and rerun"
        )
    return vectors[np.searchsorted(ids, words.ids)]


def _contextual_vectors(path: str, table: pa.Table, run: Run, layer: int) -> list[tuple[Space, np.ndarray, np.ndarray]]:
    """(space, ids, vectors) of each probe text at `layer`; empty for a run with input vectors alone."""
    contextual = table.filter(pc.not_equal(table["space"], INPUT_SPACE))
    if contextual.num_rows == 0:
        return []
    found = sorted(pc.unique(contextual["layer"]).to_pylist())
    if layer not in found:
        raise StudyError("contextual_layer", f"{layer}, which {path} lacks", f"layers {', '.join(map(str, found))}")
    rows = contextual.filter(pc.equal(contextual["layer"], layer))
    keys = rows.select(["space", "probe"]).group_by(["space", "probe"], use_threads=False).aggregate([]).to_pylist()
    entries = []
    for name, probe in sorted((key["space"], key["probe"]) for key in keys):
        ids, contexts, vectors = select_space(rows, name, layer, probe)
        entries.append((Space(*_fields(run), name, layer, probe), ids[contexts > 0], vectors[contexts > 0]))
    return entries


def _align(entries: list[tuple[Space, np.ndarray, np.ndarray]], words: Words, layer: int | None) -> Roster | None:
    """Roster over the comparison words that every contextual space has."""
    if not entries:
        return None
    common = np.ones(len(words), dtype=bool)
    for _, ids, _ in entries:
        common &= np.isin(words.ids, ids)
    if common.sum() < LEAST_WORDS:
        raise StudyError(
            f"contextual vectors of layer {layer}",
            f"{int(common.sum())} comparison words that all spaces have",
            f"{LEAST_WORDS} or more",
            "use longer probe texts or fewer contexts for each word",
        )
    kept = words.take(common)
    vectors = tuple(matrix[np.searchsorted(ids, kept.ids)] for _, ids, matrix in entries)
    return Roster("contextual", tuple(space for space, _, _ in entries), kept, vectors)
