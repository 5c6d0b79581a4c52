"""Write the input vectors of a GPT or BERT model that is compared by these alone, without running it."""

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.job import job
from wordspaces.spaces.matrices import input_space
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.spelled import read_spellings

with job(snakemake) as run:
    tokens = read_vocabulary(run.input.vocabulary)["token"].to_pylist()
    spellings = read_spellings(run.input.get("spellings", []), run.params.tokeniser)
    run.write_table(run.output.space, input_space(read_tensors(run.input.weights), tokens, spellings))
