"""How much two cells, or the trainings of one, agree about each word, and how far that is from what noise allows.

A word's place is its row of similarities to all other compared words; two spaces agree about it as far as these rows do
(`second_order`). `word_agreement` has the mean over pairs of runs with different seeds. Its columns: `id`, `word`,
`a_corpus`, `a_model`, `b_corpus`, `b_model` (a not after b in the order of the study), `relation` as
`wordspaces.analysis.relations` names it, `agreement`, `ceiling`, `gap`, `pairs`. Relations:

=====================  =============================================================  =================================
relation               pairs of runs                                                  ceiling
=====================  =============================================================  =================================
seed                   one cell, one document sample                                  none
sample                 one cell, two document samples                                 `seed` agreement
variant, family        two recipes (of one family, of two), one document sample       mean of the `seed` agreements
corpus                 one recipe, two corpora                                        mean of the `sample` agreements
variant and corpus,    two recipes and two corpora                                    mean of the `sample` agreements
family and corpus
=====================  =============================================================  =================================

The mean is the geometric one of the two cells: what two noisy measurements of one place would agree about (Spearman
1904). `gap` is ceiling minus agreement: above 0, the two disagree by more than trainings of each do among themselves.
Ceiling and gap are null where an agreement behind the ceiling is missing (one document sample, one seed) or not
positive. A relation for which no pair has two seeds has no rows.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.dynamics.agreement import mean_known
from wordspaces.analysis.explorer.cells import Cell, cells_of
from wordspaces.analysis.relations import model_difference
from wordspaces.analysis.roster import Roster, Run, Words
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.stability.words import second_order
from wordspaces.analysis.tables import schema

SCHEMA = schema(
    id=pa.int32(),
    word=pa.string(),
    a_corpus=pa.string(),
    a_model=pa.string(),
    b_corpus=pa.string(),
    b_model=pa.string(),
    relation=pa.string(),
    agreement=pa.float32(),
    ceiling=pa.float32(),
    gap=pa.float32(),
    pairs=pa.int32(),
)
Key = tuple[Cell, Cell, str]
Pairs = list[tuple[int, int]]


def pairs_of(runs: Sequence[Run], models: Sequence[str]) -> dict[Key, Pairs]:
    """Pairs of positions in `runs` by (cell a, cell b, relation): different seeds, and one sample unless that differs.

    Keys are in order of a, then b; a cell with itself has "seed" and then "sample". A key without a pair is left out.
    """
    cells = cells_of(runs, models)
    order = list(cells)
    found: dict[Key, Pairs] = {}
    for place, a in enumerate(order):
        for b in order[place:]:
            for i in cells[a]:
                for j in cells[b]:
                    if runs[i].seed == runs[j].seed or (a == b and i >= j):
                        continue
                    found.setdefault((a, b, _relation(runs[i], runs[j])), []).append((i, j))
    ranks = {cell: rank for rank, cell in enumerate(order)}
    kept = {key: pairs for key, pairs in found.items() if key[2]}
    return dict(sorted(kept.items(), key=lambda item: (ranks[item[0][0]], ranks[item[0][1]], item[0][2] == "sample")))


def _relation(a: Run, b: Run) -> str:
    """Relation of two runs with different seeds; "" for recipes and samples of one corpus that both differ."""
    model = model_difference(a, b, {})
    if a.corpus != b.corpus:
        return f"{model} and corpus" if model else "corpus"
    if a.sample == b.sample:
        return model or "seed"
    return "" if model else "sample"


def ceilings(agreements: Mapping[Key, np.ndarray], words: int) -> dict[Key, np.ndarray]:
    """Geometric mean of the reliabilities of the two cells: float64 [words] by key; NaN where one is not positive.

    Reliability is agreement over seeds, and over document samples where corpora differ.
    """
    unknown = np.full(words, np.nan)
    found = {}
    for a, b, relation in agreements:
        level = "sample" if a[0] != b[0] else "seed"
        known = [agreements.get((cell, cell, level), unknown) for cell in (a, b)]
        positive = (known[0] > 0.0) & (known[1] > 0.0)
        product = np.where(positive, known[0] * known[1], np.nan)
        found[a, b, relation] = unknown if relation == "seed" else np.sqrt(product)
    return found


def agreement_table(roster: Roster, models: Sequence[str], corpora: Sequence[str]) -> pa.Table:
    """Table of `SCHEMA`: rows by cell a, cell b and relation, then by id. `roster` holds the spaces of `models`."""
    runs = [space.run for space in roster.spaces]
    # Cells come in the order of the study, spaces of a roster in that of the alphabet.
    order = sorted(range(len(runs)), key=lambda i: corpora.index(runs[i].corpus))
    groups = pairs_of([runs[i] for i in order], models)
    # One thread: the last bits of a product depend on how many share it.
    with one_thread():
        units = RDMs.of(roster.vectors, roster.spaces).units if groups else ()
        agreements = {
            key: mean_known(np.stack([second_order(units[order[i]], units[order[j]]) for i, j in pairs], axis=1))
            for key, pairs in groups.items()
        }
    limits = ceilings(agreements, len(roster.words))
    parts = [_key_table(key, roster.words, agreements[key], limits[key], len(pairs)) for key, pairs in groups.items()]
    return pa.concat_tables([*parts, SCHEMA.empty_table()]).combine_chunks()


def _key_table(key: Key, words: Words, agreement: np.ndarray, ceiling: np.ndarray, pairs: int) -> pa.Table:
    """Rows of one pair of cells and relation, a word each."""
    (a_corpus, a_model), (b_corpus, b_model), relation = key
    constants = {"a_corpus": a_corpus, "a_model": a_model, "b_corpus": b_corpus, "b_model": b_model}
    constants |= {"relation": relation, "pairs": pairs}
    columns = {name: pa.repeat(pa.scalar(value), len(words)) for name, value in constants.items()}
    values = {"agreement": agreement, "ceiling": ceiling, "gap": ceiling - agreement}
    columns |= {name: pa.array(column, from_pandas=True) for name, column in values.items()}
    columns |= {"id": pa.array(words.ids), "word": pa.array(words.tokens, pa.string())}
    return pa.table([columns[field.name].cast(field.type) for field in SCHEMA], schema=SCHEMA)
