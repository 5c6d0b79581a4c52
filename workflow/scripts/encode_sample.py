"""Encode the documents that one sample takes from one shard."""

from wordspaces.common.job import job
from wordspaces.tokens.drawn import drawn_documents, read_selection
from wordspaces.tokens.encode import ENCODED, encode
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.settings import SelectionSettings

with job(snakemake) as run:
    cell, files = run.wildcards, run.input
    selection = read_selection(files.samples, files.border, SelectionSettings(**run.params.selection))
    words = read_vocabulary(files.vocabulary)["token"].combine_chunks()
    documents = drawn_documents(
        files.normalised, files.duplicates, selection, cell.corpus, run.params.number, [cell.sample]
    )
    with run.open_table(run.output.encoded, ENCODED) as sink:
        for batch in documents:
            sink.write(encode(batch, words))
