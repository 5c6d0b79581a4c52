"""List the documents of a corpus that equal an earlier one."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.corpus.duplicates import find_duplicates

with job(snakemake) as run:
    duplicates = find_duplicates(read_table(path) for path in run.input)
    run.write_table(run.output.duplicates, duplicates)
    run.progress(f"{duplicates.num_rows:,} duplicates")
