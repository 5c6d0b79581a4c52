"""Learn a tokeniser of pieces from the training documents of all corpora, and spell the shared words with it."""

import pyarrow as pa

from wordspaces.common.job import job
from wordspaces.tokens.drawn import drawn_documents, in_turn, read_selection
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.piece_encoding import Speller, spell_vocabulary
from wordspaces.tokens.pieces import TOKENISER, sentences_of, train_pieces
from wordspaces.tokens.samples import sample_names
from wordspaces.tokens.settings import PieceSettings, SelectionSettings

with job(snakemake) as run:
    settings, files = SelectionSettings(**run.params.selection), run.input
    selection, names = read_selection(files.samples, files.border, settings), sample_names(settings)
    paths = iter(files.normalised)
    drawn = {
        corpus: [drawn_documents(next(paths), table, selection, corpus, shard, names) for shard in range(len(shards))]
        for (corpus, shards), table in zip(run.params.shards.items(), files.duplicates, strict=True)
    }
    texts = {corpus: sentences_of(in_turn(documents)) for corpus, documents in drawn.items()}
    tokeniser, vocabulary = train_pieces(texts, PieceSettings(**run.params.pieces))
    run.write_table(run.output.tokeniser, pa.table([[tokeniser]], schema=TOKENISER))
    run.write_table(run.output.vocabulary, vocabulary)
    run.write_table(run.output.spellings, spell_vocabulary(Speller(tokeniser), read_vocabulary(files.words)))
