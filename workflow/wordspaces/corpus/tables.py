"""Read tables whose columns the source names: JSON lines, separated values, Parquet."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from wordspaces.common.errors import StudyError
from wordspaces.corpus.json_lines import as_number, parse_object, whole_characters
from wordspaces.corpus.opening import (
    AGAIN,
    byte_lines,
    compression,
    even_parts,
    file_blocks,
    refuse_web_page,
    text_lines,
)
from wordspaces.corpus.records import Document, Dropped, Part, Reading
from wordspaces.corpus.rows import LONGEST_FIELD, table_rows

LONGEST_LINE = 64 << 20
"""Bytes of a line of JSON."""
NAMED = 20
"""How many columns or keys a message lists."""
BATCH_ROWS = 512
BLOCK = 1 << 16
MISSING = object()


def read_json_lines(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield a document for each line that holds a JSON object.

    Parameters
    ----------
    path : UTF-8, one object a line, plain or compressed.
    part : range of bytes of a plain file, as `split_json_lines` cuts it.
    reading : its text, title and id are keys; "user.name" is the key name in the object under the key user. Without
        an id a document is numbered by the byte where its line begins, in however many parts the file is read.

    Raises
    ------
    StudyError : no line has one of the keys, or the file is cut or broken. Lines that are blank, broken, no object,
        not UTF-8, too long, or without text or id are `Dropped`.
    """
    blocks = file_blocks(path, part.start, part.end) if part else file_blocks(path)
    missing = {key for key in (reading.text, reading.title, reading.id) if key}
    seen: dict[str, None] = {}
    for offset, line in byte_lines(blocks, LONGEST_LINE, part.start if part else 0):
        record = parse_object(line)
        if isinstance(record, Dropped):
            yield record
            continue
        if missing:
            missing = {key for key in missing if _value(record, key) is MISSING}
            seen.update(dict.fromkeys(record))
        yield _from_object(record, reading, str(offset))
    if part:
        # A key that few records have may be in another part.
        missing -= {reading.title}
    if seen and missing:
        raise _no_column(path, "keys", seen, missing)


def _from_object(record: dict[str, Any], reading: Reading, number: str) -> Document | Dropped:
    text = _value(record, reading.text)
    if not isinstance(text, str):
        return Dropped("empty" if text is None else "no text")
    if reading.id:
        number = as_number(_value(record, reading.id))
    title = _value(record, reading.title) if reading.title else ""
    if not number:
        return Dropped("no id")
    return Document(number, whole_characters(title) if isinstance(title, str) else "", whole_characters(text))


def _value(record: Any, key: str) -> Any:
    """What stands under a key, or under the keys of objects in one another that dots join."""
    if key in record:
        return record[key]
    for name in key.split("."):
        if not isinstance(record, dict) or name not in record:
            return MISSING
        record = record[name]
    return record


def _no_column(path: Path, what: str, found: Iterable[str], missing: Iterable[str]) -> StudyError:
    names = list(found)
    listed = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "") or "(none)"
    wanted = ", ".join(sorted(missing))
    return StudyError(path, f"{what} {listed}", f"{wanted} among them", "set text, title or id of the source to one")


def split_json_lines(path: Path, index: Path | None, parts: int) -> list[Part]:
    """Cut a plain file between lines into `parts` ranges of bytes; `StudyError` where it is compressed."""
    if parts != 1 and compression(path.name):
        raise StudyError(path, f"parts: {parts} of a compressed file", "parts: 1, or the file decompressed")
    size = path.stat().st_size
    with open(path, "rb") as stream:
        borders = [0]
        for place in range(1, parts):
            # From the byte before, so that a line that begins just there is not skipped.
            at = max(place * size // parts - 1, 0)
            stream.seek(at)
            while (block := stream.read(BLOCK)) and (end := block.find(b"\n")) < 0:
                at += len(block)
            borders.append(max(at + end + 1 if block else size, borders[-1]))
    return [Part(start, stop) for start, stop in zip(borders, [*borders[1:], size], strict=True)]


def read_csv_table(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield a document for each row of comma-separated values (tabs where the name ends in .tsv or .tab).

    Parameters
    ----------
    path : a header, then rows; plain or compressed.
    reading : its text, title and id are columns, its encoding that of the file. Without an id a document is numbered
        by its row, counted from 0 without the header.

    Raises
    ------
    StudyError : a missing column, bytes in another encoding, a cut or broken file. Rows that cannot be parsed, or do
        not have as many fields as the header, are `Dropped`.
    """
    name = path.name.lower().removesuffix(compression(path.name))
    rows = table_rows(
        text_lines(file_blocks(path), reading.encoding, path, LONGEST_FIELD),
        "\t" if name.endswith((".tsv", ".tab")) else ",",
    )
    header = [column.strip() for column in next(rows, None) or []]
    wanted = [column for column in (reading.text, reading.title, reading.id) if column]
    if missing := set(wanted) - set(header):
        raise _no_column(path, "columns", header, missing)
    text, title, id = (header.index(name) if name else -1 for name in (reading.text, reading.title, reading.id))
    for number, row in enumerate(rows):
        if row == []:
            yield Dropped("blank line")
        elif row is None or len(row) != len(header):
            yield Dropped("broken row")
        elif id >= 0 and not row[id]:
            yield Dropped("no id")
        else:
            yield Document(row[id] if id >= 0 else str(number), row[title] if title >= 0 else "", row[text])


def read_parquet_table(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield a document for each row of a Parquet file.

    Parameters
    ----------
    part : range of row groups, as `split_parquet_table` cuts it.
    reading : its text and title are columns of strings, its id one of strings or integers. Without an id a document
        is numbered by its row in the file, counted from 0.

    Raises
    ------
    StudyError : a missing column or one of another type, a cut or broken file. A row without text is `Dropped`.
    """
    columns = [column for column in (reading.text, reading.title, reading.id) if column]
    try:
        # Buffering ahead would hold the whole file.
        with pq.ParquetFile(path, pre_buffer=False) as file:
            _refuse_columns(path, file.schema_arrow, reading)
            groups = range(part.start, part.end) if part else range(file.num_row_groups)
            number = sum(file.metadata.row_group(group).num_rows for group in range(groups.start))
            if not groups:
                return
            for batch in file.iter_batches(BATCH_ROWS, row_groups=list(groups), columns=columns, use_threads=False):
                for row in batch.to_pylist():
                    yield _from_row(row, reading, number)
                    number += 1
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken_parquet(path, error) from None


def _from_row(row: dict[str, Any], reading: Reading, number: int) -> Document | Dropped:
    if row[reading.text] is None:
        return Dropped("empty")
    name = as_number(row[reading.id]) if reading.id else str(number)
    title = row[reading.title] if reading.title else ""
    return Document(name, title or "", row[reading.text]) if name else Dropped("no id")


def _refuse_columns(path: Path, schema: pa.Schema, reading: Reading) -> None:
    wanted = {column for column in (reading.text, reading.title, reading.id) if column}
    if missing := wanted - set(schema.names):
        raise _no_column(path, "columns", schema.names, missing)
    for column in sorted(wanted):
        kind = schema.field(column).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if not text and not (column == reading.id and pa.types.is_integer(kind)):
            raise StudyError(path, f"column {column} of type {kind}", "a column of strings")


def _broken_parquet(path: Path, error: Exception) -> StudyError:
    if path.is_file():
        refuse_web_page(path)
    return StudyError(path, f"no readable Parquet ({error})", "a whole Parquet file", AGAIN)


def split_parquet_table(path: Path, index: Path | None, parts: int) -> list[Part]:
    """Cut a Parquet file between row groups into `parts` ranges of nearly equal bytes; `StudyError` if broken."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise _broken_parquet(path, error) from None
    return even_parts([metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)], parts)
