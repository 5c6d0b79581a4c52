"""Readers of tables and plain text."""

from wordspaces.corpus.masking import masked
from wordspaces.corpus.plaintext import read_lines, read_paragraphs
from wordspaces.corpus.records import Reader
from wordspaces.corpus.summaries import read_summaries
from wordspaces.corpus.tables import read_csv_table, read_json_lines, read_parquet_table
from wordspaces.corpus.wikipedia_parquet import read_wikipedia_parquet

READERS: dict[str, Reader] = {
    "wikipedia-parquet": read_wikipedia_parquet,
    "summaries": read_summaries,
    "json-lines": masked(read_json_lines),
    "csv": masked(read_csv_table),
    "parquet": masked(read_parquet_table),
    "lines": masked(read_lines),
    "paragraphs": masked(read_paragraphs),
}
