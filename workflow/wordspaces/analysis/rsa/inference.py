"""Uncertainty of mean correlations between runs, by what might have been different: words, seeds, document samples.

Each mean r of one relation and one model (or all of them) is given with the jackknife over words, the bootstrap over
words, over seeds, over document samples, and nested over all of these that can be resampled. The widest of them is the
one to read where a claim is to hold for other texts; that of the words alone says nothing of other runs (Schuett et al.
2023). How factors are drawn, and why levels get an interval of t: `wordspaces.analysis.rsa.resampling`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.rsa.groups import Pairs, jackknife_se, mean_agreement, pairs_of
from wordspaces.analysis.rsa.resampling import (
    FACTORS,
    Bootstrap,
    degrees_of_freedom,
    pair_values,
    refusal,
    resampled_means,
)
from wordspaces.analysis.settings import InferenceSettings
from wordspaces.analysis.similarity.bootstrap import bootstrap_words
from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.intervals import interval
from wordspaces.analysis.similarity.mantel import mantel_z
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema

PROCEDURES = (("words",), ("seeds",), ("samples",), FACTORS)
RELATIONS = ("seed", "sample", "family", "corpus")
ALL_MODELS = ""
PERCENTILES, OF_T = "bootstrap (percentiles)", "bootstrap (t interval)"
SCHEMA = schema(
    roster=pa.string(),
    method=pa.string(),
    relation=pa.string(),
    model=pa.string(),
    procedure=pa.string(),
    resampled=pa.string(),
    estimate=pa.float64(),
    se=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    draws=pa.int32(),
    mantel_z=pa.float64(),
    words=pa.int32(),
    pairs=pa.int32(),
    note=pa.string(),
)


@dataclass(frozen=True)
class Mean:
    """One mean correlation: relation, model ("" for all) and the pairs of spaces (i, j) that are averaged."""

    relation: str
    model: str
    pairs: tuple[tuple[int, int], ...]


def means_of(spaces: Sequence[Space]) -> list[Mean]:
    """Mean correlations of the table; of a family, `model` is on either side of its pairs."""
    found = []
    for name in RELATIONS:
        pairs = pairs_of(spaces, name)
        found.append(Mean(name, ALL_MODELS, pairs))
        for model in sorted({space.model for space in spaces}):
            own = tuple((i, j) for i, j in pairs if model in (spaces[i].model, spaces[j].model))
            found.append(Mean(name, model, own))
    return found


def inference_table(roster: Roster, settings: InferenceSettings) -> pa.Table:
    """Intervals of the mean correlations of `settings.models`, one row for each way to get them.

    Columns: `SCHEMA`. `relation` as `wordspaces.analysis.relations` has it, `model` one recipe or "" for all;
    `procedure` "jackknife" (delete one word; normal interval), "bootstrap (percentiles)" (words alone) or "bootstrap (t
    interval)" (seeds or samples among the factors: the estimate plus and minus a quantile of t times its standard
    error); `resampled` the factors drawn, joined by " and "; `estimate` the mean r over `pairs` pairs of spaces, `se`,
    `low`, `high` its standard error and interval, `draws` the number of draws; `mantel_z` the mean over the pairs of
    Mantel's z against randomly matched words; `words` the number of words; `note` why a value is null, which factor the
    nested bootstrap had to leave as it is, the degrees of freedom of t, and that the nested bootstrap is conservative.
    """
    chosen = roster.of_models(settings.models)
    rdms = RDMs.of(chosen.vectors, chosen.spaces, *settings.dissimilarity.definition)
    means = means_of(chosen.spaces)
    rows = []
    for method in sorted(settings.methods):
        head = {"roster": chosen.name, "method": method, "words": rdms.words}
        rows += [head | row for row in _of_method(rdms, chosen.spaces, method, means, settings)]
    return from_rows(rows, SCHEMA)


def _of_method(
    rdms: RDMs, spaces: Sequence[Space], method: str, means: Sequence[Mean], settings: InferenceSettings
) -> Iterator[dict]:
    """Rows of one method; each pair of spaces is resampled once, so that all means have the same draws of words."""
    pairs = sorted({pair for mean in means for pair in mean.pairs})
    place = {pair: index for index, pair in enumerate(pairs)}
    estimates, replicates = mean_agreement(rdms, method, [mean.pairs for mean in means])
    errors = jackknife_se(replicates)
    square = compare(rdms, method)
    r, z = pair_values(square, pairs), pair_values(mantel_z(rdms, method, square), pairs)
    drawn = bootstrap_words(rdms, method, settings.draws, settings.seed, pairs)
    for mean, estimate, se in zip(means, estimates, errors, strict=True):
        head = {"relation": mean.relation, "model": mean.model, "estimate": estimate, "pairs": len(mean.pairs)}
        own = [place[pair] for pair in mean.pairs]
        if own:
            head["mantel_z"] = float(z[own].mean())
        yield head | _jackknife(float(estimate), float(se), settings.confidence)
        for factors in PROCEDURES:
            yield head | _bootstrap(r[None, own], drawn[:, own], spaces, mean.pairs, factors, settings)


def _jackknife(estimate: float, se: float, confidence: float) -> dict:
    row = {"procedure": "jackknife", "resampled": "words"} | interval(estimate, se, confidence)
    return row | {"note": "" if np.isfinite(estimate) else "not defined: no pair of runs"}


def _bootstrap(
    r: np.ndarray,
    drawn: np.ndarray,
    spaces: Sequence[Space],
    pairs: Pairs,
    factors: Sequence[str],
    settings: InferenceSettings,
) -> dict:
    """One bootstrap of one mean: `r` [1, p] over all words, `drawn` [draws, p] over drawn ones.

    A factor that cannot be resampled empties its own row; the nested bootstrap goes on with what is left, which is
    nothing new where that is the words alone.
    """
    reasons = {factor: refusal(spaces, pairs, factor) for factor in factors}
    kept = [factor for factor in factors if not reasons[factor]]
    notes = [f"{factor}: {reason}" for factor, reason in reasons.items() if reason]
    row = {"procedure": PERCENTILES if tuple(factors) == ("words",) else OF_T, "resampled": " and ".join(factors)}
    if not kept or (len(factors) > 1 and len(kept) == 1):
        return row | {"note": f"not defined: {'; '.join(notes)}"}
    values = resampled_means(drawn if "words" in kept else r, spaces, pairs, kept, settings.draws, settings.seed)
    degrees = degrees_of_freedom(spaces, pairs, kept)
    found = Bootstrap(r.mean(axis=1), values[:, None], tuple(kept), degrees)
    low, high = found.interval(settings.confidence)[:, 0]
    if np.isfinite(degrees):
        notes.append(f"t with {degrees:.0f} degrees of freedom")
    if len(kept) > 1:
        notes.append(f"conservative: what belongs to {' and '.join(kept)} together counts more than once")
    row |= {"resampled": " and ".join(kept), "se": float(found.se[0]), "low": float(low), "high": float(high)}
    row |= {"draws": settings.draws, "note": "; ".join(notes)}
    return row if np.isfinite(values).all() else row | {"note": "not defined: a draw of words without a correlation"}
