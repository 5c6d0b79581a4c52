"""List the nearest neighbours of chosen words in every corpus and model."""

from wordspaces.analysis.neighbours import load_neighbours, neighbours_table
from wordspaces.analysis.roster import as_runs, corpus_words, samples_of
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings, runs = NeighbourSettings(**run.params.neighbours), as_runs(run.params.runs)
    words = corpus_words(run.input.counts, run.input.vocabulary, samples_of(runs), settings.least_count)
    table = neighbours_table(load_neighbours(run.input.spaces, runs, words), settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
