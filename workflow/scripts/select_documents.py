"""Draw the held-out and training documents of all corpora, with equal numbers of words."""

from functools import partial

from wordspaces.common.artefacts import read_batches
from wordspaces.common.job import job
from wordspaces.corpus.duplicates import duplicate_rows
from wordspaces.tokens.selection import Corpus, select_documents
from wordspaces.tokens.settings import SelectionSettings

COLUMNS = ["document", "place", "words"]

with job(snakemake) as run:
    settings = SelectionSettings(**run.params.selection)
    paths = iter(run.input.normalised)
    corpora = {
        corpus: Corpus([partial(read_batches, next(paths), COLUMNS) for _ in shards], partial(duplicate_rows, table))
        for (corpus, shards), table in zip(run.params.shards.items(), run.input.duplicates, strict=True)
    }
    selection = select_documents(corpora, settings)
    run.write_table(run.output.samples, selection.samples)
    run.write_table(run.output.border, selection.border)
    for row in selection.samples.to_pylist():
        run.progress(f"{row['corpus']} {row['sample']}: {row['documents']:,} documents, {row['words']:,} words")
