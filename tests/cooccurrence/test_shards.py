"""Shards, pieces and runs: the same bytes however a text is cut, and what is refused."""

import itertools
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.artefacts import open_table, read_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.cooccurrence import merge, shards
from wordspaces.cooccurrence.count import Sums, count_cooccurrence, unit
from wordspaces.cooccurrence.merge import MEGABYTE, merge_runs, runs_at_once, spill
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.cooccurrence.shards import count_shard, piece_tokens, pieces
from wordspaces.cooccurrence.subsampling import (
    document_streams,
    dropped_tokens,
    keep_probabilities,
    sample_counts,
)
from wordspaces.cooccurrence.tables import (
    MATRIX_SCHEMA,
    SHARD_SCHEMA,
    matrix_tables,
    read_matrix,
    read_sums,
    shard_tables,
    some_pair,
)
from wordspaces.models.word2vec import sampling

WORDS = 20
MADE = Provenance(rule="count", script="x.py", code="0")
corpora = st.lists(st.lists(st.integers(0, WORDS - 1), max_size=12), max_size=12)
choices = st.builds(
    CooccurrenceSettings,
    window=st.integers(1, 6),
    symmetric=st.booleans(),
    subsample=st.sampled_from([None, 0.02]),
    dirty=st.booleans(),
)


def batch(documents, first=0):
    names = [f"document {first + number}" for number in range(len(documents))]
    return pa.table({"document": pa.array(names, pa.string()), "ids": pa.array(documents, pa.list_(pa.int32()))})


def written(path, tables, schema):
    with open_table(path, schema, lambda: MADE) as sink:
        for table in tables:
            sink.write(table)
    return path


def cut(items, cuts):
    """A list in parts, with the place where each begins."""
    edges = sorted({0, len(items), *(min(at, len(items)) for at in cuts)})
    return [(a, items[a:b]) for a, b in itertools.pairwise(edges)]


@settings(deadline=None, max_examples=30)
@given(
    corpora,
    choices,
    st.lists(st.integers(0, 12), max_size=3),
    st.lists(st.integers(0, 12), max_size=3),
    st.integers(1, 30),
    st.integers(2, 4),
    st.randoms(use_true_random=False),
)
def test_any_cut_into_shards_batches_and_pieces_gives_the_same_bytes(
    tmp_path_factory, documents, chosen, shard_cuts, batch_cuts, tokens, at_once, random
):
    folder = tmp_path_factory.mktemp("cuts")
    counts = np.maximum(1, np.bincount([word for document in documents for word in document], minlength=WORDS))

    def counted(first, part, most):
        batches = [batch(some, first + at) for at, some in cut(part, batch_cuts)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shards, "piece_tokens", lambda memory, size: most)
            patch.setattr(shards, "runs_at_once", lambda memory: at_once)
            return list(count_shard(batches, WORDS, chosen, counts, 0, folder))

    def bytes_of(name, parts):
        paths = [
            written(folder / f"{name}{number}.parquet", shard_tables(blocks), SHARD_SCHEMA)
            for number, blocks in enumerate(parts)
        ]
        random.shuffle(paths)
        sums = merge_runs([partial(read_sums, path) for path in paths], at_once, folder)
        path = written(folder / f"{name}.parquet", matrix_tables(sums, chosen), MATRIX_SCHEMA)
        return path.read_bytes()

    whole = bytes_of("whole", [counted(0, documents, 10**6)])
    parts = bytes_of("parts", [counted(first, part, tokens) for first, part in cut(documents, shard_cuts)])
    assert whole == parts


def test_row_groups_do_not_show_the_blocks(tmp_path):
    keys = np.arange(200_000, dtype=np.int64)
    one = written(tmp_path / "one", shard_tables([Sums(keys, keys + 1)]), SHARD_SCHEMA)
    edges = [0, 1, 70_000, 70_001, 140_000, 200_000]
    parts = [Sums(keys[a:b], keys[a:b] + 1) for a, b in itertools.pairwise(edges)]
    assert one.read_bytes() == written(tmp_path / "two", shard_tables(parts), SHARD_SCHEMA).read_bytes()
    again = list(read_sums(one))
    np.testing.assert_array_equal(np.concatenate([block.keys for block in again]), keys)
    np.testing.assert_array_equal(np.concatenate([block.weights for block in again]), keys + 1)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.dictionaries(st.integers(0, 60), st.integers(1, 9), max_size=40), max_size=7), st.integers(2, 4))
def test_sum_of_runs(tmp_path_factory, runs, at_once):
    def blocks(counts, length):
        keys = np.array(sorted(counts), np.int64)
        weights = np.array([counts[key] for key in sorted(counts)], np.int64)
        return [Sums(keys[at : at + length], weights[at : at + length]) for at in range(0, len(keys), length)]

    expected = {}
    for counts in runs:
        for key, weight in counts.items():
            expected[key] = expected.get(key, 0) + weight
    for length in (1, 3, 100):
        readers = [lambda counts=counts, length=length: iter(blocks(counts, length)) for counts in runs]
        found = list(merge_runs(readers, at_once, tmp_path_factory.getbasetemp()))
        keys = [key for block in found for key in block.keys.tolist()]
        weights = [weight for block in found for weight in block.weights.tolist()]
        assert list(zip(keys, weights, strict=True)) == sorted(expected.items())


def test_sum_longer_than_a_block():
    keys = np.arange(150_000, dtype=np.int64)
    readers = [lambda step=step: iter([Sums(keys[::step].copy(), keys[::step] + 1)]) for step in (1, 2, 3)]
    found = list(merge_runs(readers, 8))
    weights = np.concatenate([block.weights for block in found])
    np.testing.assert_array_equal(np.concatenate([block.keys for block in found]), keys)
    np.testing.assert_array_equal(weights, (keys + 1) * (1 + (keys % 2 == 0) + (keys % 3 == 0)))


def test_scratch_files_come_back_and_go(tmp_path):
    keys = np.arange(70_000, dtype=np.int64)
    read = spill([Sums(keys[:5], keys[:5] + 3), Sums(keys[5:], keys[5:] + 3)], tmp_path / "run")
    for _ in range(2):
        found = list(read())
        np.testing.assert_array_equal(np.concatenate([block.weights for block in found]), keys + 3)
    (tmp_path / "scratch").mkdir()
    list(merge_runs([read] * 5, 2, tmp_path / "scratch"))
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("blocks", "part"),
    [
        ([([5, 4], [1, 1])], "out of order"),
        ([([4, 4], [1, 1])], "out of order"),
        ([([4], [1]), ([4], [1])], "out of order"),
        ([([4], [0])], "weight of 0"),
        ([([4], [-2])], "weight of -2"),
    ],
)
def test_refuses_runs_that_are_none(blocks, part):
    run = [Sums(np.array(keys), np.array(weights)) for keys, weights in blocks]
    with pytest.raises(StudyError, match=part):
        list(merge_runs([lambda: iter(run)], 2))


def test_refuses_a_sample_without_pairs():
    with pytest.raises(StudyError, match="no pair"):
        list(some_pair(merge_runs([], 2)))


def test_matrix_and_back(tmp_path):
    chosen = CooccurrenceSettings(window=3)
    row, column, weight = count_cooccurrence(np.array([0, 1, 2, 0], np.int32), np.array([0, 4]), 3, chosen)
    sums = Sums((row.astype(np.int64) << 32) | column, weight)
    path = written(tmp_path / "x.parquet", matrix_tables([sums], chosen), MATRIX_SCHEMA)
    assert read_table(path).schema == MATRIX_SCHEMA
    found = list(read_matrix(path))
    assert len(found) == 1
    for part, expected in zip(found[0], (row, column, weight / unit(chosen)), strict=True):
        np.testing.assert_array_equal(part, expected)


def test_pieces_hold_whole_documents():
    documents = [[1, 2], [], [3] * 9, [4], [5], [], [6, 7]]
    found = list(pieces([batch(documents[:3]), batch(documents[3:], 3)], 3))
    assert [piece.ids.tolist() for piece in found] == [[1, 2], [3] * 9, [4, 5], [6, 7]]
    again = [[piece.ids[a:b].tolist() for a, b in itertools.pairwise(piece.documents)] for piece in found]
    assert list(itertools.chain.from_iterable(again)) == documents
    assert [name for piece in found for name in piece.names] == [f"document {number}" for number in range(7)]


def test_memory_sets_pieces_and_runs():
    assert piece_tokens(3000 * MEGABYTE, 40_000) > 50_000_000
    assert piece_tokens(100 * MEGABYTE, 40_000) == 1 << 16
    assert (runs_at_once(0), runs_at_once(10**12)) == (2, merge.MOST_FILES)
    assert runs_at_once(3000 * MEGABYTE) > 100


def test_refuses_an_id_outside_the_vocabulary():
    chosen = CooccurrenceSettings(subsample=1e-3)
    with pytest.raises(StudyError, match="word id 20"):
        list(count_shard([batch([[1, 20]])], WORDS, chosen, np.ones(WORDS, np.int64), 0))


def test_what_is_dropped_depends_on_document_and_place_alone():
    keep = np.full(WORDS, 0.5)
    streams = document_streams(["a", "b"])
    ids = np.zeros(4000, np.int32)
    both = dropped_tokens(ids, np.array([0, 3000, 4000]), streams, keep)
    np.testing.assert_array_equal(both[3000:], dropped_tokens(ids[3000:], np.array([0, 1000]), streams[1:], keep))
    assert not np.array_equal(both[:1000], both[3000:])
    assert abs(both.mean() - 0.5) < 0.03
    assert not dropped_tokens(ids, np.array([0, 4000]), streams[:1], np.ones(WORDS)).any()


def test_frequency_rule_is_that_of_word2vec():
    counts = np.array([0, 1, 10, 1000, 100_000])
    np.testing.assert_allclose(keep_probabilities(counts, 1e-3), sampling.keep_probabilities(counts, 1e-3), rtol=1e-6)
    found = keep_probabilities(np.array([4, 96]), 0.01)
    np.testing.assert_allclose(found, [0.75, np.sqrt(1 / 96) + 1 / 96], rtol=1e-12)


def test_counts_of_one_sample():
    columns = {"corpus": ["x", "x", "y"], "sample": ["a", "b", "a"], "id": pa.array([1, 1, 2], pa.int32())}
    table = pa.table(columns | {"count": pa.array([5, 6, 7], pa.int64())})
    assert sample_counts([table, table.slice(0, 0)], "x", "a", 3).tolist() == [0, 5, 0]
    with pytest.raises(StudyError, match="no token of z a"):
        sample_counts([table], "z", "a", 3)
    with pytest.raises(StudyError, match="word ids 2 to 2"):
        sample_counts([table], "y", "a", 2)
