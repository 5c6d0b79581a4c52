"""Draw which rules were given the files of which, as the files record it."""

from pathlib import Path

from wordspaces.common.job import job
from wordspaces.report.pictures import save
from wordspaces.report.rules import edges_of, rules

with job(snakemake) as run:
    # Files behind these are named in their records: whatever changes there changes these as well.
    folder = Path(run.output[0]).parents[1]
    drawn = {"rules": rules(edges_of(map(str, run.input), str(folder)))}
    for path in run.output:
        save(path, drawn, run.provenance())
