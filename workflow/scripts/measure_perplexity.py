"""Measure the cross-entropy of the language models on held-out tokens, beside n-grams of their training text."""

from wordspaces.analysis.prediction.perplexity import perplexity_table, read_references
from wordspaces.analysis.roster import as_runs
from wordspaces.analysis.settings import PerplexitySettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = PerplexitySettings(**run.params.perplexity)
    inputs = run.input
    references = read_references(inputs.counts, inputs.vocabulary, inputs.trigrams, run.params.cells)
    runs, static_runs = as_runs(run.params.runs), as_runs(run.params.static_runs)
    table = perplexity_table(inputs.probabilities, runs, static_runs, references, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
