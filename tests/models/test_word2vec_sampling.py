"""What Word2Vec draws: noise words, kept tokens, windows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from wordspaces.models.word2vec.sampling import (
    alias_table,
    draw_noise,
    draw_segment,
    keep_probabilities,
    noise_distribution,
    stream_state,
)


def alias_probabilities(noise):
    """The distribution that an alias table draws from, exactly."""
    size = len(noise.accept)
    shares = noise.accept.astype(np.float64) / size
    np.add.at(shares, noise.alias, (1.0 - noise.accept) / size)
    return shares


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300).filter(any), st.floats(0.0, 1.5))
def test_alias_table_holds_the_noise_distribution(counts, power):
    expected = noise_distribution(np.array(counts), power)
    np.testing.assert_allclose(alias_probabilities(alias_table(expected)), expected, atol=1e-7)
    assert np.all(expected[np.array(counts) == 0] == 0)


def test_noise_words_follow_the_distribution():
    expected = noise_distribution(np.array([900, 100, 50, 10, 0, 1]), 0.75)
    words = draw_noise(alias_table(expected), stream_state(3, "noise"), 100, 2000)
    observed = np.bincount(words.ravel(), minlength=6)
    assert observed[4] == 0
    assert chisquare(observed[expected > 0], expected[expected > 0] * words.size).pvalue > 1e-4


def test_keep_probability_of_known_frequencies():
    counts = np.array([990_000, 9_000, 1_000, 0])
    kept = keep_probabilities(counts, 1e-3)
    ratio = 1e-3 / 0.99
    np.testing.assert_allclose(kept[0], np.sqrt(ratio) + ratio, rtol=1e-6)
    np.testing.assert_allclose(kept[1], np.sqrt(1 / 9) + 1 / 9, rtol=1e-6)
    assert kept[2:].tolist() == [1.0, 1.0]
    assert keep_probabilities(counts, None).tolist() == [1.0] * 4


def test_segment_without_subsampling_is_the_text_in_order():
    ids = np.arange(9, dtype=np.int32)
    documents, keep = np.array([0, 4, 4, 9]), np.ones(9, np.float32)
    found = draw_segment(ids, documents, np.array([2, 1, 0]), keep, 2, False, stream_state(0))
    assert found.kept.tolist() == [4, 5, 6, 7, 8, 0, 1, 2, 3]
    assert found.source.tolist() == list(range(9))
    assert found.left.tolist() == [0, 1, 2, 2, 2, 0, 1, 2, 2]
    assert found.right.tolist() == [2, 2, 2, 1, 0, 2, 2, 1, 0]


def test_subsampling_keeps_the_share_and_windows_are_uniform():
    ids = np.tile(np.arange(2, dtype=np.int32), 50_000)
    keep = np.array([0.25, 1.0], np.float32)
    found = draw_segment(ids, np.array([0, len(ids)]), np.array([0]), keep, 5, True, stream_state(1))
    counts = np.bincount(found.kept)
    assert counts[1] == 50_000
    assert abs(counts[0] / 50_000 - 0.25) < 0.01
    assert np.all(ids[found.source] == found.kept)
    inner = found.left[5:-5]
    np.testing.assert_array_equal(inner, found.right[5:-5])
    assert chisquare(np.bincount(inner, minlength=6)[1:]).pvalue > 1e-4


def test_states_differ_by_seed_and_name():
    states = {int(stream_state(*key)[0]) for key in [(1, "a"), (2, "a"), (1, "b"), (1, "a", "0")]}
    assert len(states) == 4
