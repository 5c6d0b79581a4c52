"""What the word explorer of the page reads: the tables of `wordspaces.analysis.explorer` as arrays in one text.

`explorer_pack` makes it, `templates/scripts/unpack.js` reads it, `wordspaces.report.pack` has the format. Sizes: W
words (most frequent first), C corpora, R recipes, S = C R cells (corpus x recipe, corpora outermost, in the order of
the study), N words that a corpus lists with their neighbours, k ranks, V compared words, T snapshots (of the cell that
has most), G compared words with their way through training, Q pairs of the P pair words, A entries of
`meta.agreements`, L entries of `meta.overlaps`. A word is named by its position in `meta.words`, a cell by its position
in `meta.cells`, unless said otherwise. Arrays whose name ends in _c come once for each corpus, c its position from 0.
"index" is uint16, and uint32 from 65,535 words on; its largest value stands for none.

==================  ======  ============  =====================================================================
array               dtype   shape         meaning
==================  ======  ============  =====================================================================
counts              uint32  [C, W]        occurrences in the training samples of the corpus
listed_c            index   [N]           the words that corpus c lists, ascending
neighbours_c        index   [R, k, N]     place *in listed_c* of the neighbour at each rank
cosines_c           int8    [R, k, N]     mean cosine with that neighbour over the cell's spaces
patterns_c          uint    [R, k, N]     bit i: the i-th space holds it among its k nearest (8, 16 or 32 bits)
held_c              uint8   [R, k, N]     in place of `patterns_c` where cells have more than 32 spaces: how many
compared            index   [V]           the compared words, ascending
agreement           int8    [A, V]        agreement of two cells about the word
overlap             uint8   [L, V]        share of the nearest neighbours kept between two trainings
course_words        index   [G]           the words whose way through training is shown, ascending
similarity          int8    [S, T, G]     how much of the word's final place is reached
course_neighbours   index   [S, T, 3, G]  place *in compared* of the three nearest words at each snapshot
pair_cosines        int8    [S, T, Q]     mean cosine of the pair at each snapshot, over the cell's runs
==================  ======  ============  =====================================================================

An int8 holds hundredths (-128: none), `overlap` too (255: none): precise to 0.005. Of `patterns_c` and `held_c` 0 also
stands for none: look at `neighbours_c`. Pairs are those of `meta.pair_words`, i < j row by row: (0, 1), (0, 2) ...
(1, 2) ...; (i, j) is at `i * (2 * P - i - 1) / 2 + j - i - 1`.

What noise allows two cells to agree is the root of the product of two other values of the same word in `agreement`,
those of the rows `meta.agreements[row].ceiling`, where both are known and above 0; the gap is that ceiling minus the
agreement (see `wordspaces.analysis.explorer.agreement`).

==================  ==============================================================================================
meta                meaning
==================  ==============================================================================================
words               list of W words
corpora             list of {name, label}
recipes             list of {name, family, label}; label is that of the family
cells               list of {corpus, recipe, spaces, tokens_seen}: positions, number of spaces, tokens of each snapshot
                    (an empty list for a recipe without a course)
samples, seeds      names of document samples, seeds; the i-th space has sample i // seeds and seed i % seeds
k                   number of ranks
agreements          list of {a, b, relation, pairs, ceiling}: cells, what differs (`analysis.explorer.agreement`),
                    number of pairs of runs, two rows of `agreement` or null
overlaps            list of {level, a, b}: level seed or sample; the cell, twice
overlap_k           k of `overlap`
pair_words          the P words, in alphabetical order
disagreements       {"corpus": list, "family": list} of {word, gap}: the words with the largest mean gap over all pairs
                    of cells that differ in corpus alone, in family alone; 30 at most, only words whose every gap is
                    known
step                what one unit of int8 and of `overlap` is worth: 0.01
missing             by array (without _c) the value that stands for none
==================  ==============================================================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wordspaces.common.errors import StudyError
from wordspaces.report.names import corpus_label, family_label
from wordspaces.report.pack import packed
from wordspaces.report.positions import (
    HUNDREDTHS,
    SHARE_NONE,
    SIGNED_NONE,
    Places,
    filled,
    quantised,
    quantised_share,
)

WIDEST_PATTERN = 32
MOST_DISAGREED = 30
OWN_LEVELS = ("seed", "sample")
DISAGREEMENTS = ("corpus", "family")
PLACES = ("first", "second", "third")
_SIGNED = ("cosines", "agreement", "similarity", "pair_cosines")


@dataclass(frozen=True)
class ExplorerTables:
    """Tables behind the explorer, as data frames in the columns that the analysis writes.

    neighbours, agreement, course, pairs : `word_neighbours`, `word_agreement`, `word_course`, `pair_course`;
    stability : table `stability`; counts : occurrences in the training samples of each corpus by vocabulary id.
    """

    neighbours: pd.DataFrame
    agreement: pd.DataFrame
    course: pd.DataFrame
    pairs: pd.DataFrame
    stability: pd.DataFrame
    counts: Mapping[str, np.ndarray]


def explorer_pack(
    tables: ExplorerTables, study: Mapping[str, Any], samples: Sequence[str], k: int, overlap_k: int
) -> str:
    """Text for the page. `study` : resolved settings; `samples` : names of the document samples; `k`, `overlap_k` :
    numbers of neighbours of the explorer and of the table `stability`.
    """
    corpora = list(study["corpora"])
    recipes = [name for name in study["models"] if name not in study["references"]]
    places = _places(tables, corpora, recipes)
    # With one seed there is no agreement, but there are courses.
    compared = np.unique(
        [*places.of_ids(tables.agreement["id"].unique()), *places.of_ids(tables.course["id"].unique())]
    )
    compared = compared.astype(np.int64)
    arrays: dict[str, np.ndarray] = {"counts": _counts(tables.counts, places, corpora)}
    for place, corpus in enumerate(corpora):
        rows = tables.neighbours[tables.neighbours["corpus"] == corpus]
        arrays |= {f"{name}_{place}": array for name, array in _neighbour_arrays(rows, places, recipes, k).items()}
    agreement, agreements = _agreement_array(tables.agreement, places, compared)
    overlap, overlaps = _overlap_array(tables.stability, places, compared)
    course, tokens = _course_arrays(tables.course, places, compared)
    pairs, pair_words = _pair_arrays(tables.pairs, places, max(map(len, tokens), default=0))
    arrays |= {"compared": compared.astype(places.index), "agreement": agreement, "overlap": overlap} | course | pairs
    meta = {
        "words": places.words,
        "corpora": [{"name": name, "label": corpus_label(name)} for name in corpora],
        "recipes": [_recipe(name, study["models"][name]["family"]) for name in recipes],
        "cells": _cells(tables.neighbours, places, corpora, recipes, tokens),
        "samples": list(samples),
        "seeds": sorted(study["seeds"]),
        "k": k,
        "agreements": agreements,
        "overlaps": overlaps,
        "overlap_k": overlap_k,
        "pair_words": pair_words,
        "disagreements": {name: _disagreed(tables.agreement, places, name) for name in DISAGREEMENTS},
        "step": 1 / HUNDREDTHS,
        "missing": _missing(places),
    }
    return packed(arrays, meta, _strides(arrays))


def _strides(arrays: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Arrays stored as differences: along ranks cosines only fall, along snapshots similarities change little."""
    chosen = [name for name in arrays if name.startswith("cosines") or name in ("similarity", "pair_cosines")]
    return {name: arrays[name].shape[2] for name in chosen}


def _recipe(name: str, family: str) -> dict[str, str]:
    return {"name": name, "family": family, "label": family_label(family)}


def _missing(places: Places) -> dict[str, int]:
    none = int(np.iinfo(places.index).max)
    found = dict.fromkeys(_SIGNED, SIGNED_NONE) | {"overlap": SHARE_NONE}
    return found | {"neighbours": none, "course_neighbours": none}


def _places(tables: ExplorerTables, corpora: Sequence[str], recipes: Sequence[str]) -> Places:
    """All words of the tables, those with most occurrences in all corpora together first."""
    listed = pd.concat([table[["id", "word"]] for table in (tables.neighbours, tables.agreement, tables.course)])
    distinct = listed.drop_duplicates("id").sort_values("id")
    if distinct.empty:
        raise StudyError("explorer of the page", "no word in its tables", "tables of one word or more")
    ids = distinct["id"].to_numpy(dtype=np.int64)
    total = np.sum([tables.counts[corpus][ids] for corpus in corpora], axis=0)
    order = np.argsort(-total, kind="stable")
    words = distinct["word"].to_list()
    return Places([words[i] for i in order], ids[order], [(corpus, model) for corpus in corpora for model in recipes])


def _counts(counts: Mapping[str, np.ndarray], places: Places, corpora: Sequence[str]) -> np.ndarray:
    return np.stack([counts[corpus][places.ids] for corpus in corpora]).astype(np.uint32)


def _cells(
    neighbours: pd.DataFrame,
    places: Places,
    corpora: Sequence[str],
    recipes: Sequence[str],
    tokens: Sequence[Sequence[int]],
) -> list[dict[str, Any]]:
    spaces = neighbours.groupby(["corpus", "model"], sort=False)["spaces"].first()
    return [
        {
            "corpus": corpora.index(corpus),
            "recipe": recipes.index(model),
            "spaces": int(spaces.get((corpus, model), 0)),
            "tokens_seen": list(tokens[place]),
        }
        for place, (corpus, model) in enumerate(places.cells)
    ]


def _neighbour_arrays(table: pd.DataFrame, places: Places, recipes: Sequence[str], k: int) -> dict[str, np.ndarray]:
    """Arrays of the rows of one corpus in `word_neighbours`."""
    words = places.of_ids(table["id"])
    listed = np.unique(words)
    models = table["model"].map({name: place for place, name in enumerate(recipes)})
    at = (models.fillna(-1).to_numpy(dtype=np.int64), table["rank"].to_numpy() - 1, np.searchsorted(listed, words))
    shape = (len(recipes), k, len(listed))
    near = np.searchsorted(listed, places.of_ids(table["neighbour_id"]))
    found = {"listed": listed.astype(places.index), "neighbours": places.indices(filled(shape, at, near, -1))}
    found["cosines"] = quantised(filled(shape, at, table["cosine"], np.nan))
    widest = int(table["spaces"].max()) if len(table) else 0
    if widest > WIDEST_PATTERN:
        held = np.minimum(table["held"].to_numpy(), np.iinfo(np.uint8).max)
        return found | {"held": filled(shape, at, held, 0).astype(np.uint8)}
    bits = next(bits for bits in (8, 16, 32) if widest <= bits)
    return found | {"patterns": filled(shape, at, table["pattern"], 0).astype(f"uint{bits}")}


def _agreement_array(
    table: pd.DataFrame, places: Places, compared: np.ndarray
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Array [A, V] of `word_agreement`, and what each row is."""
    a, b = (places.of_cells(table[f"{side}_corpus"], table[f"{side}_model"]) for side in "ab")
    codes, keys = pd.factorize(pd.Series(zip(a, b, table["relation"], table["pairs"], strict=True)))
    at = (codes, np.searchsorted(compared, places.of_ids(table["id"])))
    values = filled((len(keys), len(compared)), at, table["agreement"], np.nan)
    rows = {(a, b, relation): row for row, (a, b, relation, _) in enumerate(keys)}
    told = []
    for a, b, relation, pairs in keys:
        level = "seed" if places.cells[a][0] == places.cells[b][0] else "sample"
        ceiling = [rows.get((cell, cell, level)) for cell in (a, b)]
        known = relation != "seed" and None not in ceiling
        row = {"a": int(a), "b": int(b), "relation": relation, "pairs": int(pairs)}
        told.append(row | {"ceiling": ceiling if known else None})
    return quantised(values), told


def _overlap_array(
    table: pd.DataFrame, places: Places, compared: np.ndarray
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Array [L, V] of the overlap over seeds and over samples of the recipes that are shown, and what each row is."""
    table = table[table["level"].isin(OWN_LEVELS)]
    shown = table[table["model"].isin([model for _, model in places.cells]) & table["id"].isin(places.ids)]
    shown = shown[np.isin(places.of_ids(shown["id"]), compared)]
    a, b = (places.of_cells(shown[side], shown["model"]) for side in ("corpus", "other_corpus"))
    codes, keys = pd.factorize(pd.Series(zip(shown["level"], a, b, strict=True)))
    at = (codes, np.searchsorted(compared, places.of_ids(shown["id"])))
    values = filled((len(keys), len(compared)), at, shown["overlap"], np.nan)
    return quantised_share(values), [{"level": level, "a": int(a), "b": int(b)} for level, a, b in keys]


def _course_arrays(
    table: pd.DataFrame, places: Places, compared: np.ndarray
) -> tuple[dict[str, np.ndarray], list[list[int]]]:
    """Arrays of `word_course`, and the tokens of the snapshots of each cell."""
    cells = places.of_cells(table["corpus"], table["model"])
    words, snapshots = places.of_ids(table["id"]), table["snapshot"].to_numpy()
    tokens = _tokens(table, cells, len(places.cells))
    longest = max(map(len, tokens), default=0)
    # The way of every compared word would be the largest part of a large page.
    listed = table[PLACES[0]].notna().to_numpy()
    chosen = np.unique(words[listed])
    at = (cells[listed], snapshots[listed], np.searchsorted(chosen, words[listed]))
    shape = (len(places.cells), longest, len(chosen))
    similarity = filled(shape, at, table["similarity"][listed], np.nan)
    lists = np.full((len(places.cells), longest, len(PLACES), len(chosen)), -1, dtype=np.int64)
    for place, name in enumerate(PLACES):
        near = places.of_words(table[name][listed])
        found = np.where(near < 0, -1, np.searchsorted(compared, near))
        lists[at[0], at[1], place, at[2]] = found
    arrays = {"similarity": quantised(similarity), "course_words": chosen.astype(places.index)}
    return arrays | {"course_neighbours": places.indices(lists)}, tokens


def _tokens(table: pd.DataFrame, cells: np.ndarray, count: int) -> list[list[int]]:
    """Tokens seen at the snapshots of each cell."""
    found = pd.Series(table["tokens_seen"].to_numpy()).groupby([cells, table["snapshot"].to_numpy()]).first()
    return [[int(value) for value in found.loc[cell]] if cell in found.index else [] for cell in range(count)]


def _pair_arrays(table: pd.DataFrame, places: Places, longest: int) -> tuple[dict[str, np.ndarray], list[int]]:
    """Arrays of `pair_course`, and the positions of its words in alphabetical order."""
    names = sorted({*table["word_a"], *table["word_b"]})
    at = {word: place for place, word in enumerate(names)}
    i, j = (table[column].map(at).to_numpy(dtype=np.int64) for column in ("word_a", "word_b"))
    pair = i * (2 * len(names) - i - 1) // 2 + j - i - 1
    where = (places.of_cells(table["corpus"], table["model"]), table["snapshot"].to_numpy(), pair)
    shape = (len(places.cells), longest, len(names) * (len(names) - 1) // 2)
    arrays = {"pair_cosines": quantised(filled(shape, where, table["cosine"], np.nan))}
    return arrays, [int(place) for place in places.of_words(pd.Series(names, dtype=str))]


def _disagreed(table: pd.DataFrame, places: Places, relation: str) -> list[dict[str, Any]]:
    """Words with the largest mean gap over all pairs of cells of a relation, among those whose every gap is known."""
    rows = table[table["relation"] == relation]
    gaps = rows.groupby("id")["gap"].agg(["mean", "count", "size"])
    known = gaps[gaps["count"] == gaps["size"]].sort_values("mean", ascending=False, kind="stable")[:MOST_DISAGREED]
    found = zip(places.of_ids(known.index.to_numpy()), known["mean"], strict=True)
    return [{"word": int(word), "gap": round(float(gap), 3)} for word, gap in found]
