"""Train one GloVe model on the co-occurrence matrix of one sample of a corpus."""

from pathlib import Path

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import Ticker, job
from wordspaces.common.resume import Checkpoint
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.train import train_glove
from wordspaces.tokens.encoded import read_encoded, vocabulary_size

with job(snakemake) as run:
    settings = GloveSettings(**run.params.variant)
    matrix = read_table(run.input.cooccurrence)
    minutes = run.resources.get("checkpoint_minutes", 5)
    checkpoint = Checkpoint(Path(run.output.weights).parent / ".resume", run.provenance(), minutes)
    result = train_glove(
        matrix["row"].to_numpy(),
        matrix["column"].to_numpy(),
        matrix["count"].to_numpy(),
        vocabulary_size(run.input.vocabulary),
        len(read_encoded(run.input.tokens).ids),
        settings,
        int(run.wildcards.seed),
        checkpoint,
        Ticker(run, matrix.num_rows * settings.epochs, "pairs"),
    )
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    checkpoint.clear()
