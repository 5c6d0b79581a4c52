"""Turn the documents of one shard into sentences of tokens."""

from wordspaces.common.artefacts import read_batches, row_count
from wordspaces.common.job import Ticker, job
from wordspaces.tokens.normalising import NORMALISED, normalise_documents

with job(snakemake) as run:
    style = run.params.normaliser["style"]
    tick = Ticker(run, row_count(run.input.documents), "documents")
    with run.open_table(run.output.normalised, NORMALISED) as sink:
        for batch in read_batches(run.input.documents, ["id", "text"]):
            sink.write(normalise_documents(batch, style))
            tick(sink.written)
