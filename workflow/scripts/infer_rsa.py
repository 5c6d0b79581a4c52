"""Resample words, seeds and document samples behind the mean correlations of the input spaces."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.inference import inference_table
from wordspaces.analysis.settings import InferenceSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = InferenceSettings(**run.params.inference)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    table = inference_table(roster, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
