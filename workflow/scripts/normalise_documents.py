"""Turn the documents of one source into sentences of tokens."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import Ticker, job
from wordspaces.tokens.shards import normalise_documents

with job(snakemake) as run:
    documents = read_table(run.input.documents)
    normalised = normalise_documents(documents, Ticker(run, documents.num_rows, "documents"))
    run.write_table(run.output.normalised, normalised)
