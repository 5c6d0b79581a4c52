"""What the page says, as text for its templates: the headline, what the study can show, the rows of its tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wordspaces.report.cost import cost_rows
from wordspaces.report.examples import filled_rows, written_rows
from wordspaces.report.findings import headline, reach, share_rows
from wordspaces.report.learning import learning, next_sentence_rows, reliability_sentence, seed_reliability
from wordspaces.report.names import component_label, count, interval, number, percent
from wordspaces.report.perplexity import definition_rows
from wordspaces.report.probes import coverage_cells, coverage_rows, least_covered
from wordspaces.report.recipes import recipe_rows
from wordspaces.report.sections import (
    SIZES,
    disjoint,
    neighbour_sections,
    overview,
    sample_rows,
    sample_sentence,
    source_rows,
    stability_rows,
)
from wordspaces.report.stability import LEVELS
from wordspaces.report.style import Variants


@dataclass(frozen=True)
class Tables:
    """What the page is made from, as data frames in the columns that the analysis writes.

    components, stability, reliability, neighbours, probes, perplexity, dynamics : of the analysis; summary,
    comparison : of the tokens; corpora : what became of the records of every source; examples : of
    `wordspaces.report.examples.joined`; topics : further tables of the analysis by name
    (`wordspaces.report.topics.TOPICS`); jobs : of `wordspaces.report.runs.read_runs`; sizes : variant -> parameters;
    timings : model, seconds, tokens_per_second of every training; costs : records of the measured cost.
    """

    components: pd.DataFrame
    stability: pd.DataFrame
    reliability: pd.DataFrame
    neighbours: pd.DataFrame
    probes: pd.DataFrame
    perplexity: pd.DataFrame
    dynamics: pd.DataFrame
    summary: pd.DataFrame
    comparison: pd.DataFrame
    corpora: pd.DataFrame
    examples: pd.DataFrame
    topics: Mapping[str, pd.DataFrame]
    jobs: pd.DataFrame
    sizes: Mapping[str, int]
    timings: pd.DataFrame
    costs: Sequence[Mapping[str, Any]]


def findings(tables: Tables, study: Mapping[str, Any], analysis: Mapping[str, Any], method: str) -> dict[str, Any]:
    """What the top of the page says."""
    shares = share_rows(tables.components, method)
    recipes = [name for name in study["models"] if name not in study["references"]]
    samples = disjoint(tables.summary)
    confidence = analysis["components"]["confidence"]
    coverage = coverage_rows(tables.probes, list(study["corpora"]))
    learned = learning(tables.perplexity, tables.dynamics, recipes)
    return {
        "headline": headline(shares, confidence),
        "shares": [_share(row) for row in shares.itertuples()],
        "study": study,
        "overview": overview(study, recipes, int(samples.groupby("corpus").size().min())),
        "reliability": reliability_sentence(seed_reliability(tables.reliability, method, recipes)),
        "reach": reach(samples, tables.comparison, least_covered(coverage), len(study["seeds"]), learned),
        "compared": count(shares["words"].iloc[0]),
        "method": {"spearman": "rank (Spearman)", "pearson": "Pearson"}.get(method, method),
        "terms": {
            "layer": count(analysis["probes"]["contextual_layer"]),
            "power": number(analysis["probes"]["power"]),
            "level": number(1 - analysis["probes"]["confidence"]),
        },
    }


def _share(row: Any) -> dict[str, Any]:
    return {
        "component": row.component,
        "label": component_label(row.component),
        "width": round(row.share, 4) if row.share > 0 else 0.0,
        "percent": percent(row.share),
        "interval": interval(row.low, row.high, 100, 0),
    }


def details(
    tables: Tables, study: Mapping[str, Any], analysis: Mapping[str, Any], sources: Mapping[str, Any]
) -> dict[str, Any]:
    """Rows of the tables further down."""
    corpora = list(study["corpora"])
    variants = Variants({name: settings["family"] for name, settings in study["models"].items()})
    listed = tables.neighbours[~tables.neighbours["model"].isin(study["references"])]
    neighbours, unlisted = neighbour_sections(listed, variants, corpora)
    perplexity, undefined = definition_rows(tables.perplexity, variants, corpora)
    training = disjoint(tables.summary)["tokens"]
    last = tables.dynamics.groupby(["corpus", "sample", "model", "seed"], sort=True)[["step", "tokens_seen"]].max()
    return {
        "k": count(analysis["stability"]["k"]),
        "chance": number(tables.stability["chance"].max(), 3),
        "levels": list(LEVELS.values()),
        "stability": stability_rows(tables.stability, variants),
        "neighbours": neighbours,
        "unlisted": ", ".join(unlisted),
        "frequent": count(analysis["neighbours"]["least_count"]),
        "probes": coverage_cells(coverage_rows(tables.probes, corpora)),
        "perplexity": perplexity,
        "undefined": undefined,
        "written": written_rows(tables.examples, corpora),
        "filled": filled_rows(tables.examples, corpora),
        "next_sentence": next_sentence_rows(tables.dynamics, variants, corpora),
        "recipes": recipe_rows(
            study["models"],
            study["references"],
            study["cooccurrence"]["window"],
            tables.sizes,
            last.reset_index(),
            (int(training.min()), int(training.max())),
            tables.timings,
        ),
        "costs": cost_rows(tables.costs),
        "sources": source_rows(tables.corpora, sources),
        "samples": sample_rows(tables.summary),
        "sampled": sample_sentence(tables.summary),
        "sizes": SIZES,
        "settings": json.dumps(study, indent=1, ensure_ascii=False),
    }
