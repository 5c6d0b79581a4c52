"""Count the co-occurrences of one encoded shard."""

from wordspaces.common.job import job
from wordspaces.cooccurrence.count import count_cooccurrence
from wordspaces.cooccurrence.merge import shard_table
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.tokens.encoded import read_encoded, vocabulary_size

with job(snakemake) as run:
    settings = CooccurrenceSettings(**run.params.settings)
    text = read_encoded([run.input.encoded])
    shard = count_cooccurrence(text.ids, text.documents, vocabulary_size(run.input.vocabulary), settings)
    run.write_table(run.output.shard, shard_table(shard))
    run.progress(f"{len(text.ids):,} tokens, {len(shard[0]):,} pairs of words")
