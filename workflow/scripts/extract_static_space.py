"""Write the word vectors of one static model as a spaces table."""

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.job import job
from wordspaces.spaces.static import static_space
from wordspaces.tokens.encoded import read_vocabulary

with job(snakemake) as run:
    tokens = read_vocabulary(run.input.vocabulary)["token"].to_pylist()
    space = static_space(run.params.family, read_tensors(run.input.weights), run.params.add_context, tokens)
    run.write_table(run.output.space, space)
