"""Decompose the PPMI matrix of one sample of a corpus; every seed gives the same model."""

from functools import partial

from wordspaces.common.artefacts import read_batches
from wordspaces.common.job import job
from wordspaces.cooccurrence.tables import read_matrix
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.svd.train import train_svd
from wordspaces.tokens.encoded import vocabulary_size

with job(snakemake) as run:
    settings = SvdSettings(**run.params.variant)
    texts = (batch for path in run.input.tokens for batch in read_batches(path, ["ids"]))
    tokens = sum(len(batch["ids"].combine_chunks().flatten()) for batch in texts)
    matrix = partial(read_matrix, run.input.cooccurrence)
    result = train_svd(matrix, vocabulary_size(run.input.vocabulary), tokens, settings)
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_timing(run.output.timing, result.timing)
