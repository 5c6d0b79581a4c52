"""Stability of nearest neighbours between trainings (Wendlandt et al. 2018), word by word.

overlap@k of a word is the share of its k nearest neighbours (cosine of centred vectors, among the compared words)
that two spaces have in common. Three levels, all with different seeds and the same model:

- seed: same corpus, same document sample;
- sample: same corpus, other document sample;
- corpus: other corpus.

Two random lists share k / (V - 1) of their places on average.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.settings import StabilitySettings
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, numbers, schema, texts
from wordspaces.common.errors import StudyError
from wordspaces.spaces.table import INPUT_SPACE

LEVELS = ("seed", "sample", "corpus")
BLOCK = 512
SCHEMA = schema(
    corpus=pa.string(),
    other_corpus=pa.string(),
    model=pa.string(),
    level=pa.string(),
    id=pa.int32(),
    token=pa.string(),
    count=pa.int64(),
    overlap=pa.float64(),
    chance=pa.float64(),
)
RELIABILITY = schema(
    corpus=pa.string(),
    other_corpus=pa.string(),
    model=pa.string(),
    level=pa.string(),
    pairs=pa.int32(),
    k=pa.int32(),
    overlap=pa.float64(),
    chance=pa.float64(),
    rsa_pearson=pa.float64(),
    rsa_spearman=pa.float64(),
)


def nearest(units: np.ndarray, k: int) -> np.ndarray:
    """The k rows with the largest inner product with each row, itself left out: int32 [n, k], nearest first.

    Equal products are ordered by row. Computed block by block; no [n, n] matrix is held.
    """
    words = len(units)
    if not 0 < k < words:
        raise StudyError("k of the nearest neighbours", str(k), f"1 to {words - 1} for {words} compared words")
    found = np.empty((words, k), dtype=np.int32)
    for start in range(0, words, BLOCK):
        stop = min(start + BLOCK, words)
        cosines = units[start:stop] @ units.T
        cosines[np.arange(stop - start), np.arange(start, stop)] = -np.inf
        best = np.sort(np.argpartition(-cosines, k - 1, axis=1)[:, :k], axis=1)
        order = np.argsort(-np.take_along_axis(cosines, best, axis=1), axis=1, kind="stable")
        found[start:stop] = np.take_along_axis(best, order, axis=1)
    return found


def overlap(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Share of common entries in each row of two neighbour tables [n, k]: float64 [n]."""
    words, k = left.shape
    rows = np.arange(words, dtype=np.int64)[:, None] * words
    common = np.isin(rows + left, rows + right, assume_unique=True).reshape(words, k)
    return common.sum(axis=1) / k


def level_of(a: Space, b: Space) -> str | None:
    """Level of a pair of spaces; None for another model or the same seed."""
    if a.model != b.model or a.seed == b.seed:
        return None
    if a.corpus != b.corpus:
        return "corpus"
    return "seed" if a.sample == b.sample else "sample"


def stability_tables(roster: Roster, rsa: pa.Table, settings: StabilitySettings) -> tuple[pa.Table, pa.Table]:
    """Overlap of each word (`SCHEMA`), and of each model with its mean RSA at the same level (`RELIABILITY`).

    A word's overlap is the mean over all pairs of spaces of that corpus (or pair of corpora), model and level;
    `count` is its smallest count over the training cells. RSA is null for a method that the RSA table lacks.
    """
    units = RDMs.of(roster.vectors, roster.spaces).units
    neighbours = [nearest(matrix, settings.k) for matrix in units]
    chance = settings.k / (len(roster.words) - 1)
    rsa_means = _rsa_means(rsa)
    words, cells = [], []
    for key, pairs in _groups(roster.spaces).items():
        corpus, other_corpus, model, level = key
        values = np.mean([overlap(neighbours[i], neighbours[j]) for i, j in pairs], axis=0)
        cell = {"corpus": corpus, "other_corpus": other_corpus, "model": model, "level": level, "chance": chance}
        summary = {"pairs": len(pairs), "k": settings.k, "overlap": values.mean()}
        cells.append(cell | summary | {f"rsa_{m}": rsa_means.get((*key, m)) for m in ("pearson", "spearman")})
        listed = zip(roster.words.ids, roster.words.tokens, roster.words.counts, values, strict=True)
        words += [
            cell | {"id": int(i), "token": token, "count": int(count), "overlap": float(value)}
            for i, token, count, value in listed
        ]
    return from_rows(words, SCHEMA), from_rows(cells, RELIABILITY)


def _groups(spaces: Sequence[Space]) -> dict[tuple[str, str, str, str], list[tuple[int, int]]]:
    """Pairs of spaces by (corpus, other corpus, model, level), sorted."""
    groups: dict[tuple[str, str, str, str], list[tuple[int, int]]] = {}
    for i, a in enumerate(spaces):
        for j in range(i + 1, len(spaces)):
            level = level_of(a, spaces[j])
            if level is not None:
                corpora = sorted([a.corpus, spaces[j].corpus])
                groups.setdefault((*corpora, a.model, level), []).append((i, j))
    return dict(sorted(groups.items(), key=lambda entry: (*entry[0][:3], LEVELS.index(entry[0][3]))))


def _rsa_means(rsa: pa.Table) -> dict[tuple[str, str, str, str, str], float]:
    """Mean r of the input roster by (corpus, other corpus, model, level, method)."""
    sums: dict[tuple, list[float]] = {}
    columns = ("roster", "relation", "a_corpus", "b_corpus", "a_model", "method")
    listed = zip(*(texts(rsa, column) for column in columns), numbers(rsa, "r"), strict=True)
    for roster, relation, a, b, model, method, r in listed:
        if roster == INPUT_SPACE and relation in LEVELS:
            sums.setdefault((*sorted([a, b]), model, relation, method), []).append(r)
    return {key: float(np.mean(values)) for key, values in sums.items()}
