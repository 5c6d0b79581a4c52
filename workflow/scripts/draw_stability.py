"""Draw how many of its neighbours a word keeps, against its frequency."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.pictures import save
from wordspaces.report.stability import stability
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants = Variants(run.params.families)
    table = read_table(run.input.stability).to_pandas()
    drawn = {"stability": stability(table, variants)}
    for path in run.output:
        save(path, drawn, run.provenance())
