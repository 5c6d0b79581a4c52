"""Draw how spaces form: similarity to finished spaces, losses, pairs of words, norms."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.forming import forming, losses, norms, trajectories
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants, corpora = Variants(run.params.families), run.params.corpora
    dynamics = read_table(run.input.dynamics).to_pandas()
    drawn = {
        "forming": forming(dynamics, variants, corpora),
        "losses": losses(dynamics, variants, corpora),
        "trajectories": trajectories(read_table(run.input.trajectories).to_pandas(), variants, corpora),
        "norms": norms(dynamics, variants, corpora),
    }
    for path in run.output:
        save(path, drawn, run.provenance())
