"""The door of this stage: whatever a reader yields becomes a table of documents and a count of what was dropped."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError
from wordspaces.common.job import Job, Ticker
from wordspaces.corpus.records import Document, Dropped, Part, Reader, Reading

DOCUMENTS = pa.schema([("id", pa.string()), ("title", pa.string()), ("text", pa.string())])
DROPPED = pa.schema([("reason", pa.string()), ("documents", pa.int64())])
PARTS = pa.schema(
    [
        ("file", pa.int32()),
        ("part", pa.int32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("records", pa.int64()),
    ]
)
KEPT = "kept"
BATCH_DOCUMENTS = 4096
BATCH_CHARACTERS = 1 << 20


def extract(
    records: Iterable[Document | Dropped],
    prefix: str,
    write: Callable[[pa.Table], None],
    progress: Callable[[float], None] = lambda done: None,
) -> pa.Table:
    """Write the documents that a reader yields, some thousands at a time, and count what it dropped.

    Parameters
    ----------
    prefix : the first part of every document's id, such as the name of the source.
    write : is given tables under `DOCUMENTS`, in the order of the records: id string ("{prefix}:{number}"), title
        string, text string.
    progress : is told the number of records so far.

    Returns
    -------
    reason string, documents int64; sorted by reason, one of them "kept".
    """
    counts: Counter[str] = Counter({KEPT: 0})
    held: list[Document] = []
    size = 0
    for number, record in enumerate(records, start=1):
        reason = _reason(record)
        counts[reason] += 1
        if isinstance(record, Document) and reason == KEPT:
            held.append(record)
            size += len(record.text)
            if len(held) >= BATCH_DOCUMENTS or size >= BATCH_CHARACTERS:
                write(_table(held, prefix))
                held, size = [], 0
        progress(number)
    if held:
        write(_table(held, prefix))
    return pa.table([sorted(counts), [counts[reason] for reason in sorted(counts)]], schema=DROPPED)


def _table(documents: list[Document], prefix: str) -> pa.Table:
    columns = [
        [f"{prefix}:{document.number}" for document in documents],
        [document.title for document in documents],
        [document.text for document in documents],
    ]
    return pa.table(columns, schema=DOCUMENTS)


def _reason(record: Document | Dropped) -> str:
    if isinstance(record, Dropped):
        return record.reason
    return KEPT if any(character.isalpha() for character in record.text) else "empty"


def read_part(path: str | Path, file: int, part: int) -> Part:
    """Part number `part` of file number `file`, from the table of parts."""
    for row in read_table(path).to_pylist():
        if (row["file"], row["part"]) == (file, part):
            return Part(row["start"], row["end"], row["records"])
    raise StudyError(
        path, f"no part {part} of file {file}", "a table of all parts", "delete it and run the study again"
    )


def extract_shard(run: Job, readers: Mapping[str, Reader]) -> None:
    """Read the part of a file that a job is for, and write its documents and the count of what was dropped.

    The job has the input parts (a table, or none), params place (path, prefix, file, part), format and reading, and
    outputs documents and dropped. A file that is cut into parts is no input of theirs, or each of them would read all
    of it for its checksum; the table of parts, which is made of it, is.
    """
    params, place = run.params, run.params.place
    path = Path(place["path"])
    if not path.is_file():
        raise StudyError(path, "no such file", "the file of the source", "run `make fetch` first")
    part = read_part(run.input.parts[0], place["file"], place["part"]) if run.input.parts else None
    records = readers[params.format](path, part, Reading(**params.reading))
    tick = Ticker(run, 0, "records")
    with run.open_table(run.output.documents, DOCUMENTS) as sink:
        dropped = extract(records, place["prefix"], sink.write, tick)
    run.write_table(run.output.dropped, dropped)
    for row in dropped.to_pylist():
        run.progress(f"{row['documents']:,} {row['reason']}")
