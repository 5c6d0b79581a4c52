"""Train one Word2Vec model on one sample of a corpus."""

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.devices import claim
from wordspaces.common.job import Ticker, job
from wordspaces.common.resume import checkpoint_of
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.text import text_of_shards
from wordspaces.models.word2vec.train import train_text
from wordspaces.tokens.encoded import vocabulary_size

with job(snakemake) as run:
    settings = Word2VecSettings(**run.params.variant)
    claim(int(settings.device == "cuda"), run.progress)
    size = vocabulary_size(run.input.vocabulary)
    text, heldout = (text_of_shards(paths, size) for paths in (run.input.tokens, run.input.heldout))
    checkpoint = checkpoint_of(run)
    ticker = Ticker(run, text.total * settings.epochs, "tokens")
    start = next((read_tensors(path) for path in run.input.get("start", [])), None)
    seed = int(run.wildcards.seed)
    result = train_text(text, heldout, settings, seed, checkpoint, ticker, start=start)
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    checkpoint.clear()
