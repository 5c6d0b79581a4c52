"""Build the one vocabulary from the training samples of all corpora."""

from wordspaces.common.job import job
from wordspaces.tokens.settings import VocabularySettings
from wordspaces.tokens.types import read_buckets
from wordspaces.tokens.vocabulary import build_vocabulary

with job(snakemake) as run:
    settings = VocabularySettings(**run.params.vocabulary)
    run.write_table(run.output.vocabulary, build_vocabulary(read_buckets(run.input.types), settings))
