"""Readers of tables and plain text."""

from wordspaces.corpus.plaintext import read_lines, read_paragraphs
from wordspaces.corpus.records import Reader
from wordspaces.corpus.summaries import read_summaries
from wordspaces.corpus.tables import read_csv_table, read_json_lines, read_parquet_table
from wordspaces.corpus.wikipedia_parquet import read_wikipedia_parquet

READERS: dict[str, Reader] = {
    "wikipedia-parquet": read_wikipedia_parquet,
    "summaries": read_summaries,
    "json-lines": read_json_lines,
    "csv": read_csv_table,
    "parquet": read_parquet_table,
    "lines": read_lines,
    "paragraphs": read_paragraphs,
}
