"""Where the variance between trainings comes from: arms in which one thing varies, and what each leaves of agreement.

Arms of one corpus and model, on one document sample but for the last two (Antoniak & Mimno 2018 have fixed, shuffled
and bootstrap):

- initialisation, order, sampling: one random stream differs, the others are those of the base run;
- fixed: all streams differ but the order, in which the documents come;
- shuffled: all streams differ;
- bootstrap: all streams differ, and the documents, drawn again with replacement: about 37 % fewer distinct ones;
- sample: all streams differ, and the documents: two samples that share none.

With r the mean correlation of the pairs of an arm, 1 - r is its share of disagreement: half the mean square distance of
two standardised RDMs, so the variance that is left once what the two runs share is given. Where one stream alone
differs it is therefore the total effect of that stream (Saltelli et al. 2008, ch. 4): it holds every interaction that
the stream takes part in. The differences of shares:

- "initialisation, own", "order, own", "sampling, own": first-order effect, what the stream adds where all others differ
  already, r of two runs that have this stream alone in common minus r of shuffled;
- interaction: sum of the total effects minus the share of shuffled. An interaction counts once for each stream beyond
  the first that it needs, so it is at least 0 in expectation (Efron & Stein 1981), 0 where streams act one by one;
- documents: r of shuffled minus r of bootstrap, what documents drawn again with replacement add.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations, product

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.settings import ArmSettings
from wordspaces.analysis.similarity.compare import jackknife_contrasts
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.stability.words import common_counts, overlap
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError
from wordspaces.models.families import streams_of

STREAMS = ("initialisation", "order", "sampling")
ARMS = (*STREAMS, "fixed", "shuffled", "bootstrap", "sample")
# Pairs that have one stream alone in common; those of the order are an arm.
COMMON = {"initialisation": "common initialisation", "order": "fixed", "sampling": "common sampling"}
OWN = {f"{stream}, own": stream for stream in STREAMS}
DIFFERENCES = (*OWN, "interaction", "documents")
FEW_PAIRS = {1: "one pair", 2: "two pairs"}
BOOTSTRAP = re.compile(r"boot\d+")
# One letter; a name that goes on (a25) is a part of that sample.
DISJOINT = re.compile(r"[a-z]")
Pairs = list[tuple[int, int]]
_VALUES = dict.fromkeys(("r", "se", "low", "high", "overlap"), pa.float64())
SCHEMA = schema(
    corpus=pa.string(),
    model=pa.string(),
    family=pa.string(),
    arm=pa.string(),
    method=pa.string(),
    **_VALUES,
    resampled=pa.string(),
    pairs=pa.int32(),
    words=pa.int32(),
    share=pa.float64(),
    note=pa.string(),
)


def arm_pairs(spaces: Sequence[Space], model: str, base_seed: int) -> dict[str, Pairs]:
    """Pairs of spaces of each arm of `ARMS` and of `COMMON`, for the spaces of one corpus; none for one without runs.

    A run whose model is `{model}-{stream}` differs from the run of `base_seed` in that stream alone. Where no run is
    called `{model}-fixed`, one that differs in initialisation and one that differs in sampling are a pair of that arm;
    so are two that differ in initialisation where nothing is sampled. The other pairs of `COMMON` are made likewise.
    Pairs of bootstrap and of sample differ in sample and seed.
    """
    family = spaces[0].family
    first = _sample(spaces)
    plain = [i for i, space in enumerate(spaces) if space.model == model]
    ordinary = [i for i in plain if spaces[i].sample == first]
    base = [i for i in ordinary if spaces[i].seed == base_seed]
    # The run of the base seed differs in nothing from the base run.
    varied = {
        stream: [i for i, s in enumerate(spaces) if s.model == f"{model}-{stream}" and s.seed != base_seed]
        for stream in (*STREAMS, "fixed")
    }
    pairs = {stream: list(combinations(base + runs, 2)) for stream, runs in varied.items() if runs}
    for stream in streams_of(family):
        free = [other for other in streams_of(family) if other != stream]
        one_each = pairs.get(free[0], []) if len(free) == 1 else list(product(*(varied[other] for other in free)))
        pairs.setdefault(COMMON[stream], one_each)
    boots = [i for i in plain if BOOTSTRAP.fullmatch(spaces[i].sample)]
    pairs["shuffled"] = _other_seeds(spaces, ordinary)
    disjoint = [i for i in plain if DISJOINT.fullmatch(spaces[i].sample)]
    for arm, runs in (("bootstrap", boots), ("sample", disjoint)):
        pairs[arm] = [(i, j) for i, j in _other_seeds(spaces, runs) if spaces[i].sample != spaces[j].sample]
    return {arm: pairs.get(arm, []) for arm in dict.fromkeys((*ARMS, *COMMON.values()))}


def _sample(spaces: Sequence[Space]) -> str:
    """The document sample of the arms: that of the runs in which one stream varies, otherwise the first one."""
    samples = sorted({space.sample for space in spaces if not BOOTSTRAP.fullmatch(space.sample)})
    varied = sorted({s.sample for s in spaces if s.model.endswith(tuple(f"-{arm}" for arm in (*STREAMS, "fixed")))})
    return (varied or samples or [""])[0]


def _other_seeds(spaces: Sequence[Space], chosen: Sequence[int]) -> Pairs:
    return [(i, j) for i, j in combinations(chosen, 2) if spaces[i].seed != spaces[j].seed]


def mean_weights(pairs: Sequence[Pairs], size: int) -> np.ndarray:
    """Weights [q, s, s] that turn correlations [s, s] into the mean over each list of pairs; 0 for an empty list."""
    weights = np.zeros((len(pairs), size, size))
    for index, listed in enumerate(pairs):
        for i, j in listed:
            weights[index, i, j] += 0.5 / len(listed)
            weights[index, j, i] += 0.5 / len(listed)
    return weights


def differences(pairs: Mapping[str, Pairs], family: str) -> dict[str, dict[str, int]]:
    """Sums of shares behind `DIFFERENCES`, as arm -> sign; one without all it needs is left out."""
    single = streams_of(family)
    signs = {name: {"shuffled": 1, COMMON[stream]: -1} for name, stream in OWN.items() if stream in single}
    signs["interaction"] = dict.fromkeys(single, 1) | {"shuffled": -1}
    signs["documents"] = {"bootstrap": 1, "shuffled": -1}
    if not single:
        del signs["interaction"]
    return {name: terms for name, terms in signs.items() if all(pairs[arm] for arm in terms)}


def arms_table(roster: Roster, models: Mapping[str, Sequence[str]], base_seed: int, settings: ArmSettings) -> pa.Table:
    """Mean correlation and neighbour overlap of every arm and its share: a row for each corpus, model, arm and method.

    `roster` holds the ordinary runs of `models`, the runs that vary one stream and those on bootstrap samples; `models`
    names the streams of each for which runs were asked for. Columns: `r` (mean over `pairs`), `se` (jackknife over
    words: it speaks of other words, not of other runs, as `resampled` says), `low`, `high`, `overlap` (mean overlap@k),
    `share` (1 - r: of a single stream its total effect). Rows of `DIFFERENCES` have no r; `se`, `low` and `high` are
    those of `share`, `pairs` is the smallest number behind. An arm without pairs is a row of nulls with a note; fewer
    than three pairs are noted too.
    """
    rows = []
    for corpus in sorted({space.corpus for space in roster.spaces}):
        for model, asked in sorted(models.items()):
            names = {model, *(f"{model}-{arm}" for arm in (*STREAMS, "fixed"))}
            chosen = [i for i, s in enumerate(roster.spaces) if s.corpus == corpus and s.model in names]
            if not chosen:
                found = f"no run of {model!r} on {corpus!r}"
                raise StudyError("models of the arms", found, "variants that are trained on every corpus of the arms")
            rows += _model_rows(roster.select(chosen), model, asked, base_seed, settings)
    return from_rows(rows, SCHEMA)


def _model_rows(roster: Roster, model: str, asked: Sequence[str], base_seed: int, settings: ArmSettings) -> list[dict]:
    """Rows of one corpus and model, by method and arm."""
    spaces, family = roster.spaces, roster.spaces[0].family
    pairs = arm_pairs(spaces, model, base_seed)
    rdms, units = (
        RDMs.of(roster.vectors, spaces, *settings.dissimilarity.definition),
        RDMs.of(roster.vectors, spaces).units,
    )
    used = sorted({i for listed in pairs.values() for pair in listed for i in pair})
    lists = {i: nearest(units[i], settings.k) for i in used}
    cell = {"corpus": spaces[0].corpus, "model": model, "family": family, "words": len(roster.words)}
    signs = differences(pairs, family)
    rows = []
    for method in sorted(settings.methods):
        # One thread: the last bits of a product depend on how many share it.
        with one_thread():
            found = _estimates(rdms, method, pairs, signs) if used else {}
        for arm in (*ARMS, *DIFFERENCES):
            row = cell | {"arm": arm, "method": method, "pairs": len(pairs.get(arm, [])), "note": ""}
            if arm not in found:
                rows.append(row | {"note": f"not defined: {_reason(arm, family, asked)}"})
                continue
            value, se = found[arm]
            reach = float(norm.ppf(0.5 + settings.confidence / 2.0)) * se
            row |= {"se": se, "low": value - reach, "high": value + reach, "resampled": "words"}
            if arm in DIFFERENCES:
                row["pairs"] = min(len(pairs[part]) for part in signs[arm])
            if row["pairs"] in FEW_PAIRS:
                row["note"] = f"{FEW_PAIRS[row['pairs']]} of runs: the interval does not speak of other runs"
            if arm in DIFFERENCES:
                rows.append(row | {"share": value})
            else:
                rows.append(row | {"r": value, "share": 1.0 - value, "overlap": _overlap(lists, pairs[arm])})
    return rows


def _estimates(
    rdms: RDMs, method: str, pairs: Mapping[str, Pairs], signs: Mapping[str, Mapping[str, int]]
) -> dict[str, tuple[float, float]]:
    """Mean correlation of each arm that has pairs, and each difference of shares: (value, standard error) by name."""
    names = [arm for arm, listed in pairs.items() if listed]
    means, replicates = jackknife_contrasts(rdms, method, mean_weights([pairs[arm] for arm in names], len(rdms)))
    values = dict(zip(names, means, strict=True))
    columns = dict(zip(names, replicates.T, strict=True))
    for name, terms in signs.items():
        values[name] = sum(sign * (1.0 - values[arm]) for arm, sign in terms.items())
        columns[name] = np.sum([sign * (1.0 - columns[arm]) for arm, sign in terms.items()], axis=0)
    words = rdms.words
    spread = {name: np.square(column - column.mean()).sum() for name, column in columns.items()}
    return {name: (float(values[name]), float(np.sqrt((words - 1) / words * spread[name]))) for name in columns}


def _overlap(lists: Mapping[int, np.ndarray], pairs: Pairs) -> float:
    """Mean overlap@k over pairs and words."""
    k = next(iter(lists.values())).shape[1]
    return float(np.mean([overlap(common_counts(lists[i], lists[j]), k).mean() for i, j in pairs]))


def _reason(arm: str, family: str, asked: Sequence[str]) -> str:
    """Why an arm of a family has no value."""
    single = streams_of(family)
    if arm in STREAMS:
        if arm not in single:
            return f"a training of {family} has no such random stream"
        return "no two runs that differ in it alone" if arm in asked else "no run that varies it was asked for"
    if arm in OWN:
        if OWN[arm] not in single:
            return f"a training of {family} has no such random stream"
        return "it needs two runs that have this stream alone in common, and two seeds"
    return {
        "fixed": "no two runs that share their order alone" if single else f"a training of {family} draws nothing",
        "shuffled": "only one seed",
        "bootstrap": "no two bootstrap samples with different seeds",
        "sample": "no two disjoint samples with different seeds",
        "interaction": "it needs every single stream, and two seeds" if single else "no stream to interact",
        "documents": "it needs two bootstrap samples, and two seeds",
    }[arm]
