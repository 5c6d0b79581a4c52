"""Bias, variance and the best dimension on planted targets, against n x n matrices and against the known optimum."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array

from wordspaces.analysis.roster import Run
from wordspaces.analysis.settings import DimensionSettings
from wordspaces.analysis.sweeps.cells import Cell, Sweep
from wordspaces.analysis.sweeps.dimension import dimension_table
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

WORDS = 120
SPECTRUM = np.array([9.0, 6.0, 4.0, 3.0, 2.0, 0.6, 0.5, 0.4])
DIMENSIONS = (1, 2, 3, 5, 8, 12, 20)
SETTINGS = DimensionSettings()
SWEEPS = {"d": Sweep("m", "dimension")}


def planted() -> np.ndarray:
    """E* [n, 8] with orthogonal columns, whose Gram matrix has the spectrum; columns have mean 0."""
    values = generator(3, "planted").standard_normal((WORDS, len(SPECTRUM)))
    left = np.linalg.qr(values - values.mean(axis=0))[0]
    return left * np.sqrt(SPECTRUM)


def truncated(target: np.ndarray, d: int, noise: float, *names: object) -> np.ndarray:
    """Vectors [n, d] of the largest eigenvalues of E*E*' + symmetric noise, as Yin & Shen (2018) have it."""
    error = noise * sum(weight * generator(3, *map(str, key)).standard_normal((WORDS, WORDS)) for weight, key in names)
    values, vectors = np.linalg.eigh(target @ target.T + (error + error.T) / 2.0)
    return vectors[:, -d:] * np.sqrt(np.maximum(values[-d:], 0.0))


def replicate(target: np.ndarray, d: int, noise: float, sample: str, seed: int) -> np.ndarray:
    return truncated(target, d, noise, (0.8, ("sample", sample)), (0.6, ("seed", sample, seed)))


def study(noise: float, samples: str = "abc", seeds: tuple[int, ...] = (1, 2), family: str = "f"):
    """Cells and vectors of a sweep over the planted target."""
    cells, vectors = [], {}
    for d, sample, seed in itertools.product(DIMENSIONS, samples, seeds):
        run = Run("wiki", sample, f"m-dimension-{d}", family, seed)
        cells.append(Cell("d", float(d), run))
        vectors[run] = replicate(planted(), d, noise, sample, seed) + 2.0
    return cells, vectors


def table_of(cells, vectors, target=None):
    rows = csr_array(planted() if target is None else target)
    return dimension_table(cells, SWEEPS, vectors, {"wiki": rows}, SETTINGS).to_pandas()


def normalised(vectors: np.ndarray) -> np.ndarray:
    moved = vectors - vectors.mean(axis=0)
    gram = moved @ moved.T
    return gram / np.linalg.norm(gram)


@pytest.mark.parametrize("target", ["ppmi", "largest"])
def test_parts_are_those_of_the_matrices(target: str) -> None:
    cells, vectors = study(0.12)
    table = table_of(cells, vectors)
    aim = normalised(planted())
    top = {cell.run: normalised(vectors[cell.run]) for cell in cells if cell.value == DIMENSIONS[-1]}
    for row in table[table["target"] == target].itertuples():
        runs = [cell.run for cell in cells if cell.value == row.setting_value]
        aims = {s: np.mean([g for r, g in top.items() if r.sample != s], axis=0) for s in "abc"}
        if target == "ppmi":
            aims = dict.fromkeys("abc", aim)
        apart = {run: normalised(vectors[run]) - aims[run.sample] for run in runs}
        mean = np.mean(list(apart.values()), axis=0)
        means = {s: np.mean([apart[run] for run in runs if run.sample == s], axis=0) for s in "abc"}
        expected = {
            "bias2": np.square(mean).sum(),
            "variance_samples": np.mean([np.square(m - mean).sum() for m in means.values()]),
            "variance_seeds": np.mean([np.square(apart[run] - means[run.sample]).sum() for run in runs]),
            "total": np.mean([np.square(one).sum() for one in apart.values()]),
        }
        for name, value in expected.items():
            assert getattr(row, name) == pytest.approx(value, abs=1e-10), name
        assert row.bias2 + row.variance == pytest.approx(row.total, rel=1e-10)
        losses = [
            np.linalg.norm(normalised(vectors[run]) - c * aims[run.sample]) for run, c in scales(runs, vectors, aims)
        ]
        assert row.pip_target_relative == pytest.approx(np.mean(losses), rel=1e-6)
    assert (table["words"] == WORDS).all()


def scales(runs, vectors, aims):
    """Least-squares scale of the target for each run."""
    for run in runs:
        aim = aims[run.sample]
        yield run, (normalised(vectors[run]) * aim).sum() / np.square(aim).sum()


def test_loss_between_seeds_is_that_of_the_inner_products() -> None:
    cells, vectors = study(0.12, samples="ab")
    table = table_of(cells, vectors).set_index(["target", "setting_value"])
    losses, shares = [], []
    for sample in "ab":
        grams = []
        for seed in (1, 2):
            one = vectors[Run("wiki", sample, "m-dimension-3", "f", seed)]
            one = one - one.mean(axis=0)
            grams.append(one @ one.T)
        losses.append(np.linalg.norm(grams[0] - grams[1]))
        shares.append(losses[-1] / np.sqrt(sum(np.square(gram).sum() for gram in grams)))
    assert table.loc[("ppmi", 3.0), "pip_seeds"] == pytest.approx(np.mean(losses))
    assert table.loc[("ppmi", 3.0), "pip_seeds_relative"] == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_the_best_dimension_is_the_planted_optimum(noise: float) -> None:
    """The expected error of every dimension from many other draws of the noise, by matrices."""
    cells, vectors = study(noise)
    table = table_of(cells, vectors)
    found = table[table["target"] == "ppmi"].set_index("setting_value")
    aim, expected = normalised(planted()), {}
    for d in DIMENSIONS:
        draws = [replicate(planted(), d, noise, f"other{i}", 0) for i in range(12)]
        expected[float(d)] = np.mean([np.square(normalised(draw) - aim).sum() for draw in draws])
    best = found.index[found["best"]].tolist()
    assert best == [min(expected, key=expected.get)]
    assert found["total"].to_dict() == pytest.approx(expected, rel=0.1, abs=2e-3)
    told = found["distinguishable"]
    assert told.isna().tolist() == found["best"].tolist()
    # What lies far above the best is told from it.
    far = [d for d in found.index if expected[d] > 2.0 * min(expected.values()) + 0.01]
    assert far
    assert told[far].all()


def test_less_noise_allows_for_more_dimensions_and_the_parts_move_as_they_should() -> None:
    low, high = (table_of(*study(noise)).query("target == 'ppmi'").set_index("setting_value") for noise in (0.02, 0.3))
    assert low.index[low["best"]][0] > high.index[high["best"]][0]
    assert low.loc[:8.0, "bias2"].is_monotonic_decreasing
    assert low.loc[1.0, "bias2"] > 10 * low.loc[8.0, "bias2"]
    assert high.loc[20.0, "variance"] > high.loc[3.0, "variance"] > low.loc[3.0, "variance"]
    unbiased = high["bias2_unbiased"] + high["variance_samples_unbiased"] + high["variance_seeds_unbiased"]
    np.testing.assert_allclose(unbiased, high["total"], rtol=1e-10)
    assert (high["bias2_unbiased"] < high["bias2"]).all()


def test_a_difference_that_the_words_leave_open_is_not_told() -> None:
    """Two values with the same vectors but for noise far below that of the words."""
    rng = generator(4, "open")
    cells, vectors = [], {}
    for value, sample in itertools.product((1.0, 2.0), "ab"):
        run = Run("wiki", sample, f"m-{value:g}", "f", 1)
        cells.append(Cell("d", value, run))
        vectors[run] = planted() + 0.3 * rng.standard_normal((WORDS, 8))
    found = table_of(cells, vectors).query("target == 'ppmi' and not best")
    assert not found["distinguishable"].any()
    assert (found["difference"] > 0).all()


def test_a_value_that_is_worse_on_one_sample_alone_is_not_told() -> None:
    """Value 2 is far worse on sample a, so in the mean, and better on sample b."""
    noise = {(1.0, "a"): 0.02, (1.0, "b"): 0.1, (2.0, "a"): 0.6, (2.0, "b"): 0.02, (3.0, "a"): 0.6, (3.0, "b"): 0.6}
    rng, cells, vectors = generator(5, "one sample"), [], {}
    for (value, sample), strength in noise.items():
        run = Run("wiki", sample, f"m-{value:g}", "f", 1)
        cells.append(Cell("d", value, run))
        vectors[run] = planted() + strength * rng.standard_normal((WORDS, 8))
    found = table_of(cells, vectors).query("target == 'ppmi'").set_index("setting_value")
    assert found["best"].tolist() == [True, False, False]
    assert found.loc[[2.0, 3.0], "samples_worse"].tolist() == [1, 2]
    assert found.loc[[2.0, 3.0], "distinguishable"].tolist() == [False, True]
    assert found.loc[2.0, "difference"] > 5 * found.loc[2.0, "difference_se"]


def test_rotation_shift_and_scale_change_nothing() -> None:
    cells, vectors = study(0.1, samples="ab")
    rotation = np.linalg.qr(generator(3, "rotation").standard_normal((20, 20)))[0]
    moved = {run: 3.0 * one @ rotation[: one.shape[1]] - 7.0 for run, one in vectors.items()}
    table, other = table_of(cells, vectors), table_of(cells, moved)
    for name in (
        "total",
        "total_se",
        "bias2",
        "variance_samples",
        "variance_seeds",
        "difference_se",
        "pip_target_relative",
    ):
        np.testing.assert_allclose(other[name], table[name], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other["pip_target"], 9.0 * table["pip_target"], rtol=1e-6)


def test_a_best_value_at_the_end_says_so() -> None:
    cells, vectors = study(0.02)
    short = [cell for cell in cells if cell.value <= 3]
    found = table_of(short, vectors).query("target == 'ppmi'")
    assert found.loc[found["best"], "note"].item().startswith("the largest value swept: a larger one may be better")
    cells, vectors = study(0.3)
    found = table_of([cell for cell in cells if cell.value >= 8], vectors).query("target == 'ppmi'")
    assert found.loc[found["best"], "note"].item().startswith("the smallest value swept")


def test_what_cannot_be_known_is_null_with_a_note() -> None:
    one = table_of(*study(0.1, samples="a"))
    largest, fixed = (one[one["target"] == name] for name in ("largest", "ppmi"))
    assert largest["total"].isna().all()
    assert largest["best"].isna().all()
    assert largest["note"].str.startswith("not defined: no other document sample").all()
    assert fixed["variance_samples"].isna().all()
    assert fixed["note"].str.contains("one document sample").all()
    np.testing.assert_allclose(fixed["variance"], fixed["variance_seeds"])
    single = table_of(*study(0.1, seeds=(1,))).query("target == 'ppmi'")
    assert (
        single[["variance_seeds", "variance_seeds_unbiased", "variance_samples_unbiased", "pip_seeds"]]
        .isna()
        .all(axis=None)
    )
    svd = table_of(*study(0.1, seeds=(1,), family="svd")).query("target == 'ppmi'")
    assert (svd["variance_seeds_unbiased"] == 0).all()
    np.testing.assert_allclose(svd["bias2_unbiased"] + svd["variance_samples_unbiased"], svd["total"])
    assert table_of(*study(0.1)).query("target == 'largest'")["bias2_unbiased"].isna().all()
    assert dimension_table([], {}, {}, {}, SETTINGS).num_rows == 0


def test_bad_input_is_refused_in_one_line() -> None:
    cells, vectors = study(0.1, samples="ab")
    run = cells[0].run
    with pytest.raises(StudyError, match="wiki/a/m-dimension-1/seed1: found vectors that are all equal"):
        table_of(cells, vectors | {run: np.ones((WORDS, 1))})
    with pytest.raises(StudyError, match="not finite"):
        table_of(cells, vectors | {run: np.full((WORDS, 1), np.nan)})
    with pytest.raises(StudyError, match="no files of wiki/a/m-dimension-1/seed1"):
        table_of(cells, {key: value for key, value in vectors.items() if key != run})
    with pytest.raises(StudyError, match="found 1 of a, 2 of b"):
        table_of(cells[1:], vectors)
    with pytest.raises(StudyError, match="no target of 'wiki'"):
        dimension_table(cells, SWEEPS, vectors, {}, SETTINGS)
