"""Read word vectors and token probabilities from one GPT or BERT model."""

import pyarrow as pa

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.job import job
from wordspaces.models.transformer.body import load_model
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import deterministic
from wordspaces.spaces.contextual import contextual_blocks, input_block, texts_by_probe
from wordspaces.spaces.probabilities import probability_rows, token_bits
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import spaces_table
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.spelled import read_spellings, read_text, word_count

with job(snakemake) as run:
    settings = {"gpt": GptSettings, "bert": BertSettings}[run.params.variant["family"]](**run.params.variant)
    deterministic(settings.device)
    reading = ContextualSettings(**run.params.contextual)
    model = load_model(settings, read_tensors(run.input.weights))
    tokens = read_vocabulary(run.input.vocabulary)["token"].to_pylist()
    spellings = read_spellings(run.input.get("spellings", []), settings.tokeniser)
    blocks, probabilities = [input_block(model, tokens, spellings)], []
    for probe, shards in texts_by_probe(run.params.probes, run.input.heldout).items():
        text = read_text(shards, settings.tokeniser)
        blocks += contextual_blocks(model, probe, text, tokens, settings, reading)
        probabilities.append(probability_rows(probe, text, *token_bits(model, text, settings, reading)))
        run.progress(f"read {word_count(text):,} words of {probe}")
    run.write_table(run.output.space, spaces_table(blocks))
    run.write_table(run.output.probabilities, pa.concat_tables(probabilities))
