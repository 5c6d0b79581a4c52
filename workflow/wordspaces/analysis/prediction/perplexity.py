"""Cross-entropy on held-out text, in bits per word, and perplexity where it is defined.

For a causal model of words the cross-entropy H is the mean of -log2 P(word | words before) and the perplexity is 2^H.
A masked model gives P(word | both sides): of words hidden as in training ("masked"), or of each word of some documents
hidden alone ("pseudo"). Neither is the cross-entropy of a text, and the perplexity stays null; 2^H of the second is the
pseudo-perplexity (Salazar et al. 2020). A static model gives no probability of a word at all. The references on the
very same words are the add-one unigram of the training sample, P(w) = (count(w) + 1) / (N + V) (Laplace), and for
causal models, which are asked the same question, its Kneser-Ney trigram (`wordspaces.analysis.prediction.kneser_ney`).

A model of pieces gives P(piece | pieces before), and the bits of a word are the sum over its pieces. A scored piece
counts as its share of its word, one over the number of its pieces: H is the sum of all bits over the sum of all shares,
which for a causal model is the number of words, and for a masked one, of whose words some pieces are hidden, estimates
the sum over the pieces of a word (each piece is hidden with the same probability). `bits`, `se`, `perplexity` and the
unigram are always per word, so that they may be compared; `token_bits` and `token_perplexity` are per token of the
model, word or piece, and may be compared within one vocabulary only. `byte_bits` of causal models may be compared with
those of other work: the bits of the words over their UTF-8 bytes, each word with one blank after it; so may those of
unigram and trigram, over the same bytes. They are defined "without unknown" only, for nobody predicts the letters
behind `<unk>`; other placeholders count as they are written.

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
CAUSAL, MASKED, PSEUDO = "causal", "masked", "pseudo"
MASKED_NOTE = "perplexity not defined: a masked model scores tokens given both sides, not a text"
PSEUDO_NOTE = "pseudo-perplexity: each token given both sides; not the probability of a text (Salazar et al. 2020)"
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
    pseudo_perplexity=pa.float64(),
    byte_bits=pa.float64(),
    byte_perplexity=pa.float64(),
    unigram_byte_bits=pa.float64(),
    trigram_byte_bits=pa.float64(),
    unigram_bits=pa.float64(),
    unigram_perplexity=pa.float64(),
    trigram_bits=pa.float64(),
    trigram_perplexity=pa.float64(),
    unit=pa.string(),
    words=pa.float64(),
    token_bits=pa.float64(),
    token_perplexity=pa.float64(),
    note=pa.string(),
)


@dataclass(frozen=True)
class Trigram:
    """What a trigram makes of one held-out text: number of words; mean bits a word by scope, NaN over none; mean bits a
    byte of the words that are known."""

    words: int
    bits: dict[str, float]
    byte_bits: float


@dataclass(frozen=True)
class References:
    """What the models are held against, and what is scored.

    unigrams : (corpus, sample) -> add-one code lengths, float64 [V]. trigrams : (corpus, sample, probe) -> means.
    unknown : id of `<unk>`. unscored : ids that are never scored. sizes : int64 [V], UTF-8 bytes of each word and one
    blank.
    """

    unigrams: dict[tuple[str, str], np.ndarray]
    trigrams: dict[tuple[str, str, str], Trigram]
    unknown: int
    unscored: np.ndarray
    sizes: np.ndarray


def unigram_bits(counts: np.ndarray) -> np.ndarray:
    """-log2 of the add-one unigram, float64 [V], from counts int64 [V]."""
    return -np.log2((counts + 1.0) / (counts.sum() + len(counts)))


def read_references(
    counts_path: str, vocabulary_path: str, trigram_paths: Sequence[str], cells: Sequence[Sequence[str]]
) -> References:
    """Unigrams of every training cell, and the trigrams of `cells` ([corpus, sample], parallel to `trigram_paths`)."""
    vocabulary = read_table(vocabulary_path, ["id", "token", "kind"])
    ids, tokens = numbers(vocabulary, "id"), texts(vocabulary, "token")
    special = np.array([kind == "special" for kind in texts(vocabulary, "kind")])
    unknown = int(ids[tokens.index(UNKNOWN)])
    table = read_table(counts_path, ["corpus", "sample", "id", "count"])
    unigrams: dict[tuple[str, str], np.ndarray] = {}
    for key in sorted(set(zip(texts(table, "corpus"), texts(table, "sample"), strict=True))):
        cell = table.filter(pc.and_(pc.equal(table["corpus"], key[0]), pc.equal(table["sample"], key[1])))
        counts = np.zeros(len(ids), dtype=np.int64)
        counts[numbers(cell, "id")] = numbers(cell, "count")
        unigrams[key] = unigram_bits(counts)
    unscored = ids[special & (ids != unknown)]
    sizes = np.zeros(len(ids), dtype=np.int64)
    sizes[ids] = [len(token.encode()) + 1 for token in tokens]
    trigrams: dict[tuple[str, str, str], Trigram] = {}
    for path, (corpus, sample) in zip(trigram_paths, cells, strict=True):
        for probe, found in _trigram_means(path, unknown, unscored, sizes).items():
            trigrams[corpus, sample, probe] = found
    return References(unigrams, trigrams, unknown, unscored, sizes)


def _trigram_means(path: str, unknown: int, unscored: np.ndarray, sizes: np.ndarray) -> dict[str, Trigram]:
    """Means over each probe text that a trigram scored."""
    table = read_table(path)
    means = {}
    for probe in sorted(pc.unique(table["probe"]).to_pylist()):
        part = table.filter(pc.equal(table["probe"], probe))
        ids, bits = numbers(part, "id"), numbers(part, "bits").astype(np.float64)
        kept = [~np.isin(ids, unscored), ~np.isin(ids, [unknown, *unscored])]
        values = [float(bits[keep].mean()) if keep.any() else float("nan") for keep in kept]
        total = float(sizes[ids[kept[1]]].sum())
        byte_bits = float(bits[kept[1]].sum()) / total if total else float("nan")
        means[probe] = Trigram(int(np.count_nonzero(kept[0])), dict(zip(SCOPES, values, strict=True)), byte_bits)
    return means


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
    references: References,
    settings: PerplexitySettings,
) -> pa.Table:
    """Cross-entropy of each run, probe text, question and scope; rows of nulls with the reason for `static_runs`.

    `paths` are the tables of scored tokens, parallel to `runs`. Columns: `SCHEMA`; `objective` is the question that was
    asked, `unit` what a token of the model is (word or piece), `tokens` how many were scored and `words` what they come
    to in words, `unknown` the share of words that the vocabulary lacks among these, `se` the standard error of `bits`
    over stretches of text.

    Raises
    ------
    StudyError : a probability that is not a number, a question that is none of the three, or a causal model that scored
        another number of words than the trigram of its training text.
    """
    rows = []
    for path, run in sorted(zip(paths, runs, strict=True), key=lambda pair: pair[1]):
        rows += _run_rows(path, run, references, settings)
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


def _run_rows(path: str, run: Run, references: References, settings: PerplexitySettings) -> list[dict]:
    table = read_table(path)
    if not pc.all(pc.is_finite(table["bits"])).as_py():
        raise StudyError(path, "a probability that is not a number", "finite bits", f"retrain {run}")
    asked = table.group_by(["probe", "question"], use_threads=False).aggregate([]).to_pylist()
    rows = []
    for probe, question in sorted((key["probe"], key["question"]) for key in asked):
        if question not in (CAUSAL, MASKED, PSEUDO):
            raise StudyError(path, f"the question {question!r}", f"{CAUSAL}, {MASKED} or {PSEUDO}")
        part = table.filter(pc.and_(pc.equal(table["probe"], probe), pc.equal(table["question"], question)))
        scored = _scored(part)
        scored = scored.take(~np.isin(scored.words, references.unscored))
        known = scored.words != references.unknown
        total = float(scored.shares.sum())
        if question == CAUSAL:
            _check_same_words(path, run, probe, total, references)
        unknown = float(scored.shares[~known].sum() / total) if total else None
        for scope in SCOPES:
            row = asdict(run) | {"probe": probe, "scope": scope, "objective": question, "unknown": unknown}
            part = scored if scope == SCOPES[0] else scored.take(known)
            rows.append(row | _measures(row, part, references, settings))
    return rows


def _check_same_words(path: str, run: Run, probe: str, words: float, references: References) -> None:
    """A reference on other words would be none."""
    trigram = references.trigrams.get((run.corpus, run.sample, probe))
    expected = trigram.words if trigram else 0
    if abs(words - expected) > 0.5:
        raise StudyError(path, f"{words:,.0f} words of {probe}", f"{expected:,}, as many as its trigram scored")


def _measures(row: dict, scored: Scored, references: References, settings: PerplexitySettings) -> dict:
    """Means over the scored tokens of one run, probe, question and scope, which `row` names."""
    question, tokens = row["objective"], len(scored.bits)
    notes = [{CAUSAL: "", MASKED: MASKED_NOTE, PSEUDO: PSEUDO_NOTE}[question]]
    notes += [PIECES_NOTE] if scored.unit == "piece" else []
    words = float(scored.shares.sum())
    found = {"tokens": tokens, "unit": scored.unit, "words": words, "note": "; ".join(filter(None, notes))}
    if tokens == 0:
        return found | {"note": NOTHING}
    cell = row["corpus"], row["sample"]
    costs = references.unigrams[cell][scored.words]
    found |= {"bits": float(scored.bits.sum() / words), "unigram_bits": float((costs * scored.shares).sum() / words)}
    found |= {"se": batch_error(scored.bits, settings.batches, scored.shares), "token_bits": float(scored.bits.mean())}
    if question == PSEUDO:
        found["pseudo_perplexity"] = 2.0 ** found["bits"]
    if question != CAUSAL:
        return found
    trigram = references.trigrams[*cell, row["probe"]]
    found["trigram_bits"] = trigram.bits[row["scope"]]
    if row["scope"] == SCOPES[1]:
        total = float((references.sizes[scored.words] * scored.shares).sum())
        found |= {"byte_bits": float(scored.bits.sum()) / total, "trigram_byte_bits": trigram.byte_bits}
        found["unigram_byte_bits"] = float((costs * scored.shares).sum()) / total
        found["byte_perplexity"] = 2.0 ** found["byte_bits"]
    for name in ("", "unigram_", "trigram_", "token_"):
        found[f"{name}perplexity"] = 2.0 ** found[f"{name}bits"]
    return found
