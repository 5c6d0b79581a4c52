"""Cross-entropy and perplexity of distributions that are known."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.analysis.perplexity import (
    MASKED_NOTE,
    NOTHING,
    STATIC_NOTE,
    batch_error,
    perplexity_table,
    read_unigrams,
    unigram_bits,
)
from wordspaces.analysis.roster import as_runs
from wordspaces.analysis.settings import PerplexitySettings
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

GPT, BERT = ["wiki", "a", "gpt", "gpt", 1], ["wiki", "a", "bert", "bert", 1]


@pytest.fixture
def tokens(tmp_path: Path, write: Callable) -> SimpleNamespace:
    """Six vocabulary entries with counts 6, 0, 0, 0, 3, 1 in the one training cell."""
    ids = np.arange(6, dtype=np.int32)
    names = ["<unk>", "<sep>", "<cls>", "<mask>", "the", "cat"]
    kinds = ["special"] * 4 + ["word"] * 2
    vocabulary = pa.table({"id": ids, "token": names, "kind": kinds, "count": np.array([6, 0, 0, 0, 3, 1])})
    cell = {"corpus": ["wiki"] * 6, "sample": ["a"] * 6, "id": ids, "count": np.array([6, 0, 0, 0, 3, 1])}
    return SimpleNamespace(
        vocabulary=write(tmp_path / "vocabulary.parquet", vocabulary),
        counts=write(tmp_path / "counts.parquet", pa.table(cell)),
        folder=tmp_path,
    )


def scored(probes: list[str], ids: list[int], bits: list[float]) -> pa.Table:
    return pa.table({"probe": probes, "id": np.array(ids, np.int32), "bits": np.array(bits, np.float32)})


def rows_of(
    tokens: SimpleNamespace, write: Callable, runs: list[list], table: pa.Table, static: list[list]
) -> list[dict]:
    path = write(tokens.folder / "probabilities.parquet", table)
    unigrams = read_unigrams(tokens.counts, tokens.vocabulary)
    settings = PerplexitySettings(batches=2)
    return perplexity_table([path] * len(runs), as_runs(runs), as_runs(static), unigrams, settings).to_pylist()


def test_a_known_distribution(tokens: SimpleNamespace, write: Callable) -> None:
    table = scored(["wiki"] * 4, [4, 0, 5, 4], [1.0, 2.0, 3.0, 4.0])
    everything, known = rows_of(tokens, write, [GPT], table, [])
    assert (everything["scope"], everything["tokens"], everything["unknown"]) == ("all tokens", 4, 0.25)
    assert everything["bits"] == pytest.approx(2.5)
    assert everything["perplexity"] == pytest.approx(2**2.5)
    # Add-one over six entries and ten tokens: (3 + 1) / 16, (6 + 1) / 16, (1 + 1) / 16.
    expected = -(2 * np.log2(4 / 16) + np.log2(7 / 16) + np.log2(2 / 16)) / 4
    assert everything["unigram_bits"] == pytest.approx(expected)
    assert everything["unigram_perplexity"] == pytest.approx(2**expected)
    assert (known["scope"], known["tokens"]) == ("without unknown", 3)
    assert known["bits"] == pytest.approx(8 / 3)


def test_a_uniform_model_has_the_perplexity_of_its_vocabulary(tokens: SimpleNamespace, write: Callable) -> None:
    rows = rows_of(tokens, write, [GPT], scored(["wiki"] * 50, [4] * 50, [np.log2(6)] * 50), [])
    assert rows[0]["perplexity"] == pytest.approx(6.0, rel=1e-6)
    assert rows[0]["se"] == pytest.approx(0.0, abs=1e-9)


def test_masked_models_have_bits_but_no_perplexity(tokens: SimpleNamespace, write: Callable) -> None:
    rows = rows_of(tokens, write, [BERT], scored(["wiki"] * 2, [4, 5], [1.0, 2.0]), [])
    assert rows[0]["bits"] == pytest.approx(1.5)
    assert rows[0]["unigram_bits"] == pytest.approx(2.5)
    assert rows[0]["perplexity"] is None
    assert rows[0]["unigram_perplexity"] is None
    assert (rows[0]["objective"], rows[0]["note"]) == ("masked", MASKED_NOTE)


def test_static_models_are_rows_of_nulls_with_the_reason(tokens: SimpleNamespace, write: Callable) -> None:
    static = [["wiki", "a", "glove", "glove", 1]]
    rows = rows_of(tokens, write, [GPT], scored(["wiki"], [4], [1.0]), static)
    row = next(row for row in rows if row["model"] == "glove")
    assert row["bits"] is None
    assert row["perplexity"] is None
    assert row["note"] == STATIC_NOTE


def test_special_tokens_are_not_scored_and_probes_are_apart(tokens: SimpleNamespace, write: Callable) -> None:
    table = scored(["twitter", "twitter", "wiki"], [1, 4, 0], [9.0, 1.0, 2.0])
    rows = {(row["probe"], row["scope"]): row for row in rows_of(tokens, write, [GPT], table, [])}
    assert rows["twitter", "all tokens"]["tokens"] == 1
    assert rows["twitter", "all tokens"]["bits"] == 1.0
    assert rows["wiki", "all tokens"]["bits"] == 2.0
    empty = rows["wiki", "without unknown"]
    assert (empty["bits"], empty["tokens"], empty["note"]) == (None, 0, NOTHING)


def test_a_probability_of_zero_is_refused(tokens: SimpleNamespace, write: Callable) -> None:
    with pytest.raises(StudyError, match="not a number"):
        rows_of(tokens, write, [GPT], scored(["wiki"] * 2, [4, 5], [1.0, np.inf]), [])


def test_unigram_bits_are_a_distribution() -> None:
    counts = generator(1, "counts").integers(0, 50, 30)
    assert np.exp2(-unigram_bits(counts)).sum() == pytest.approx(1.0)


def test_batch_error_of_independent_and_of_clustered_tokens() -> None:
    stream = generator(2, "batches")
    independent = stream.standard_normal(64_000)
    assert batch_error(independent, 64) == pytest.approx(1 / np.sqrt(64_000), rel=0.3)
    clustered = np.repeat(stream.standard_normal(640), 100)
    # A hundred equal neighbours carry the information of one: ten times the naive error.
    assert batch_error(clustered, 64) == pytest.approx(1 / np.sqrt(640), rel=0.3)
    assert np.isnan(batch_error(np.ones(5), 4))
