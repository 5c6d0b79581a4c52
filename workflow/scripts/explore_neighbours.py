"""List the nearest neighbours of every frequent word in every corpus and recipe."""

from wordspaces.analysis.explorer.neighbours import neighbours_table
from wordspaces.analysis.explorer.settings import ExploreNeighbourSettings
from wordspaces.analysis.roster import as_runs, corpus_words, samples_of
from wordspaces.common.job import job

with job(snakemake) as run:
    settings, runs = ExploreNeighbourSettings(**run.params.explorer), as_runs(run.params.runs)
    words = corpus_words(run.input.counts, run.input.vocabulary, samples_of(runs), settings.least_count)
    run.write_table(run.output.table, neighbours_table(run.input.spaces, runs, words, settings))
