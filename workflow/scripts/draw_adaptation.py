"""Draw what becomes of finished spaces whose training goes on with the text of another corpus."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.adaptation import adaptation
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    course, words = (read_table(path).to_pandas() for path in (run.input.adaptation, run.input.words))
    drawn = {"adaptation": adaptation(course, words, Variants(run.params.families), run.params.corpora)}
    for path in run.output:
        save(path, drawn, run.provenance())
