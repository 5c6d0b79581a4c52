"""Variance components of representational geometry, from mean correlations between runs.

An RDM, standardised, is read as a sum of independent parts: one that all runs share, one of the corpus, one of the
training recipe, one of their combination, one of the document sample, one of the seed. The correlation of two runs
is then the sum of the shares of the parts that they have in common (Cronbach et al. 1972), and mean correlations
over kinds of pairs give the shares back. Runs of a pair always have different seeds, and contextual vectors are read
from one probe text. With

- cell seed: same corpus, sample and model;
- cell sample: same corpus and model, other sample;
- same corpus (SC): same corpus, other model, other sample, so that no text is shared;
- same model (SM): other corpus, same model;
- neither (DD): other corpus, other model,

each averaged first within every pair of cells (corpus x model) and then over these, the shares are

    shared = DD                corpus = SC - DD           model = SM - DD
    interaction = cell sample - SC - SM + DD
    sample = cell seed - cell sample                      seed = 1 - cell seed

They sum to one by construction. "sample" holds all that changes with the documents of one corpus, including what
they change in one model alone. Estimates are unbiased and so not clipped: a share near zero may come out negative.
With a single sample for each corpus, sample and corpus cannot be told apart: the share of the sample is null, SC
takes pairs on the same text and cell seed stands for cell sample.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.rsa.intervals import (
    LEAST_SAMPLES,
    Statistic,
    interval,
    over_samples,
    over_words,
    sample_counts,
)
from wordspaces.analysis.settings import ComponentSettings
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema

MEANS = ("cell seed", "cell sample", "same corpus", "same corpus and sample", "same model", "neither")
COMPONENTS = ("shared", "corpus", "model", "interaction", "sample", "seed")
SCHEMA = schema(
    roster=pa.string(),
    method=pa.string(),
    kind=pa.string(),
    component=pa.string(),
    value=pa.float64(),
    se=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    resampled=pa.string(),
    words=pa.int32(),
    spaces=pa.int32(),
    note=pa.string(),
)


def kind_of_pair(a: Space, b: Space) -> str | None:
    """Which of `MEANS` the pair belongs to; None for two runs of one seed, or read from two probe texts."""
    if a.seed == b.seed or a.probe != b.probe:
        return None
    if a.corpus == b.corpus:
        if a.model == b.model:
            return "cell seed" if a.sample == b.sample else "cell sample"
        return "same corpus and sample" if a.sample == b.sample else "same corpus"
    return "same model" if a.model == b.model else "neither"


def mean_weights(spaces: Sequence[Space]) -> np.ndarray:
    """Weights [6, s, s] that turn correlations [s, s] into `MEANS`; a kind without pairs gets NaN.

    Pairs are averaged within each pair of cells first, so that a cell with more runs does not weigh more.
    """
    groups: dict[str, dict[tuple, list[tuple[int, int]]]] = {kind: {} for kind in MEANS}
    for i, a in enumerate(spaces):
        for j in range(i + 1, len(spaces)):
            b = spaces[j]
            kind = kind_of_pair(a, b)
            if kind is not None:
                cells = tuple(sorted([(a.corpus, a.model), (b.corpus, b.model)]))
                groups[kind].setdefault(cells, []).append((i, j))
    weights = np.zeros((len(MEANS), len(spaces), len(spaces)))
    for index, kind in enumerate(MEANS):
        if not groups[kind]:
            weights[index] = np.nan
        for pairs in groups[kind].values():
            for i, j in pairs:
                weights[index, i, j] = weights[index, j, i] = 0.5 / (len(pairs) * len(groups[kind]))
    return weights


def share_matrix(one_sample: bool) -> np.ndarray:
    """Matrix [6, 7] from (`MEANS`, 1) to `COMPONENTS`; NaN where a share cannot be told with one sample."""
    mean = dict(zip((*MEANS, "one"), np.eye(len(MEANS) + 1), strict=True))
    same_corpus = mean["same corpus and sample"] if one_sample else mean["same corpus"]
    cell = mean["cell seed"] if one_sample else mean["cell sample"]
    sample = np.full(len(MEANS) + 1, np.nan) if one_sample else mean["cell seed"] - mean["cell sample"]
    return np.stack(
        [
            mean["neither"],
            same_corpus - mean["neither"],
            mean["same model"] - mean["neither"],
            cell - same_corpus - mean["same model"] + mean["neither"],
            sample,
            mean["one"] - mean["cell seed"],
        ]
    )


def shares(means: np.ndarray, one_sample: bool = False) -> np.ndarray:
    """Shares [..., 6] in the order of `COMPONENTS` from `MEANS` [..., 6]; NaN where a mean that it needs is missing."""
    matrix = share_matrix(one_sample)
    extended = np.concatenate([means, np.ones((*means.shape[:-1], 1))], axis=-1)
    # A weight of zero must not spread the NaN of a mean that the share does not use.
    terms = np.where(matrix == 0.0, 0.0, matrix * extended[..., None, :])
    return terms.sum(axis=-1)


@dataclass(frozen=True)
class Estimates:
    """Means and shares of one method: `values` [12] (`MEANS`, then `COMPONENTS`), `se` [12], what was resampled."""

    values: np.ndarray
    se: np.ndarray
    resampled: str


def estimate(rdms: RDMs, spaces: Sequence[Space], method: str) -> Estimates:
    """Means and shares with jackknife standard errors over words, and over document samples where each corpus has
    three or more; the two variances are then added."""
    one_sample = _one_sample(spaces)

    def statistic_of(some: Sequence[Space]) -> Statistic:
        weights = mean_weights(some)
        return lambda r: _both(np.tensordot(r, weights, axes=((-2, -1), (1, 2))), one_sample)

    r, values, variance = over_words(rdms, method, statistic_of(spaces))
    enough = min(sample_counts(spaces).values()) >= LEAST_SAMPLES
    if enough:
        variance = variance + over_samples(r, spaces, statistic_of)
    return Estimates(values, np.sqrt(variance), "words and samples" if enough else "words")


def components_table(roster: Roster, settings: ComponentSettings, contextual: Roster | None = None) -> pa.Table:
    """Means ("mean") and shares ("share") of `settings.models` in each roster, with normal intervals.

    Columns: `SCHEMA`; `resampled` says over what the interval speaks, `note` why a value is null. A pair of contextual
    spaces was read from one probe text, so "corpus" there is the text of training, and "shared" also holds what two
    readings of one text have in common. The contextual roster enters with those of the models that it has.
    """
    entering = [(roster, settings.models)]
    if contextual is not None:
        there = {space.model for space in contextual.spaces}
        entering.append((contextual, [model for model in settings.models if model in there]))
    rows = []
    for part, models in entering:
        chosen = part.of_models(models)
        for method in sorted(settings.methods if models else []):
            rdms = RDMs.of(chosen.vectors, chosen.spaces, *settings.dissimilarity.definition)
            result = estimate(rdms, chosen.spaces, method)
            rows += _rows(chosen, method, result, settings.confidence)
    return from_rows(rows, SCHEMA)


def _rows(roster: Roster, method: str, result: Estimates, confidence: float) -> Iterator[dict]:
    names = [("mean", name) for name in MEANS] + [("share", name) for name in COMPONENTS]
    for (kind, name), value, se in zip(names, result.values, result.se, strict=True):
        row = {"roster": roster.name, "method": method, "kind": kind, "component": name, "value": value}
        row |= interval(value, se, confidence) | {"resampled": result.resampled}
        row |= {"words": len(roster.words), "spaces": len(roster.spaces)}
        yield row | {"note": "" if np.isfinite(value) else _reason(roster)}


def _both(means: np.ndarray, one_sample: bool) -> np.ndarray:
    return np.concatenate([means, shares(means, one_sample)], axis=-1)


def _one_sample(spaces: Sequence[Space]) -> bool:
    return max(sample_counts(spaces).values()) == 1


def _reason(roster: Roster) -> str:
    """Which of the factors has too few levels for a null value."""
    spaces = roster.spaces
    counts = {
        "corpus": len({space.corpus for space in spaces}),
        "document sample of each corpus": max(sample_counts(spaces).values()),
        "seed": len({space.seed for space in spaces}),
        "model": len({space.model for space in spaces}),
    }
    lacking = [name for name, count in counts.items() if count < 2]
    return "not defined: only one " + ", one ".join(lacking) if lacking else "not defined: no pair of runs of this kind"
