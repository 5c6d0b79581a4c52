"""Tables of the page on what recipes answer to probes, and on how much text their spaces take to form."""

from collections.abc import Sequence

import pandas as pd

from wordspaces.report.listing import Column, Listing, numbers
from wordspaces.report.names import ABSENT, corpus_label, count, interval, joined, number, plain
from wordspaces.report.probes import ALL_SECTIONS, INPUT, LISTS, MEASURES
from wordspaces.report.style import Variants, human

CELL = ["list", "corpus", "model"]
HALVES = {
    "rsa_other_seed": "another seed’s end",
    "rsa_other_family": "ends of other families",
}


def probe_listings(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> list[Listing]:
    """A table for each list: recipes trained on each corpus, both intervals, the untrained model beside them.

    `table` : the table `probe_means`; of input vectors and all sections.
    """
    chosen = (table["space"] == INPUT) & (table["section"] == ALL_SECTIONS) & table["measure"].isin(list(MEASURES))
    part = table[chosen & table["value"].notna()]
    states = {state: part[part["state"] == state].set_index(CELL) for state in ("trained", "untrained")}
    names = [name for name in dict.fromkeys([*LISTS, *part["list"]]) if name in set(part["list"])]
    return [_probe_listing(name, states, variants, corpora) for name in names]


def _probe_listing(name: str, states: dict[str, pd.DataFrame], variants: Variants, corpora: Sequence[str]) -> Listing:
    trained, untrained = states["trained"], states["untrained"]
    rows = []
    for corpus in corpora:
        for model in variants.ordered(list(trained.index.get_level_values("model"))):
            if (name, corpus, model) not in trained.index:
                continue
            row = trained.loc[(name, corpus, model)]
            start = untrained["value"].get((name, corpus, model))
            told = [number(row["value"], 3), *(_between(row, kind) for kind in ("run", "item")), number(start, 3)]
            rows.append([model, corpus_label(corpus), *told, count(row["covered"]), count(row["runs"])])
    label = LISTS.get(name, plain(name))
    kinds = trained.xs(name, level="list")["measure"] if len(rows) else []
    measure = MEASURES.get(kinds.iloc[0], "value") if len(kinds) else "value"
    heads = (measure, "over runs", "over items", "untrained", "items covered", "runs")
    return Listing(
        f"Answers to {label}",
        f"{label}: mean over document samples and seeds. Intervals: over runs, which speaks of other seeds on these "
        "items; over items, which speaks of other items and these runs.",
        [Column("recipe"), Column("trained on"), *numbers(*heads)],
        rows,
        f"No recipe answers {label} in this study.",
        shown=14,
    )


def _between(row: pd.Series, kind: str) -> str:
    return interval(row[f"{kind}_low"], row[f"{kind}_high"], digits=3) or ABSENT


def settling_listing(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Listing:
    """Tokens presented until half of the agreement that a space ends with.

    `table` : the table `settling_runs`. Medians over document samples and seeds, from the lowest to the highest run.
    """
    rows = []
    for corpus in corpora:
        here = table[table["corpus"] == corpus]
        for model in variants.ordered(list(here["model"])):
            own = here[here["model"] == model]
            cells = []
            for measure in HALVES:
                whole = own[(own["measure"] == measure) & (own["band"] == ALL_SECTIONS)]
                cells += [number(whole["final"].median()), _tokens(whole["tokens_to_half"])]
            words = own[own["measure"] == "second_order"]
            cells += [_tokens(words.loc[words["band"] == band, "tokens_to_half"]) for band in ("frequent", "rare")]
            rows.append([model, corpus_label(corpus), *cells])
    heads = [part for words in HALVES.values() for part in (f"r with {words}", "tokens to half of it")]
    heads += ["to half, frequent words", "to half, rare words"]
    return Listing(
        "Tokens to half of the final agreement",
        "Training tokens presented until a space has half of the agreement that it ends with: median over document "
        "samples and seeds, in brackets the lowest and the highest run.",
        [Column("recipe"), Column("corpus"), *numbers(*heads)],
        rows,
        "No recipe of this study leaves snapshots.",
    )


def settling_sentence(table: pd.DataFrame) -> str:
    """Which recipe agrees early with another seed's end and which late, in each corpus; "" below two recipes."""
    chosen = table[(table["measure"] == "rsa_other_seed") & (table["band"] == ALL_SECTIONS)]
    told = []
    for corpus in dict.fromkeys(chosen["corpus"]):
        medians = chosen[chosen["corpus"] == corpus].groupby("model")["tokens_to_half"].median().dropna()
        if len(medians) > 1:
            first, last = (f"{name} ({human(medians[name])} tokens)" for name in (medians.idxmin(), medians.idxmax()))
            told.append(f"on {corpus_label(corpus)} first in {first} and last in {last}")
    if not told:
        return ""
    return (
        f"Half of the agreement with another seed’s end comes {joined(told)}: this is a share of what each ends with, "
        "so an early half can be half of little."
    )


def _tokens(values: pd.Series) -> str:
    values = values.dropna()
    if values.empty:
        return ABSENT
    ends = f" [{human(values.min())}, {human(values.max())}]" if len(values) > 1 else ""
    return f"{human(values.median())}{ends}"
