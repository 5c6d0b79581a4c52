"""Regressions of stability: planted coefficients, standard errors by their formula, cells that are not defined."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from wordspaces.analysis.settings import StabilityFactorSettings
from wordspaces.analysis.stability.factors import (
    Design,
    distinct_contexts,
    factors_table,
    merged_classes,
    partial_r2,
    regression_rows,
    standardised,
)
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

SETTINGS = StabilityFactorSettings()
WORDS = 400


def planted(noise: float = 0.05, words: int = WORDS) -> tuple[np.ndarray, dict[str, np.ndarray], list[str]]:
    """A response of known coefficients: .1 of x, 0 of z, .2 for verbs and -.1 for adverbs beside nouns."""
    stream = generator(21, "factors")
    x, z = stream.standard_normal((2, words))
    classes = [("noun", "noun", "verb", "adverb")[i % 4] for i in range(words)]
    shift = np.array([{"noun": 0.0, "verb": 0.2, "adverb": -0.1}[name] for name in classes])
    spread = noise * (1.0 + np.abs(x))
    response = 0.5 + 0.1 * standardised(x) + shift + spread * stream.standard_normal(words)
    return response, {"x": x, "z": z}, classes


def test_planted_coefficients_lie_in_their_intervals() -> None:
    rows = {row["predictor"]: row for row in regression_rows(*planted(), SETTINGS)}
    truth = {"x": 0.1, "z": 0.0, "part of speech: verb": 0.2, "part of speech: adverb": -0.1}
    for name, value in truth.items():
        assert rows[name]["low"] < value < rows[name]["high"]
    assert rows["part of speech: verb"]["note"] == "difference from noun"
    assert "estimate" not in rows["part of speech"]
    assert rows["x"]["partial_r2"] > 0.5
    assert rows["part of speech"]["partial_r2"] > 0.5
    assert rows["z"]["partial_r2"] < 0.02


def test_standard_errors_and_shares_equal_their_formulas() -> None:
    response, continuous, classes = planted()
    rows = {row["predictor"]: row for row in regression_rows(response, continuous, classes, SETTINGS)}
    matrix = Design.of(continuous, np.array(classes)).matrix
    inverse = np.linalg.inv(matrix.T @ matrix)
    beta = inverse @ matrix.T @ response
    residual = response - matrix @ beta
    leverage = np.einsum("ij,jk,ik->i", matrix, inverse, matrix)
    meat = matrix.T * (residual / (1 - leverage)) ** 2 @ matrix
    errors = np.sqrt(np.diag(inverse @ meat @ inverse))
    quantile = stats.t.ppf(0.975, len(response) - matrix.shape[1])
    for name, at in {"x": 1, "z": 2, "part of speech: adverb": 3, "part of speech: verb": 4}.items():
        assert rows[name]["estimate"] == pytest.approx(beta[at])
        assert rows[name]["se"] == pytest.approx(errors[at])
        assert rows[name]["high"] == pytest.approx(beta[at] + quantile * errors[at])
    total = np.square(response - response.mean()).sum()
    assert rows["z"]["r2"] == pytest.approx(1 - np.square(residual).sum() / total)
    # What one predictor adds is the squared partial correlation of residuals (Frisch & Waugh 1933).
    rest = np.delete(matrix, 1, axis=1)
    left = [v - rest @ np.linalg.lstsq(rest, v, rcond=None)[0] for v in (response, matrix[:, 1])]
    assert rows["x"]["partial_r2"] == pytest.approx(np.corrcoef(*left)[0, 1] ** 2)
    assert partial_r2(response, matrix, (1,)) == rows["x"]["partial_r2"]


def test_intervals_cover_zero_at_their_rate_for_noise() -> None:
    classes = ["noun", "verb"] * 60
    covered = []
    for draw in range(200):
        stream = generator(draw, "noise")
        x = stream.standard_normal(120)
        noise = (0.2 + np.abs(x)) * stream.standard_normal(120)
        row = regression_rows(noise, {"x": x}, classes, SETTINGS)[0]
        covered.append(row["low"] < 0 < row["high"])
    assert 0.90 < np.mean(covered) < 0.99


def test_rare_classes_become_other_and_what_stays_too_small_is_left_out() -> None:
    classes = ["noun"] * 40 + ["verb"] * 15 + ["number"] * 6 + ["adverb"] * 6 + ["proper noun"] * 2
    merged = merged_classes(classes, 10)
    assert {name: (merged == name).sum() for name in set(merged)} == {"noun": 40, "verb": 15, "other": 14}
    assert (merged_classes(classes[:61], 10) == "").sum() == 6
    x = generator(22, "rare").standard_normal((2, 61))
    row = regression_rows(x[0], {"x": x[1]}, classes[:61], SETTINGS)[0]
    assert (row["words"], row["note"]) == (55, "6 words of rare classes left out")


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"response": np.ones(WORDS)}, "the response is the same for every word"),
        ({"words": 30}, "30 words, fewer than 50"),
        ({"twin": True}, "predictors that determine each other"),
    ],
)
def test_what_is_not_defined_is_null_with_a_note(change: dict, note: str) -> None:
    response, continuous, classes = planted(words=change.get("words", WORDS))
    response = change.get("response", response)
    if "twin" in change:
        continuous["z"] = 3.0 - 2.0 * continuous["x"]
    rows = regression_rows(response, continuous, classes, SETTINGS)
    assert [row["predictor"] for row in rows] == ["x", "z", "part of speech"]
    assert {row["note"] for row in rows} == {f"not defined: {note}"}
    assert all("estimate" not in row and "partial_r2" not in row for row in rows)


def test_a_predictor_that_does_not_vary_has_no_estimate() -> None:
    response, continuous, classes = planted()
    rows = regression_rows(response, continuous | {"z": np.full(WORDS, 7.0)}, classes, SETTINGS)
    row = next(row for row in rows if row["predictor"] == "z")
    assert row["note"] == "the same for every word"
    assert "estimate" not in row


def _matrix(pairs: list[tuple[int, int]]) -> pa.Table:
    rows, columns = np.array(pairs, dtype=np.int32).T
    return pa.table({"row": rows, "column": columns, "count": np.ones(len(pairs))})


def test_contexts_are_counted_in_the_cell_that_has_fewest(tmp_path: Path, write: Callable) -> None:
    cells = [[(1, 1), (1, 2), (1, 9), (2, 1), (9, 1)], [(1, 2), (2, 1), (2, 9), (9, 2), (9, 9), (12, 2)]]
    paths = [write(tmp_path / f"{i}.parquet", _matrix(pairs)) for i, pairs in enumerate(cells)]
    assert distinct_contexts(paths, np.array([1, 2, 9])).tolist() == [1, 1, 1]
    assert distinct_contexts(paths[:1], np.array([1, 2, 3])).tolist() == [3, 1, 0]
    with pytest.raises(StudyError, match="no compared word"):
        distinct_contexts(paths, np.array([3, 4]))


def _stability(words: int = 120) -> pd.DataFrame:
    stream = generator(23, "stability")
    counts = stream.integers(10, 5000, words)
    cells = [("wiki", "seed"), ("twitter", "seed"), ("wiki", "sample")]
    frames = [
        pd.DataFrame(
            {
                "model": "glove",
                "level": level,
                "id": np.arange(words),
                "token": [f"w{i}" for i in range(words)],
                "count": counts,
                "overlap": 0.1 * np.log(counts) + 0.01 * stream.standard_normal(words),
            }
        )
        for _, level in cells
    ]
    return pd.concat(frames, ignore_index=True)


def test_the_table_averages_corpora_word_by_word_and_knows_frequency_from_contexts() -> None:
    frame = _stability()
    lexicon = {f"w{i}": "noun" if i % 2 else "verb" for i in range(100)}
    contexts = dict(enumerate(generator(24, "contexts").integers(5, 500, 120)))
    table = factors_table(pa.Table.from_pandas(frame, preserve_index=False), lexicon, contexts, SETTINGS).to_pandas()
    assert table["level"].unique().tolist() == ["seed", "sample"]
    assert set(table["words"]) == {120}
    seed = table[table["level"] == "seed"].set_index("predictor")
    assert seed.loc["log count", "partial_r2"] > 0.95
    assert seed.loc["log contexts", "partial_r2"] < 0.1
    assert seed.loc["log count", "estimate"] == pytest.approx(0.1 * np.log(frame["count"][:120]).std(ddof=0), rel=0.02)
    assert "part of speech: unlisted" in seed.index
    # Two corpora are averaged: half the variance of noise in one.
    assert (1 - seed.loc["log count", "r2"]) < (1 - table[table["level"] == "sample"]["r2"].iloc[0])


def test_a_lexicon_without_a_known_word_is_refused() -> None:
    table = pa.Table.from_pandas(_stability(), preserve_index=False)
    with pytest.raises(StudyError, match="no compared word"):
        factors_table(table, {"house": "noun"}, dict.fromkeys(range(120), 5), SETTINGS)
    assert factors_table(table.slice(0, 0), {"house": "noun"}, {}, SETTINGS).num_rows == 0
