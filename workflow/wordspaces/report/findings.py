"""The headline and what a study of its size can show: sentences whose every number comes from a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wordspaces.common.errors import StudyError
from wordspaces.report.names import (
    COMPONENTS,
    component_phrase,
    corpus_label,
    count,
    counted,
    interval,
    joined,
    number,
    percent,
)

FACTORS = ("model", "corpus", "sample", "seed")  # what the question of the study asks about
ENOUGH_TOKENS = 10_000_000  # of each sample, before rare words and registers can be spoken of
ENOUGH_SAMPLES = 3  # of each corpus, before an interval can speak of other texts
ENOUGH_SEEDS = 5  # before the spread over seeds is known and not only their mean


def share_rows(table: pd.DataFrame, method: str, roster: str = "input") -> pd.DataFrame:
    """Rows of the variance components for one roster and method, in the order of the report.

    Parameters
    ----------
    table : columns roster, method, kind, component, value, low, high; a value is null where it is not defined.

    Returns
    -------
    Columns component, share, low, high, resampled, words, spaces, note.

    Raises
    ------
    StudyError : a component is missing or twice, or the defined shares do not sum to one.
    """
    chosen = (table["kind"] == "share") & (table["method"] == method) & (table["roster"] == roster)
    rows = table[chosen].rename(columns={"value": "share"})
    found = list(rows["component"])
    where = f"components table, roster {roster}, method {method}"
    if sorted(found) != sorted(COMPONENTS):
        raise StudyError(where, f"components {', '.join(sorted(found)) or 'none'}", ", ".join(COMPONENTS))
    total = float(rows["share"].sum())
    undefined = rows[rows["share"].isna() & (rows["component"] != "sample")]
    if undefined.empty and not np.isclose(total, 1.0, atol=1e-6):
        raise StudyError(where, f"shares that sum to {total:.6f}", "a sum of one", "delete it and rerun")
    columns = ["component", "share", "low", "high", "resampled", "words", "spaces", "note"]
    return rows.set_index("component").loc[list(COMPONENTS)].reset_index()[columns]


@dataclass(frozen=True)
class Headline:
    """title : the answer in one line; sentence : with the numbers; scope : what the intervals speak of."""

    title: str
    sentence: str
    scope: str


def headline(shares: pd.DataFrame, confidence: float) -> Headline:
    """The answer to "what shapes a word space more: the model, the corpus, the sample of text or the seed?".

    Parameters
    ----------
    shares : as `share_rows` returns them.
    confidence : of the intervals.
    """
    scope = (
        f"Brackets: {percent(confidence)} intervals over {shares['resampled'].iloc[0]}"
        f" ({count(shares['words'].iloc[0])} words compared in {count(shares['spaces'].iloc[0])} spaces)."
    )
    texts = "sample" in shares["resampled"].iloc[0]
    if not texts:
        scope += " They speak of other words, not of other texts."
    rows = {row.component: row for row in shares.itertuples() if np.isfinite(row.share)}
    missing = [component_phrase(name) for name in FACTORS if name not in rows]
    if len(missing) > 1 or "shared" not in rows:
        reason = next(note for note in shares["note"] if note)
        return Headline("This study cannot tell apart what shapes its word spaces", f"The shares are {reason}.", scope)
    ranked = sorted((rows[name] for name in FACTORS if name in rows), key=lambda row: -row.share)
    title = _title(ranked, texts)
    parts = [
        f"{component_phrase(row.component)} {'accounts ' if place == 0 else ''}for {_with_interval(row)}"
        f"{' of the geometry' if place == 0 else ''}"
        for place, row in enumerate(ranked)
    ]
    sentence = f"Among these recipes, samples and words, {joined(parts)}."
    shared, between = rows["shared"], rows["interaction"]
    sentence += (
        f" {_with_interval(shared)} is common to all spaces, and {_with_interval(between)} belongs to the interplay of"
        " recipe and corpus."
    )
    if missing:
        sentence += f" The share of {joined(missing)} is not defined here."
    return Headline(title, sentence, scope)


def _title(ranked: Sequence[Any], texts: bool) -> str:
    """The claim that the intervals of the `ranked` shares allow; `texts`: whether they speak of other texts too."""
    first, *others = ranked
    level = [row for row in others if not row.high < first.low]
    if level:
        names = joined([component_phrase(row.component) for row in (first, *level)])
        return f"{_capital(names)} cannot be told apart here"
    claim = f"{component_phrase(first.component)} shapes a word space more than {component_phrase(others[0].component)}"
    return f"{_capital(claim)} does" if texts else f"On these texts, {claim} does"


def _with_interval(row: Any) -> str:
    return f"{percent(row.share)} {interval(row.low, row.high, 100, 0)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Reach:
    """What a study of this size can show and what it cannot, each a list of sentences."""

    can: list[str]
    cannot: list[str]


def reach(
    summary: pd.DataFrame, comparison: pd.DataFrame, probes: pd.DataFrame, seeds: int, learned: pd.DataFrame
) -> Reach:
    """Claims that the amount of text, samples and seeds allows, from the summary tables.

    Parameters
    ----------
    summary : columns corpus, sample, words; one row a disjoint sample.
    comparison : columns token, count; the words compared and their smallest counts.
    probes : columns probe, items, covered, detectable (null for accuracies); one row a probe.
    seeds : number of seeds; learned : which recipes learn on which corpus, as `learning` returns it.
    """
    words, samples = int(summary["words"].min()), int(summary.groupby("corpus").size().min())
    corpora = joined([corpus_label(name) for name in dict.fromkeys(summary["corpus"])])
    least = int(comparison["count"].min())
    can, cannot = _learning_claims(learned, f"samples of {count(words)} words of {corpora}")
    can += [
        f"The geometry of {count(len(comparison))} common words (at least {least} occurrences in every sample).",
    ]
    others = [f"another seed ({count(seeds)} seeds)"] if seeds > 1 else []
    others += [f"another document sample ({count(samples)} a corpus)"] if samples > 1 else []
    if others:
        can.append(f"How much of it {' or '.join(others)} would change.")
    if words < ENOUGH_TOKENS:
        cannot.append(
            "Rare words, differences of register, shifts between domains, the best dimension or the behaviour at scale:"
            " such claims need about"
            f" {count(ENOUGH_TOKENS)} words a sample, and a sample has {count(words)}."
        )
    if samples < ENOUGH_SAMPLES:
        cannot.append(
            f"How far the shares would move with other texts: an interval over texts needs {ENOUGH_SAMPLES} or more"
            f" samples of each corpus; this study has {count(samples)}."
        )
    if seeds < ENOUGH_SEEDS:
        cannot.append(
            f"The spread over seeds itself: it needs {ENOUGH_SEEDS} or more seeds; this study has {count(seeds)}."
        )
    for row in probes.itertuples():
        covered = f"A ranking of recipes on {row.probe}: {count(row.covered)} of {count(row.items)} items are covered"
        unseen = (
            f", so a correlation below {number(row.detectable)} would go unseen" if np.isfinite(row.detectable) else ""
        )
        cannot.append(f"{covered}{unseen}.")
    return Reach(can, cannot)


def _learning_claims(learned: pd.DataFrame, texts: str) -> tuple[list[str], list[str]]:
    """What can and what cannot be said of the recipes' learning on `texts`; `learned` as `learning` returns it."""
    models = list(dict.fromkeys(learned["model"]))
    failed = learned[learned["learned"] < learned["runs"]]
    sure = [model for model in models if model not in set(failed["model"])]
    groups = learned[learned["model"].isin(sure)].groupby("measure", sort=False)["model"].unique()
    listed = [f"{joined(list(names))} ({measure})" for measure, names in groups.items()]
    verb, form = ("learns", "its space forms") if len(sure) == 1 else ("learn", "their spaces form")
    can = [f"That the following {verb}, and how {form}, on {texts}: {'; '.join(listed)}."] if sure else []
    cannot = [
        f"What {row.model} makes of {corpus_label(row.corpus)}: it learned in {count(row.learned)} of"
        f" {counted(row.runs, 'run')}, by this measure: {row.measure}."
        for row in failed.itertuples()
    ]
    return can, cannot
