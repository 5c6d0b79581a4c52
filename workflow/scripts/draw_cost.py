"""Draw what a pass, or an update, of each family costs."""

from wordspaces.common.job import job
from wordspaces.models.cost.timing import read_costs
from wordspaces.report.cost import cost
from wordspaces.report.pictures import save

with job(snakemake) as run:
    drawn = {"cost": cost(read_costs(run.input.cost))}
    for path in run.output:
        save(path, drawn, run.provenance())
