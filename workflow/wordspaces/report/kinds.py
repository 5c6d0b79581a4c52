"""Tables of kinds of words: how far spaces agree within them, what goes with stability, what explains a geometry."""

from collections.abc import Sequence

import pandas as pd

from wordspaces.report.adapted import estimate
from wordspaces.report.listing import Column, Listing, numbers
from wordspaces.report.names import ABSENT, corpus_label, count, interval, number, plain
from wordspaces.report.style import Variants

INPUT = "input"
ALL = "all"
SPEECH = "part of speech"
RELATIONS = {
    "seed": "other seed",
    "sample": "other sample",
    "family": "other family",
    "corpus": "other corpus",
    "family and corpus": "both other",
}
LEVELS = {"seed": "other seed", "sample": "other sample", "corpus": "other corpus"}
PREDICTORS = {
    "ppmi": "PPMI",
    "frequency difference": "difference of log counts",
    "frequency sum": "sum of log counts",
    "length": "length of words",
    "spelling": "spelling",
}
RATINGS = {"wordsim": "WordSim-353", "simlex": "SimLex-999"}


def strata_means(table: pd.DataFrame, method: str) -> pd.DataFrame:
    """Rows of the table `strata` that are means over recipes and corpora, of input vectors and one method."""
    chosen = (table["roster"] == INPUT) & (table["method"] == method)
    for side in "ab":
        chosen &= (table[f"{side}_model"] == ALL) & (table[f"{side}_corpus"] == ALL)
    return table[chosen & table["relation"].isin(list(RELATIONS))]


def strata_listing(means: pd.DataFrame) -> Listing:
    """Agreement within each stratum by what two spaces do not share. `means` : of `strata_means`."""
    rows = []
    for (kind, _, stratum), part in means.groupby(["stratum_kind", "place", "stratum"], sort=True):
        at = part.set_index("relation")
        if at["r"].notna().any():
            rows.append(
                [stratum, plain(kind), count(at["words"].iloc[0]), *(_agreement(at, name) for name in RELATIONS)]
            )
    return Listing(
        "Agreement within kinds of words",
        "Mean correlation of two spaces that differ in what the column says, over the words of a kind alone, with "
        "vectors centred over them; intervals over words. A kind of fewer words than the study asks for is left out.",
        [Column("words"), Column("kind"), *numbers("number", *RELATIONS.values())],
        rows,
        "No kind of words is frequent enough in this study.",
    )


def strata_sentence(means: pd.DataFrame) -> str:
    """Which part of speech two corpora agree on most and least; "" below two of them."""
    between = means[(means["relation"] == "corpus") & (means["stratum_kind"] == SPEECH) & means["r"].notna()]
    if len(between) < 2:
        return ""
    ends = [between.loc[between["r"].idxmax()], between.loc[between["r"].idxmin()]]
    told = [f"“{row['stratum']}” (r = {number(row['r'])} {interval(row['low'], row['high'])})" for row in ends]
    return (
        f"Of the classes of words, spaces of one recipe from two corpora agree most on {told[0]} and least on "
        f"{told[1]}; compare a kind with its own columns of other seeds and samples, for kinds differ in how well "
        "they are known."
    )


def stability_factor_listing(table: pd.DataFrame, variants: Variants) -> Listing:
    """What goes with stability. `table` : the table `stability_factors`."""
    rows = []
    for model in variants.ordered(list(table["model"])):
        for level, words in LEVELS.items():
            at = table[(table["model"] == model) & (table["level"] == level)].set_index("predictor")
            if not len(at) or not at["r2"].notna().any():
                continue
            partial = [at["partial_r2"].get(name) for name in ("log count", "log contexts", SPEECH)]
            told = [estimate(at, "log count"), estimate(at, "log contexts"), *(number(value, 3) for value in partial)]
            rows.append([model, words, *told, number(at["r2"].max())])
    rows.sort(key=lambda row: list(LEVELS.values()).index(row[1]))
    heads = (
        "log count",
        "log contexts",
        "count, partial R²",
        "contexts, partial R²",
        "part of speech, partial R²",
        "R²",
    )
    return Listing(
        "What goes with stability",
        "Least squares over words of the share of neighbours kept, intervals over words: the change for one standard "
        "deviation of a predictor, the others being equal. Count and number of contexts go together closely, so read "
        "their partial R² rather than their estimates. A recipe that no seed changes has no row for it.",
        [Column("recipe"), Column("two spaces of"), *numbers(*heads)],
        rows,
        "No regression over words is defined in this study.",
        shown=7,
    )


def explained_listing(table: pd.DataFrame, variants: Variants, method: str, corpora: Sequence[str]) -> Listing:
    """What a geometry goes with, beside its ceilings. `table` : the table `model_rdms`; of input vectors."""
    part = table[table["roster"] == INPUT]
    rows = []
    for corpus in corpora:
        here = part[part["corpus"] == corpus]
        for model in variants.ordered(list(here["model"])):
            own = here[here["model"] == model]
            alone = own[own["measure"] == "alone"]
            by = alone[alone["method"] == method].set_index("predictor")
            ratings = alone[alone["predictor"].isin(list(RATINGS))].drop_duplicates("predictor").set_index("predictor")
            joint = own[(own["measure"] == "cross-validated") & (own["method"] == method)].set_index("predictor")
            ceiling = (joint if len(joint) else by).iloc[:1]
            ceilings = [
                number(ceiling[name].iloc[0]) if len(ceiling) else ABSENT for name in ("ceiling", "sample_ceiling")
            ]
            cells = [_correlation(by, name) for name in PREDICTORS] + [_correlation(joint, ALL)]
            cells += [_correlation(ratings, name) for name in RATINGS]
            rows.append([model, corpus_label(corpus), *cells, *ceilings])
    heads = (*PREDICTORS.values(), "all together", *RATINGS.values(), "ceiling: seeds", "ceiling: samples")
    return Listing(
        "What explains a geometry",
        "Correlation of the dissimilarities of a recipe’s spaces with those that something else gives; intervals over "
        "words. All together: the joint non-negative regression, on words it was not fitted to. Ratings are of few "
        "pairs, by rank. Ceilings: how well another seed, or another sample of the corpus, explains the same spaces.",
        [Column("recipe"), Column("corpus"), *numbers(*heads)],
        rows,
        "No model of the dissimilarities is fitted in this study.",
        shown=14,
    )


def explained_sentence(table: pd.DataFrame, method: str) -> str:
    """How far counts alone go: range over recipes and corpora of the correlation with PPMI; "" without any."""
    chosen = (table["roster"] == INPUT) & (table["method"] == method) & (table["measure"] == "alone")
    found = table[chosen & (table["predictor"] == "ppmi") & table["value"].notna()]
    if found.empty:
        return ""
    low, high = (found.loc[index] for index in (found["value"].idxmin(), found["value"].idxmax()))
    told = [f"{number(row['value'])} ({row['model']}, {corpus_label(row['corpus'])})" for row in (low, high)]
    return f"The correlation with the PPMI of the same text goes from {told[0]} to {told[1]}."


def _agreement(table: pd.DataFrame, relation: str) -> str:
    if relation not in table.index:
        return ABSENT
    row = table.loc[relation]
    return f"{number(row['r'])} {interval(row['low'], row['high'])}".strip()


def _correlation(table: pd.DataFrame, predictor: str) -> str:
    if predictor not in table.index:
        return ABSENT
    row = table.loc[predictor]
    return f"{number(row['value'])}\n{interval(row['low'], row['high'])}".strip()
