"""Read one shard of a source into a table of clean documents, and count what was dropped."""

from wordspaces.common.job import job
from wordspaces.corpus.documents import extract_shard
from wordspaces.corpus.readers_dumps import READERS

with job(snakemake) as run:
    extract_shard(run, READERS)
