"""Add the co-occurrence shards of one sample into its matrix."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.cooccurrence.merge import matrix_table, merge_shards, shard_triples
from wordspaces.cooccurrence.settings import CooccurrenceSettings

with job(snakemake) as run:
    settings = CooccurrenceSettings(**run.params.settings)
    total = merge_shards(shard_triples(read_table(path)) for path in run.input.shards)
    run.write_table(run.output.matrix, matrix_table(total, settings))
    run.progress(f"{len(total[0]):,} pairs of words")
