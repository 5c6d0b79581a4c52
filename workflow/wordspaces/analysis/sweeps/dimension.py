"""Bias and variance of the geometry over a swept setting, most often the dimension: which d is best, and is it known?

A replicate is one training: a document sample and a seed. Its geometry is the normalised Gram matrix G = K / ||K||_F
of its vectors of the comparison words, centred over these, so that neither a shift, nor a rotation, nor the scale
counts. Its error is ||G - G*||_F^2, 0 to 2, against one of two targets:

- ppmi: all data of the corpus, PPMI rows of its samples' pooled counts over all context words; the same for every
  replicate, and made of its own sample too;
- largest: the mean G at the largest value swept over the other samples of the corpus, so cross-validated. The targets
  of two samples then differ, and what they differ by is in the part of the samples; at the largest value, bias^2 is 0
  by construction. Only the total says how close a value comes.

Columns of `SCHEMA`:

- total, total_se: mean error of a replicate, with its jackknife error over words;
- bias2, variance_samples, variance_seeds: its plug-in parts (`components`), variance the last two together;
- bias2_unbiased, ...: the parts without bias, same sum; not defined against `largest`, whose targets depend on each
  other;
- pip_target: PIP loss ||XX' - c E*E*'||_F (Yin & Shen 2018), c by least squares, mean over the replicates, in units of
  inner products; pip_target_relative: the same over ||XX'||_F, 0 to 1;
- pip_seeds, pip_seeds_relative: PIP loss between two seeds on one sample, mean over the pairs; over the root of
  ||XX'||^2 + ||YY'||^2;
- best: whether the total is the smallest; difference, difference_se: total less that of the best, its jackknife error;
- samples_worse: document samples on which the mean error is larger than that of the best;
- distinguishable: whether that is so on all of them and the difference is above 0 in a one-sided t test at the
  stated confidence, Bonferroni over all other values (the best was chosen by looking). The test speaks of other words,
  as `resampled` says; of other texts only the samples do, and two of them agree by chance half of the time.

Inner products of PPMI-SVD are those of a power of PPMI (its root, with the setting power at 0.5): a bias against `ppmi`
stays at any dimension. Its replicates, and those of GloVe, are made of a part of the very counts behind that target.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array
from scipy.stats import t

from wordspaces.analysis.roster import Run
from wordspaces.analysis.settings import DimensionSettings
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.sweeps.cells import Cell, Sweep, check_cells
from wordspaces.analysis.sweeps.components import difference_products, jackknife_error, split, unbiased
from wordspaces.analysis.sweeps.products import centred, space_products, target_products, word_groups
from wordspaces.analysis.tables import from_rows, schema
from wordspaces.common.errors import StudyError
from wordspaces.models.families import seeded

TARGETS = ("ppmi", "largest")
_PARTS = ("bias2", "variance_samples", "variance_seeds")
_NUMBERS = (
    *("total", "total_se", "bias2", "variance", "variance_samples", "variance_seeds"),
    *(f"{name}_unbiased" for name in _PARTS),
    *("pip_target", "pip_target_relative", "pip_seeds", "pip_seeds_relative"),
)
SCHEMA = schema(
    sweep=pa.string(),
    corpus=pa.string(),
    model=pa.string(),
    variant=pa.string(),
    family=pa.string(),
    setting=pa.string(),
    setting_value=pa.float64(),
    target=pa.string(),
    **dict.fromkeys(_NUMBERS, pa.float64()),
    best=pa.bool_(),
    difference=pa.float64(),
    difference_se=pa.float64(),
    samples_worse=pa.int32(),
    distinguishable=pa.bool_(),
    resampled=pa.string(),
    samples=pa.int32(),
    seeds=pa.int32(),
    words=pa.int32(),
    note=pa.string(),
)


def dimension_table(
    cells: Sequence[Cell],
    sweeps: Mapping[str, Sweep],
    vectors: Mapping[Run, np.ndarray],
    targets: Mapping[str, csr_array],
    settings: DimensionSettings,
) -> pa.Table:
    """A row for each sweep, corpus, target and value; no rows without cells.

    Parameters
    ----------
    cells : runs of the sweeps; sweeps : what each is of.
    vectors : of each run, [n, d] over the compared words; targets : sparse [n, V] over the same words by corpus,
        centred here.
    """
    check_cells(cells, list(vectors), sweeps)
    rows = []
    for sweep, corpus in sorted({(cell.sweep, cell.run.corpus) for cell in cells}):
        if corpus not in targets:
            raise StudyError(f"sweep {sweep!r}", f"no target of {corpus!r}", f"one of {', '.join(sorted(targets))}")
        chosen = sorted(cell for cell in cells if (cell.sweep, cell.run.corpus) == (sweep, corpus))
        shared = {"sweep": sweep, "corpus": corpus, "model": sweeps[sweep].model, "setting": sweeps[sweep].setting}
        # One thread: the last bits of a product depend on how many share it.
        with one_thread():
            rows += [shared | row for row in _sweep_rows(chosen, vectors, targets[corpus], settings)]
    return from_rows(rows, SCHEMA)


def _sweep_rows(
    cells: Sequence[Cell], vectors: Mapping[Run, np.ndarray], target: csr_array, settings: DimensionSettings
) -> list[dict]:
    """Rows of one sweep on one corpus, by target and value."""
    spaces = [centred(vectors[cell.run], cell.run) for cell in cells]
    words = len(spaces[0])
    groups = word_groups(words, settings.groups)
    values = np.array([cell.value for cell in cells])
    alike = (values[:, None] == values) | (values[:, None] == values.max()) | (values == values.max())
    products = np.full((1 + len(groups), len(cells) + 1, len(cells) + 1), np.nan)
    products[:, :-1, :-1] = space_products(spaces, groups, alike)
    products[:, -1, :-1], products[:, -1, -1] = target_products(target, spaces, groups)
    products[:, :-1, -1] = products[:, -1, :-1]
    rows = []
    for name in TARGETS:
        found = [_value_row(cells, products, value, name) for value in np.unique(values)]
        totals, of_samples = (np.array([row.pop(key) for row in found]) for key in ("totals", "of_samples"))
        resampled = {"words": words, "resampled": "words"}
        if np.isfinite(totals).all():
            for row, best in zip(found, _choose(totals, of_samples, settings.confidence), strict=True):
                row |= best | resampled
            _say_where_the_best_lies(found)
        rows += [row | {"target": name, "words": words} for row in found]
    return rows


def _value_row(cells: Sequence[Cell], products: np.ndarray, value: float, target: str) -> dict:
    """Measures at one value against one target; `totals` are those of all words and without each group, `of_samples`
    those of each sample."""
    here = [index for index, cell in enumerate(cells) if cell.value == value]
    runs = [cells[index].run for index in here]
    samples = [run.sample for run in runs]
    count, seeds = len(set(samples)), len({run.seed for run in runs})
    row = {"setting_value": value, "variant": runs[0].model, "family": runs[0].family}
    row |= {"samples": count, "seeds": seeds, "note": ""}
    entries, aims = _aims(cells, here, target)
    part = products[:, entries][:, :, entries]
    norms = np.sqrt(np.diagonal(part, axis1=1, axis2=2))
    own = np.eye(len(here), len(entries))
    row |= _seed_losses(part[0], samples)
    if aims is None:
        reason = "not defined: no other document sample to make the target of"
        return row | {"totals": np.full(len(products), np.nan), "of_samples": np.full(count, np.nan), "note": reason}
    cosines = part / (norms[:, :, None] * norms[:, None, :])
    apart = difference_products(cosines, own - aims)
    parts = split(apart, samples)
    # Runs are sorted, so those of a sample are together, and there are equally many of each.
    row["of_samples"] = np.diagonal(apart[0]).reshape(count, -1).mean(axis=1)
    row |= {"totals": parts.total, "total": parts.total[0], "total_se": jackknife_error(parts.total[1:])}
    random = seeded(runs[0].family)
    known = {"variance_samples": count > 1, "variance_seeds": seeds > 1 or not random}
    plain = {"bias2": parts.bias2[0], "variance_samples": parts.samples[0], "variance_seeds": parts.seeds[0]}
    row |= {name: part if known.get(name, True) else np.nan for name, part in plain.items()}
    row["variance"] = (
        float(np.nansum([row["variance_samples"], row["variance_seeds"]])) if any(known.values()) else None
    )
    fair = unbiased(parts, samples, random)
    if target == "ppmi":
        row |= {
            f"{name}_unbiased": p[0] for name, p in zip(_PARTS, (fair.bias2, fair.samples, fair.seeds), strict=True)
        }
    aim = aims @ cosines[0] @ aims.T
    cosine = np.diagonal(own @ cosines[0] @ aims.T) / np.sqrt(np.diagonal(aim))
    relative = np.sqrt(np.maximum(1.0 - np.square(cosine), 0.0))
    row |= {"pip_target": (norms[0, : len(here)] * relative).mean(), "pip_target_relative": relative.mean()}
    return row | {"note": _notes(target, count, random, runs[0].family)}


def _aims(cells: Sequence[Cell], here: Sequence[int], target: str) -> tuple[list[int], np.ndarray | None]:
    """Entries that take part, those of `here` first, and the target of each as weights over them [here, entries].

    None where the target is not defined. The entry after those of the cells is the target `ppmi`.
    """
    if target == "ppmi":
        return [*here, len(cells)], np.eye(1, len(here) + 1, len(here)).repeat(len(here), axis=0)
    largest = max(cell.value for cell in cells)
    top = [index for index, cell in enumerate(cells) if cell.value == largest]
    entries = list(dict.fromkeys([*here, *top]))
    aims = np.zeros((len(here), len(entries)))
    for place, index in enumerate(here):
        others = [e for e in top if cells[e].run.sample != cells[index].run.sample]
        if not others:
            return entries, None
        aims[place, [entries.index(e) for e in others]] = 1.0 / len(others)
    return entries, aims


def _seed_losses(products: np.ndarray, samples: Sequence[str]) -> dict:
    """PIP loss of two seeds on one sample, mean over the pairs; nothing where there is none."""
    pairs = [(i, j) for i in range(len(samples)) for j in range(i) if samples[i] == samples[j]]
    if not pairs:
        return {}
    first, second = np.array(pairs).T
    sums = np.diagonal(products)[first] + np.diagonal(products)[second]
    losses = np.sqrt(np.maximum(sums - 2.0 * products[first, second], 0.0))
    return {"pip_seeds": losses.mean(), "pip_seeds_relative": (losses / np.sqrt(sums)).mean()}


def _notes(target: str, samples: int, seeded: bool, family: str) -> str:
    said = [
        (samples == 1, "one document sample: what is particular to it counts as bias"),
        (not seeded, f"nothing is random in {family}: seeds add nothing"),
        (target == "largest", "parts without bias not defined: targets of two samples depend on each other"),
    ]
    return "; ".join(words for true, words in said if true)


def _choose(totals: np.ndarray, of_samples: np.ndarray, confidence: float) -> list[dict]:
    """The smallest of some totals [m, 1 + groups], and which others are larger, on other words and on every sample.

    `of_samples` [m, samples] are the totals of all words by sample.
    """
    best = int(totals[:, 0].argmin())
    differences = totals - totals[best]
    groups = totals.shape[1] - 1
    errors = jackknife_error(differences[:, 1:].T)
    limit = float(t.ppf(1.0 - (1.0 - confidence) / max(len(totals) - 1, 1), groups - 1))
    worse = (of_samples > of_samples[best]).sum(axis=1)
    told = (differences[:, 0] > limit * errors) & (worse == of_samples.shape[1])
    rows = []
    for index, difference in enumerate(differences[:, 0]):
        row = {"best": index == best, "difference": difference}
        if index != best:
            row |= {"difference_se": errors[index], "distinguishable": bool(told[index]), "samples_worse": worse[index]}
        rows.append(row)
    return rows


def _say_where_the_best_lies(rows: Sequence[dict]) -> None:
    """Note on the best value, of rows in ascending order, where it is the first or the last that was swept."""
    for row, place, beyond in ((rows[0], "smallest", "smaller"), (rows[-1], "largest", "larger")):
        if row["best"]:
            told = f"the {place} value swept: a {beyond} one may be better"
            row["note"] = "; ".join(filter(None, [told, row["note"]]))
