"""Count the co-occurrences of one encoded shard."""

from wordspaces.common.artefacts import read_batches
from wordspaces.common.job import job
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.cooccurrence.shards import count_shard
from wordspaces.cooccurrence.subsampling import sample_counts
from wordspaces.cooccurrence.tables import SHARD_SCHEMA, shard_tables
from wordspaces.tokens.encoded import vocabulary_size

with job(snakemake) as run:
    settings = CooccurrenceSettings(**run.params.settings)
    size, cell = vocabulary_size(run.input.vocabulary), run.wildcards
    subsampled = settings.subsample is not None
    counts = sample_counts(read_batches(run.input.counts), cell.corpus, cell.sample, size) if subsampled else None
    batches = read_batches(run.input.encoded, ["document", "ids"] if subsampled else ["ids"])
    memory = int(run.resources.get("mem_mb", 3000)) << 20
    blocks = count_shard(batches, size, settings, counts, memory, run.resources.get("tmpdir"))
    with run.open_table(run.output.shard, SHARD_SCHEMA) as sink:
        for table in shard_tables(blocks):
            sink.write(table)
    run.progress(f"{sink.written:,} pairs of words")
