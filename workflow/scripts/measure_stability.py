"""Measure how many nearest neighbours of each word two trainings share: seeds, document samples, corpora."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import StabilitySettings
from wordspaces.analysis.stability.overlap import stability_tables
from wordspaces.analysis.tables import write_csv
from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = StabilitySettings(**run.params.stability)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    words, cells = stability_tables(roster, read_table(run.input.rsa), settings)
    run.write_table(run.output.table, words)
    write_csv(run.output.csv, words)
    run.write_table(run.output.reliability, cells)
    write_csv(run.output.reliability_csv, cells)
