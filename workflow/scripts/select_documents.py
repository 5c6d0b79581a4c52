"""Draw the held-out and training documents of all corpora, with equal numbers of words."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.tokens.samples import by_corpus
from wordspaces.tokens.selection import select_documents
from wordspaces.tokens.settings import SelectionSettings

with job(snakemake) as run:
    settings = SelectionSettings(**run.params.selection)
    sources = run.params.corpora
    shards = by_corpus(sources, [read_table(path, ["document", "words"]) for path in run.input.normalised])
    duplicates = dict(zip(sources, map(read_table, run.input.duplicates), strict=True))
    run.write_table(run.output.documents, select_documents(shards, duplicates, sources, settings))
