"""Measure growth of norms and quality of spaces over the strength of a regularisation."""

from wordspaces.analysis.human import read_ratings
from wordspaces.analysis.roster import as_runs, corpus_words, read_words
from wordspaces.analysis.settings import RegularisationSettings
from wordspaces.analysis.sweeps.cells import as_cells, as_sweeps
from wordspaces.analysis.sweeps.reading import read_trained
from wordspaces.analysis.sweeps.regularisation import regularisation_tables
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings, runs = RegularisationSettings(**run.params.regularisation), as_runs(run.params.runs)
    samples = {corpus: set(names) for corpus, names in run.params.samples.items()}
    known = corpus_words(run.input.counts, run.input.vocabulary, samples, settings.least_count)
    trained = read_trained(run.input.spaces, run.input.logs, runs, read_words(run.input.comparison), known)
    ratings = {"wordsim": read_ratings(run.input.wordsim), "simlex": read_ratings(run.input.simlex)}
    cells, sweeps = as_cells(run.params.cells), as_sweeps(run.params.sweeps)
    table, growth = regularisation_tables(cells, sweeps, trained, ratings, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
    run.write_table(run.output.growth, growth)
    write_csv(run.output.growth_csv, growth)
