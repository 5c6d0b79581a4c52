"""Draw the second-order map of all spaces."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.map import spaces_map
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants = Variants(run.params.families)
    drawn = {"map": spaces_map(read_table(run.input.map).to_pandas(), variants, run.params.corpora)}
    for path in run.output:
        save(path, drawn, run.provenance())
