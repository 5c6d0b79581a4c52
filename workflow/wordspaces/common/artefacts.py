"""Reading and writing artefacts: Parquet tables and safetensors checkpoints, whole or not at all.

Each file carries its `Provenance` as one metadata entry and is written beside its final name, then renamed, so a
partial file never looks finished. Writer options are fixed: equal content gives equal bytes.
"""

import hashlib
import io
import json
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import KEY, Provenance, seal, sealed

ROW_GROUP = 1 << 16
ROW_GROUP_BYTES = 1 << 21
BATCH_ROWS = 4096
BLOCK = 1 << 20
RERUN = "delete it and run the study again"


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a name beside `path`; rename it to `path` when the block ends well, remove it otherwise."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


class _Hashed:
    """A file open for writing that digests what goes through it."""

    def __init__(self, stream: BinaryIO, names: list[str]) -> None:
        self.stream, self.digest, self.closed = stream, hashlib.sha256(json.dumps(names).encode()), False
        self.position = 0

    def write(self, block: bytes) -> int:
        self.digest.update(block)
        self.position += len(block)
        return self.stream.write(block)

    def tell(self) -> int:
        return self.position

    def flush(self) -> None:
        self.stream.flush()

    def close(self) -> None:
        self.closed = True


class TableWriter:
    """Rows of one Parquet artefact, written as they come: no more than a row group of them is in memory.

    Rows are held back until they make `rows` rows or `ROW_GROUP_BYTES`, so equal calls give equal bytes.
    """

    def __init__(self, stream: BinaryIO, schema: pa.Schema, rows: int = ROW_GROUP) -> None:
        self.schema, self.rows, self.written = schema.remove_metadata(), rows, 0
        self._sink = _Hashed(stream, schema.names)
        # Hashes hardly repeat: a dictionary of them is as long as they are.
        hashes = all(kind == pa.uint64() for kind in schema.types)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, "w"),
            self.schema,
            version="2.6",
            compression="zstd",
            compression_level=3,
            use_dictionary=not hashes,
        )
        self._held: list[pa.Table] = []
        self._held_rows = self._held_bytes = 0

    def write(self, table: pa.Table) -> None:
        """Append rows, in the schema of the artefact."""
        self._held.append(table.replace_schema_metadata(None))
        self.written += table.num_rows
        self._held_rows += table.num_rows
        self._held_bytes += table.nbytes
        if self._held_rows >= self.rows or self._held_bytes >= ROW_GROUP_BYTES:
            self.end_group()

    def end_group(self) -> None:
        """Write the rows held back; the next ones begin a row group of their own."""
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held).combine_chunks(), row_group_size=self.rows)
            self._held, self._held_rows, self._held_bytes = [], 0, 0

    def abandon(self) -> None:
        """Let go of the file, which will not be kept: otherwise the library would complain when it is collected."""
        self._sink.stream = io.BytesIO()
        self._writer.close()

    def finish(self, provenance: Provenance) -> None:
        """Write what is held back, then the footer with the record."""
        self.end_group()
        if not self.written:
            self._writer.write_table(self.schema.empty_table())
        # All pages are written now and the footer is not: the record in the footer can name the digest of the pages.
        record = sealed(provenance, self._sink.digest.hexdigest())
        self._writer.add_key_value_metadata({KEY: record.to_json()})
        self._writer.close()


@contextmanager
def open_table(
    path: str | Path, schema: pa.Schema, provenance: Callable[[], Provenance], rows: int = ROW_GROUP
) -> Iterator[TableWriter]:
    """Write a Parquet artefact piece by piece; it appears under its name only when the block ends well."""
    with atomic(path) as partial, open(partial, "wb") as stream:
        writer = TableWriter(stream, schema, rows)
        try:
            yield writer
            writer.finish(provenance())
        except BaseException:
            writer.abandon()
            raise


def write_table(path: str | Path, table: pa.Table, provenance: Provenance) -> None:
    """Write `table` as Parquet with its provenance; the caller has sorted the rows."""
    with open_table(path, table.schema, lambda: provenance) as writer:
        for start in range(0, table.num_rows, ROW_GROUP):
            writer.write(table.slice(start, ROW_GROUP))


def _page_content(path: Path, names: list[str], end: int) -> str:
    """Digest of a Parquet file's column names and of all its bytes before the footer, which begins at `end`."""
    digest = hashlib.sha256(json.dumps(names).encode())
    with open(path, "rb") as stream:
        while end > 0 and (block := stream.read(min(end, BLOCK))):
            digest.update(block)
            end -= len(block)
    return digest.hexdigest()


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet artefact, without its metadata; `StudyError` where the file is missing or cut short."""
    try:
        return pq.ParquetFile(path).read(columns=columns).replace_schema_metadata(None)
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None


def read_batches(path: str | Path, columns: list[str] | None = None, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """Rows of a Parquet artefact in order, at most `rows` at a time and no more than that in memory.

    `StudyError` where the file is missing or cut short.
    """
    try:
        # Buffering ahead would hold the whole file, and several threads several batches.
        with pq.ParquetFile(path, pre_buffer=False) as file:
            # One row group at a time: a batch that is filled from several would hold them all, however large.
            for group in range(file.num_row_groups):
                for batch in file.iter_batches(rows, row_groups=[group], columns=columns, use_threads=False):
                    yield pa.Table.from_batches([batch]).replace_schema_metadata(None)
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None


def read_row_group(path: str | Path, group: int, columns: list[str] | None = None) -> pa.Table:
    """One row group of a Parquet artefact; `StudyError` where the file is missing or cut short."""
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            return file.read_row_group(group, columns=columns, use_threads=False).replace_schema_metadata(None)
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None


def row_count(path: str | Path) -> int:
    """Number of rows of a Parquet artefact, from its footer."""
    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None


def write_tensors(path: str | Path, tensors: Mapping[str, np.ndarray], provenance: Provenance) -> None:
    """Write named arrays as safetensors with their provenance."""
    from safetensors.numpy import save

    ordered = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    payload = save(ordered)
    record = sealed(provenance, _tensor_content(payload))
    with atomic(path) as partial:
        partial.write_bytes(save(ordered, metadata={KEY: record.to_json()}))


def read_tensors(path: str | Path) -> dict[str, np.ndarray]:
    """Read the arrays of a safetensors artefact; `StudyError` where the file is missing or cut short."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise StudyError(path, f"no readable checkpoint ({error})", "a finished artefact", RERUN) from None


def _tensor_content(payload: bytes) -> str:
    """Digest of names, types, shapes and values of a safetensors payload, whatever its metadata says."""
    (length,) = struct.unpack("<Q", payload[:8])
    header = json.loads(payload[8 : 8 + length])
    header.pop("__metadata__", None)
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    digest.update(payload[8 + length :])
    return digest.hexdigest()


def read_provenance(path: str | Path) -> Provenance:
    """Provenance of a Parquet or safetensors artefact; `StudyError` where it carries none."""
    return read_with_content(path)[0]


def read_with_content(path: str | Path) -> tuple[Provenance, str]:
    """Provenance of an artefact, and the seal of payload and record as they are now: ``provenance.content`` if whole.

    `StudyError` where the file is damaged or carries no provenance.
    """
    path = Path(path)
    entry, content = (_parquet_entry if path.suffix == ".parquet" else _tensor_entry)(path)
    if not entry:
        raise StudyError(path, "no provenance", "an artefact written by this project", RERUN)
    try:
        provenance = Provenance.from_json(entry)
    except (ValueError, TypeError):
        raise StudyError(path, "a damaged provenance record", "an artefact written by this project", RERUN) from None
    return provenance, seal(provenance, content)


def _parquet_entry(path: Path) -> tuple[bytes | None, str]:
    try:
        metadata = pq.read_metadata(path)
        with open(path, "rb") as stream:
            end = stream.seek(-8, os.SEEK_END)
            (footer,) = struct.unpack("<I", stream.read(4))
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None
    names = metadata.schema.to_arrow_schema().names
    return (metadata.metadata or {}).get(KEY.encode()), _page_content(path, names, end - footer)


def _tensor_entry(path: Path) -> tuple[str | None, str]:
    payload = path.read_bytes()
    try:
        (length,) = struct.unpack("<Q", payload[:8])
        header = json.loads(payload[8 : 8 + length])
        end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
        if len(payload) != 8 + length + end:
            raise ValueError(f"{len(payload)} bytes where its header says {8 + length + end}")
        return header.get("__metadata__", {}).get(KEY), _tensor_content(payload)
    except (struct.error, ValueError) as error:
        raise StudyError(path, f"no readable checkpoint ({error})", "a finished artefact", RERUN) from None
