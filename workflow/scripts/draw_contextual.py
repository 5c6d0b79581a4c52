"""Draw what context does to words, layer by layer, and the occurrences of single words."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.contextual import contextual, occurrences
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants, corpora = Variants(run.params.families), run.params.corpora
    drawn = {
        "contextual": contextual(read_table(run.input.contextual).to_pandas(), variants, corpora),
        "occurrences": occurrences(read_table(run.input.occurrences).to_pandas(), variants, corpora),
    }
    for path in run.output:
        save(path, drawn, run.provenance())
