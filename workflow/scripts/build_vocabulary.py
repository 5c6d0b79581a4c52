"""Build the one vocabulary from the training samples of all corpora."""

from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job
from wordspaces.tokens.samples import training_documents
from wordspaces.tokens.settings import VocabularySettings
from wordspaces.tokens.vocabulary import build_vocabulary, count_types

with job(snakemake) as run:
    settings = VocabularySettings(**run.params.vocabulary)
    shards = [(corpus, source) for corpus, sources in run.params.corpora.items() for source in sources]
    selection = read_table(run.input.documents)
    counts = [
        count_types(read_table(path), training_documents(selection, corpus, source))
        for (corpus, source), path in zip(shards, run.input.normalised, strict=True)
    ]
    run.write_table(run.output.vocabulary, build_vocabulary(counts, settings))
