"""Add up what became of the records of every source."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.corpus.duplicates import reason_counts
from wordspaces.corpus.summary import summarise

with job(snakemake) as run:
    shards = [tuple(shard) for shard in run.params.shards]
    corpora = list(dict.fromkeys(corpus for corpus, _ in shards))
    duplicates = dict(zip(corpora, map(reason_counts, run.input.duplicates), strict=True))
    run.write_table(run.output.summary, summarise(shards, map(read_table, run.input.dropped), duplicates))
