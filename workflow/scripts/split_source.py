"""Find where the parts of the files of a source begin and end."""

from pathlib import Path

from wordspaces.common.job import job
from wordspaces.corpus.parts import parts_table, split

with job(snakemake) as run:
    index = Path(run.input.index[0]) if run.input.index else None
    files = [Path(path) for path in run.input.files]
    found = [split(path, index, run.params.format, run.params.parts) for path in files]
    run.write_table(run.output.parts, parts_table(found))
