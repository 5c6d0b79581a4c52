"""List the documents of a corpus that repeat an earlier one, over all of its shards."""

from pathlib import Path

from wordspaces.common.job import job
from wordspaces.corpus.duplicates import DUPLICATES
from wordspaces.corpus.matches import find_duplicates

with job(snakemake) as run:
    output = Path(run.output.duplicates)
    shards = [Path(path) for path in run.input]
    with run.open_table(run.output.duplicates, DUPLICATES) as sink:
        for table in find_duplicates(shards, output.with_name(f".{output.name}.scratch"), run.progress):
            sink.write(table)
    run.progress(f"{sink.written:,} duplicates")
