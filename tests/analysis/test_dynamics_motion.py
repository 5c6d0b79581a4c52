"""Motion, norms and shape of snapshots on cases with known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import linregress

from wordspaces.analysis.dynamics.frequency import frequency_bands, norm_measures, training_counts
from wordspaces.analysis.dynamics.motion import motion
from wordspaces.analysis.dynamics.shape import (
    directions,
    effective_rank,
    isotropy,
    mean_cosine,
    participation_ratio,
    shape_measures,
)
from wordspaces.analysis.roster import Words
from wordspaces.common.streams import generator


def normal(*names: str, shape: tuple[int, ...]) -> np.ndarray:
    return generator(3, "dynamics tests", *names).standard_normal(shape)


def test_a_straight_line_has_known_steps_and_shares() -> None:
    start, way = normal("start", shape=(7, 3)), normal("way", shape=(7, 3))
    at = np.array([0.0, 0.1, 0.4, 1.0])
    found = motion(start + at[:, None, None] * way)
    scale = np.linalg.norm(way) / np.linalg.norm(start + way)
    np.testing.assert_allclose(found["displacement"], at * scale)
    np.testing.assert_allclose(found["path_length"], at * scale)
    np.testing.assert_allclose(found["step_displacement"], [np.nan, 0.1 * scale, 0.3 * scale, 0.6 * scale])
    np.testing.assert_allclose(found["straightness"], [np.nan, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(found["phase_share"], [np.nan, 0.1, 0.3, 0.6])


def test_a_detour_counts_for_nothing_and_a_way_back_is_negative() -> None:
    course = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 5.0], [1.0, 0.0]])[:, None, :]
    found = motion(course)
    np.testing.assert_allclose(found["phase_share"], [np.nan, 2.0, 0.0, -1.0])
    assert found["straightness"][-1] == pytest.approx(1.0 / (2.0 + 5.0 + np.sqrt(26.0)))


def test_a_closed_loop_ends_where_it_began() -> None:
    angles = np.linspace(0.0, 2.0 * np.pi, 9)
    loop = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None, :]
    loop[-1] = loop[0]
    found = motion(loop)
    assert found["straightness"][-1] == 0.0
    assert found["displacement"][-1] == 0.0
    assert found["path_length"][-1] == pytest.approx(8 * 2 * np.sin(np.pi / 8))
    assert np.isnan(found["phase_share"]).all()


def test_a_rotated_start_is_displaced_by_twice_the_sine_of_half_the_angle() -> None:
    vectors, angle = normal("turn", shape=(20, 2)), 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = motion(np.stack([vectors, vectors @ turn]))
    assert found["displacement"][-1] == pytest.approx(2.0 * np.sin(angle / 2.0))


def test_a_space_of_zeros_has_no_scale() -> None:
    found = motion(np.zeros((3, 4, 2), np.float32))
    assert all(np.isnan(values).all() for values in found.values())


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (5, 4, 3), elements=st.floats(-4, 4, width=32)))
def test_shares_of_a_run_sum_to_one_and_no_way_is_more_than_straight(course: np.ndarray) -> None:
    found = motion(course)
    if np.linalg.norm(course[-1] - course[0]) > 1e-3:
        assert found["phase_share"][1:].sum() == pytest.approx(1.0, abs=1e-9)
    known = found["straightness"][np.isfinite(found["straightness"])]
    assert (known <= 1.0 + 1e-9).all()


def test_norms_that_follow_a_power_law_give_its_exponent() -> None:
    counts = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256])
    units = normal("unit", shape=(2, 9, 5))
    units /= np.linalg.norm(units, axis=2, keepdims=True)
    found = norm_measures(units * np.stack([counts**0.25, np.full(9, 3.0)])[:, :, None], counts)
    np.testing.assert_allclose(found["norm_frequency_slope"], [0.25, 0.0], atol=1e-12)
    np.testing.assert_allclose(found["norm_frequency_correlation"], [1.0, np.nan])
    np.testing.assert_allclose(found["mean_norm_frequent"], [(counts[6:] ** 0.25).mean(), 3.0])
    np.testing.assert_allclose(found["mean_norm_rare"], [(counts[:3] ** 0.25).mean(), 3.0])


def test_the_line_of_norms_is_that_of_scipy_without_words_that_do_not_occur() -> None:
    vectors, counts = normal("line", shape=(1, 40, 6)), np.arange(40)
    vectors[0, 5] = 0.0
    found = norm_measures(vectors, counts)
    keep = np.delete(np.arange(40), [0, 5])
    line = linregress(np.log(counts[keep]), np.log(np.linalg.norm(vectors[0, keep], axis=1)))
    assert found["norm_frequency_slope"][0] == pytest.approx(line.slope)
    assert found["norm_frequency_correlation"][0] == pytest.approx(line.rvalue)
    same = norm_measures(vectors, np.full(40, 7))
    assert np.isnan(same["norm_frequency_slope"]).all()
    assert np.isnan(same["mean_norm_frequent"]).all()


def test_bands_keep_words_of_one_count_together() -> None:
    assert frequency_bands(np.array([9, 1, 1, 1, 5, 6, 7, 8, 9])).tolist() == [2, 0, 0, 0, 1, 1, 1, 2, 2]
    assert set(frequency_bands(np.full(6, 4)).tolist()) == {0}


def test_counts_are_found_by_vocabulary_id() -> None:
    words = Words(np.array([2, 4, 9], np.int32), ("a", "b", "c"), np.array([1, 1, 1]))
    found = training_counts({"wiki": np.array([7, 6, 5, 4, 3])}, words)
    assert found["wiki"].tolist() == [5, 3, 0]


def test_effective_rank_of_known_matrices() -> None:
    basis = np.linalg.qr(np.concatenate([np.ones((40, 1)), normal("rank", shape=(40, 6))], axis=1))[0]
    columns = basis[:, 1:]
    # Columns orthogonal to the vector of ones are centred already, so singular values are as planted.
    assert effective_rank(columns) == pytest.approx(6.0)
    assert effective_rank(columns[:, :1] @ np.ones((1, 5)) + 3.0) == pytest.approx(1.0)
    values = np.array([4.0, 2.0, 1.0, 1.0, 0.0, 0.0])
    p = np.array([0.5, 0.25, 0.125, 0.125])
    assert effective_rank(columns * values) == pytest.approx(np.exp(-(p * np.log(p)).sum()))
    assert np.isnan(effective_rank(np.full((5, 3), 2.0)))


def test_participation_ratio_of_known_eigenvalues() -> None:
    assert participation_ratio(np.array([3.0, 0.0, 0.0])) == 1.0
    assert participation_ratio(np.full(8, 0.2)) == pytest.approx(8.0)
    assert participation_ratio(np.array([2.0, 1.0])) == pytest.approx(9.0 / 5.0)
    assert np.isnan(participation_ratio(np.zeros(3)))


def test_isotropy_equals_its_definition() -> None:
    vectors = normal("isotropy", shape=(30, 4)) + np.array([1.0, 0.0, 0.0, 0.0])
    axes = np.linalg.eigh(vectors.T @ vectors)[1]
    partition = [np.exp(vectors @ (sign * axis)).sum() for axis in axes.T for sign in (1, -1)]
    assert isotropy(vectors, axes) == pytest.approx(min(partition) / max(partition))
    assert isotropy(vectors * 400.0, axes) == 0.0


def test_an_isotropic_cloud_and_a_line() -> None:
    cloud = shape_measures(normal("cloud", shape=(4000, 8)))
    assert cloud["participation_ratio"] == pytest.approx(8.0, rel=0.01)
    assert cloud["effective_rank"] == pytest.approx(8.0, rel=0.01)
    assert cloud["isotropy"] > 0.85
    assert cloud["isotropy_centred"] > 0.9
    assert abs(cloud["mean_cosine"]) < 0.01
    assert cloud["directions"] == 0
    line = shape_measures(normal("line", shape=(4000, 1)) * np.ones((1, 8)))
    assert line["participation_ratio"] == pytest.approx(1.0)
    assert line["effective_rank"] == pytest.approx(1.0)
    assert line["top_share"] == pytest.approx(1.0)
    assert line["directions"] == 1


@pytest.mark.parametrize("planted", [0, 1, 3, 5])
def test_directions_beyond_noise_are_those_planted(planted: int) -> None:
    noise = normal("noise", str(planted), shape=(600, 20))
    basis = np.linalg.qr(normal("basis", str(planted), shape=(20, 20)))[0][:planted]
    vectors = noise + 2.0 * normal("signal", str(planted), shape=(600, planted)) @ basis
    assert shape_measures(vectors)["directions"] == planted


def test_a_strong_direction_hides_no_weaker_ones_and_a_rotation_none() -> None:
    strength = np.array([20.0, 3.0, 2.5, 2.5, 2.0])
    vectors = normal("noise", "unequal", shape=(600, 20))
    vectors[:, :5] += strength * normal("signal", "unequal", shape=(600, 5))
    rotation = np.linalg.qr(normal("rotation", shape=(20, 20)))[0]
    for seen in (vectors, vectors @ rotation, 1e-3 * vectors):
        assert shape_measures(seen)["directions"] == 5


def test_noise_shows_a_direction_in_five_of_a_hundred_cases() -> None:
    found = 0
    for number in range(400):
        vectors = normal("white", str(number), shape=(200, 20))
        values = np.linalg.eigvalsh(np.cov(vectors.T, bias=True))[::-1]
        found += directions(values, 200) > 0
    assert 0.01 < found / 400 < 0.09


def test_mean_cosine_equals_all_pairs() -> None:
    vectors = normal("cosine", shape=(12, 4)) + 0.5
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert mean_cosine(vectors) == pytest.approx((units @ units.T)[np.triu_indices(12, 1)].mean())
    assert np.isnan(mean_cosine(np.zeros((3, 2))))


@pytest.mark.parametrize("vectors", [np.full((6, 3), 2.0), np.zeros((6, 3)), np.full((6, 3), np.nan)])
def test_vectors_without_a_shape_have_no_measure(vectors: np.ndarray) -> None:
    assert np.isnan(list(shape_measures(vectors).values())).all()
