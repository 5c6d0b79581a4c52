"""Cells of a study, and what is computed for every pair of them from the correlations of single runs.

A cell is a corpus and a model (for contextual vectors also the text they were read from); its runs differ in document
sample and seed. For a pair of cells, on the same or on other document samples:

- mean: mean r over all pairs of runs with different seeds;
- ceiling of the noise of seeds, or of document samples: sqrt(rel_a rel_b), where the reliability of a cell is the mean
  r of its own runs with another seed on the same documents, or with another seed on other documents;
- disattenuated: the mean over the ceiling (Spearman 1904), the correlation of the two cells' expected geometries.

For a cell, the noise ceilings (Nili et al. 2014), leaving one seed or one document sample out: "lower" is the mean
correlation of a run's RDM with the mean RDM of the cell's runs with other seeds (on the same documents, or on all other
samples), "upper" that with the mean RDM of all its runs (on the same documents, or on all). RDMs are standardised
(or ranked) before they are averaged, so that with C the correlations among the runs J of a mean,

    r(i, mean of J) = sum_j C_ij / sqrt(sum_jk C_jk),

which needs no RDM. This holds for every comparison that is an inner product of standardised RDMs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from wordspaces.analysis.relations import relation
from wordspaces.analysis.roster import Space

NOISES = ("seed", "sample")
CEILINGS = ("seed_lower", "seed_upper", "sample_lower", "sample_upper")
NOT_INNER_PRODUCTS = ("bures",)


@dataclass(frozen=True, order=True)
class Cell:
    """Runs that differ in document sample and seed alone; `probe` is "" for input vectors."""

    corpus: str
    model: str
    family: str
    probe: str

    @classmethod
    def of(cls, space: Space) -> "Cell":
        """The cell of one space."""
        return cls(space.corpus, space.model, space.family, space.probe)


@dataclass(frozen=True, order=True)
class CellPair:
    """Two cells, the smaller first, on the same document sample or on others."""

    a: Cell
    b: Cell
    other_sample: bool

    def relation(self, epochs_of: Mapping[str, str]) -> str:
        """What differs between the cells' runs (`wordspaces.analysis.relations`)."""
        a, b = (Space(c.corpus, "0", c.model, c.family, 0, probe=c.probe) for c in (self.a, self.b))
        return relation(a, Space(b.corpus, str(int(self.other_sample)), b.model, b.family, 1, probe=b.probe), epochs_of)


def cells_of(spaces: Sequence[Space]) -> list[Cell]:
    """Cells of the spaces, sorted."""
    return sorted({Cell.of(space) for space in spaces})


def cell_pairs(spaces: Sequence[Space]) -> list[CellPair]:
    """Every pair of cells, each cell with itself too; two cells of one corpus on the same sample and on others."""
    cells = cells_of(spaces)
    pairs = [(a, b) for i, a in enumerate(cells) for b in cells[i:]]
    return [CellPair(a, b, other) for a, b in pairs for other in ((False, True) if a.corpus == b.corpus else (True,))]


def run_pairs(spaces: Sequence[Space]) -> dict[CellPair, list[tuple[int, int]]]:
    """Positions of the two runs of every pair with different seeds, by the pair of cells they belong to."""
    found: dict[CellPair, list[tuple[int, int]]] = {}
    for i, a in enumerate(spaces):
        for j in range(i + 1, len(spaces)):
            b = spaces[j]
            if a.seed != b.seed:
                smaller, larger = sorted([Cell.of(a), Cell.of(b)])
                other = (a.corpus, a.sample) != (b.corpus, b.sample)
                found.setdefault(CellPair(smaller, larger, other), []).append((i, j))
    return found


class Means:
    """Statistic: mean r over each of several groups of pairs of runs, NaN for an empty group.

    A group is a list of strands, each a list of pairs; strands weigh the same whatever their number of pairs.
    """

    def __init__(self, groups: Sequence[Sequence[Sequence[tuple[int, int]]]], spaces: int) -> None:
        entries = []
        for row, strands in enumerate(groups):
            full = [strand for strand in strands if strand]
            entries += [(row, i * spaces + j, 1.0 / len(s) / len(full)) for s in full for i, j in s]
        self.empty = np.array([not any(strands) for strands in groups], dtype=bool)
        self.weights = _sparse(entries, len(groups), spaces)

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """Means [..., groups] of the correlations [..., s, s]."""
        return np.where(self.empty, np.nan, _applied(self.weights, r))


class CellStatistic:
    """Statistic: all that the module's docstring defines, in parts at the slices of `layout`.

    `pairs` fixes the order, so that values of fewer spaces stay in their places; what these leave undefined is NaN.
    """

    def __init__(self, spaces: Sequence[Space], pairs: Sequence[CellPair], cells: Sequence[Cell], method: str) -> None:
        found = run_pairs(spaces)
        self.means = Means([[found.get(pair, [])] for pair in pairs], len(spaces))
        place = {pair: index for index, pair in enumerate(pairs)}
        self.sides = {
            kind: np.array([[place[CellPair(cell, cell, kind == "sample")] for cell in (p.a, p.b)] for p in pairs])
            for kind in NOISES
        }
        inner = method not in NOT_INNER_PRODUCTS
        self.ceilings = [_Ceiling(spaces, cells, kind if inner else "") for kind in CEILINGS]
        self.layout = layout(len(pairs), len(cells))

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """Values [..., q] of the correlations [..., s, s]."""
        means = self.means(r)
        parts = [means, *(ceiling(r) for ceiling in self.ceilings)]
        for sides in self.sides.values():
            reliability = means[..., sides]
            # A reliability that is not positive has no square root to divide by.
            ceiling = np.sqrt(np.where(reliability > 0.0, reliability, np.nan).prod(axis=-1))
            parts += [ceiling, means / ceiling]
        return np.concatenate(parts, axis=-1)


def layout(pairs: int, cells: int) -> dict[str, slice]:
    """Where the parts of a `CellStatistic` lie: mean, `CEILINGS`, and for each noise the pair's ceiling and ratio."""
    sizes = {"mean": pairs} | dict.fromkeys(CEILINGS, cells)
    sizes |= dict.fromkeys(f"{part}_{noise}" for noise in NOISES for part in ("ceiling", "disattenuated"))
    sizes = {name: pairs if size is None else size for name, size in sizes.items()}
    ends = np.cumsum([0, *sizes.values()]).tolist()
    return {name: slice(start, stop) for name, start, stop in zip(sizes, ends[:-1], ends[1:], strict=True)}


def statistic_maker(
    pairs: Sequence[CellPair], cells: Sequence[Cell], method: str
) -> Callable[[Sequence[Space]], CellStatistic]:
    """Function from spaces to their `CellStatistic` with the order of `pairs` and `cells`."""
    return lambda spaces: CellStatistic(spaces, pairs, cells, method)


class _Ceiling:
    """One of `CEILINGS` for every cell, NaN where it is not defined; "" defines none."""

    def __init__(self, spaces: Sequence[Space], cells: Sequence[Cell], kind: str) -> None:
        above, below, mean, row = [], [], [], 0
        for place, cell in enumerate(cells):
            targets = list(_references(spaces, cell, kind))
            for i, others in targets:
                above += [(row, i * len(spaces) + j, 1.0) for j in others]
                below += [(row, j * len(spaces) + k, 1.0) for j in others for k in others]
                mean.append((place, row, 1.0 / len(targets)))
                row += 1
        self.above, self.below = (_sparse(entries, row, len(spaces)) for entries in (above, below))
        places, rows, shares = zip(*mean, strict=True) if mean else ((), (), ())
        self.mean = csr_array((shares, (places, rows)), shape=(len(cells), row), dtype=np.float64)
        self.empty = np.diff(self.mean.indptr) == 0

    def __call__(self, r: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            single = _applied(self.above, r) / np.sqrt(_applied(self.below, r))
        return np.where(self.empty, np.nan, single @ self.mean.T)


def _references(spaces: Sequence[Space], cell: Cell, kind: str) -> Iterator[tuple[int, list[int]]]:
    """Each run of a cell with the runs whose mean RDM it is correlated with; nothing where none is left out."""
    runs = [i for i, space in enumerate(spaces) if Cell.of(space) == cell]
    by_sample = kind.startswith("sample")
    for i in runs:
        here = spaces[i]
        pool = runs if by_sample else [j for j in runs if spaces[j].sample == here.sample]
        others = [j for j in pool if spaces[j].seed != here.seed and (spaces[j].sample != here.sample) == by_sample]
        if kind and others:
            yield i, pool if kind.endswith("upper") else others


def _sparse(entries: Sequence[tuple[int, int, float]], rows: int, spaces: int) -> csr_array:
    places, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((values, (places, columns)), shape=(rows, spaces * spaces), dtype=np.float64)


def _applied(weights: csr_array, r: np.ndarray) -> np.ndarray:
    """Weighted sums [..., rows] of the correlations [..., s, s]."""
    flat = r.reshape(-1, r.shape[-1] ** 2)
    return (weights @ flat.T).T.reshape(*r.shape[:-2], weights.shape[0])
