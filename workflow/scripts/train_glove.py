"""Train one GloVe model on the co-occurrence matrix of one sample of a corpus."""

from functools import partial

from wordspaces.common.artefacts import read_tensors, row_count
from wordspaces.common.devices import claim
from wordspaces.common.job import Ticker, job
from wordspaces.common.resume import checkpoint_of
from wordspaces.cooccurrence.tables import read_matrix
from wordspaces.models.glove.evaluation import scaled
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.train import train_glove
from wordspaces.tokens.encoded import token_count, vocabulary_size

with job(snakemake) as run:
    settings = GloveSettings(**run.params.variant)
    claim(int(settings.device == "cuda"), run.progress)
    tokens, outside = (token_count(paths) for paths in (run.input.tokens, run.input.heldout))
    heldout = scaled(partial(read_matrix, run.input.heldout_cooccurrence), tokens / outside)
    checkpoint = checkpoint_of(run)
    result = train_glove(
        partial(read_matrix, run.input.cooccurrence),
        vocabulary_size(run.input.vocabulary),
        tokens,
        settings,
        int(run.wildcards.seed),
        checkpoint,
        Ticker(run, row_count(run.input.cooccurrence) * settings.epochs, "pairs"),
        heldout,
        next((read_tensors(path) for path in run.input.get("start", [])), None),
    )
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    checkpoint.clear()
