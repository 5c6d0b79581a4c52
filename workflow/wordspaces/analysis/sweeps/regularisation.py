"""What regularisation does to growth and quality: runs of one variant over strengths of it, each beside the others.

`kind` keeps apart what is often called by one name: `penalty in the loss` (the setting l2: its gradient is scaled like
any other, by AdaGrad too) and `decoupled decay` (weight_decay: taken off the weights beside the step, Loshchilov &
Hutter 2019); any other setting is `other`. Rows of `SCHEMA`, a measure of one run each:

=================  ===================================================================================================
norm_start         mean length of a vector of the vocabulary before training, from the training log
norm_end           the same at its end
norm_growth        norm_end / norm_start
heldout_final      held-out loss at the last point that has one, in the family's own units, without any penalty
heldout_best       its smallest value at a point of the log
heldout_best_at    training tokens presented at that point
heldout_rise       heldout_final - heldout_best: above 0 the training went on into overfitting
wordsim, simlex    Spearman's rho of cosines (centred vectors) and human ratings; low, high by Fisher's z over `items`
effective_rank     of the compared words, centred (Roy & Vetterli 2007)
rsa_other_seed     mean RSA with the other seeds at the same value, on the same sample: reliability
rsa_unregularised  mean RSA with the other seeds at the value 0, on the same sample: how far the geometry was moved,
                   beside rsa_other_seed at 0, which is what another seed alone does
=================  ===================================================================================================

`method` is that of the RSA rows, empty elsewhere. `GROWTH` has the points of the training logs, by run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wordspaces.analysis.dynamics.shape import effective_rank
from wordspaces.analysis.human import Ratings
from wordspaces.analysis.probes.intervals import LEAST_PAIRS, rank_correlation, rank_interval
from wordspaces.analysis.roster import Run, Words
from wordspaces.analysis.settings import RegularisationSettings
from wordspaces.analysis.similarity.compare import matched
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import RDMs, centred_units
from wordspaces.analysis.sweeps.cells import Cell, Sweep, check_cells
from wordspaces.analysis.tables import from_rows, numbers, schema
from wordspaces.common.errors import StudyError

KINDS = {"l2": "penalty in the loss", "weight_decay": "decoupled decay"}
_RUN = {"corpus": pa.string(), "sample": pa.string(), "variant": pa.string(), "family": pa.string(), "seed": pa.int32()}
_KEYS = {"sweep": pa.string(), "model": pa.string(), "setting": pa.string(), "kind": pa.string()}
_KEYS |= {"setting_value": pa.float64(), **_RUN}
HELDOUT = ("heldout_final", "heldout_best", "heldout_best_at", "heldout_rise")
LOGGED = ("mean_norm", "penalty", "gradient_norm", "loss", "heldout_loss", "learning_rate")
SCHEMA = schema(
    **_KEYS,
    measure=pa.string(),
    method=pa.string(),
    **dict.fromkeys(("value", "low", "high"), pa.float64()),
    items=pa.int32(),
    note=pa.string(),
)
GROWTH = schema(**_KEYS, step=pa.int64(), tokens_seen=pa.int64(), **dict.fromkeys(LOGGED, pa.float64()))


@dataclass(frozen=True)
class Trained:
    """One run: its training log, and its vectors, float32 [n, d], over the compared words and [m, d] over the `known`
    words of its corpus, frequent enough to be probed."""

    log: pa.Table
    compared: np.ndarray
    known: Words
    vectors: np.ndarray


def regularisation_tables(
    cells: Sequence[Cell],
    sweeps: Mapping[str, Sweep],
    trained: Mapping[Run, Trained],
    ratings: Mapping[str, Ratings],
    settings: RegularisationSettings,
) -> tuple[pa.Table, pa.Table]:
    """Measures of every run (`SCHEMA`) and the growth of its norms (`GROWTH`); no rows without cells.

    Parameters
    ----------
    cells : runs of the sweeps; sweeps : what each is of; trained : every run; ratings : lists of rated pairs by name.

    A measure without a value is null and says why in `note`.
    """
    check_cells(cells, list(trained), sweeps)
    rows, points = [], []
    for cell in sorted(cells):
        run, sweep = cell.run, sweeps[cell.sweep]
        key = {"sweep": cell.sweep, "model": sweep.model, "setting": sweep.setting, "setting_value": cell.value}
        key |= {"kind": KINDS.get(sweep.setting, "other"), "variant": run.model, "family": run.family}
        key |= {"corpus": run.corpus, "sample": run.sample, "seed": run.seed}
        points += [key | point for point in _points(trained[run].log)]
        measured = [*_of_log(trained[run].log), *_of_ratings(trained[run], ratings, settings.confidence, run)]
        # One thread: the last bits of a decomposition depend on how many share it.
        with one_thread():
            measured += [_of_rank(trained[run].compared), *_agreements(cell, cells, trained, settings)]
        rows += [key | {"method": "", "note": ""} | row for row in measured]
    return from_rows(rows, SCHEMA), from_rows(points, GROWTH)


def _points(log: pa.Table) -> list[dict]:
    names = {"mean_norm": "embedding_norm"} | {name: name for name in ("step", "tokens_seen", *LOGGED[1:])}
    return [{name: row[column] for name, column in names.items()} for row in log.to_pylist()]


def _of_log(log: pa.Table) -> list[dict]:
    """Growth and held-out loss of one run."""
    norms, seen = numbers(log, "embedding_norm"), numbers(log, "tokens_seen")
    begun = seen[0] == 0 and norms[0] > 0.0
    start = norms[0] if begun else np.nan
    reason = "" if begun else "not defined: no vectors before training"
    rows = [
        {"measure": "norm_start", "value": start, "note": reason},
        {"measure": "norm_end", "value": norms[-1]},
        {"measure": "norm_growth", "value": norms[-1] / start, "note": reason},
    ]
    losses = numbers(log, "heldout_loss").astype(np.float64)
    known = np.isfinite(losses)
    if not known.any():
        return rows + [{"measure": name, "note": "not defined: the log has no held-out loss"} for name in HELDOUT]
    losses, seen = losses[known], seen[known]
    best = int(losses.argmin())
    found = (losses[-1], losses[best], seen[best], losses[-1] - losses[best])
    return rows + [{"measure": name, "value": float(value)} for name, value in zip(HELDOUT, found, strict=True)]


def _of_ratings(run: Trained, ratings: Mapping[str, Ratings], confidence: float, where: object) -> list[dict]:
    """Rank correlation with each list of rated pairs."""
    at = run.known.positions()
    rows = []
    for name, listed in ratings.items():
        known = [i for i, pair in enumerate(listed.pairs) if all(word in at for word in pair)]
        row = {"measure": name, "items": len(known)}
        if len(known) < LEAST_PAIRS:
            rows.append(row | {"note": f"not defined: {len(known)} pairs have both words known"})
            continue
        try:
            units = centred_units(run.vectors, where)
        except StudyError as error:
            rows.append(row | {"note": f"not defined: {error.found}"})
            continue
        first, second = np.array([[at[word] for word in listed.pairs[i]] for i in known]).T
        rho = rank_correlation((units[first] * units[second]).sum(axis=1), listed.ratings[known])
        low, high = rank_interval(rho, len(known), confidence)
        rows.append(row | {"value": rho, "low": low, "high": high})
    return rows


def _of_rank(vectors: np.ndarray) -> dict:
    if not np.isfinite(vectors).all():
        return {"measure": "effective_rank", "note": "not defined: vectors that are not finite"}
    value = effective_rank(vectors)
    note = "" if np.isfinite(value) else "not defined: vectors that are all equal"
    return {"measure": "effective_rank", "value": value, "note": note}


def _agreements(
    cell: Cell, cells: Sequence[Cell], trained: Mapping[Run, Trained], settings: RegularisationSettings
) -> list[dict]:
    """RSA of a run with other seeds at its own value, and at the value 0."""
    here = [c for c in cells if (c.sweep, c.run.corpus, c.run.sample) == (cell.sweep, cell.run.corpus, cell.run.sample)]
    others = [c for c in here if c.run.seed != cell.run.seed]
    rows = []
    for measure, value, missing in (
        ("rsa_other_seed", cell.value, "only one seed"),
        (
            "rsa_unregularised",
            0.0,
            "only one seed" if any(c.value == 0.0 for c in here) else "the value 0 is not swept",
        ),
    ):
        chosen = sorted({c.run for c in others if c.value == value})
        for method in sorted(settings.methods):
            row = {"measure": measure, "method": method}
            rows.append(row | _agreement(cell.run, chosen, trained, method, settings, missing))
    return rows


def _agreement(
    run: Run,
    others: Sequence[Run],
    trained: Mapping[Run, Trained],
    method: str,
    settings: RegularisationSettings,
    missing: str,
) -> dict:
    """Mean RSA of a run with others."""
    if not others:
        return {"note": f"not defined: {missing}", "items": 0}
    try:
        names = [run] * len(others)
        left = RDMs.of([trained[run].compared] * len(others), names, *settings.dissimilarity.definition)
        right = RDMs.of([trained[other].compared for other in others], others, *settings.dissimilarity.definition)
        return {"value": float(np.mean(matched(left, right, method))), "items": len(others)}
    except StudyError as error:
        return {"note": f"not defined: {error.found}", "items": len(others)}
