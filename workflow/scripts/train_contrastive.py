"""Go on with a finished static model by the contrastive objective, on one sample of a corpus."""

import numpy as np

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.job import Ticker, job
from wordspaces.common.resume import checkpoint_of
from wordspaces.models.contrastive.settings import ContrastiveSettings
from wordspaces.models.contrastive.train import train_contrastive
from wordspaces.models.word2vec.text import text_of_shards
from wordspaces.tokens.encoded import vocabulary_size
from wordspaces.tokens.vocabulary import RESERVED

with job(snakemake) as run:
    variant, settings = run.params.variant, ContrastiveSettings(**run.params.contrastive)
    size = vocabulary_size(run.input.vocabulary)
    texts = [text_of_shards(paths, size) for paths in (run.input.tokens, run.input.heldout)]
    documents = [text.gather(np.arange(len(text.tokens))) for text in texts]
    checkpoint = checkpoint_of(run)
    result = train_contrastive(
        *documents,
        read_tensors(run.input.start[0]),
        variant["family"],
        variant["add_context"],
        settings,
        int(run.wildcards.seed),
        (variant["snapshots"], variant["snapshot_words"]),
        checkpoint,
        Ticker(run, texts[0].total * settings.epochs, "tokens"),
        len(RESERVED),
    )
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    checkpoint.clear()
