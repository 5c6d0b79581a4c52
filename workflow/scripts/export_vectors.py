"""Write the word vectors of one static model in the word2vec formats, text and binary."""

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.job import job
from wordspaces.models.export import write_word2vec_binary, write_word2vec_text
from wordspaces.spaces.static import static_vectors
from wordspaces.tokens.encoded import read_vocabulary

with job(snakemake) as run:
    tokens = read_vocabulary(run.input.vocabulary)["token"].to_pylist()
    vectors = static_vectors(run.params.family, read_tensors(run.input.weights), run.params.add_context)
    write_word2vec_text(run.output.text, tokens, vectors)
    write_word2vec_binary(run.output.binary, tokens, vectors)
