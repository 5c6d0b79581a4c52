"""Count every token in the training documents of one shard."""

from pathlib import Path

from wordspaces.common.job import job
from wordspaces.tokens.drawn import drawn_documents, read_selection
from wordspaces.tokens.samples import sample_names
from wordspaces.tokens.settings import SelectionSettings
from wordspaces.tokens.types import TYPES, count_types

with job(snakemake) as run:
    settings, files = SelectionSettings(**run.params.selection), run.input
    selection = read_selection(files.samples, files.border, settings)
    documents = drawn_documents(
        files.normalised, files.duplicates, selection, run.wildcards.corpus, run.params.number, sample_names(settings)
    )
    path = Path(run.output.types)
    with run.open_table(path, TYPES) as sink:
        for bucket in count_types(documents, path.with_name(f".{path.name}.scratch")):
            sink.write(bucket)
            sink.end_group()
