"""Draw the shape of forming spaces, when they moved, when they agree with finished ones, which words settle first."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.geometry import geometry, phases
from wordspaces.report.pictures import save
from wordspaces.report.settling import convergence, settling
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants, corpora = Variants(run.params.families), run.params.corpora
    dynamics = read_table(run.input.dynamics).to_pandas()
    drawn = {
        "geometry": geometry(dynamics, variants, corpora),
        "phases": phases(dynamics, variants, corpora),
        "convergence": convergence(dynamics, variants, corpora),
        "settling": settling(read_table(run.input.settling_runs).to_pandas(), variants, corpora),
    }
    for path in run.output:
        save(path, drawn, run.provenance())
