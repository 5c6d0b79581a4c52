"""Read one downloaded source into a table of clean documents, and count what was dropped."""

from wordspaces.common.job import job
from wordspaces.corpus.documents import extract

with job(snakemake) as run:
    documents, dropped = extract(run.input.file, run.params.format, run.params.source)
    run.write_table(run.output.documents, documents)
    run.write_table(run.output.dropped, dropped)
    for row in dropped.to_pylist():
        run.progress(f"{row['documents']:,} {row['reason']}")
