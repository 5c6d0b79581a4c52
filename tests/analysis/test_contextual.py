"""Contextual measures on vectors whose answer is known, against slow twins, and through the script."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from running import run_script

from wordspaces.analysis.probes.contextual import (
    FEW_WORDS,
    NO_DIRECTION,
    NO_SENTENCES,
    NO_WORDS,
    anisotropy,
    explainable_variance,
    intra_sentence_similarity,
    self_similarity,
)
from wordspaces.analysis.probes.vectors import read_layers
from wordspaces.common.artefacts import write_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator

MADE = Provenance("made", "tests", "0")
WIDTH = 24


def normal(*shape: int) -> np.ndarray:
    return generator(1, "contextual", *map(str, shape)).standard_normal(shape)


def test_identical_vectors_are_wholly_alike() -> None:
    vectors = np.repeat(normal(5, 1, 8), 4, axis=1)
    np.testing.assert_allclose(self_similarity(vectors), 1.0)
    np.testing.assert_allclose(explainable_variance(vectors), 1.0)
    np.testing.assert_allclose(intra_sentence_similarity(vectors.reshape(-1, 8), np.arange(0, 20, 4)), 1.0)
    np.testing.assert_allclose(anisotropy(np.broadcast_to(vectors[:1], vectors.shape)), (1.0, 0.0), atol=1e-12)


def test_isotropic_vectors_have_nothing_in_common() -> None:
    """Cosines of d-dimensional normal vectors have mean 0 and variance 1 / d; a sentence of n has 1 / sqrt(n)."""
    words, count, width = 400, 10, 400
    vectors = normal(words, count, width)
    assert self_similarity(vectors).mean() == pytest.approx(
        0.0, abs=4 / np.sqrt(width * words * count * (count - 1) / 2)
    )
    # Squared singular values of n x d noise lie between (sqrt(d) -+ sqrt(n))^2 (Marchenko & Pastur 1967).
    edge = (1 + np.sqrt(count / width)) ** 2 / count
    assert 1 / count < explainable_variance(vectors).mean() < edge
    assert abs(anisotropy(vectors)[0]) < 0.002
    sentences = intra_sentence_similarity(vectors.reshape(-1, width), np.arange(0, words * count, count))
    assert sentences.mean() == pytest.approx(1 / np.sqrt(count), abs=0.01)


def test_a_common_offset_is_the_anisotropy() -> None:
    """Noise of variance 1 and an offset of length sqrt(d): the expected cosine of two vectors is one half."""
    width = 2000
    vectors = normal(30, 4, width) + 1.0
    value, error = anisotropy(vectors)
    assert value == pytest.approx(0.5, abs=0.005)
    assert error < 0.005
    assert self_similarity(vectors).mean() == pytest.approx(value, abs=0.01)


def test_measures_equal_slow_twins() -> None:
    vectors = normal(6, 5, 7) + 0.4

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    own = [np.mean([cosine(a, b) for a, b in combinations(word, 2)]) for word in vectors]
    np.testing.assert_allclose(self_similarity(vectors), own)
    first = [np.linalg.svd(word, compute_uv=False) ** 2 for word in vectors]
    np.testing.assert_allclose(explainable_variance(vectors), [values[0] / values.sum() for values in first])

    def between(words: np.ndarray) -> float:
        return float(np.mean([cosine(a, b) for one, two in combinations(words, 2) for a in one for b in two]))

    left_out = np.array([between(np.delete(vectors, word, axis=0)) for word in range(6)])
    error = np.sqrt(5 / 6 * np.square(left_out - left_out.mean()).sum())
    np.testing.assert_allclose(anisotropy(vectors), (between(vectors), error))
    flat, starts = vectors.reshape(-1, 7), np.array([0, 4, 9, 20])
    parts = np.split(flat, starts[1:])
    slow = [np.mean([cosine(part.mean(axis=0), vector) for vector in part]) for part in parts]
    np.testing.assert_allclose(intra_sentence_similarity(flat, starts), slow)


def table_of(vectors: np.ndarray, **columns: list) -> pa.Table:
    """Rows of places and layers from vectors [places, layers, d]."""
    places, layers, width = vectors.shape
    repeated = {name: [value for value in values for _ in range(layers)] for name, values in columns.items()}
    flat = pa.array(vectors.astype(np.float32).ravel())
    table = pa.table(repeated | {"layer": pa.array(list(range(layers)) * places, pa.int32())})
    return table.append_column("vector", pa.FixedSizeListArray.from_arrays(flat, width))


def occurrences_of(vectors: np.ndarray, probes: list[str]) -> pa.Table:
    """Occurrences [probes, words, occurrences, layers, d]; the first word is listed."""
    _, words, count = vectors.shape[:3]
    keys = [(probe, word, number) for probe in probes for word in range(words) for number in range(count)]
    return table_of(
        vectors.reshape(len(keys), *vectors.shape[3:]),
        probe=[probe for probe, _, _ in keys],
        id=[word for _, word, _ in keys],
        token=[f"w{word}" for _, word, _ in keys],
        listed=[word == 0 for _, word, _ in keys],
        occurrence=[1 + number for _, _, number in keys],
        context=["a [word] here"] * len(keys),
    )


def sentences_of(vectors: np.ndarray, lengths: list[int], probe: str) -> pa.Table:
    numbers = [number for number, length in enumerate(lengths, start=1) for _ in range(length)]
    return table_of(vectors, probe=[probe] * len(numbers), sentence=numbers)


def measured(folder: Path, occurrences: pa.Table, sentences: pa.Table) -> pd.DataFrame:
    write_table(folder / "occurrences.parquet", occurrences, MADE)
    write_table(folder / "sentences.parquet", sentences, MADE)
    inputs = {name: [str(folder / f"{name}.parquet")] for name in ("occurrences", "sentences")}
    outputs = {"table": str(folder / "contextual.parquet"), "csv": str(folder / "contextual.csv")}
    run_script("measure_contextual", inputs, outputs, {"runs": [["wiki", "a", "gpt", "gpt", 1]], "contextual": {}})
    return pd.read_parquet(folder / "contextual.parquet")


def test_baselines_take_off_what_any_vectors_have_in_common(tmp_path: Path) -> None:
    """Layer 0: independent vectors around an offset; layer 1: each word and each sentence has its own direction."""
    offset = np.ones(WIDTH)
    noise = normal(2, 21, 6, 2, WIDTH)
    own = 2.0 * normal(21, 1, WIDTH)
    vectors = noise + offset
    vectors[:, :, :, 1] += own
    lengths = [5] * 40
    spoken = normal(200, 2, WIDTH) + offset
    spoken[:, 1] += np.repeat(1.5 * normal(40, WIDTH), 5, axis=0)
    sentences = pa.concat_tables([sentences_of(spoken, lengths, "twitter"), sentences_of(spoken, lengths, "wiki")])
    table = measured(tmp_path, occurrences_of(vectors, ["twitter", "wiki"]), sentences)
    assert len(table) == 2 * 2 * 4
    rows = table.set_index(["probe", "measure", "layer"])
    for probe in ("twitter", "wiki"):
        for measure in ("self_similarity", "intra_sentence_similarity", "maximum_explainable_variance"):
            nothing, something = (rows.loc[probe, measure, layer] for layer in (0, 1))
            assert nothing["adjusted"] == pytest.approx(0.0, abs=0.04)
            assert something["adjusted"] > 0.2
            assert something["adjusted"] == pytest.approx(something["value"] - something["baseline"])
            assert 0.0 < something["se"] < 0.05
        expected = self_similarity(vectors.astype(np.float32)[["twitter", "wiki"].index(probe), 1:, :, 1]).mean()
        assert rows.loc[(probe, "self_similarity", 1), "value"] == pytest.approx(expected)
        assert rows.loc[(probe, "self_similarity", 1), "baseline"] == rows.loc[(probe, "anisotropy", 1), "value"]
    # The listed word is left out.
    assert set(rows["items"]) == {20, 40}


def test_what_a_text_is_too_short_for_is_null_with_a_note(tmp_path: Path) -> None:
    few = occurrences_of(normal(1, 2, 3, 1, 4), ["wiki"])
    table = measured(tmp_path, few, sentences_of(normal(4, 1, 4), [4], "wiki")).set_index("measure")
    assert table["value"].isna().all()
    assert table.loc["intra_sentence_similarity", "note"] == NO_SENTENCES
    assert set(table["note"]) == {NO_SENTENCES, NO_WORDS}
    some = occurrences_of(normal(1, 4, 5, 1, 4), ["wiki"])
    table = measured(tmp_path, some, sentences_of(normal(4, 1, 4), [4], "wiki")).set_index("measure")
    explained = table.loc["maximum_explainable_variance"]
    assert (explained["note"], np.isnan(explained["adjusted"]), explained["value"] > 0) == (FEW_WORDS, True, True)
    empty = normal(1, 4, 3, 1, 4)
    empty[0, 2, 1] = 0.0
    table = measured(tmp_path, occurrences_of(empty, ["wiki"]), sentences_of(normal(4, 1, 4), [4], "wiki"))
    table = table.set_index("measure")
    assert table.loc["self_similarity", "note"] == NO_DIRECTION
    assert np.isnan(table.loc["self_similarity", "value"])


def test_vectors_that_are_not_finite_or_out_of_order_are_refused() -> None:
    vectors = normal(3, 2, 4)
    table = table_of(vectors, probe=["wiki"] * 3)
    assert read_layers(table, "x").vectors.shape == (2, 3, 4)
    np.testing.assert_allclose(read_layers(table, "x").vectors[1, 2], vectors[2, 1], rtol=1e-6)
    with pytest.raises(StudyError, match="x: found rows out of order"):
        read_layers(table.take([1, 0, 2, 3, 4, 5]), "x")
    vectors[1, 1, 1] = np.nan
    with pytest.raises(StudyError, match="x: found a vector that is not finite"):
        read_layers(table_of(vectors, probe=["wiki"] * 3), "x")
