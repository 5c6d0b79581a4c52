"""Draw what shapes a word space: the ladder of agreement, the variance components, the RSA matrix."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.findings import share_rows
from wordspaces.report.headline import components, ladder, matrix
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants, method = Variants(run.params.families), run.params.method
    rungs = read_table(run.input.ladder).to_pandas()
    rsa = read_table(run.input.rsa).to_pandas()
    drawn = {
        "ladder": ladder(rungs[rungs["method"] == method], variants),
        "components": components(share_rows(read_table(run.input.components).to_pandas(), method)),
        "matrix": matrix(rsa[(rsa["method"] == method) & (rsa["roster"] == "input")], variants, run.params.corpora),
    }
    for path in run.output:
        save(path, drawn, run.provenance())
