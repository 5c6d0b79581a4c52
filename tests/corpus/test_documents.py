"""Records become a table of documents, and what was dropped is counted."""

import pyarrow as pa
import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus import documents
from wordspaces.corpus.documents import DOCUMENTS, extract, read_part
from wordspaces.corpus.parts import parts_table, split
from wordspaces.corpus.records import Document, Dropped, Part
from wordspaces.corpus.summary import summarise

RECORDS = [
    Document("7", "Seven", "a text"),
    Dropped("redirect"),
    Document("3", "", "another\nof two lines"),
    Document("4", "", "12 %"),
    Dropped("redirect"),
]


def test_documents_in_the_order_of_the_records_and_counts_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "BATCH_DOCUMENTS", 1)
    written: list[pa.Table] = []
    dropped = extract(iter(RECORDS), "wiki", written.append)
    assert len(written) == 2
    assert pa.concat_tables(written).schema == DOCUMENTS
    assert pa.concat_tables(written).to_pylist() == [
        {"id": "wiki:7", "title": "Seven", "text": "a text"},
        {"id": "wiki:3", "title": "", "text": "another\nof two lines"},
    ]
    assert dropped.to_pylist() == [
        {"reason": "empty", "documents": 1},
        {"reason": "kept", "documents": 2},
        {"reason": "redirect", "documents": 2},
    ]


def test_a_source_of_which_nothing_was_kept_is_refused_with_the_reasons() -> None:
    empty = [extract([Dropped("redirect")] * 3, "wiki", lambda table: None) for _ in range(2)]
    shards = [("x", "dump"), ("x", "dump"), ("x", "leads")]
    kept = extract(RECORDS, "leads", lambda table: None)
    with pytest.raises(StudyError, match=r"source dump: found no document \(6 redirect\); allowed: a source with doc"):
        summarise(shards, [*empty, kept], {})
    nothing = extract([], "wiki", lambda table: None)
    with pytest.raises(StudyError, match=r"source dump: found no document \(no record at all\)"):
        summarise(shards, [nothing, nothing, kept], {})
    # One shard without a document is no fault: a day of a stream may be empty.
    assert summarise(shards, [empty[0], kept, kept], {}).num_rows > 0


def test_parts_are_found_again_by_file_and_number(tmp_path) -> None:
    import pyarrow.parquet as pq

    table = parts_table([[Part(0, 10, 2), Part(10, 30)], [Part(5, 8, 0), Part(8, 8)]])
    pq.write_table(table, tmp_path / "parts.parquet")
    assert read_part(tmp_path / "parts.parquet", 1, 0) == Part(5, 8, 0)
    assert read_part(tmp_path / "parts.parquet", 0, 1) == Part(10, 30, None)
    with pytest.raises(StudyError, match="no part 2 of file 0"):
        read_part(tmp_path / "parts.parquet", 0, 2)


def test_formats_that_cannot_be_cut_say_so(tmp_path) -> None:
    with pytest.raises(StudyError, match=r"parts: 3 of a file of format csv; allowed: parts: 1; .* mediawiki"):
        split(tmp_path / "x.csv", None, "csv", 3)


def test_summary_adds_up_shards_and_duplicates_by_source() -> None:
    def fates(**counts: int) -> pa.Table:
        return pa.table({"reason": list(counts), "documents": pa.array(list(counts.values()), pa.int64())})

    duplicates = pa.table(
        {"shard": pa.array([0, 1, 2], pa.int32()), "reason": ["same text"] * 3, "documents": [1, 2, 4]}
    )
    nothing = duplicates.slice(0, 0)
    shards = [("z", "dump"), ("z", "dump"), ("z", "leads"), ("a", "tweets")]
    dropped = [fates(kept=5, redirect=2), fates(kept=6), fates(kept=7, empty=0), fates(kept=1)]
    assert [tuple(row.values()) for row in summarise(shards, dropped, {"z": duplicates, "a": nothing}).to_pylist()] == [
        ("z", "dump", "duplicates", "same text", 3),
        ("z", "dump", "extraction", "kept", 11),
        ("z", "dump", "extraction", "redirect", 2),
        ("z", "leads", "duplicates", "same text", 4),
        ("z", "leads", "extraction", "empty", 0),
        ("z", "leads", "extraction", "kept", 7),
        ("a", "tweets", "extraction", "kept", 1),
    ]
