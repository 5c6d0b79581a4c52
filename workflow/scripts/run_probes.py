"""Probe trained and untrained spaces with human similarity ratings and analogies."""

from wordspaces.analysis.human import read_analogies, read_ratings
from wordspaces.analysis.probes.means import means_table
from wordspaces.analysis.probes.scoring import score_probes
from wordspaces.analysis.probes.spaces import load_probes
from wordspaces.analysis.probes.table import probe_rows, probes_table
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
    names = run.params.lists
    ratings = {name: read_ratings(path) for name, path in zip(names["ratings"], run.input.ratings, strict=True)}
    analogies = {name: read_analogies(path) for name, path in zip(names["analogies"], run.input.analogies, strict=True)}
    rows = probe_rows(score_probes(probes, ratings, analogies), settings)
    table, means = probes_table(rows), means_table(rows, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
    run.write_table(run.output.means, means)
    write_csv(run.output.means_csv, means)
