"""Decompose the PPMI matrix of one sample of a corpus; every seed gives the same model."""

from functools import partial

from wordspaces.common.job import job
from wordspaces.cooccurrence.tables import read_matrix
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.svd.train import train_svd
from wordspaces.tokens.encoded import token_count, vocabulary_size

with job(snakemake) as run:
    settings = SvdSettings(**run.params.variant)
    matrix, size = partial(read_matrix, run.input.cooccurrence), vocabulary_size(run.input.vocabulary)
    result = train_svd(matrix, size, token_count(run.input.tokens), settings)
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_timing(run.output.timing, result.timing)
