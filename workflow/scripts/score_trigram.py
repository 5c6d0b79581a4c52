"""Fit a Kneser-Ney trigram to one training sample and score the held-out tokens of every corpus with it."""

from wordspaces.analysis.prediction.kneser_ney import SCORED, fit, scored_rows
from wordspaces.common.job import job
from wordspaces.tokens.encoded import read_encoded, vocabulary_size

with job(snakemake) as run:
    text = read_encoded(run.input.tokens)
    trigram = fit(text.ids, text.documents, vocabulary_size(run.input.vocabulary))
    run.progress(f"fitted {len(trigram.trigrams.keys):,} trigrams to {len(text.ids):,} tokens")
    # Documents are independent and shards hold whole ones: scored one by one, they give the rows of all together.
    with run.open_table(run.output.table, SCORED) as sink:
        for (probe, _), shard in zip(run.params.probes, run.input.heldout, strict=True):
            sink.write(scored_rows(trigram, probe, read_encoded([shard])))
