"""Read word vectors, token probabilities and examples from one GPT or BERT model."""

import pyarrow as pa

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.devices import claim
from wordspaces.common.job import job
from wordspaces.models.transformer.body import load_model
from wordspaces.models.transformer.settings import settings_of
from wordspaces.models.transformer.train import deterministic
from wordspaces.spaces.contextual import contextual_blocks, matrix_blocks
from wordspaces.spaces.filling import filled_rows
from wordspaces.spaces.generation import broken_prompts, read_prompts, sample_rows
from wordspaces.spaces.joining import read_entries
from wordspaces.spaces.occurrences import absent_words, occurrence_rows, sentence_rows
from wordspaces.spaces.probabilities import probability_tables
from wordspaces.spaces.reading import check_settings, check_spellings, check_vocabulary, texts_by_probe
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import spaces_table
from wordspaces.tokens.encoded import read_vocabulary
from wordspaces.tokens.spelled import read_spellings, read_text, word_count

with job(snakemake) as run:
    settings = settings_of(run.params.variant)
    claim(int(settings.device == "cuda"), run.progress)
    deterministic(settings.device)
    reading = ContextualSettings(**run.params.contextual)
    weights = read_tensors(run.input.weights)
    tokens = read_vocabulary(run.input.vocabulary)["token"].to_pylist()
    entries = read_entries(run.input.entries, run.params.algorithm)
    spellings = read_spellings(run.input.get("spellings", []), settings.tokeniser)
    check_vocabulary(run.input.entries, len(entries), len(weights.get("embedding", ())))
    check_spellings(run.input.get("spellings", []), spellings, len(tokens), len(entries))
    check_settings(run.input.weights, run.params.variant)
    model = load_model(settings, weights)
    blocks, probabilities, examples = matrix_blocks(model, tokens, spellings), [], []
    occurrences, sentences = {}, []
    for probe, shards in texts_by_probe(run.params.probes, run.input.heldout).items():
        text = read_text(shards, settings.tokeniser)
        blocks += contextual_blocks(model, probe, text, tokens, settings, reading)
        probabilities += probability_tables(model, probe, text, settings, reading)
        occurrences[probe] = occurrence_rows(model, probe, text, tokens, settings, reading)
        sentences.append(sentence_rows(model, probe, text, tokens, settings, reading))
        if settings.family == "bert":
            examples.append(filled_rows(model, probe, text, tokens, entries, spellings, settings, reading))
        run.progress(f"read {word_count(text):,} words of {probe}")
    if absent := absent_words(occurrences, reading.occurrences.words):
        run.progress(f"no occurrence of {absent}")
    if settings.family == "gpt":
        prompts = read_prompts(reading.samples.prompts, tokens, spellings)
        if unknown := broken_prompts(prompts):
            run.progress(f"spaces.samples.prompts are read up to the words that the vocabulary lacks: {unknown}")
        examples.append(sample_rows(model, prompts, entries, settings, reading, int(run.wildcards.seed)))
    run.write_table(run.output.space, spaces_table(blocks))
    run.write_table(run.output.probabilities, pa.concat_tables(probabilities))
    run.write_table(run.output.occurrences, pa.concat_tables(occurrences.values()))
    run.write_table(run.output.sentences, pa.concat_tables(sentences))
    run.write_table(run.output.examples, pa.concat_tables(examples))
