"""What context does to the vectors of a word, layer by layer (Ethayarajh 2019, section 3).

- self_similarity: mean cosine of two occurrences of one word, over words; 1 where context changes nothing;
- intra_sentence_similarity: mean cosine of the words of a sentence with the mean of their vectors, over sentences;
- maximum_explainable_variance: share of the first singular value in the squared singular values of the occurrences of
  a word, not centred; 1 where one vector would do for all of them, at least one over their number;
- anisotropy: mean cosine of two occurrences of different words; 0 where directions are uniform.

Occurrences are of words drawn evenly over the logarithm of their frequency, equally many of each. `adjusted` is the
value less `baseline`, what vectors of the same cone would give without the word or the sentence in common:

- self-similarity less anisotropy, as in the paper;
- intra-sentence similarity less that of made-up sentences: all words of all sentences dealt out anew, in sentences of
  the same lengths. The paper takes off the anisotropy, which leaves something even of words that have nothing to do
  with each other, for each is part of the mean it is compared with; value less anisotropy is the paper's number;
- maximum explainable variance less that of as many occurrences, each of another word.

`se` is the standard error over words, over sentences, or (anisotropy) over words by the jackknife; `items` how many.
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.analysis.probes.settings import ContextualMeasureSettings
from wordspaces.analysis.probes.vectors import Layers, by_probe, read_layers, unit_vectors
from wordspaces.analysis.roster import Run
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.tables import from_rows, numbers, schema
from wordspaces.common.artefacts import read_table
from wordspaces.common.streams import generator

SELF, INTRA, EXPLAINED, ANISOTROPY = (
    "self_similarity",
    "intra_sentence_similarity",
    "maximum_explainable_variance",
    "anisotropy",
)
NO_WORDS = "not defined: fewer than two words occur often enough in this text"
NO_SENTENCES = "not defined: fewer than two sentences of the set lengths in this text"
NO_DIRECTION = "not defined: a vector of zeros has no direction"
FEW_WORDS = "no baseline: fewer words than occurrences of each"
SCHEMA = schema(
    corpus=pa.string(),
    sample=pa.string(),
    model=pa.string(),
    family=pa.string(),
    seed=pa.int32(),
    probe=pa.string(),
    layer=pa.int32(),
    measure=pa.string(),
    value=pa.float64(),
    se=pa.float64(),
    baseline=pa.float64(),
    adjusted=pa.float64(),
    items=pa.int32(),
    note=pa.string(),
)


def self_similarity(vectors: np.ndarray) -> np.ndarray:
    """Mean cosine of two different occurrences of each word: float64 [words] from [words, occurrences, d]."""
    count = vectors.shape[1]
    total = np.square(unit_vectors(vectors).sum(axis=1)).sum(axis=1)
    return (total - count) / (count * (count - 1))


def explainable_variance(vectors: np.ndarray) -> np.ndarray:
    """Share of the first squared singular value: float64 [words] from [words, occurrences, d]; NaN for zeros alone."""
    values = np.linalg.eigvalsh(vectors @ vectors.transpose(0, 2, 1))
    total = values.sum(axis=1)
    return np.divide(values[:, -1], total, out=np.full(len(values), np.nan), where=total > 0.0)


def intra_sentence_similarity(vectors: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean cosine of the words of each sentence with their mean vector, float64 [s].

    vectors : [n, d], sentence after sentence; starts : int64 [s], where each begins.
    """
    lengths = np.diff(np.append(starts, len(vectors)))
    means = unit_vectors(np.add.reduceat(vectors, starts, axis=0) / lengths[:, None])
    cosines = (unit_vectors(vectors) * np.repeat(means, lengths, axis=0)).sum(axis=1)
    return np.add.reduceat(cosines, starts) / lengths


def anisotropy(vectors: np.ndarray) -> tuple[float, float]:
    """Mean cosine of two occurrences of different words, and its jackknife error over words.

    vectors : [words, occurrences, d], two words or more; the error is NaN below three.
    """
    words, count = vectors.shape[:2]
    sums = unit_vectors(vectors).sum(axis=1)
    products = sums @ sums.T
    own = np.diagonal(products)
    total = products.sum() - own.sum()
    value = total / (words * (words - 1) * count**2)
    if words < 3:
        return float(value), float("nan")
    without = (total - 2.0 * (products.sum(axis=1) - own)) / ((words - 1) * (words - 2) * count**2)
    error = np.sqrt((words - 1) / words * np.square(without - without.mean()).sum())
    return float(value), float(error)


def contextual_table(
    occurrence_paths: Sequence[str],
    sentence_paths: Sequence[str],
    runs: Sequence[Run],
    settings: ContextualMeasureSettings,
) -> pa.Table:
    """Every measure of every run, probe text and layer, under `SCHEMA`; paths are parallel to `runs`.

    A text with too few words or sentences gives null and a note. `StudyError` for a vector that is not finite.
    """
    rows = []
    for occurrences, sentences, run in sorted(zip(occurrence_paths, sentence_paths, runs, strict=True), key=_run):
        table = read_table(occurrences)
        words = dict(by_probe(read_layers(table.filter(pc.invert(table["listed"])), occurrences)))
        spoken = dict(by_probe(read_layers(read_table(sentences), sentences)))
        layers = max((one.vectors.shape[0] for one in [*words.values(), *spoken.values()]), default=0)
        for probe in sorted({*words, *spoken, *pc.unique(table["probe"]).to_pylist()}):
            for layer in range(layers):
                cell = asdict(run) | {"probe": probe, "layer": layer}
                with one_thread():
                    found = _of_words(words.get(probe), layer, settings, probe)
                    found.append(_of_sentences(spoken.get(probe), layer, settings, probe))
                rows += [cell | row for row in found]
    return from_rows(rows, SCHEMA)


def _run(entry: tuple[str, str, Run]) -> Run:
    return entry[2]


def _of_words(places: Layers | None, layer: int, settings: ContextualMeasureSettings, probe: str) -> list[dict]:
    """Rows of the measures over words."""
    vectors = _by_word(places, layer)
    if len(vectors) < 2:
        measures = (SELF, EXPLAINED, ANISOTROPY)
        return [{"measure": measure, "items": len(vectors), "note": NO_WORDS} for measure in measures]
    between, error = anisotropy(vectors)
    rows = [_row(SELF, self_similarity(vectors), between)]
    expected = _made_up_variance(vectors, settings, probe)
    rows.append(_row(EXPLAINED, explainable_variance(vectors), expected))
    if not np.isfinite(expected) and not rows[-1]["note"]:
        rows[-1]["note"] = FEW_WORDS
    note = "" if np.isfinite(between) else NO_DIRECTION
    rows.append({"measure": ANISOTROPY, "value": between, "se": error, "items": len(vectors), "note": note})
    return rows


def _of_sentences(places: Layers | None, layer: int, settings: ContextualMeasureSettings, probe: str) -> dict:
    """Row of the measure over sentences."""
    if places is None or len(pc.unique(places.rows["sentence"])) < 2:
        return {"measure": INTRA, "items": 0, "note": NO_SENTENCES}
    number, vectors = numbers(places.rows, "sentence"), places.vectors[layer]
    starts = np.flatnonzero(np.diff(number, prepend=0))
    stream = generator(settings.draw_seed, "made-up sentences", probe)
    dealt = [intra_sentence_similarity(stream.permutation(vectors), starts).mean() for _ in range(settings.draws)]
    return _row(INTRA, intra_sentence_similarity(vectors, starts), float(np.mean(dealt)))


def _by_word(places: Layers | None, layer: int) -> np.ndarray:
    """Vectors [words, occurrences, d] of one layer, of the words that have as many occurrences as the most frequent."""
    if places is None:
        return np.zeros((0, 1, 1))
    ids, counts = np.unique(numbers(places.rows, "id"), return_counts=True)
    most = counts.max()
    inside = np.isin(numbers(places.rows, "id"), ids[counts == most])
    vectors = places.vectors[layer][inside]
    return vectors.reshape(-1, most, vectors.shape[1])


def _made_up_variance(vectors: np.ndarray, settings: ContextualMeasureSettings, probe: str) -> float:
    """Mean `explainable_variance` of sets of as many occurrences, each of another word; NaN for too few words."""
    words, count, _ = vectors.shape
    if words < count:
        return float("nan")
    stream = generator(settings.draw_seed, "made-up words", probe)
    chosen = np.stack([stream.permutation(words)[:count] for _ in range(settings.draws)])
    return float(explainable_variance(vectors[chosen, stream.integers(0, count, chosen.shape)]).mean())


def _row(measure: str, values: np.ndarray, baseline: float) -> dict:
    """Mean of the values of words or sentences [n], and its distance from the baseline."""
    value, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    note = "" if np.isfinite(value) else NO_DIRECTION
    adjusted = {"value": value, "se": error, "baseline": baseline, "adjusted": value - baseline}
    return {"measure": measure, "items": len(values), "note": note} | adjusted
