"""Agreement of every snapshot with finished spaces and with its own start: Pearson correlation of cosine RDMs.

=========  ==========================================================================================================
relation   the other space is the last snapshot of
=========  ==========================================================================================================
initial    nothing: it is the first snapshot of the same run, 1 at the start by construction
own        the same run, 1 at the end by construction
seed       another seed of the same model on the same sample
sample     another seed of the same model on another sample of the corpus
variant    another seed of another model of the same family on the same sample
family     another seed of a model of another family on the same sample
corpus     another seed of the same model on another corpus
=========  ==========================================================================================================

Two runs of one seed may share their initial vectors or their order of training, so seeds differ.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.dynamics.courses import Course, Units
from wordspaces.analysis.relations import relation
from wordspaces.analysis.roster import Run, Space
from wordspaces.analysis.tables import schema

SMALLEST = 1e-12
INITIAL, OWN = "initial", "own"
OTHERS = ("seed", "sample", "variant", "family", "corpus")
CONVERGENCE = schema(
    corpus=pa.string(),
    sample=pa.string(),
    model=pa.string(),
    family=pa.string(),
    seed=pa.int32(),
    step=pa.int64(),
    tokens_seen=pa.int64(),
    relation=pa.string(),
    other_corpus=pa.string(),
    other_sample=pa.string(),
    other=pa.string(),
    rsa=pa.float64(),
    finals=pa.int32(),
    words=pa.int32(),
)


def correlations(left: Sequence[Units], right: Sequence[Units]) -> np.ndarray:
    """Pearson correlation of the cosine RDMs of all spaces of `left` with all of `right`: float64 [l, r].

    Spaces are unit vectors [n, d_s] over the same words, or None, whose correlations are NaN. No RDM is formed:
    sum_ij (x_i.x_j)(y_i.y_j) = ||X'Y||^2, of which the diagonal makes n.
    """
    values = np.full((len(left), len(right)), np.nan)
    known = [i for i, units in enumerate(left) if units is not None]
    if not known:
        return values
    stacked = np.concatenate([left[i] for i in known], axis=1)
    starts = np.cumsum([0, *(left[i].shape[1] for i in known)])[:-1]
    sums, spread = _moments([left[i] for i in known])
    for column, units in enumerate(right):
        if units is None:
            continue
        (total,), (own,) = _moments([units])
        squares = np.square(stacked.T @ units).sum(axis=1)
        words = len(units)
        together = np.add.reduceat(squares, starts) - words - sums * total / (words * (words - 1.0))
        size = spread * own
        values[known, column] = np.divide(together, np.sqrt(size), out=np.full(len(known), np.nan), where=size > 0.0)
    return np.clip(values, -1.0, 1.0)


def _moments(spaces: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the cosines of all pairs and sum of squares about their mean, both orders counted: float64 [s] each.

    The second is 0 where it is nothing but rounding.
    """
    words = len(spaces[0])
    sums = np.array([np.square(units.sum(axis=0)).sum() - words for units in spaces])
    squares = np.array([np.square(units.T @ units).sum() - words for units in spaces])
    spread = squares - np.square(sums) / (words * (words - 1.0))
    return sums, np.where(spread > SMALLEST * squares, spread, 0.0)


def chosen_finals(run: Run, finals: Mapping[Run, Units], epochs_of: Mapping[str, str]) -> dict[Run, str]:
    """Runs with whose last snapshots this one is compared, and the relation to each: `OTHERS` and own, sorted.

    epochs_of : models that differ from another in the number of epochs alone, which are no other variant of it.
    """
    found = {}
    for other in sorted(finals):
        name = OWN if other == run else relation(_space(run), _space(other), epochs_of)
        if name in (OWN, *OTHERS):
            found[other] = name
    return found


def _space(run: Run) -> Space:
    return Space(run.corpus, run.sample, run.model, run.family, run.seed)


def agreements(
    course: Course, finals: Mapping[Run, Units], epochs_of: Mapping[str, str]
) -> dict[tuple[str, str, str, str], np.ndarray]:
    """Correlations of every snapshot, float64 [t, finals], by (relation, corpus, sample, model) of the other space."""
    chosen = chosen_finals(course.run, finals, epochs_of)
    values = correlations(course.units, [course.units[0], *(finals[other] for other in chosen)])
    found = {(INITIAL, course.run.corpus, course.run.sample, course.run.model): [values[:, 0]]}
    for column, (other, name) in zip(values[:, 1:].T, chosen.items(), strict=True):
        found.setdefault((name, other.corpus, other.sample, other.model), []).append(column)
    return {key: np.stack(columns, axis=1) for key, columns in found.items()}


def relation_means(
    found: Mapping[tuple[str, str, str, str], np.ndarray], snapshots: int, recipes: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Mean over the finished spaces of a relation: float64 [snapshots] by relation; NaN for one without any.

    recipes : model -> family of those that count as other models, so no references. Other families weigh the same,
    however many recipes each has.
    """
    means = {}
    for name in (INITIAL, OWN, *OTHERS):
        groups: dict[str, list[np.ndarray]] = {}
        for key, values in found.items():
            model = key[3]
            if key[0] == name and (name not in ("variant", "family") or model in recipes):
                groups.setdefault(recipes.get(model, ""), []).append(values)
        each = [mean_known(np.concatenate(parts, axis=1)) for parts in groups.values()]
        means[name] = mean_known(np.stack(each, axis=1)) if each else np.full(snapshots, np.nan)
    return means


def mean_known(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is not NaN; NaN where all is."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    sums = np.where(known, values, 0.0).sum(axis=-1)
    return np.divide(sums, count, out=np.full(count.shape, np.nan), where=count > 0)


def convergence_rows(course: Course, found: Mapping[tuple[str, str, str, str], np.ndarray]) -> Iterator[dict]:
    """Rows of `CONVERGENCE`: at each snapshot the mean correlation with the `finals` of each relation and model."""
    words = course.vectors.shape[1]
    means = {key: mean_known(values) for key, values in sorted(found.items())}
    for index in range(len(course)):
        base = course.columns(index)
        for (name, corpus, sample, model), mean in means.items():
            other = {"relation": name, "other_corpus": corpus, "other_sample": sample, "other": model}
            counted = {"rsa": mean[index], "finals": found[name, corpus, sample, model].shape[1], "words": words}
            yield base | other | counted
