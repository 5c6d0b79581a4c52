"""Count the vocabulary in every sample, and list the words on which spaces are compared."""

from wordspaces.common.artefacts import read_batches
from wordspaces.common.job import job
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.settings import ComparisonSettings
from wordspaces.tokens.vocabulary import comparison_table, count_cells, counts_table, summary_table

with job(snakemake) as run:
    settings = ComparisonSettings(**run.params.comparison)
    vocabulary = read_vocabulary(run.input.vocabulary)
    cells = [(corpus, sample) for corpus, sample, _ in run.params.cells]
    batches = (
        (cell, batch)
        for cell, path in zip(cells, run.input.encoded, strict=True)
        for batch in read_batches(path, ["ids"])
    )
    counts, documents = count_cells(vocabulary, batches)
    run.write_table(run.output.counts, counts_table(counts))
    run.write_table(run.output.comparison, comparison_table(vocabulary, counts, settings))
    run.write_table(run.output.summary, summary_table(vocabulary, counts, documents))
