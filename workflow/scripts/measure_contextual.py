"""Measure what context does to the vectors of GPT and BERT, layer by layer."""

from wordspaces.analysis.probes.contextual import contextual_table
from wordspaces.analysis.probes.settings import ContextualMeasureSettings
from wordspaces.analysis.roster import as_runs
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = ContextualMeasureSettings(**run.params.contextual)
    table = contextual_table(run.input.occurrences, run.input.sentences, as_runs(run.params.runs), settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
