"""Encode the documents that one sample takes from one shard as pieces of words."""

from wordspaces.common.job import job
from wordspaces.tokens.drawn import drawn_documents, read_selection
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.piece_encoding import PIECES, Speller, encode_pieces
from wordspaces.tokens.pieces import read_tokeniser
from wordspaces.tokens.settings import SelectionSettings

with job(snakemake) as run:
    cell, files = run.wildcards, run.input
    selection = read_selection(files.samples, files.border, SelectionSettings(**run.params.selection))
    words = read_vocabulary(files.words)["token"].combine_chunks()
    speller = Speller(read_tokeniser(files.tokeniser))
    documents = drawn_documents(
        files.normalised, files.duplicates, selection, cell.corpus, run.params.number, [cell.sample]
    )
    with run.open_table(run.output.encoded, PIECES) as sink:
        for batch in documents:
            sink.write(encode_pieces(batch, speller, words))
