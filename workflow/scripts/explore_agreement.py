"""Measure how much corpora and recipes agree about each compared word, beside what their noise allows."""

from wordspaces.analysis.explorer.agreement import agreement_table
from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    runs = as_runs(run.params.runs)
    roster, _ = load_rosters(run.input.spaces, runs, read_words(run.input.comparison))
    table = agreement_table(roster, run.params.models, list(dict.fromkeys(each.corpus for each in runs)))
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
