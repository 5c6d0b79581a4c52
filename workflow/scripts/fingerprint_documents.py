"""Make the keys by which copies of documents are found, for one shard."""

from wordspaces.common.artefacts import read_batches
from wordspaces.common.job import job
from wordspaces.corpus.fingerprints import BATCH_DOCUMENTS, COLUMNS, fingerprint, fingerprint_schema
from wordspaces.corpus.settings import DuplicateSettings

with job(snakemake) as run:
    settings = DuplicateSettings(**run.params.duplicates)
    with run.open_table(run.output.fingerprints, fingerprint_schema(settings)) as sink:
        for documents in read_batches(run.input.documents, COLUMNS, BATCH_DOCUMENTS):
            sink.write(fingerprint(documents, settings))
    run.progress(f"{sink.written:,} documents")
