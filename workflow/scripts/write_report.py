"""Write the report page from the tables, the figures and the settings of the study."""

import json
from pathlib import Path

import pandas as pd

from wordspaces.analysis.roster import text_counts
from wordspaces.common.artefacts import atomic, read_provenance, read_table
from wordspaces.common.job import job
from wordspaces.models.cost.timing import read_costs
from wordspaces.report.content import Tables
from wordspaces.report.examples import joined
from wordspaces.report.live import LIVE, live_parts
from wordspaces.report.page import read_sheet, write_page
from wordspaces.report.provenance import read_svg
from wordspaces.report.recipes import parameters
from wordspaces.report.runs import read_runs
from wordspaces.report.topics import TOPICS

NAMES = (
    "components",
    "stability",
    "reliability",
    "neighbours",
    "probes",
    "perplexity",
    "dynamics",
    "summary",
    "comparison",
    "corpora",
)

with job(snakemake) as run:
    inputs, params = run.input, run.params
    clocks = [json.loads(Path(path).read_text()) for path in inputs.timings]
    frames = {name: read_table(getattr(inputs, name)).to_pandas() for name in {*NAMES, *TOPICS, *LIVE}}
    tables = Tables(
        **{name: frames[name] for name in NAMES},
        topics={name: frames[name] for name in TOPICS},
        jobs=read_runs(params.benchmarks, params.rules),
        examples=joined([read_table(path).to_pandas() for path in inputs.examples], params.examples),
        sizes={name: parameters(path) for name, path in zip(params.study["models"], inputs.weights, strict=True)},
        timings=pd.DataFrame(clocks).assign(model=params.timed),
        costs=read_costs(inputs.cost),
    )
    samples = {corpus: set(params.samples) for corpus in params.study["corpora"]}
    counts = text_counts(inputs.counts, samples)
    live = live_parts(frames, counts, params.study, params.samples, params.analysis, params.method)
    sheet = read_sheet(inputs.looks, inputs.figures, inputs.captions, run.output.page)
    records = {
        path: read_provenance(path)
        for path in (getattr(inputs, name) for name in dict.fromkeys((*NAMES, *TOPICS, *LIVE)))
    }
    records |= {path: read_svg(Path(path))[0] for path in inputs.figures}
    page = write_page(
        tables, live, sheet, params.study, params.analysis, params.sources, params.method, records, run.provenance()
    )
    with atomic(run.output.page) as partial:
        partial.write_text(page, encoding="utf-8")
