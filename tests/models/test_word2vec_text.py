"""Text of Word2Vec, read in groups: the same from arrays and shards, pools that cover it, a bounded share in memory."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.artefacts import open_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.models.word2vec import text as module
from wordspaces.models.word2vec.evaluation import TOKENS, sample_of
from wordspaces.models.word2vec.sampling import alias_table, keep_probabilities
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.text import text_of_arrays, text_of_shards
from wordspaces.models.word2vec.train import train_text, train_word2vec
from wordspaces.tokens.encode import ENCODED

WORDS = 40
LENGTHS = [0, 3, 20, 1, 0, 7, 12, 30, 5, 9] * 12
MADE = Provenance(rule="made", script="tests", code="0")


def documents_of(lengths, seed=0):
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return rng.integers(0, WORDS, offsets[-1]).astype(np.int32), offsets


def write_shard(path, ids, offsets, rows):
    """An encoded shard with row groups of `rows` documents."""
    texts = [ids[a:b].tolist() for a, b in pairwise(offsets)]
    columns = [[f"d{n}" for n in range(len(texts))], texts, [[0]] * len(texts)]
    table = pa.table([pa.array(column, field.type) for column, field in zip(columns, ENCODED, strict=True)], ENCODED)
    with open_table(path, ENCODED, lambda: MADE, rows) as sink:
        for start in range(0, len(texts), rows):
            sink.write(table.slice(start, rows))
    return path


@pytest.fixture
def shards(tmp_path):
    """Two shards and one without a document, and their text as arrays."""
    ids, offsets = documents_of(LENGTHS)
    cut = 70
    paths = [
        write_shard(tmp_path / "a.parquet", ids, offsets[: cut + 1], 16),
        write_shard(tmp_path / "b.parquet", ids, offsets[:1], 16),
        write_shard(tmp_path / "c.parquet", ids, offsets[cut:], 23),
    ]
    return paths, ids, offsets


def test_shards_are_the_arrays(shards):
    paths, ids, offsets = shards
    text, plain = text_of_shards(paths, WORDS), text_of_arrays(ids, offsets, WORDS)
    assert len(text.tokens) > len(plain.tokens) == 1
    assert text.total == plain.total == len(ids)
    np.testing.assert_array_equal(text.counts, np.bincount(ids, minlength=WORDS))
    for found in (text, plain):
        whole = found.gather(np.arange(len(found.tokens)))
        np.testing.assert_array_equal(whole.ids, ids)
        np.testing.assert_array_equal(whole.offsets, offsets)
        chosen = np.array([71, 0, 119, 5, 70])
        taken = found.take(chosen)
        for place, document in enumerate(chosen):
            expected = ids[offsets[document] : offsets[document + 1]]
            np.testing.assert_array_equal(taken.ids[taken.offsets[place] : taken.offsets[place + 1]], expected)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 60), st.integers(1, 200))
def test_pools_cover_the_text_once(lengths, group, pool):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "GROUP", group)
        patch.setattr(module, "POOL", pool)
        text = text_of_arrays(*documents_of(lengths), WORDS)
        pools = text.pools(np.random.default_rng(0))
    assert sorted(np.concatenate(pools).tolist()) == list(range(len(text.tokens)))
    assert text.documents.sum() == len(lengths)
    largest = text.tokens.max(initial=0)
    assert all(text.tokens[part].sum() <= pool + largest for part in pools)
    assert all(np.all(np.diff(part) > 0) for part in pools)


def test_pools_differ_from_epoch_to_epoch(monkeypatch):
    monkeypatch.setattr(module, "GROUP", 50)
    monkeypatch.setattr(module, "POOL", 300)
    text = text_of_arrays(*documents_of(LENGTHS), WORDS)
    first, second = (text.pools(np.random.default_rng(seed)) for seed in (0, 1))
    assert len(first) > 2
    assert any(a.tolist() != b.tolist() for a, b in zip(first, second, strict=False))


def test_training_on_shards_is_training_on_arrays(shards):
    """A sample of one pool gives the same bytes, however it is cut into shards and row groups."""
    paths, ids, offsets = shards
    chosen = Word2VecSettings(dimension=8, window=3, epochs=2, snapshots=3)
    held = documents_of([30, 0, 12], 1)
    found = train_text(text_of_shards(paths, WORDS), text_of_arrays(*held, WORDS), chosen, 1)
    plain = train_word2vec(ids, offsets, *held, WORDS, chosen, 1)
    assert all(found.weights[name].tobytes() == plain.weights[name].tobytes() for name in plain.weights)
    assert found.log.equals(plain.log)


def test_several_pools_learn_and_repeat(shards, monkeypatch):
    monkeypatch.setattr(module, "POOL", 300)
    chosen = Word2VecSettings(dimension=8, window=3, epochs=2, snapshots=3)
    text = text_of_shards(shards[0], WORDS)
    nothing = text_of_arrays(np.zeros(0, np.int32), np.zeros(1, np.int64), WORDS)
    reads = []
    watched = module.Text(text.documents, text.tokens, text.counts, lambda n: reads.append(n) or text.read(n))
    first, second = (train_text(watched, nothing, chosen, 1) for _ in range(2))
    assert first.weights["centre"].tobytes() == second.weights["centre"].tobytes()
    # Each epoch reads every group once; the sample that losses are read on, once more.
    assert all(reads.count(group) in (4, 6) for group in range(len(text.tokens)))


def test_ids_that_do_not_exist_are_refused_with_their_shard(shards, tmp_path):
    bad = write_shard(tmp_path / "bad.parquet", np.array([1, 2, WORDS], np.int32), np.array([0, 3]), 5)
    message = rf"bad.parquet: found word ids 1 to {WORDS}; allowed: ids 0 to {WORDS - 1}"
    with pytest.raises(StudyError, match=message):
        text_of_shards([*shards[0], bad], WORDS)


def test_missing_and_damaged_shards_are_refused(shards, tmp_path):
    with pytest.raises(StudyError, match="nowhere"):
        text_of_shards([tmp_path / "nowhere.parquet"], WORDS)
    shards[0][0].write_bytes(shards[0][0].read_bytes()[:-40])
    with pytest.raises(StudyError, match=r"a\.parquet: found no readable Parquet"):
        text_of_shards(shards[0], WORDS)


@pytest.mark.parametrize("lengths", [[3 * TOKENS], [9] * 4000, [0, 50, 0, 2]])
def test_the_sample_for_losses_has_its_size(lengths):
    """One long document is cut; of many short ones, enough are drawn; of a small text, all are."""
    ids, offsets = documents_of(lengths)
    chosen = Word2VecSettings(subsample=None, dynamic_window=False, architecture="cbow")
    keep, noise = keep_probabilities(np.ones(WORDS, np.int64), None), alias_table(np.full(WORDS, 1 / WORDS))
    sample = sample_of(text_of_arrays(ids, offsets, WORDS), keep, noise, chosen, "train")
    assert sample.predictions.inputs.shape[0] == min(TOKENS, len(ids))
    again = sample_of(text_of_arrays(ids, offsets, WORDS), keep, noise, chosen, "train")
    np.testing.assert_array_equal(sample.noise, again.noise)
    np.testing.assert_array_equal(sample.predictions.word, again.predictions.word)
    other = sample_of(text_of_arrays(ids, offsets, WORDS), keep, noise, chosen, "heldout")
    assert not np.array_equal(sample.noise[:5], other.noise[:5])
