"""Agreement between corpora against the number of training words, as it is and with noise taken out.

Smaller amounts are nested: the sample a25 is the first quarter of the words of sample a. The compared words are those
of the study, frequent enough in its whole samples; in a quarter of a sample they are rarer, and that is the point: the
curve says how much less is known of the same words, not of other words.
"""

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import Roster
from wordspaces.analysis.rsa.cells import CellEstimates, estimate_cells, why_not_disattenuated
from wordspaces.analysis.rsa.design import CellPair
from wordspaces.analysis.rsa.intervals import LEAST_SAMPLES, interval, sample_counts
from wordspaces.analysis.settings import CurveSettings
from wordspaces.analysis.tables import from_rows, numbers, schema, texts
from wordspaces.common.errors import StudyError

BETWEEN = "between corpora"
MEASURES = (BETWEEN, "seed reliability", "sample ceiling", "disattenuated by seed", "disattenuated by sample")
SCHEMA = schema(
    model=pa.string(),
    family=pa.string(),
    a_corpus=pa.string(),
    b_corpus=pa.string(),
    words_trained=pa.int64(),
    share=pa.float64(),
    method=pa.string(),
    measure=pa.string(),
    value=pa.float64(),
    se=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    resampled=pa.string(),
    words=pa.int32(),
    note=pa.string(),
)
_SAMPLE = re.compile(r"([a-z])(\d{0,2})")


def share_of(sample: str) -> float:
    """Share of its document sample that a training sample holds: a25 is 0.25 of a, a is 1."""
    matched = _SAMPLE.fullmatch(sample)
    percent = int(matched[2] or 100) if matched else 0
    if not 0 < percent <= 100:
        raise StudyError(
            f"sample {sample!r}", "a name that says no share", "a letter and per cent, such as a25 beside a"
        )
    return percent / 100.0


def sample_sizes(samples: pa.Table) -> dict[str, int]:
    """Words of each training sample by its name, mean over corpora; `samples` has the columns sample and words."""
    names, words = np.array(texts(samples, "sample")), numbers(samples, "words")
    return {str(name): round(float(words[names == name].mean())) for name in np.unique(names)}


def curve_table(roster: Roster, sizes: Mapping[str, int], settings: CurveSettings) -> pa.Table:
    """Every model, share of the training words, pair of corpora and measure.

    Parameters: the input roster of runs on nested samples; words of each training sample by its name. Columns:
    `SCHEMA`; `words_trained` is the mean over the samples of that share. Measures: mean r of runs on two corpora with
    different seeds; the two ceilings, sqrt(rel_a rel_b) over the corpora, whose reliabilities are the mean r of a
    corpus's own runs with another seed, on the same and on other documents of the same amount; r over each ceiling. A
    null value says why in `note`. Without runs, or with one corpus, there are no rows. `StudyError` for a sample
    without a size.
    """
    spaces = roster.spaces
    for sample in sorted({space.sample for space in spaces}):
        if sample not in sizes:
            raise StudyError("sizes of the curve", f"no size of sample {sample!r}", f"{', '.join(sorted(sizes))}")
    rows = []
    for share in sorted({share_of(space.sample) for space in spaces}):
        here = roster.select([i for i, space in enumerate(spaces) if share_of(space.sample) == share])
        rows += _share_rows(here, share, sizes, settings)
    keys = ("model", "a_corpus", "b_corpus", "method", "share")
    return from_rows(sorted(rows, key=lambda row: [row[key] for key in keys]), SCHEMA)


def _share_rows(roster: Roster, share: float, sizes: Mapping[str, int], settings: CurveSettings) -> list[dict]:
    """Rows of the runs that were trained on one amount; models apart, for the rest of their pairs is not asked for."""
    rows = []
    for model in sorted({space.model for space in roster.spaces}):
        chosen = roster.of_models([model])
        samples = sorted({space.sample for space in chosen.spaces})
        row = {"model": model, "share": share, "words": len(chosen.words)}
        row["words_trained"] = round(float(np.mean([sizes[sample] for sample in samples])))
        for method in sorted(settings.methods):
            found = estimate_cells(chosen, method, settings)
            for pair in found.pairs:
                if pair.a.corpus != pair.b.corpus:
                    rows += [row | {"method": method} | entry for entry in _measures(found, pair, chosen, settings)]
    return rows


def _measures(found: CellEstimates, pair: CellPair, roster: Roster, settings: CurveSettings) -> list[dict]:
    counts = sample_counts(roster.spaces)
    enough = min(counts[cell.corpus] for cell in (pair.a, pair.b)) >= LEAST_SAMPLES
    shared = {"a_corpus": pair.a.corpus, "b_corpus": pair.b.corpus, "family": pair.a.family}
    shared["resampled"] = "words and samples" if enough else "words"
    place = found.places[pair]
    entries = {BETWEEN: ("mean", "" if found.counts[place] else "no two runs with different seeds")}
    for noise, name in (("seed", "seed reliability"), ("sample", "sample ceiling")):
        reason = why_not_disattenuated(found, pair, noise, settings.confidence)
        # A reliability near zero is a finding here, as long as it has a square root.
        known = np.isfinite(found.values[f"ceiling_{noise}"][place])
        entries[name] = (f"ceiling_{noise}", "" if known else reason)
        entries[f"disattenuated by {noise}"] = (f"disattenuated_{noise}", reason)
    rows = []
    for measure in MEASURES:
        part, reason = entries[measure]
        value = np.nan if reason else found.values[part][place]
        row = shared | {"measure": measure, "value": value, "note": reason and f"not defined: {reason}"}
        rows.append(row | interval(value, found.se[part][place], settings.confidence))
    return rows
