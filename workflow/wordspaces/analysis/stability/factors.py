"""What goes with the stability of a word: least squares of its overlap on frequency, part of speech and contexts.

For each model and level one linear regression over the compared words. Response: overlap at the main k, the mean over
corpora (or pairs of them). Predictors: log count (smallest over the training cells), its square once standardised, log
of one and the number of distinct contexts (words that occur within a window of it, smallest over the cells), part of
speech. Wendlandt et al. (2018) and Antoniak & Mimno (2018) ask the same question.

It describes: an estimate is a difference in mean overlap between words that are alike in the other predictors, not
what would happen to a word made more frequent. Overlap lies between 0 and 1 and its variance changes along the line,
so standard errors are of the heteroscedasticity-consistent kind (HC3, MacKinnon & White 1985) and a fitted value can
fall outside. They speak of other words, not of other trainings. Count and contexts go together closely: compare their
partial R2 rather than their estimates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from statsmodels.regression.linear_model import OLS

from wordspaces.analysis.lexicon import OTHER
from wordspaces.analysis.settings import StabilityFactorSettings
from wordspaces.analysis.stability.overlap import LEVELS
from wordspaces.analysis.tables import from_rows, numbers, schema, texts
from wordspaces.common.artefacts import read_batches
from wordspaces.common.errors import StudyError

UNLISTED = "unlisted"
SPEECH = "part of speech"
CONTINUOUS = ("log count", "squared log count", "log contexts")
ROWS = 1 << 18
_VALUES = dict.fromkeys(("estimate", "se", "low", "high", "r2", "partial_r2"), pa.float64())
SCHEMA = schema(
    model=pa.string(), level=pa.string(), predictor=pa.string(), **_VALUES, words=pa.int32(), note=pa.string()
)


@dataclass(frozen=True)
class Design:
    """Columns of a regression [n, p], the intercept first, and the columns of each predictor by name."""

    matrix: np.ndarray
    columns: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, continuous: Mapping[str, np.ndarray], classes: np.ndarray) -> "Design":
        """Standardised `continuous` predictors [n] and an indicator for each class but the most frequent one."""
        parts, columns = [np.ones(len(classes))], {}
        for name, values in continuous.items():
            columns[name] = (len(parts),)
            parts.append(standardised(values))
        first = len(parts)
        for name in others(classes):
            columns[f"{SPEECH}: {name}"] = (len(parts),)
            parts.append((classes == name).astype(np.float64))
        if len(parts) > first:
            columns[SPEECH] = tuple(range(first, len(parts)))
        return cls(np.stack(parts, axis=1), columns)


def standardised(values: np.ndarray) -> np.ndarray:
    """Values [n] with mean 0 and standard deviation 1; all 0 where they do not vary."""
    centred = values - values.mean()
    spread = centred.std()
    return centred / spread if spread > 1e-12 * max(1.0, np.abs(values).max()) else np.zeros(len(values))


def reference(classes: np.ndarray) -> str:
    """The most frequent class, the first in the alphabet among equals."""
    names, sizes = np.unique(classes, return_counts=True)
    return str(names[np.argmax(sizes)])


def others(classes: np.ndarray) -> list[str]:
    """Classes but the reference, in the order of the alphabet."""
    return [str(name) for name in np.unique(classes) if name != reference(classes)]


def distinct_contexts(paths: Sequence[str], ids: np.ndarray) -> np.ndarray:
    """Number of words that occur near each word of `ids` [n], the smallest over co-occurrence matrices: int64 [n].

    Each path is a matrix X with a row (row, column, count) for each pair that occurs; it is read piece by piece.
    0 for a word whose every occurrence was left out of a matrix; `StudyError` where that holds for all of them.
    """
    fewest = np.full(len(ids), np.iinfo(np.int64).max)
    for path in paths:
        found = np.zeros(int(ids.max(initial=0)) + 1, dtype=np.int64)
        for table in read_batches(path, ["row", "column"], ROWS):
            rows = numbers(table, "row")
            found += np.bincount(rows[rows < len(found)], minlength=len(found))
        if not found[ids].any():
            raise StudyError(path, "no compared word", "a co-occurrence matrix of this study", "delete it and rerun")
        fewest = np.minimum(fewest, found[ids])
    return fewest


def partial_r2(response: np.ndarray, matrix: np.ndarray, dropped: Sequence[int]) -> float:
    """Share of the variance left by the other columns of `matrix` [n, p] that the columns `dropped` explain, 0 to 1."""
    whole = _residual(response, matrix)
    without = _residual(response, np.delete(matrix, dropped, axis=1))
    return max(0.0, 1.0 - whole / without) if without > 0.0 else np.nan


def _residual(response: np.ndarray, matrix: np.ndarray) -> float:
    solution = np.linalg.lstsq(matrix, response, rcond=None)[0]
    return float(np.square(response - matrix @ solution).sum())


def merged_classes(classes: Sequence[str], least: int) -> np.ndarray:
    """Classes [n] with those of fewer than `least` words called `other`; "" for words that `other` cannot hold either.

    A class of one word would fit that word exactly, and leave no residual for a standard error.
    """
    merged = np.array(classes, dtype=object)
    names, sizes = np.unique(merged, return_counts=True)
    small = [name for name, size in zip(names, sizes, strict=True) if size < least]
    merged[np.isin(merged, small)] = OTHER
    if (merged == OTHER).sum() < least:
        merged[merged == OTHER] = ""
    return merged


def regression_rows(
    response: np.ndarray,
    continuous: Mapping[str, np.ndarray],
    classes: Sequence[str],
    settings: StabilityFactorSettings,
) -> list[dict]:
    """One row for each predictor, with estimate, HC3 standard error, interval, R2 and partial R2.

    `response` and each of `continuous` are float64 [n]. Continuous predictors are standardised: an estimate is the
    difference in the response for one standard deviation. A class is compared with the most frequent one; part of
    speech as a whole has a partial R2 alone. Where a regression is not defined, rows of nulls with a note.
    """
    merged = merged_classes(classes, settings.least_class)
    kept = merged != ""
    count = int(kept.sum())
    note = f"{len(kept) - count} words of rare classes left out" if count < len(kept) else ""
    response = response[kept]
    empty = [{"predictor": name, "words": count} for name in (*continuous, SPEECH)]
    if count < settings.least_words:
        return [row | {"note": f"not defined: {count} words, fewer than {settings.least_words}"} for row in empty]
    if np.ptp(response) == 0.0:
        return [row | {"note": "not defined: the response is the same for every word"} for row in empty]
    varying = {name: values[kept] for name, values in continuous.items() if standardised(values[kept]).any()}
    design = Design.of(varying, merged[kept].astype(str))
    if np.linalg.matrix_rank(design.matrix) < design.matrix.shape[1]:
        return [row | {"note": "not defined: predictors that determine each other"} for row in empty]
    rows = _fitted(response, design, settings.confidence, reference(merged[kept].astype(str)), note)
    constant = [row | {"note": "the same for every word"} for row in empty if row["predictor"] not in design.columns]
    return rows + constant


def _fitted(response: np.ndarray, design: Design, confidence: float, base: str, note: str) -> list[dict]:
    fit = OLS(response, design.matrix).fit(cov_type="HC3", use_t=True)
    bounds = fit.conf_int(alpha=1.0 - confidence)
    rows = []
    for name, columns in design.columns.items():
        row = {"predictor": name, "r2": fit.rsquared, "words": len(response), "note": note}
        if name == SPEECH or not name.startswith(SPEECH):
            row["partial_r2"] = partial_r2(response, design.matrix, columns)
        else:
            row["note"] = "; ".join(part for part in (f"difference from {base}", note) if part)
        if name != SPEECH:
            at = columns[0]
            row |= {"estimate": fit.params[at], "se": fit.bse[at], "low": bounds[at][0], "high": bounds[at][1]}
        rows.append(row)
    return rows


def factors_table(
    stability: pa.Table, lexicon: Mapping[str, str], contexts: Mapping[int, int], settings: StabilityFactorSettings
) -> pa.Table:
    """Regressions of `overlap` of the stability table, by model and level: columns `SCHEMA`.

    `contexts` gives the number of distinct contexts of each word id. A word that the lexicon lacks has the class
    `unlisted`; `StudyError` where it lacks them all. `r2` is that of the whole regression; `partial_r2` what a
    predictor adds to all others.
    """
    columns = {name: np.array(texts(stability, name), dtype=object) for name in ("model", "level", "token")}
    columns |= {name: numbers(stability, name) for name in ("id", "count", "overlap")}
    if len(columns["token"]) and not any(token in lexicon for token in set(columns["token"])):
        raise StudyError("lexicon of parts of speech", "no compared word", "the words of the study", "give another one")
    rows = []
    for model in sorted(set(columns["model"])):
        for level in LEVELS:
            chosen = np.flatnonzero((columns["model"] == model) & (columns["level"] == level))
            if len(chosen) == 0:
                continue
            ids, first, inverse = np.unique(columns["id"][chosen], return_index=True, return_inverse=True)
            overlap = np.bincount(inverse, columns["overlap"][chosen]) / np.bincount(inverse)
            logs = np.log(columns["count"][chosen][first])
            near = np.log1p([float(contexts[int(word)]) for word in ids])
            continuous = dict(zip(CONTINUOUS, (logs, np.square(standardised(logs)), near), strict=True))
            classes = [lexicon.get(token, UNLISTED) for token in columns["token"][chosen][first]]
            found = regression_rows(overlap, continuous, classes, settings)
            rows += [{"model": model, "level": level} | row for row in found]
    return from_rows(rows, SCHEMA)
