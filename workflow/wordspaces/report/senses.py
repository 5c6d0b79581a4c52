"""Table of listed words with several senses: two clusters of their occurrences, and whether other seeds find them."""

from collections.abc import Sequence

import pandas as pd

from wordspaces.report.listing import Column, Listing, numbers
from wordspaces.report.names import ABSENT, corpus_label, count, number, percent
from wordspaces.report.style import Variants

CELL = ["corpus", "model", "token"]
UNREAD = "No recipe of this study reads words in context, or no listed word occurs often enough."


def sense_listing(table: pd.DataFrame, variants: Variants, corpora: Sequence[str], layer: int) -> Listing:
    """Two clusters of each listed word in one layer, over the held-out text of all corpora.

    `table` : the table `senses`. Numbers are means over document samples and seeds; words and contexts are those of the
    first sample and seed, for clusters of two runs have no common order. A layer that a recipe lacks gives no row.
    """
    chosen = (table["probe"] == "") & (table["layer"] == layer) & table["silhouette"].notna()
    part = table[chosen].sort_values(["sample", "seed"], kind="stable")
    cells = dict(list(part.groupby(CELL, sort=False)))
    models = variants.ordered(list(part["model"]))
    keys = [(corpus, model) for corpus in corpora for model in models]
    rows = []
    for token in dict.fromkeys(table["token"]):
        for corpus, model in keys:
            runs = cells.get((corpus, model, token))
            if runs is None:
                continue
            first = runs.iloc[0]
            told = [
                number(runs["silhouette"].mean()),
                number(runs["agreement"].mean()),
                percent(runs["smaller"].mean()),
            ]
            clusters = [_cluster(first[f"{which}_words"], first[f"{which}_context"]) for which in ("first", "second")]
            rows.append([token, model, corpus_label(corpus), count(first["occurrences"]), *told, *clusters])
    heads = ("occurrences", "silhouette", "agreement of seeds", "share of the smaller")
    return Listing(
        "Listed words in two clusters",
        f"Occurrences of a word in layer {layer}, cut in two. Silhouette: how far apart the two lie, from −1 to 1. "
        "Agreement: adjusted Rand index of the same cut by another seed, 0 by chance. Of each cluster, the words "
        "nearest to its middle and one context of it, in the first sample and seed.",
        [
            Column("word"),
            Column("recipe"),
            Column("trained on"),
            *numbers(*heads),
            Column("larger cluster", "text"),
            Column("smaller cluster", "text"),
        ],
        rows,
        UNREAD,
        shown=8,
    )


def sense_sentence(table: pd.DataFrame, layer: int) -> str:
    """How far two seeds cut alike, over all listed words; "" where none is cut."""
    chosen = (table["probe"] == "") & (table["layer"] == layer) & table["agreement"].notna()
    means = table[chosen].groupby(CELL)["agreement"].mean()
    if means.empty:
        return ""
    return (
        f"Over {count(len(means))} words, recipes and corpora, two seeds agree on the cut with an adjusted Rand index "
        f"of {number(means.mean())} in the mean, from {number(means.min())} to {number(means.max())}."
    )


def _cluster(words: object, context: object) -> str:
    told = [str(part) for part in (words, context) if isinstance(part, str) and part]
    return ": ".join(told) or ABSENT
