"""Draw bias and variance over the dimension, and growth and quality over a regularisation."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants
from wordspaces.report.sweeps import dimension, regularisation

with job(snakemake) as run:
    names = ("dimension", "regularisation", "norm_growth")
    errors, table, growth = (read_table(getattr(run.input, name)).to_pandas() for name in names)
    table = table[table["method"].isin(["", run.params.method])]
    looks = Variants(run.params.families), run.params.corpora
    drawn = {"dimension": dimension(errors, *looks), "regularisation": regularisation(table, growth, *looks)}
    for path in run.output:
        save(path, drawn, run.provenance())
