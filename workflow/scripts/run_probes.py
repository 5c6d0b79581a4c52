"""Probe trained and untrained spaces with human similarity ratings and analogies."""

from wordspaces.analysis.human import read_analogies, read_ratings
from wordspaces.analysis.probes import load_probes, probes_table
from wordspaces.analysis.roster import as_runs, corpus_words, read_starts, read_words, samples_of
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings, runs = ProbeSettings(**run.params.probes), as_runs(run.params.runs)
    words = corpus_words(run.input.counts, run.input.vocabulary, samples_of(runs), settings.least_count)
    starts = read_starts(run.input.snapshots, as_runs(run.params.learners))
    comparison = read_words(run.input.comparison)
    probes = load_probes(run.input.spaces, runs, starts, words, comparison, settings.contextual_layer)
    ratings = {"wordsim": read_ratings(run.input.wordsim), "simlex": read_ratings(run.input.simlex)}
    table = probes_table(probes, ratings, {"analogies": read_analogies(run.input.analogies)}, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
