"""Writes the report: one HTML page that opens offline, leads with the headline and carries its provenance."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.report.content import Tables, details, findings
from wordspaces.report.inline import inline_svg
from wordspaces.report.live import Live
from wordspaces.report.policy import content_policy, data_block, script_block, vega_bundle
from wordspaces.report.provenance import into_page
from wordspaces.report.sections import all_versions, artefact_rows
from wordspaces.report.topics import topics

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
    "rules",
)
# Sections in order: template, and words of the link to it; the anchor is that of the template's <section>.
SECTIONS = (
    ("reach", "Reach"),
    ("figures", "Figures"),
    ("explorer", "Words"),
    ("alike", "Similarity"),
    ("forming", "Forming"),
    ("adaptation", "Adaptation"),
    ("stability", "Stability"),
    ("kinds", "Kinds of words"),
    ("sweeps", "Sweeps"),
    ("neighbours", "Neighbours"),
    ("probes", "Probes"),
    ("contexts", "Contexts"),
    ("prediction", "Prediction"),
    ("recipes", "Recipes"),
    ("cost", "Cost"),
    ("corpora", "Corpora"),
    ("definitions", "Definitions"),
    ("record", "Provenance"),
)
STYLES = ("page", "explorer", "charts")
# The page's own scripts, joined in this order in one closure.
SCRIPTS = (
    "core",
    "unpack",
    "words",
    "lines",
    "explorer-search",
    "explorer-neighbours",
    "explorer-agreement",
    "explorer-course",
    "explorer",
    "charts",
    "matrix",
    "trajectories",
    "pairs",
    "start",
)
_CAPTION = re.compile(r"\*\*(?P<title>[^*]+)\*\*\s+(?P<text>.+)", re.DOTALL)


@dataclass(frozen=True)
class Sheet:
    """How the page looks: templates, styles and scripts as text by name, figures (SVG) and captions by name, link
    targets by file.
    """

    templates: Mapping[str, str]
    styles: Mapping[str, str]
    scripts: Mapping[str, str]
    figures: Mapping[str, str]
    captions: Mapping[str, str]
    links: Mapping[str, str]


def write_page(
    tables: Tables,
    live: Live,
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
    tables, live, sheet : content, charts, looks.
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
        loader=DictLoader(dict(sheet.templates)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    bundle, own = vega_bundle(), own_script(sheet.scripts)
    context = findings(tables, study, analysis, method) | details(tables, study, analysis, sources)
    context |= topics(tables.topics, tables.jobs, study, analysis, method)
    makers = {Path(path).stem: made_by(path, record) for path, record in records.items() if path.endswith(".svg")}
    context |= {
        "css": Markup("\n".join(sheet.styles[name] for name in STYLES)),
        "policy": content_policy([bundle, own]),
        "scripts": [script_block(bundle), script_block(own)],
        "data": [data_block("charts", json.dumps(live.charts, sort_keys=True)), data_block("words", live.words)],
        "figures": {name: _figure(name, sheet, makers) for name in FIGURES},
        "charts": sorted(live.charts.get("specs", {})),
        "metrics": live.charts.get("metrics", []),
        "chart_sources": live.charts.get("sources", {}),
        "sections": SECTIONS,
        "artefacts": artefact_rows(records, provenance.inputs),
        "versions": all_versions([*records.values(), provenance]),
    }
    return into_page(environment.get_template("page.html").render(context), provenance)


def own_script(scripts: Mapping[str, str]) -> str:
    """The page's own scripts as one, in strict mode, in a closure: they see each other and nobody else sees them."""
    return '"use strict";\n(() => {\n' + "\n".join(scripts[name] for name in SCRIPTS) + "\n})();\n"


def made_by(path: str, record: Provenance) -> dict[str, Any]:
    """Rule that made a figure and the files that the rule was given, as the figure itself records it.

    `path` : of the figure; the files are named as they lie in the folder of the study, without their suffix.
    """
    root = Path(path).parent.parent
    given = [Path(name).relative_to(root) if Path(name).is_relative_to(root) else Path(name) for name in record.inputs]
    return {"rule": record.rule, "given": [name.with_suffix("").as_posix() for name in given]}


def _figure(name: str, sheet: Sheet, makers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    for what, found in (("figure", sheet.figures), ("caption", sheet.captions), ("record of the figure", makers)):
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
        "made": makers[name],
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


def read_sheet(looks: Sequence[str], figures: Sequence[str], captions: Sequence[str], page: str) -> Sheet:
    """Read templates, styles, scripts, figures and captions; links are relative to the folder of `page`.

    Parameters
    ----------
    looks : paths of templates (.html), styles (.css) and scripts (.js); a template of a section is named
        "sections/<stem>.html", others by their file name.
    page : path; figures, captions : paths whose stems name the figures.
    """
    folder = Path(page).parent
    beside = [Path(path).with_suffix(suffix) for path in figures for suffix in (".svg", ".png", ".csv")]
    templates = [Path(path) for path in looks if path.endswith(".html")]
    inside = {path: f"sections/{path.name}" if path.parent.name == "sections" else path.name for path in templates}
    return Sheet(
        templates={inside[path]: path.read_text(encoding="utf-8") for path in templates},
        styles=_by_stem([path for path in looks if path.endswith(".css")]),
        scripts=_by_stem([path for path in looks if path.endswith(".js")]),
        figures=_by_stem(figures),
        captions=_by_stem(captions),
        links={path.name: Path(os.path.relpath(path, folder)).as_posix() for path in beside},
    )


def _by_stem(paths: Sequence[str]) -> dict[str, str]:
    return {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in paths}
