"""The spaces table, and the spaces of static models."""

import numpy as np
import pytest

from wordspaces.common.artefacts import read_table, write_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.spaces.static import static_space, static_vectors
from wordspaces.spaces.table import select_space, space_block, spaces_schema, spaces_table

WORDS = ["<unk>", "b", "c"]


def block(space="mean", layer=0, probe="wiki", ids=(2, 0, 1), seed=0):
    vectors = np.random.default_rng(seed).normal(size=(len(ids), 4)).astype(np.float32)
    tokens = [WORDS[i] for i in ids]
    return space_block(space, layer, probe, np.array(ids), tokens, np.arange(len(ids)), vectors), vectors


def test_blocks_are_sorted_and_read_back(tmp_path):
    keys = [("mean", 1, "wiki"), ("input", -1, ""), ("mean", 0, "wiki"), ("mean", 0, "twitter")]
    made = {key: block(*key, seed=n) for n, key in enumerate(keys)}
    table = spaces_table([part for part, _ in made.values()])
    assert table.schema == spaces_schema(4)
    rows = table.select(["space", "layer", "probe", "id"]).to_pylist()
    assert rows == sorted(rows, key=lambda row: tuple(row.values()))
    path = tmp_path / "seed1.parquet"
    write_table(path, table, Provenance(rule="x", script="x", code="x"))
    for key, (_, vectors) in made.items():
        ids, contexts, found = select_space(read_table(path), *key)
        assert ids.tolist() == [0, 1, 2]
        assert contexts.tolist() == [1, 2, 0]
        np.testing.assert_array_equal(found, vectors[[1, 2, 0]])
    again = spaces_table([part for part, _ in reversed(made.values())])
    assert again.equals(table)


def test_table_refuses_what_would_mislead():
    part, vectors = block()
    with pytest.raises(StudyError, match="twice"):
        spaces_table([part, block(seed=1)[0]])
    with pytest.raises(StudyError, match="no space"):
        spaces_table([])
    with pytest.raises(StudyError, match=r"\('mean', 0, 'wiki'\)"):
        select_space(part, "mean", 7, "wiki")
    with pytest.raises(StudyError, match="more than once"):
        block(ids=(1, 1))
    with pytest.raises(StudyError, match="2 tokens"):
        space_block("mean", 0, "wiki", np.arange(3), WORDS[:2], np.zeros(3), vectors)
    with pytest.raises(StudyError, match="one token"):
        space_block("mean", 0, "wiki", np.arange(3), WORDS, np.zeros(3), vectors, spread=np.zeros(2))
    vectors[1, 2] = np.nan
    with pytest.raises(StudyError, match="the first of 'b'"):
        space_block("mean", 0, "wiki", np.arange(3), WORDS, np.zeros(3), vectors)


def test_spreads_go_with_their_words():
    vectors = np.ones((3, 4), np.float32)
    part = space_block("mean", 0, "wiki", np.array([2, 0, 1]), ["c", "<unk>", "b"], np.ones(3), vectors, np.arange(3))
    assert part["spread"].to_pylist() == [1.0, 2.0, 0.0]
    table = spaces_table([part, block("input", -1, "")[0]])
    assert table["spread"].to_pylist() == [None] * 3 + [1.0, 2.0, 0.0]


def test_static_spaces():
    first, second = (np.random.default_rng(n).normal(size=(3, 4)).astype(np.float32) for n in (1, 2))
    tables = {"word2vec": ("centre", "context"), "glove": ("word", "context"), "svd": ("centre", "context")}
    for family, names in tables.items():
        weights = dict(zip(names, (first, second), strict=True))
        np.testing.assert_array_equal(static_vectors(family, weights, False), first)
        np.testing.assert_array_equal(static_vectors(family, weights, True), first + second)
    table = static_space("glove", {"word": first, "context": second}, True, WORDS)
    assert table["token"].to_pylist() == WORDS
    assert set(table["contexts"].to_pylist()) == {0}
    assert table["spread"].null_count == 3
    np.testing.assert_array_equal(select_space(table, "input", -1, "")[2], first + second)


def test_another_family_needs_the_table_that_is_compared_alone():
    first = np.random.default_rng(3).normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_array_equal(static_vectors("lsa", {"centre": first}, False), first)
    with pytest.raises(StudyError, match="no array 'context'"):
        static_vectors("lsa", {"centre": first}, True)


def test_static_space_refuses_other_models():
    first = np.zeros((3, 4), np.float32)
    with pytest.raises(StudyError, match=r"no array 'centre' among .*; allowed: those of a gpt model"):
        static_vectors("gpt", {"embedding": first}, False)
    with pytest.raises(StudyError, match="'context'"):
        static_vectors("glove", {"word": first}, True)
    with pytest.raises(StudyError, match="2 tokens"):
        static_space("word2vec", {"centre": first, "context": first}, False, WORDS[:2])
