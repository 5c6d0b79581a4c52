"""Draw agreement between corpora over the size of the training text."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.curve import curve
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    table = read_table(run.input.curve).to_pandas()
    table = table[table["method"] == run.params.method]
    drawn = {"curve": curve(table, Variants(run.params.families))}
    for path in run.output:
        save(path, drawn, run.provenance())
