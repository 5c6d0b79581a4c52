"""What may be said of each recipe's training: whether it learned, and how well two seeds agree; from the tables."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wordspaces.report.names import corpus_label, joined, number, percent
from wordspaces.report.perplexity import as_trained, scope_of
from wordspaces.report.style import Variants

BITS = "fewer held-out bits than a unigram"
HELDOUT = "held-out loss below that before training"
TRAINING = "training loss below that before training"
RUN = ["corpus", "model", "sample", "seed"]
MOST = 0.5  # a recipe that makes more than this share of the seed component is named
ACCURACY, LENGTHS = "next_sentence_accuracy", "next_sentence_length_only"


def learning(perplexity: pd.DataFrame, dynamics: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """In how many runs each recipe learned on each corpus.

    A language model learned if it predicts held-out text of its corpus in fewer bits than a unigram of the training
    text; another recipe, if its held-out loss (its training loss where no held-out loss is logged) ends below where it
    started.

    Parameters
    ----------
    perplexity : columns corpus, sample, model, seed, probe, scope, objective, bits, unigram_bits.
    dynamics : columns corpus, sample, model, seed, step, measure, value.
    models : the recipes, in the order of the rows.

    Returns
    -------
    Columns model, corpus, measure (what was compared), learned, runs.
    """
    told = perplexity[(perplexity["scope"] == scope_of(perplexity)) & (perplexity["probe"] == perplexity["corpus"])]
    told = as_trained(told[told["bits"].notna()]).assign(measure=BITS, start=told["unigram_bits"], end=told["bits"])
    losses = [_ends(dynamics, name, measure) for name, measure in (("heldout_loss", HELDOUT), ("loss", TRAINING))]
    runs = pd.concat([told[[*RUN, "measure", "start", "end"]], *losses]).drop_duplicates(RUN)  # the first is the best
    runs["learned"] = runs["end"] < runs["start"]
    cells = runs.groupby(["model", "corpus", "measure"], sort=True)["learned"].agg(learned="sum", runs="size")
    place = {model: index for index, model in enumerate(models)}
    cells = cells.reset_index()
    cells = cells[cells["model"].isin(place)]
    return cells.sort_values("model", key=lambda column: column.map(place), kind="stable").reset_index(drop=True)


def _ends(dynamics: pd.DataFrame, name: str, measure: str) -> pd.DataFrame:
    """First and last value of a logged measure of each run that has one."""
    logged = dynamics[(dynamics["measure"] == name) & dynamics["value"].notna()].sort_values("step", kind="stable")
    ends = logged.groupby(RUN, sort=True)["value"].agg(start="first", end="last").reset_index()
    return ends.assign(measure=measure)


def seed_reliability(table: pd.DataFrame, method: str, models: Sequence[str]) -> pd.Series:
    """Mean correlation of two seeds on the same text over the corpora, by recipe, highest first; unknown ones left out.

    `table` : columns model, level, rsa_{method}.
    """
    seeds = table[(table["level"] == "seed") & table["model"].isin(list(models))]
    means = seeds.groupby("model", sort=True)[f"rsa_{method}"].mean().dropna()
    return means.sort_values(ascending=False, kind="stable")


def reliability_sentence(means: pd.Series) -> str:
    """How well two seeds agree for each recipe, and which recipe makes most of the share of the seed; "" without any.

    `means` : as `seed_reliability` returns them. That share is the mean of 1 - r over the recipes.
    """
    if means.empty:
        return ""
    listed = joined([f"{number(r)} ({model})" for model, r in means.items()])
    sentence = f"Two seeds on the same text agree at r = {listed}."
    missing = 1.0 - means
    part = float(missing.max() / missing.sum()) if missing.sum() > 0 else 0.0
    if len(means) > 1 and part > MOST:
        sentence += f" So {percent(part)} of the share of the seed comes from {missing.idxmax()} alone."
    return sentence


def next_sentence_rows(dynamics: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> list[dict[str, Any]]:
    """Accuracy of the next-sentence decision at the end of training beside what the lengths of the spans give.

    `dynamics` : columns corpus, sample, model, seed, step, measure, value. A row a recipe and corpus: mean over runs.
    """
    paired = dynamics[dynamics["measure"].isin([ACCURACY, LENGTHS])].sort_values("step", kind="stable")
    ends = paired.groupby([*RUN, "measure"], sort=True)["value"].last().unstack("measure")
    rows = []
    for model in variants.ordered(list(paired["model"])):
        for corpus in corpora:
            runs = ends[
                (ends.index.get_level_values("model") == model) & (ends.index.get_level_values("corpus") == corpus)
            ]
            if len(runs):
                accuracies = runs[ACCURACY]
                values = (accuracies.mean(), accuracies.min(), accuracies.max(), runs[LENGTHS].mean())
                cells = [number(value) for value in values]
                rows.append({"model": model, "corpus": corpus_label(corpus), "cells": cells})
    return rows
