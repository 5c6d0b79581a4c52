"""Train one GPT or BERT model on a document sample."""

from pathlib import Path

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.job import Ticker, job
from wordspaces.common.resume import Checkpoint
from wordspaces.models.transformer.settings import settings_of
from wordspaces.models.transformer.train import Training
from wordspaces.tokens.encoded import vocabulary_size
from wordspaces.tokens.spelled import read_spellings, read_text, word_count

with job(snakemake) as run:
    settings = settings_of(run.params.variant)
    text, heldout = (read_text(part, settings.tokeniser) for part in (run.input.tokens, run.input.heldout))
    spellings = read_spellings(run.input.get("spellings", []), settings.tokeniser)
    minutes = run.resources.get("checkpoint_minutes", 5)
    checkpoint = Checkpoint(Path(run.output.weights).parent / ".resume", run.provenance(), minutes)
    size = vocabulary_size(run.input.vocabulary)
    start = next((read_tensors(path) for path in run.input.get("start", [])), None)
    training = Training(settings, text, heldout, size, int(run.wildcards.seed), checkpoint, spellings, start)
    result = training.run(Ticker(run, word_count(text) * settings.epochs, "tokens"))
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    checkpoint.clear()
