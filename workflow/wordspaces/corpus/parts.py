"""Cut the files of a source into parts that can be read apart."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.corpus.documents import PARTS
from wordspaces.corpus.multistream import split_multistream
from wordspaces.corpus.records import Part, Splitter
from wordspaces.corpus.tables import split_json_lines, split_parquet_table
from wordspaces.corpus.twitter_stream import split_twitter_stream
from wordspaces.corpus.wikipedia_parquet import split_row_groups

SPLITTERS: dict[str, Splitter] = {
    "mediawiki": split_multistream,
    "twitter-stream": split_twitter_stream,
    "wikipedia-parquet": split_row_groups,
    "parquet": split_parquet_table,
    "json-lines": split_json_lines,
}


def split(path: Path, index: Path | None, format: str, parts: int) -> list[Part]:
    """Parts of one file, `parts` of them; `StudyError` where files of that format cannot be cut."""
    if format not in SPLITTERS:
        allowed = f"parts: 1; files of the formats {', '.join(SPLITTERS)} can be cut"
        raise StudyError(path, f"parts: {parts} of a file of format {format}", allowed)
    return SPLITTERS[format](path, index, parts)


def parts_table(files: Sequence[Sequence[Part]]) -> pa.Table:
    """Parts of all files: file, part int32; start, end, records int64; sorted by file and part."""
    rows = [
        (file, number, part.start, part.end, part.records)
        for file, parts in enumerate(files)
        for number, part in enumerate(parts)
    ]
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=PARTS)
