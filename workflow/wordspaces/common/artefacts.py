"""Reading and writing artefacts: Parquet tables and safetensors checkpoints, whole or not at all.

Each file carries its `Provenance` as one metadata entry and is written beside its final name, then renamed, so a
partial file never looks finished. Writer options are fixed: equal content gives equal bytes.
"""

import hashlib
import io
import json
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import KEY, Provenance, seal, sealed

ROW_GROUP = 1 << 16
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


def write_table(path: str | Path, table: pa.Table, provenance: Provenance) -> None:
    """Write `table` as Parquet with its provenance; the caller has sorted the rows."""
    bare = table.replace_schema_metadata(None).combine_chunks()
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, bare.schema, version="2.6", compression="zstd", compression_level=3) as writer:
        writer.write_table(bare, row_group_size=ROW_GROUP)
        # All pages are written now and the footer is not: the record in the footer can name the digest of the pages.
        record = sealed(provenance, _page_content(bare.column_names, sink.getbuffer()))
        writer.add_key_value_metadata({KEY: record.to_json()})
    with atomic(path) as partial:
        partial.write_bytes(sink.getbuffer())


def _page_content(names: list[str], pages: bytes | memoryview) -> str:
    """Digest of a Parquet file's column names and of all its bytes before the footer."""
    digest = hashlib.sha256(json.dumps(names).encode())
    digest.update(pages)
    return digest.hexdigest()


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet artefact, without its metadata; `StudyError` where the file is missing or cut short."""
    try:
        return pq.ParquetFile(path).read(columns=columns).replace_schema_metadata(None)
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
        payload = path.read_bytes()
    except (pa.ArrowException, OSError) as error:
        raise StudyError(path, f"no readable Parquet ({error})", "a finished artefact", RERUN) from None
    (footer,) = struct.unpack("<I", payload[-8:-4])
    names = metadata.schema.to_arrow_schema().names
    return (metadata.metadata or {}).get(KEY.encode()), _page_content(names, memoryview(payload)[: -8 - footer])


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
