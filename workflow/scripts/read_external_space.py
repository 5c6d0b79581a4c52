"""Write vectors that others trained as a spaces table, over the words of the shared vocabulary."""

from wordspaces.common.job import job
from wordspaces.spaces.external import external_space
from wordspaces.spaces.settings import ExternalSettings
from wordspaces.tokens.encoded import read_vocabulary

with job(snakemake) as run:
    tokens = read_vocabulary(run.input.vocabulary)["token"].to_pylist()
    space = external_space(run.input.files, ExternalSettings(**run.params.external), tokens)
    run.write_table(run.output.space, space)
    run.progress(f"{space.num_rows:,} of {len(tokens):,} words of the vocabulary")
