"""Encode the documents that one sample takes from one source."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.tokens.encode import encode
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.samples import documents_of

with job(snakemake) as run:
    cell = run.wildcards
    documents = documents_of(read_table(run.input.documents), cell.corpus, cell.sample, cell.source)
    encoded = encode(read_table(run.input.normalised), documents, read_vocabulary(run.input.vocabulary))
    run.write_table(run.output.encoded, encoded)
