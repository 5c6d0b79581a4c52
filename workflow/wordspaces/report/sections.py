"""Rows of the page's tables: stability, neighbours, corpora, artefacts; all values as text."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wordspaces.common.provenance import Provenance
from wordspaces.report.names import ABSENT, corpus_label, count, counted, joined, number, percent
from wordspaces.report.stability import LEVELS, level_means
from wordspaces.report.style import Variants
from wordspaces.tokens.samples import BOOTSTRAP, HELDOUT, is_disjoint

NEIGHBOURS_SHOWN = 6
KEPT = "kept"
SIZES = ("documents", "words", "placeholders", "unknown", "tokens", "types")


def stability_rows(table: pd.DataFrame, variants: Variants) -> list[dict[str, Any]]:
    """Mean overlap of each recipe at each level. `table` : columns model, level, overlap."""
    means = level_means(table, variants.ordered(list(table["model"])))
    return [
        {"model": model, "family": variants.family(model), "overlap": [number(row[level]) for level in LEVELS]}
        for model, row in means.iterrows()
    ]


def neighbour_sections(
    table: pd.DataFrame, variants: Variants, corpora: Sequence[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """A table of words x recipes for each corpus, and the listed words that have no neighbours in any.

    `table` : columns corpus, model, word, rank, neighbour; a word that a corpus does not know has a null neighbour.
    """
    known = table[table["neighbour"].notna()].sort_values("rank", kind="stable")
    unlisted = [word for word in dict.fromkeys(table["word"]) if word not in set(known["word"])]
    models, words = variants.ordered(list(known["model"])), list(dict.fromkeys(known["word"]))
    lists = known.groupby(["corpus", "model", "word"], sort=True)["neighbour"].agg(list).to_dict()
    sections = [
        {
            "label": corpus_label(corpus),
            "models": models,
            "rows": [
                {
                    "word": word,
                    "cells": [
                        ", ".join(lists.get((corpus, model, word), [ABSENT])[:NEIGHBOURS_SHOWN]) for model in models
                    ],
                }
                for word in words
            ],
        }
        for corpus in corpora
    ]
    return sections, unlisted


def source_rows(corpora: pd.DataFrame, sources: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """What each source held, what was dropped and why.

    Parameters
    ----------
    corpora : columns corpus, source, step ("extraction" or "duplicates"), reason, documents; among the reasons of
        extraction "kept" counts what was not dropped, and the duplicates are some of these.
    sources : source -> what, licence.
    """
    rows = []
    for (corpus, source), table in corpora.groupby(["corpus", "source"], sort=False):
        extraction, duplicates = (_reasons(table[table["step"] == step]) for step in ("extraction", "duplicates"))
        kept, twice = extraction.pop(KEPT, 0), sum(duplicates.values())
        described = sources.get(source, {})
        rows.append(
            {
                "corpus": corpus_label(corpus),
                "source": source,
                "records": count(kept + sum(extraction.values())),
                "dropped": _told(extraction),
                "kept": count(kept),
                "duplicates": f"{count(twice)} ({percent(twice / kept)}): {_told(duplicates)}" if twice else "none",
                "what": str(described.get("what", "")),
                "licence": str(described.get("licence", "")),
            }
        )
    return rows


def _reasons(table: pd.DataFrame) -> dict[str, int]:
    """Documents by reason, those without any left out."""
    found = zip(table["reason"], table["documents"], strict=True)
    return {reason: int(documents) for reason, documents in found if documents}


def _told(reasons: Mapping[str, int]) -> str:
    """Reasons and their documents in one line, the most frequent first."""
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{reason} {count(documents)}" for reason, documents in ordered) or "nothing"


def disjoint(summary: pd.DataFrame) -> pd.DataFrame:
    """Rows of the disjoint training samples: no held-out part, share or bootstrap sample. `summary` : column sample."""
    return summary[summary["sample"].map(is_disjoint)]


def sample_rows(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Sizes of every document sample. `summary` : columns corpus, sample and `SIZES`."""
    return [
        {
            "corpus": corpus_label(row["corpus"]),
            "sample": "held out" if row["sample"] == "heldout" else row["sample"],
            "sizes": [count(row[name]) for name in SIZES],
        }
        for _, row in summary.iterrows()
    ]


def sample_sentence(summary: pd.DataFrame) -> str:
    """How the document samples of the table lie to each other. `summary` : column sample."""
    names = sorted(set(summary["sample"]) - {HELDOUT})
    whole = [name for name in names if is_disjoint(name)]
    drawn = [name for name in names if name.startswith(BOOTSTRAP)]
    shares = [name for name in names if name not in whole and name not in drawn]
    parts = [f"Of no document in common: {joined([*whole, 'what is held out'])}"]
    if len(whole) > 1:
        parts[0] += f"; {joined(whole)} have equally many words"
    if shares:
        parts.append(f"The first hundredths of these, as many as the number says: {joined(shares)}")
    if drawn:
        parts.append(f"Drawn from the documents of {whole[0]} with replacement: {joined(drawn)}")
    return ". ".join(parts) + "."


def artefact_rows(records: Mapping[str, Provenance], inputs: Mapping[str, str]) -> list[dict[str, str]]:
    """Which rule and code made each file that the page was made from. `inputs` : path -> SHA-256."""
    return [
        {
            "path": path,
            "rule": record.rule,
            "script": record.script,
            "code": record.code[:16],
            "sha256": inputs[path][:16],
        }
        for path, record in records.items()
    ]


def all_versions(records: Sequence[Provenance]) -> str:
    """Versions of the packages behind all records, sorted by name; several where they differ."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name, version in record.versions.items():
            found.setdefault(name, set()).add(version)
    return ", ".join(f"{name} {' and '.join(sorted(found[name]))}" for name in sorted(found))


def overview(study: Mapping[str, Any], recipes: Sequence[str], samples: int) -> str:
    """The roster of the study in one sentence."""
    corpora = joined([corpus_label(name) for name in study["corpora"]])
    return (
        f"{corpora}, {counted(samples, 'document sample')} each, {counted(len(recipes), 'recipe')}"
        f" ({', '.join(recipes)}), {counted(len(study['seeds']), 'seed')}."
    )
