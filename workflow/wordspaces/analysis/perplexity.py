"""Cross-entropy on held-out tokens, in bits per token, and perplexity where it is defined.

For a causal model the cross-entropy H is the mean of -log2 P(token | tokens before) and the perplexity is 2^H. A masked
model gives P(token | both sides) of masked tokens: its cross-entropy is not that of a text (Salazar et al. 2020) and
its perplexity stays null. A static model gives no probability of a token at all. The reference on the very same
tokens is the add-one unigram of the training sample, P(w) = (count(w) + 1) / (N + V) (Laplace).

`<unk>` counts as a token ("all tokens"); as it is easy to predict, the same means are given "without unknown" too.
Other special tokens are never scored.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.analysis.roster import Run
from wordspaces.analysis.settings import PerplexitySettings
from wordspaces.analysis.tables import from_rows, numbers, schema, texts
from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError

UNKNOWN = "<unk>"
SCOPES = ("all tokens", "without unknown")
CAUSAL = "gpt"
MASKED_NOTE = "perplexity not defined: a masked model scores tokens given both sides, not a text"
STATIC_NOTE = "not defined: a static model gives no probability of a token"
NOTHING = "not defined: no held-out token was scored"
SCHEMA = schema(
    corpus=pa.string(),
    sample=pa.string(),
    model=pa.string(),
    family=pa.string(),
    seed=pa.int32(),
    probe=pa.string(),
    scope=pa.string(),
    objective=pa.string(),
    tokens=pa.int64(),
    unknown=pa.float64(),
    bits=pa.float64(),
    se=pa.float64(),
    perplexity=pa.float64(),
    unigram_bits=pa.float64(),
    unigram_perplexity=pa.float64(),
    note=pa.string(),
)


@dataclass(frozen=True)
class Unigrams:
    """Add-one unigram code lengths: bits float64 [V] of each training cell, and the ids that are never scored."""

    bits: dict[tuple[str, str], np.ndarray]
    unknown: int
    unscored: np.ndarray


def unigram_bits(counts: np.ndarray) -> np.ndarray:
    """-log2 of the add-one unigram, float64 [V], from counts int64 [V]."""
    return -np.log2((counts + 1.0) / (counts.sum() + len(counts)))


def read_unigrams(counts_path: str, vocabulary_path: str) -> Unigrams:
    """Unigrams of every (corpus, sample) cell."""
    vocabulary = read_table(vocabulary_path, ["id", "token", "kind"])
    ids, tokens = numbers(vocabulary, "id"), texts(vocabulary, "token")
    special = np.array([kind == "special" for kind in texts(vocabulary, "kind")])
    unknown = int(ids[tokens.index(UNKNOWN)])
    table = read_table(counts_path, ["corpus", "sample", "id", "count"])
    cells: dict[tuple[str, str], np.ndarray] = {}
    for key in sorted(set(zip(texts(table, "corpus"), texts(table, "sample"), strict=True))):
        cell = table.filter(pc.and_(pc.equal(table["corpus"], key[0]), pc.equal(table["sample"], key[1])))
        counts = np.zeros(len(ids), dtype=np.int64)
        counts[numbers(cell, "id")] = numbers(cell, "count")
        cells[key] = unigram_bits(counts)
    return Unigrams(cells, unknown, ids[special & (ids != unknown)])


def batch_error(bits: np.ndarray, batches: int) -> float:
    """Standard error of the mean of `bits` [n] by the method of batch means; NaN below two tokens a batch.

    Neighbouring tokens are not independent: the spread of the means of long consecutive stretches allows for that.
    """
    size = len(bits) // batches
    if size < 2:
        return float("nan")
    means = bits[: size * batches].reshape(batches, size).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(batches))


def perplexity_table(
    paths: Sequence[str],
    runs: Sequence[Run],
    static_runs: Sequence[Run],
    unigrams: Unigrams,
    settings: PerplexitySettings,
) -> pa.Table:
    """Cross-entropy of each run, probe text and scope; rows of nulls with the reason for `static_runs`.

    `paths` are the tables of scored tokens, parallel to `runs`. Columns: `SCHEMA`; `unknown` is the share of `<unk>`
    among the scored tokens, `se` the standard error of `bits` over stretches of text.
    """
    rows = []
    for path, run in sorted(zip(paths, runs, strict=True), key=lambda pair: pair[1]):
        rows += _run_rows(path, run, unigrams, settings)
    for run in sorted(static_runs):
        rows.append(asdict(run) | {"note": STATIC_NOTE})
    return from_rows(sorted(rows, key=lambda row: (row["corpus"], row["sample"], row["model"], row["seed"])), SCHEMA)


def _run_rows(path: str, run: Run, unigrams: Unigrams, settings: PerplexitySettings) -> list[dict]:
    table = read_table(path, ["probe", "id", "bits"])
    if not pc.all(pc.is_finite(table["bits"])).as_py():
        raise StudyError(path, "a probability that is not a number", "finite bits", f"retrain {run}")
    rows = []
    for probe in sorted(pc.unique(table["probe"]).to_pylist()):
        part = table.filter(pc.equal(table["probe"], probe))
        ids, bits = numbers(part, "id"), numbers(part, "bits").astype(np.float64)
        scored = ~np.isin(ids, unigrams.unscored)
        unknown = float(np.mean(ids[scored] == unigrams.unknown)) if scored.any() else None
        for scope in SCOPES:
            keep = scored if scope == SCOPES[0] else scored & (ids != unigrams.unknown)
            row = asdict(run) | {"probe": probe, "scope": scope, "unknown": unknown}
            rows.append(row | _measures(run, ids[keep], bits[keep], unigrams, settings))
    return rows


def _measures(run: Run, ids: np.ndarray, bits: np.ndarray, unigrams: Unigrams, settings: PerplexitySettings) -> dict:
    """Means over the scored tokens of one run, probe and scope."""
    causal = run.family == CAUSAL
    row = {"objective": "causal" if causal else "masked", "tokens": len(ids), "note": "" if causal else MASKED_NOTE}
    if len(ids) == 0:
        return row | {"note": NOTHING}
    reference = float(unigrams.bits[run.corpus, run.sample][ids].mean())
    row |= {"bits": float(bits.mean()), "se": batch_error(bits, settings.batches), "unigram_bits": reference}
    return row | ({"perplexity": 2.0 ** row["bits"], "unigram_perplexity": 2.0**reference} if causal else {})
