"""Draw where the variance between trainings comes from."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.arms import arms
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    table = read_table(run.input.arms).to_pandas()
    table = table[table["method"] == run.params.method]
    drawn = {"arms": arms(table, Variants(run.params.families), run.params.corpora)}
    for path in run.output:
        save(path, drawn, run.provenance())
