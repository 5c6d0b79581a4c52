"""Duplicates over the shards of a corpus: the law of the first document, whatever is cut where, and a clean scratch."""

import runpy
import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.artefacts import read_table, write_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator
from wordspaces.corpus.duplicates import DUPLICATES, REASONS, duplicate_rows, reason_counts
from wordspaces.corpus.fingerprints import fingerprint
from wordspaces.corpus.matches import find_duplicates
from wordspaces.corpus.settings import DuplicateSettings

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
MADE = Provenance(rule="made", script="tests", code="0")
KEYS = ["identity", "text", "title", "band00", "band01", "band02"]
BAND = 3
Row = tuple[int, int, int, int, str]


def write_shards(folder: Path, keys: np.ndarray, cuts: Sequence[int]) -> list[Path]:
    """Key columns, uint64 [documents, columns], as one file a shard, cut before these documents."""
    paths = []
    for number, part in enumerate(np.split(keys, cuts)):
        schema = pa.schema([pa.field(name, pa.uint64(), nullable=False) for name in KEYS[: keys.shape[1]]])
        table = pa.Table.from_arrays([pa.array(np.ascontiguousarray(column)) for column in part.T], schema=schema)
        paths.append(folder / f"{number}.parquet")
        write_table(paths[-1], table, MADE)
    return paths


def found_rows(paths: list[Path], **sizes: int) -> list[Row]:
    """All rows that are found, as tuples."""
    with tempfile.TemporaryDirectory() as folder:
        tables = list(find_duplicates(paths, Path(folder) / ".scratch", lambda line: None, **sizes))
        assert list(Path(folder).iterdir()) == []
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def slow_twin(keys: np.ndarray, cuts: Sequence[int]) -> list[Row]:
    """The same by comparing every document with all before it."""
    borders = np.array([0, *cuts, len(keys)])
    places = [(shard, row) for shard, size in enumerate(np.diff(borders)) for row in range(size)]
    rows = []
    for later in range(len(keys)):
        equal = (keys[:later] == keys[later]) & (keys[later] != 0)
        for reason, columns in zip(REASONS, (equal[:, :1], equal[:, 1:2], equal[:, 2:3], equal[:, BAND:]), strict=True):
            if columns.any():
                rows.append((*places[later], *places[int(np.flatnonzero(columns.any(axis=1))[0])], reason))
                break
    return rows


@st.composite
def corpora(draw: st.DrawFn) -> tuple[np.ndarray, list[int], list[int]]:
    """Keys with many equal ones, and two ways to cut them into shards, empty ones among them."""
    documents = draw(st.integers(0, 30))
    kinds = draw(st.lists(st.integers(2, 40), min_size=len(KEYS), max_size=len(KEYS)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = np.stack([rng.integers(0, kind, documents) for kind in kinds], axis=1).astype(np.uint64)
    # Spread over all 64 bits, for the place of a key in the scratch files is taken from its upper half.
    keys = values * np.uint64(0x9E3779B97F4A7C15)
    cuts = st.lists(st.integers(0, documents), max_size=4).map(sorted)
    return keys, draw(cuts), draw(cuts)


@given(corpora(), st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_equals_the_slow_twin_however_shards_files_and_blocks_are_cut(
    corpus: tuple[np.ndarray, list[int], list[int]], file_rows: int, block_documents: int
) -> None:
    keys, *ways = corpus
    numbered = []
    for cuts in ways:
        with tempfile.TemporaryDirectory() as folder:
            rows = found_rows(
                write_shards(Path(folder), keys, cuts), file_rows=file_rows, block_documents=block_documents
            )
        assert rows == slow_twin(keys, cuts)
        borders = [0, *cuts]
        numbered.append([(borders[s] + r, borders[of] + of_r, reason) for s, r, of, of_r, reason in rows])
    assert numbered[0] == numbered[1]


def test_reasons_come_in_order_and_chains_are_not_followed(tmp_path: Path) -> None:
    keys = np.array(
        [
            [1, 11, 21, 31, 41, 51],
            [2, 12, 22, 32, 42, 52],
            [3, 11, 21, 31, 41, 51],  # text, title and bands of the first: its text is the reason
            [4, 14, 21, 34, 44, 54],  # the title of the first
            [5, 15, 0, 32, 41, 55],  # a band of the second, another of the first: the earliest counts
            [1, 12, 0, 36, 46, 56],  # the id of the first before the text of the second
            [7, 17, 0, 34, 47, 0],  # like the fourth, which is left out itself
            [8, 18, 0, 0, 0, 0],  # keys of 0 equal none
        ],
        np.uint64,
    )
    assert found_rows(write_shards(tmp_path, keys, [3, 3])) == [
        (0, 2, 0, 0, "same text"),
        (2, 0, 0, 0, "same title"),
        (2, 1, 0, 0, "near duplicate"),
        (2, 2, 0, 0, "same id"),
        (2, 3, 2, 0, "near duplicate"),
    ]


def test_no_documents_and_no_duplicates_give_nothing(tmp_path: Path) -> None:
    assert found_rows(write_shards(tmp_path, np.empty((0, 6), np.uint64), [0, 0])) == []
    assert found_rows(write_shards(tmp_path, np.arange(1, 61, dtype=np.uint64).reshape(10, 6), [0, 4, 4, 10])) == []


def test_many_distinct_keys_and_a_key_that_most_documents_have(tmp_path: Path) -> None:
    rng = generator(0, "test", "many keys")
    documents = 300_000
    keys = rng.integers(1, 2**64 - 1, (documents, 2), dtype=np.uint64)
    keys[rng.random(documents) < 0.1, 0] = keys[7, 0]
    keys[rng.random(documents) < 0.8, 1] = 5
    rows = found_rows(write_shards(tmp_path, keys, [100_000]), block_documents=50_000)
    expected = {}
    for column, reason in ((1, REASONS[1]), (0, REASONS[0])):
        _, first, back = np.unique(keys[:, column], return_index=True, return_inverse=True)
        earliest = first[back]
        later = np.flatnonzero(earliest != np.arange(documents))
        expected |= {number: (of, reason) for number, of in zip(later.tolist(), earliest[later].tolist(), strict=True)}
    numbered = {100_000 * shard + row: (100_000 * of + of_row, reason) for shard, row, of, of_row, reason in rows}
    assert numbered == expected
    assert list(numbered) == sorted(expected)


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    rng = generator(0, "test", "memory")
    peaks = []
    for documents in (100_000, 800_000):
        folder = tmp_path / str(documents)
        folder.mkdir()
        keys = rng.integers(1, 2**64 - 1, (documents, 2), dtype=np.uint64)
        repeated = rng.random(documents) < 0.2
        keys[repeated, 1] = keys[rng.integers(0, documents, repeated.sum()), 1]
        paths = write_shards(folder, keys, range(50_000, documents, 50_000))
        del keys
        tracemalloc.start()
        tables = find_duplicates(paths, folder / "s", lambda line: None, file_rows=50_000, block_documents=50_000)
        assert sum(table.num_rows for table in tables) > 0.1 * documents
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.25 * peaks[0]


def test_scratch_is_removed_after_an_error_an_early_end_and_a_killed_run(tmp_path: Path) -> None:
    keys = np.ones((6, 3), np.uint64)
    paths = write_shards(tmp_path, keys, [2, 4])
    scratch = tmp_path / ".scratch"
    (scratch / "keys").mkdir(parents=True)
    (scratch / "keys" / "0").write_bytes(b"left by another run")
    tables = find_duplicates(paths, scratch, lambda line: None, block_documents=2)
    assert next(tables).num_rows == 1
    assert scratch.is_dir()
    tables.close()
    assert not scratch.exists()

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(find_duplicates(paths, scratch, stop))
    assert not scratch.exists()


def test_files_that_do_not_fit_are_refused_by_name(tmp_path: Path) -> None:
    paths = write_shards(tmp_path, np.ones((3, 4), np.uint64), [])
    other = tmp_path / "other"
    other.mkdir()
    paths += write_shards(other, np.ones((3, 5), np.uint64), [])
    with pytest.raises(StudyError, match=r"other/0\.parquet: found columns .*band01.*same settings"):
        found_rows(paths)
    with pytest.raises(StudyError, match=r"none\.parquet: found no readable Parquet"):
        found_rows([paths[0], tmp_path / "none.parquet"])
    damaged = bytearray(paths[0].read_bytes())
    damaged[4:40] = b"\0" * 36
    paths[0].write_bytes(damaged)
    with pytest.raises(StudyError, match=r"0\.parquet: found no readable Parquet"):
        found_rows(paths[:1])


def table_of(folder: Path, rows: list[Row]) -> Path:
    """A table of duplicates on disk."""
    columns = zip(*rows, strict=True) if rows else [[] for _ in DUPLICATES]
    write_table(folder / "duplicates.parquet", pa.table([list(c) for c in columns], schema=DUPLICATES), MADE)
    return folder / "duplicates.parquet"


def test_rows_of_one_shard_and_counts_by_reason(tmp_path: Path) -> None:
    path = table_of(
        tmp_path,
        [
            (0, 4, 0, 1, "near duplicate"),
            (0, 9, 0, 4, "same text"),
            (0, 10, 0, 4, "near duplicate"),
            (3, 0, 0, 1, "same title"),
            (3, 7, 3, 0, "same id"),
        ],
    )
    assert [duplicate_rows(path, shard).tolist() for shard in range(5)] == [[4, 9, 10], [], [], [0, 7], []]
    assert duplicate_rows(path, 1).dtype == np.int64
    assert [tuple(row.values()) for row in reason_counts(path).to_pylist()] == [
        (0, "same text", 1),
        (0, "near duplicate", 2),
        (3, "same id", 1),
        (3, "same title", 1),
    ]


def test_rows_of_a_shard_are_found_across_batches(tmp_path: Path) -> None:
    rows = [
        (shard, row, 0, 0, "same text") for shard, size in ((0, 70_000), (1, 90_000), (3, 5)) for row in range(size)
    ]
    path = table_of(tmp_path, rows)
    assert [len(duplicate_rows(path, shard)) for shard in range(4)] == [70_000, 90_000, 0, 5]
    assert np.array_equal(duplicate_rows(path, 1), np.arange(90_000))
    assert reason_counts(path)["documents"].to_pylist() == [70_000, 90_000, 5]


def test_an_empty_table_leaves_everything_in(tmp_path: Path) -> None:
    path = table_of(tmp_path, [])
    assert len(duplicate_rows(path, 0)) == 0
    assert reason_counts(path).num_rows == 0


def shard(source: str, texts: list[str], titles: list[str] | None = None) -> pa.Table:
    """Documents of one source, numbered."""
    columns = [[f"{source}:{n}" for n in range(len(texts))], titles or [""] * len(texts), texts]
    return pa.table([pa.array(column, pa.string()) for column in columns], ["id", "title", "text"])


def found_in(folder: Path, shards: list[pa.Table], **chosen: bool) -> list[Row]:
    """Duplicates of documents."""
    paths = []
    for number, documents in enumerate(shards):
        paths.append(folder / f"{number}.parquet")
        write_table(paths[-1], fingerprint(documents, DuplicateSettings(**chosen)), MADE)
    return found_rows(paths)


def test_copies_with_other_case_handles_and_urls_are_duplicates_of_the_first(tmp_path: Path) -> None:
    first = shard("x", ["Make it GREAT!", "other", "RT @bob: make it great https://t.co/1"])
    second = shard("y", ["@amy make it — great", "something else", "Other."])
    assert found_in(tmp_path, [first, second]) == [
        (0, 2, 0, 0, "same text"),
        (1, 0, 0, 0, "same text"),
        (1, 2, 0, 1, "same text"),
    ]
    assert [row[:2] for row in found_in(tmp_path, [second, first])] == [(1, 0), (1, 1), (1, 2)]


def test_versions_of_one_article_are_duplicates_and_untitled_documents_are_not(tmp_path: Path) -> None:
    dump = shard("dump", ["Long article on albedo."], ["Albedo"])
    leads = shard("leads", ["Albedo is a fraction.", "no title", "none either"], ["albedo", "", ""])
    again = shard("dump", ["Long article on albedo, edited."], ["Albedo (reflection)"])
    assert found_in(tmp_path, [dump, leads, again]) == [(1, 0, 0, 0, "same title"), (2, 0, 0, 0, "same id")]


def test_near_duplicates_can_be_left_in(tmp_path: Path) -> None:
    words = [f"w{n}" for n in range(60)]
    documents = [shard("a", [" ".join(words)]), shard("b", [" ".join([*words, "more"])])]
    assert found_in(tmp_path, documents) == [(1, 0, 0, 0, "near duplicate")]
    assert found_in(tmp_path, documents, near=False) == []


class Named(dict):
    """Values by attribute; iterates over every path, lists included, as the workflow engine's lists do."""

    __getattr__ = dict.__getitem__

    def __iter__(self):
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


def run_script(name: str, inputs: dict, outputs: dict, params: dict) -> None:
    task = SimpleNamespace(
        input=Named(inputs),
        output=Named(outputs),
        params=Named(params, code="0", script=f"scripts/{name}.py"),
        wildcards=Named(),
        resources=Named(),
        log=[],
        rule=name,
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": task})


def test_scripts_from_documents_to_duplicates(tmp_path: Path) -> None:
    texts = [["one two three", "four"], ["One, two, three!", "five", "four"]]
    prints, outputs = [], []
    for number, part in enumerate(texts):
        documents = tmp_path / f"{number}.parquet"
        write_table(documents, shard(str(number), part), MADE)
        prints.append(str(tmp_path / f"{number}.fingerprints.parquet"))
        params = {"duplicates": DuplicateSettings(bands=4, rows=2).model_dump()}
        run_script("fingerprint_documents", {"documents": str(documents)}, {"fingerprints": prints[-1]}, params)
    for name in ("once", "twice"):
        outputs.append(tmp_path / f"{name}.parquet")
        run_script("find_duplicates", {"fingerprints": prints}, {"duplicates": str(outputs[-1])}, {})
    assert read_table(outputs[0]).schema == DUPLICATES
    assert [tuple(row.values()) for row in read_table(outputs[0]).to_pylist()] == [
        (1, 0, 0, 0, "same text"),
        (1, 2, 0, 1, "same text"),
    ]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
