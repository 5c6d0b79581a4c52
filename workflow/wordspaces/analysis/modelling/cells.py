"""Model RDMs fitted to the spaces of every cell (corpus x model; contextual spaces also by probe text).

=================  ==========================================================================================
measure            value
=================  ==========================================================================================
alone              mean over the runs of the correlation of one predictor with the RDM of the run
weight             standardised coefficient of the predictor in the joint regression, fitted to all pairs
cross-validated    predictor "all": mean over test folds of words, and runs, of the correlation of the
                   prediction, fitted within the other words, with the RDM of the run
=================  ==========================================================================================

With `method` spearman, RDMs and predictors are replaced by their ranks over all pairs before anything is fitted
(Conover & Iman 1981). "wordsim" and "simlex" are correlated alone, over the rated pairs among the compared words,
by ranks. `ceiling` is how well a run's RDM agrees with the mean of the other seeds on the same sample,
`sample_ceiling` with the mean of the runs of other samples and seeds, over all pairs or the rated ones. A predictor
that knows nothing of the sample should stay below the second; PPMI, counted on the samples themselves, need not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import rankdata

from wordspaces.analysis.human import Ratings
from wordspaces.analysis.modelling.evidence import FREE, PREDICTORS, Evidence
from wordspaces.analysis.modelling.fit import LEAST_FOLD, Estimate, Fit, ceiling, correlations, fit
from wordspaces.analysis.modelling.predictors import rated_pairs
from wordspaces.analysis.modelling.products import Products, covariances, word_folds
from wordspaces.analysis.probes.intervals import LEAST_PAIRS, RANK_VARIANCE, rank_correlation, rank_interval
from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.settings import ModelRdmSettings
from wordspaces.analysis.similarity.intervals import interval
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError

SCHEMA = schema(
    roster=pa.string(),
    corpus=pa.string(),
    probe=pa.string(),
    model=pa.string(),
    family=pa.string(),
    predictor=pa.string(),
    measure=pa.string(),
    method=pa.string(),
    value=pa.float64(),
    se=pa.float64(),
    low=pa.float64(),
    high=pa.float64(),
    ceiling=pa.float64(),
    sample_ceiling=pa.float64(),
    pairs=pa.int64(),
    words=pa.int32(),
    runs=pa.int32(),
    note=pa.string(),
)
ALL = "all"
LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Cell:
    """The runs of one corpus and model: `spaces`, the number of `words`, and the RDMs float64 [pairs, runs]."""

    spaces: tuple[Space, ...]
    words: int
    rdms: np.ndarray

    @property
    def columns(self) -> dict:
        """Identifying columns of the table."""
        return {name: getattr(self.spaces[0], name) for name in ("corpus", "probe", "model", "family")}

    def others(self) -> tuple[np.ndarray, np.ndarray]:
        """Bool [runs, runs]: runs of other seeds on the same sample, runs of other seeds on other samples."""
        seeds = np.array([space.seed for space in self.spaces])
        samples = np.array([space.sample for space in self.spaces])
        other, same = seeds[:, None] != seeds, samples[:, None] == samples
        return other & same, other & ~same


def model_rdm_table(
    rosters: Sequence[Roster],
    evidence: Mapping[str, Evidence],
    ratings: Mapping[str, Ratings],
    settings: ModelRdmSettings,
) -> pa.Table:
    """Every predictor for every cell of the rosters.

    Columns: `SCHEMA`; `value` as the table above says, `se` over words by the delete-one jackknife (over rated pairs,
    from Fisher's z) and the normal interval `low` to `high` at `settings.confidence`; `pairs` of words, in any fold for
    the cross-validated value; a weight at its bound of zero has no interval; `note` says why a value or a ceiling is
    null. Standard errors speak of other words, not of other texts. Rows are sorted by roster and cell.
    """
    rows: list[dict] = []
    for roster in rosters:
        for corpus in sorted({space.corpus for space in roster.spaces}):
            predictors = evidence[corpus].take(roster.words).rdms()
            varied = {name: values for name, values in predictors.items() if np.ptp(values) > LEAST_SPREAD}
            known = {
                method: {name: _standardised(values, method) for name, values in varied.items()}
                for method in sorted(settings.methods)
            }
            del predictors, varied
            human = {name: rated_pairs(listed, roster.words.tokens) for name, listed in ratings.items()}
            for cell in _cells(roster, corpus, settings):
                found = [row for method in known for row in _fit_rows(cell, known[method], method, settings)]
                found += [_rated_row(cell, name, *pairs, settings) for name, pairs in human.items()]
                shared = {"roster": roster.name, "words": cell.words, "runs": len(cell.spaces)}
                rows += [shared | cell.columns | row for row in found]
    return from_rows(rows, SCHEMA)


def _cells(roster: Roster, corpus: str, settings: ModelRdmSettings) -> list[Cell]:
    groups: dict[tuple, list[int]] = {}
    for index, space in enumerate(roster.spaces):
        if space.corpus == corpus:
            groups.setdefault((space.model, space.family, space.space, space.probe), []).append(index)
    cells = []
    for _, members in sorted(groups.items()):
        chosen = roster.select(members)
        rdms = RDMs.of(chosen.vectors, chosen.spaces, *settings.dissimilarity.definition)
        condensed = np.empty((rdms.pairs, len(rdms)))
        for index in range(len(rdms)):
            condensed[:, index] = rdms.condensed(index)
            if np.ptp(condensed[:, index]) <= LEAST_SPREAD:
                found = "an RDM whose dissimilarities are all equal"
                raise StudyError(rdms.names[index], found, "dissimilarities that vary", "retrain it")
        cells.append(Cell(tuple(roster.spaces[i] for i in members), rdms.words, condensed))
    return cells


def _fit_rows(cell: Cell, predictors: Mapping[str, np.ndarray], method: str, settings: ModelRdmSettings) -> list[dict]:
    """Rows of one cell and method: each predictor (standardised; none that is constant) alone and in the joint model,
    then the joint model."""
    varied = list(predictors)
    columns = np.empty((len(cell.rdms), len(varied) + len(cell.spaces)))
    for index, values in enumerate(predictors.values()):
        columns[:, index] = values
    for index in range(len(cell.spaces)):
        columns[:, len(varied) + index] = _standardised(cell.rdms[:, index], method)
    folds = word_folds(cell.words, min(settings.folds, cell.words), settings.fold_seed)
    products = Products.of(columns, folds)
    result = fit(products, np.array([name in FREE for name in varied]))
    shared = {"method": method, "pairs": len(columns)}
    shared |= _ceilings(cell, correlations(covariances(products.total()))[len(varied) :, len(varied) :])
    rows = []
    for name in PREDICTORS:
        for measure in ("alone", "weight"):
            row = shared | {"predictor": name, "measure": measure}
            rows.append(row | (_estimated(result, varied, name, measure, settings) if name in varied else _constant()))
    sizes = np.bincount(folds)
    tested = int((sizes * (sizes - 1) // 2).sum())
    joint = shared | {"predictor": ALL, "measure": "cross-validated", "pairs": tested}
    return [*rows, joint | _joint(result, int(sizes.min()), shared["note"], settings)]


def _standardised(values: np.ndarray, method: str) -> np.ndarray:
    """Values, or their ranks, with mean 0 and mean square 1."""
    values = rankdata(values) if method == "spearman" else values
    values = values - values.mean()
    return values / np.sqrt(np.square(values).mean())


def _estimated(result: Fit, varied: list[str], name: str, measure: str, settings: ModelRdmSettings) -> dict:
    estimate = (result.alone if measure == "alone" else result.weights)[varied.index(name)]
    least = 0.0 if measure == "weight" and name not in FREE else -np.inf
    return _interval(estimate, least, settings)


def _interval(estimate: Estimate, least: float, settings: ModelRdmSettings) -> dict:
    if estimate.value == least:
        return {"value": estimate.value}  # at its bound, where a normal interval has no meaning
    limits = interval(estimate.value, estimate.se, settings.confidence)
    return {"value": estimate.value} | limits | {"low": max(least, limits["low"])}


def _constant() -> dict:
    return {"note": "not defined: the predictor is the same for all pairs"}


def _joint(result: Fit, least: int, note: str, settings: ModelRdmSettings) -> dict:
    notes = [note] if note else []
    if np.isnan(result.crossvalidated.value):
        return {"note": "; ".join([f"not defined: a fold of {least} words, {LEAST_FOLD} or more are needed", *notes])}
    if not any(weight.value for weight in result.weights):
        notes.insert(0, "no predictor has a weight")
    return _interval(result.crossvalidated, -np.inf, settings) | {"note": "; ".join(notes)}


def _ceilings(cell: Cell, matrix: np.ndarray) -> dict:
    """Both ceilings from the correlations of the runs, and a note on those that are null."""
    same, other = cell.others()
    lacking = [(same, "no ceiling: one seed"), (other, "no sample ceiling: no other seed on another sample")]
    note = "; ".join(text for others, text in lacking if not others.any())
    return {"ceiling": ceiling(matrix, same), "sample_ceiling": ceiling(matrix, other), "note": note}


def _rated_row(
    cell: Cell, name: str, positions: np.ndarray, dissimilarities: np.ndarray, settings: ModelRdmSettings
) -> dict:
    """Human ratings: mean over runs of the rank correlation, with the interval that one correlation would have."""
    pairs = len(positions)
    row = {"predictor": name, "measure": "alone", "method": "spearman", "pairs": pairs}
    if pairs < LEAST_PAIRS or np.ptp(dissimilarities) == 0.0:
        reason = f"{pairs} rated pairs among the words" if pairs < LEAST_PAIRS else "all ratings are equal"
        return row | {"note": f"not defined: {reason}"}
    rdms = cell.rdms[positions]
    rho = float(np.mean([rank_correlation(rdm, dissimilarities) for rdm in rdms.T]))
    low, high = rank_interval(rho, pairs, settings.confidence)
    se = (1.0 - rho**2) * np.sqrt(RANK_VARIANCE / (pairs - 3))
    ranks = np.stack([_standardised(rdm, "spearman") for rdm in rdms.T])
    ceilings = _ceilings(cell, ranks @ ranks.T / pairs)
    return row | ceilings | {"value": rho, "se": float(se), "low": low, "high": high}
