"""Writes the report: one HTML page that opens offline, leads with the headline and carries its provenance."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.report.cost import cost_rows
from wordspaces.report.examples import filled_rows, written_rows
from wordspaces.report.findings import headline, reach, share_rows
from wordspaces.report.inline import inline_svg
from wordspaces.report.learning import learning, next_sentence_rows, reliability_sentence, seed_reliability
from wordspaces.report.names import component_label, count, interval, number, percent
from wordspaces.report.perplexity import definition_rows
from wordspaces.report.probes import coverage_cells, coverage_rows, least_covered
from wordspaces.report.provenance import into_page
from wordspaces.report.recipes import recipe_rows
from wordspaces.report.sections import (
    SIZES,
    all_versions,
    artefact_rows,
    disjoint,
    neighbour_sections,
    overview,
    sample_rows,
    source_rows,
    stability_rows,
)
from wordspaces.report.stability import LEVELS
from wordspaces.report.style import Variants

FIGURES = (
    "ladder",
    "components",
    "matrix",
    "map",
    "curve",
    "forming",
    "losses",
    "trajectories",
    "norms",
    "geometry",
    "phases",
    "convergence",
    "settling",
    "adaptation",
    "stability",
    "arms",
    "dimension",
    "regularisation",
    "probes",
    "contextual",
    "occurrences",
    "perplexity",
    "cost",
)
SECTIONS = (
    ("reach", "Reach"),
    ("alike", "Similarity"),
    ("forming", "Forming"),
    ("stability", "Stability"),
    ("sweeps", "Sweeps"),
    ("neighbours", "Neighbours"),
    ("probes", "Probes"),
    ("contexts", "Contexts"),
    ("prediction", "Prediction"),
    ("recipes", "Recipes"),
    ("cost", "Cost"),
    ("corpora", "Corpora"),
    ("definitions", "Definitions"),
    ("provenance-list", "Provenance"),
)
_CAPTION = re.compile(r"\*\*(?P<title>[^*]+)\*\*\s+(?P<text>.+)", re.DOTALL)


@dataclass(frozen=True)
class Tables:
    """What the page is made from, as data frames in the columns that the analysis writes.

    components, stability, reliability, neighbours, probes, perplexity, dynamics : of the analysis; summary,
    comparison : of the tokens; corpora : what became of the records of every source; examples : of
    `wordspaces.report.examples.joined`; sizes : variant -> parameters; timings : model, seconds, tokens_per_second of
    every training; costs : records of the measured cost.
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
    sizes: Mapping[str, int]
    timings: pd.DataFrame
    costs: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Sheet:
    """How the page looks: Jinja template and CSS as text, figures (SVG) and captions by name, link targets by file."""

    template: str
    css: str
    figures: Mapping[str, str]
    captions: Mapping[str, str]
    links: Mapping[str, str]


def write_page(
    tables: Tables,
    sheet: Sheet,
    study: Mapping[str, Any],
    analysis: Mapping[str, Any],
    sources: Mapping[str, Any],
    method: str,
    records: Mapping[str, Provenance],
    provenance: Provenance,
) -> str:
    """The page as HTML, with its provenance.

    Parameters
    ----------
    tables, sheet : content and looks.
    study : resolved settings of the study; analysis : settings of components, stability, neighbours and probes by these
        names.
    sources : source -> its entry in the list of sources.
    method : correlation of the main comparison, "spearman" or "pearson".
    records : path -> provenance of the inputs to be listed; provenance : of the page.

    Raises
    ------
    StudyError : a component of variance, a figure or a caption is missing.
    """
    environment = Environment(
        loader=DictLoader({"page": sheet.template}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    context = _findings(tables, study, analysis, method) | _details(tables, study, analysis, sources)
    context |= {
        "css": Markup(sheet.css),
        "figures": {name: _figure(name, sheet) for name in FIGURES},
        "sections": SECTIONS,
        "artefacts": artefact_rows(records, provenance.inputs),
        "versions": all_versions([*records.values(), provenance]),
    }
    return into_page(environment.get_template("page").render(context), provenance)


def _findings(tables: Tables, study: Mapping[str, Any], analysis: Mapping[str, Any], method: str) -> dict[str, Any]:
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


def _details(
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
        "sizes": SIZES,
        "settings": json.dumps(study, indent=1, ensure_ascii=False),
    }


def _figure(name: str, sheet: Sheet) -> dict[str, Any]:
    for what, found in (("figure", sheet.figures), ("caption", sheet.captions)):
        if name not in found:
            raise StudyError("page", f"no {what} {name!r}", ", ".join(FIGURES))
    title, text = split_caption(name, sheet.captions[name])
    kinds = {"svg": "SVG", "png": "PNG", "csv": "data (CSV)"}
    files = [
        {"kind": kind, "href": sheet.links[f"{name}.{suffix}"]}
        for suffix, kind in kinds.items()
        if f"{name}.{suffix}" in sheet.links
    ]
    return {
        "title": title,
        "caption": text,
        "files": files,
        "svg": Markup(inline_svg(sheet.figures[name], name, title, text)),
    }


def split_caption(name: str, text: str) -> tuple[str, str]:
    """Title and text of a caption: the first bold words and the rest, line breaks as blanks.

    Raises
    ------
    StudyError : the caption does not begin with bold words.
    """
    found = _CAPTION.match(text.strip())
    if found is None:
        raise StudyError(f"caption {name}.rst", "no title", "**A title.** and a text after it")
    return found["title"].strip(), " ".join(found["text"].split())


def read_sheet(template: str, css: str, figures: Sequence[str], captions: Sequence[str], page: str) -> Sheet:
    """Read template, style, figures and captions; links are relative to the folder of `page`.

    Parameters
    ----------
    template, css, page : paths; figures, captions : paths whose stems name the figures.
    """
    folder = Path(page).parent
    beside = [Path(path).with_suffix(suffix) for path in figures for suffix in (".svg", ".png", ".csv")]
    return Sheet(
        template=Path(template).read_text(encoding="utf-8"),
        css=Path(css).read_text(encoding="utf-8"),
        figures={Path(path).stem: Path(path).read_text(encoding="utf-8") for path in figures},
        captions={Path(path).stem: Path(path).read_text(encoding="utf-8") for path in captions},
        links={path.name: Path(os.path.relpath(path, folder)).as_posix() for path in beside},
    )
