"""Listed words, occurrence by occurrence: do contexts fall apart, by text or by sense?

A row of `senses` is one word in one layer of one run, over the occurrences in one probe text, or (`probe` "") in all:

- self_similarity: mean cosine of two occurrences;
- silhouette: of the two clusters that k-means finds, `smaller` the share of the smaller one. Two clusters are found in
  anything; they say something where the silhouette is large and the other seeds find the same ones: agreement is the
  mean adjusted Rand index (Hubert & Arabie 1985) of the partition with those of the other seeds of the run;
- text_silhouette, text_auc (rows of all texts): whether the probe texts lie apart, as silhouette, and as the chance of
  telling an occurrence of each apart (`clusters.separation`; more than two texts: mean over pairs);
- first_words, second_words: words whose mean vectors of the same layer (over the same text; of all texts the mean) have
  the largest cosine with the mean of the larger and of the smaller cluster, both centred over these words;
  first_context and second_context: the occurrence of each cluster that is nearest to its mean.

A row of `occurrences` is one occurrence in the declared layer: its place x, y on the first two principal components of
the occurrences of the word in that run (all texts), the shares of variance of these, and its cluster (1 is the larger).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.metrics import adjusted_rand_score

from wordspaces.analysis.probes.clusters import plane, separation, silhouettes, two_means
from wordspaces.analysis.probes.contextual import self_similarity
from wordspaces.analysis.probes.nearest import NearestWords, read_nearest
from wordspaces.analysis.probes.settings import SenseSettings
from wordspaces.analysis.probes.vectors import Layers, read_layers, unit_vectors
from wordspaces.analysis.roster import Run
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.tables import from_rows, schema, texts
from wordspaces.common.artefacts import read_table

ALL = ""
LEAST = 4
ABSENT = "not defined: no occurrence in this text"
FEW = f"clusters not defined: fewer than {LEAST} occurrences"
NO_DIRECTION = "not defined: a vector of zeros has no direction"
_RUN = {"corpus": pa.string(), "sample": pa.string(), "model": pa.string(), "family": pa.string(), "seed": pa.int32()}
SENSES = schema(
    **_RUN,
    token=pa.string(),
    probe=pa.string(),
    layer=pa.int32(),
    occurrences=pa.int32(),
    self_similarity=pa.float64(),
    silhouette=pa.float64(),
    smaller=pa.float64(),
    agreement=pa.float64(),
    text_silhouette=pa.float64(),
    text_auc=pa.float64(),
    first_words=pa.string(),
    second_words=pa.string(),
    first_context=pa.string(),
    second_context=pa.string(),
    note=pa.string(),
)
OCCURRENCES = schema(
    **_RUN,
    token=pa.string(),
    layer=pa.int32(),
    probe=pa.string(),
    occurrence=pa.int32(),
    x=pa.float64(),
    y=pa.float64(),
    x_share=pa.float64(),
    y_share=pa.float64(),
    cluster=pa.int32(),
    context=pa.string(),
)


@dataclass
class Found:
    """Rows so far, and the partition behind each row of clusters, by what seeds have in common."""

    senses: list[dict]
    occurrences: list[dict]
    partitions: dict[tuple, list[tuple[dict, np.ndarray]]]


def sense_tables(
    occurrence_paths: Sequence[str],
    space_paths: Sequence[str],
    runs: Sequence[Run],
    probes: Sequence[str],
    settings: SenseSettings,
) -> tuple[pa.Table, pa.Table]:
    """The tables `senses` and `occurrences`; paths are parallel to `runs`, `probes` are the held-out texts.

    A word that a text lacks is a row with a note. `StudyError` for a vector that is not finite.
    """
    found = Found([], [], defaultdict(list))
    entries = sorted(zip(occurrence_paths, space_paths, runs, strict=True), key=lambda entry: entry[2])
    for path, space, run in entries:
        table = read_table(path)
        places = read_layers(table.filter(table["listed"]), path)
        nearest = read_nearest(space, len(places.vectors), probes)
        with one_thread():
            for word in dict.fromkeys(settings.words):
                _word(run, word, places, nearest, probes, settings, found)
    for members in found.partitions.values():
        _agree(members)
    return from_rows(found.senses, SENSES), from_rows(found.occurrences, OCCURRENCES)


def _word(
    run: Run,
    word: str,
    places: Layers,
    nearest: NearestWords,
    probes: Sequence[str],
    settings: SenseSettings,
    found: Found,
) -> None:
    """Adds the rows of one word of one run."""
    own = places.take(pc.equal(places.rows["token"], word).to_numpy(zero_copy_only=False))
    source = np.array(texts(own.rows, "probe"), dtype=object)
    for probe in [ALL, *probes] if len(probes) > 1 else list(probes):
        here = np.ones(len(source), dtype=bool) if probe == ALL else source == probe
        cell = {"token": word, "probe": probe, "occurrences": int(here.sum())}
        if not here.any():
            found.senses.append(asdict(run) | cell | {"note": ABSENT})
            continue
        part = own.take(here)
        for layer in range(len(part.vectors)):
            units = unit_vectors(part.vectors[layer])
            row = asdict(run) | cell | {"layer": layer, "note": ""}
            found.senses.append(row)
            if np.isnan(units).any():
                row["note"] = NO_DIRECTION
                continue
            if len(units) > 1:
                row["self_similarity"] = float(self_similarity(units[None])[0])
            if probe == ALL:
                row |= _texts_apart(units, source)
            if len(units) < LEAST:
                row["note"] = FEW
                continue
            smaller = two_means(units)
            row |= _clusters(part, layer, smaller, nearest, settings.neighbours)
            found.partitions[run.corpus, run.sample, run.model, word, probe, layer].append((row, smaller))
            whole = probe == ALL or len(probes) == 1
            if whole and layer == settings.layer:
                found.occurrences += _drawn(run, word, part, layer, smaller)


def _texts_apart(units: np.ndarray, source: np.ndarray) -> dict:
    """How far the occurrences in different texts lie apart; source : text of each, object [n]."""
    there = sorted(set(source))
    areas = [separation(units[source == a], units[source == b]) for a, b in combinations(there, 2)]
    known = [area for area in areas if np.isfinite(area)]
    return {"text_silhouette": silhouettes(units, source), "text_auc": float(np.mean(known)) if known else None}


def _clusters(part: Layers, layer: int, smaller: np.ndarray, nearest: NearestWords, neighbours: int) -> dict:
    """What there is to say of two clusters of the occurrences of a word; the other one is empty where all are alike."""
    vectors = part.vectors[layer]
    row = {"smaller": float(smaller.mean()), "silhouette": silhouettes(unit_vectors(vectors), smaller)}
    word, probe = part.rows["token"][0].as_py(), part.rows["probe"].unique().to_pylist()
    contexts = texts(part.rows, "context")
    for name, chosen in (("first", ~smaller), ("second", smaller)):
        if chosen.any():
            mean = vectors[chosen].mean(axis=0)
            row[f"{name}_words"] = " ".join(nearest.of(mean, layer, probe, word, neighbours))
            closest = np.flatnonzero(chosen)[np.square(vectors[chosen] - mean).sum(axis=1).argmin()]
            row[f"{name}_context"] = contexts[closest]
    return row


def _drawn(run: Run, word: str, part: Layers, layer: int, smaller: np.ndarray) -> list[dict]:
    """Rows of the table of occurrences."""
    scores, shares = plane(unit_vectors(part.vectors[layer]))
    cell = asdict(run) | {"token": word, "layer": layer, "x_share": shares[0], "y_share": shares[1]}
    places = part.rows.select(["probe", "occurrence", "context"]).to_pylist()
    return [
        cell | place | {"x": x, "y": y, "cluster": 1 + int(second)}
        for place, (x, y), second in zip(places, scores.tolist(), smaller, strict=True)
    ]


def _agree(members: list[tuple[dict, np.ndarray]]) -> None:
    """Adds to each row how well its partition agrees with those of the other seeds."""
    for row, mine in members:
        others = [other for each, other in members if each is not row]
        if others:
            row["agreement"] = float(np.mean([adjusted_rand_score(mine, other) for other in others]))
