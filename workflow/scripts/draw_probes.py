"""Draw agreement with human ratings and analogies, with what could be detected."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.pictures import save
from wordspaces.report.probes import probes
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants = Variants(run.params.families)
    table = read_table(run.input.probes).to_pandas()
    drawn = {"probes": probes(table, variants, run.params.corpora)}
    for path in run.output:
        save(path, drawn, run.provenance())
