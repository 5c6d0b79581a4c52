"""Add the co-occurrence shards of one sample into its matrix."""

from functools import partial

from wordspaces.common.job import job
from wordspaces.cooccurrence.merge import merge_runs, runs_at_once
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.cooccurrence.tables import MATRIX_SCHEMA, matrix_tables, read_sums, some_pair

with job(snakemake) as run:
    settings = CooccurrenceSettings(**run.params.settings)
    at_once = runs_at_once(int(run.resources.get("mem_mb", 3000)) << 20)
    shards = [partial(read_sums, path) for path in run.input.shards]
    blocks = some_pair(merge_runs(shards, at_once, run.resources.get("tmpdir")))
    with run.open_table(run.output.matrix, MATRIX_SCHEMA) as sink:
        for table in matrix_tables(blocks, settings):
            sink.write(table)
    run.progress(f"{sink.written:,} pairs of words")
