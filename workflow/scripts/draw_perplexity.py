"""Draw the cross-entropy of held-out text beside a unigram."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.report.perplexity import perplexity
from wordspaces.report.pictures import save
from wordspaces.report.style import Variants

with job(snakemake) as run:
    variants = Variants(run.params.families)
    table = read_table(run.input.perplexity).to_pandas()
    drawn = {"perplexity": perplexity(table, variants, run.params.corpora)}
    for path in run.output:
        save(path, drawn, run.provenance())
