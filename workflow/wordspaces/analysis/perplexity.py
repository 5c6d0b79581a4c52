"""Cross-entropy on held-out text, in bits per word, and perplexity where it is defined.

For a causal model of words the cross-entropy H is the mean of -log2 P(word | words before) and the perplexity is 2^H.
A masked model gives P(word | both sides) of masked words: its cross-entropy is not that of a text (Salazar et al. 2020)
and its perplexity stays null. A static model gives no probability of a word at all. The reference on the very same
words is the add-one unigram of the training sample, P(w) = (count(w) + 1) / (N + V) (Laplace).

A model of pieces gives P(piece | pieces before), and the bits of a word are the sum over its pieces. A scored piece
counts as its share of its word, one over the number of its pieces: H is the sum of all bits over the sum of all shares,
which for a causal model is the number of words, and for a masked one, of whose words some pieces are hidden, estimates
the sum over the pieces of a word (each piece is hidden with the same probability). `bits`, `se`, `perplexity` and the
unigram are always per word, so that they may be compared; `token_bits` and `token_perplexity` are per token of the
model, word or piece, and may be compared within one vocabulary only.

`<unk>` counts as a word ("all tokens"); as it is easy to predict, the same means are given "without unknown" too. There
a model of pieces, which spells every word, is compared with one of words on the same events; over all tokens it is not.
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
PIECES_NOTE = "per word: sums over the pieces of a word, which spell unknown words too"
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
    unit=pa.string(),
    words=pa.float64(),
    token_bits=pa.float64(),
    token_perplexity=pa.float64(),
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


def batch_error(bits: np.ndarray, batches: int, shares: np.ndarray | None = None) -> float:
    """Standard error of the mean of `bits` [n] by the method of batch means; NaN below two tokens a batch.

    Neighbouring tokens are not independent: the spread of the means of long consecutive stretches allows for that.
    shares : float64 [n], what part of a word each token is; the mean is then that of words.
    """
    size = len(bits) // batches
    if size < 2:
        return float("nan")
    means = bits[: size * batches].reshape(batches, size).mean(axis=1)
    if shares is not None:
        means = means / shares[: size * batches].reshape(batches, size).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(batches))


def perplexity_table(
    paths: Sequence[str],
    runs: Sequence[Run],
    static_runs: Sequence[Run],
    unigrams: Unigrams,
    settings: PerplexitySettings,
) -> pa.Table:
    """Cross-entropy of each run, probe text and scope; rows of nulls with the reason for `static_runs`.

    `paths` are the tables of scored tokens, parallel to `runs`. Columns: `SCHEMA`; `unit` is what a token of the model
    is (word or piece), `tokens` how many were scored and `words` what they come to in words, `unknown` the share of
    words that the vocabulary lacks among these, `se` the standard error of `bits` over stretches of text.
    """
    rows = []
    for path, run in sorted(zip(paths, runs, strict=True), key=lambda pair: pair[1]):
        rows += _run_rows(path, run, unigrams, settings)
    for run in sorted(static_runs):
        rows.append(asdict(run) | {"note": STATIC_NOTE})
    return from_rows(sorted(rows, key=lambda row: (row["corpus"], row["sample"], row["model"], row["seed"])), SCHEMA)


@dataclass(frozen=True)
class Scored:
    """Scored tokens in text order: the word each is of (id), its bits float64, and its share of that word float64."""

    words: np.ndarray
    bits: np.ndarray
    shares: np.ndarray
    unit: str

    def take(self, keep: np.ndarray) -> "Scored":
        """Subset by boolean mask."""
        return Scored(self.words[keep], self.bits[keep], self.shares[keep], self.unit)


def _scored(part: pa.Table) -> Scored:
    """A table of scored tokens; one without the column `pieces` is of a model of words."""
    bits = numbers(part, "bits").astype(np.float64)
    if "pieces" not in part.column_names:
        return Scored(numbers(part, "id"), bits, np.ones(len(bits)), "word")
    return Scored(numbers(part, "word"), bits, 1.0 / numbers(part, "pieces"), "piece")


def _run_rows(path: str, run: Run, unigrams: Unigrams, settings: PerplexitySettings) -> list[dict]:
    table = read_table(path)
    if not pc.all(pc.is_finite(table["bits"])).as_py():
        raise StudyError(path, "a probability that is not a number", "finite bits", f"retrain {run}")
    rows = []
    for probe in sorted(pc.unique(table["probe"]).to_pylist()):
        scored = _scored(table.filter(pc.equal(table["probe"], probe)))
        scored = scored.take(~np.isin(scored.words, unigrams.unscored))
        known = scored.words != unigrams.unknown
        total = scored.shares.sum()
        unknown = float(scored.shares[~known].sum() / total) if total else None
        for scope in SCOPES:
            row = asdict(run) | {"probe": probe, "scope": scope, "unknown": unknown}
            part = scored if scope == SCOPES[0] else scored.take(known)
            rows.append(row | _measures(run, part, unigrams, settings))
    return rows


def _measures(run: Run, scored: Scored, unigrams: Unigrams, settings: PerplexitySettings) -> dict:
    """Means over the scored tokens of one run, probe and scope."""
    causal, tokens = run.family == CAUSAL, len(scored.bits)
    notes = ([] if causal else [MASKED_NOTE]) + ([PIECES_NOTE] if scored.unit == "piece" else [])
    row = {"objective": "causal" if causal else "masked", "tokens": tokens, "note": "; ".join(notes)}
    row |= {"unit": scored.unit, "words": float(scored.shares.sum())}
    if tokens == 0:
        return row | {"note": NOTHING}
    costs = unigrams.bits[run.corpus, run.sample][scored.words]
    reference = float((costs * scored.shares).sum() / row["words"])
    row |= {"bits": float(scored.bits.sum() / row["words"]), "unigram_bits": reference}
    row |= {"se": batch_error(scored.bits, settings.batches, scored.shares), "token_bits": float(scored.bits.mean())}
    if not causal:
        return row
    perplexities = {"perplexity": "bits", "unigram_perplexity": "unigram_bits", "token_perplexity": "token_bits"}
    return row | {name: 2.0 ** row[bits] for name, bits in perplexities.items()}
