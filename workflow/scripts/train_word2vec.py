"""Train one Word2Vec model on one sample of a corpus."""

from pathlib import Path

from wordspaces.common.job import Ticker, job
from wordspaces.common.resume import Checkpoint
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
from wordspaces.tokens.encoded import read_encoded, vocabulary_size

with job(snakemake) as run:
    settings = Word2VecSettings(**run.params.variant)
    text, heldout = read_encoded(run.input.tokens), read_encoded(run.input.heldout)
    minutes = run.resources.get("checkpoint_minutes", 5)
    checkpoint = Checkpoint(Path(run.output.weights).parent / ".resume", run.provenance(), minutes)
    result = train_word2vec(
        text.ids,
        text.documents,
        heldout.ids,
        heldout.documents,
        vocabulary_size(run.input.vocabulary),
        settings,
        int(run.wildcards.seed),
        checkpoint,
        Ticker(run, len(text.ids) * settings.epochs, "tokens"),
    )
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    checkpoint.clear()
