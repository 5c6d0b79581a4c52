"""Cross-entropy and perplexity of distributions that are known."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.analysis.prediction.perplexity import (
    MASKED_NOTE,
    NOTHING,
    PIECES_NOTE,
    PSEUDO_NOTE,
    STATIC_NOTE,
    batch_error,
    perplexity_table,
    read_references,
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
    names = ["<unk>", "<sep>", "<cls>", "<mask>", "the", "café"]
    kinds = ["special"] * 4 + ["word"] * 2
    vocabulary = pa.table({"id": ids, "token": names, "kind": kinds, "count": np.array([6, 0, 0, 0, 3, 1])})
    cell = {"corpus": ["wiki"] * 6, "sample": ["a"] * 6, "id": ids, "count": np.array([6, 0, 0, 0, 3, 1])}
    return SimpleNamespace(
        vocabulary=write(tmp_path / "vocabulary.parquet", vocabulary),
        counts=write(tmp_path / "counts.parquet", pa.table(cell)),
        folder=tmp_path,
    )


def scored(probes: list[str], ids: list[int], bits: list[float], question: str = "causal") -> pa.Table:
    asked = [question] * len(ids)
    columns = {"probe": probes, "question": asked, "id": np.array(ids, np.int32), "bits": np.array(bits, np.float32)}
    return pa.table(columns)


def trigram_of(tokens: SimpleNamespace, write: Callable, table: pa.Table, bits: list[float] | None = None) -> str:
    """A trigram's table of the same tokens, of 3 bits each or of `bits`."""
    words = table["id"].to_numpy()
    costs = np.array(bits or [3.0] * len(words), np.float32)
    return write(tokens.folder / "trigram.parquet", pa.table({"probe": table["probe"], "id": words, "bits": costs}))


def rows_of(
    tokens: SimpleNamespace,
    write: Callable,
    runs: list[list],
    table: pa.Table,
    static: list[list],
    trigram: str | None = None,
) -> list[dict]:
    path = write(tokens.folder / "probabilities.parquet", table)
    trigrams = [trigram or trigram_of(tokens, write, table)]
    references = read_references(tokens.counts, tokens.vocabulary, trigrams, [["wiki", "a"]])
    settings = PerplexitySettings(batches=2)
    return perplexity_table([path] * len(runs), as_runs(runs), as_runs(static), references, settings).to_pylist()


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
    rows = rows_of(tokens, write, [BERT], scored(["wiki"] * 4, [4, 5] * 2, [1.0, 2.0] * 2, "masked"), [])
    assert rows[0]["bits"] == pytest.approx(1.5)
    assert rows[0]["unigram_bits"] == pytest.approx(2.5)
    undefined = {name for name, value in rows[1].items() if value is None}
    assert undefined == {
        "perplexity",
        "pseudo_perplexity",
        "byte_bits",
        "byte_perplexity",
        "unigram_byte_bits",
        "trigram_byte_bits",
        "unigram_perplexity",
        "trigram_bits",
        "trigram_perplexity",
        "token_perplexity",
    }
    assert (rows[0]["objective"], rows[0]["note"]) == ("masked", MASKED_NOTE)


def test_tokens_hidden_alone_have_a_pseudo_perplexity_and_rows_of_their_own(
    tokens: SimpleNamespace, write: Callable
) -> None:
    asked = [
        scored(["wiki"] * 2, [4, 5], [1.0, 2.0], "masked"),
        scored(["wiki"] * 3, [4, 0, 5], [2.0, 6.0, 4.0], "pseudo"),
    ]
    rows = rows_of(tokens, write, [BERT], pa.concat_tables(asked), [])
    assert [(row["objective"], row["scope"]) for row in rows] == [
        (question, scope) for question in ("masked", "pseudo") for scope in ("all tokens", "without unknown")
    ]
    assert [row["bits"] for row in rows] == [1.5, 1.5, 4.0, 3.0]
    assert [row["pseudo_perplexity"] for row in rows] == [None, None, 16.0, 8.0]
    assert [row["unknown"] for row in rows] == pytest.approx([0, 0, 1 / 3, 1 / 3])
    assert (rows[2]["perplexity"], rows[2]["trigram_bits"], rows[2]["byte_bits"]) == (None, None, None)
    assert (rows[0]["note"], rows[2]["note"]) == (MASKED_NOTE, PSEUDO_NOTE)


def test_the_trigram_is_a_mean_over_the_same_words(tokens: SimpleNamespace, write: Callable) -> None:
    table = scored(["wiki"] * 4, [4, 0, 5, 4], [1.0, 2.0, 3.0, 4.0])
    trigram = trigram_of(tokens, write, table, [2.0, 1.0, 4.0, 9.0])
    everything, known = rows_of(tokens, write, [GPT], table, [], trigram)
    assert (everything["trigram_bits"], known["trigram_bits"]) == (4.0, 5.0)
    assert (everything["trigram_perplexity"], known["trigram_perplexity"]) == (16.0, 32.0)
    other = trigram_of(tokens, write, table.slice(1))
    with pytest.raises(StudyError, match="4 words of wiki; allowed: 3, as many"):
        rows_of(tokens, write, [GPT], table, [], other)


def test_bits_of_a_byte_count_the_letters_and_a_blank(tokens: SimpleNamespace, write: Callable) -> None:
    # "the " has four bytes, "café " six; nobody predicts the letters behind <unk>.
    everything, known = rows_of(tokens, write, [GPT], scored(["wiki"] * 3, [4, 0, 5], [1.0, 7.0, 3.0]), [])
    assert everything["byte_bits"] is None
    assert known["byte_bits"] == pytest.approx((1.0 + 3.0) / (4 + 6))
    assert known["byte_perplexity"] == pytest.approx(2**0.4)


def test_references_are_over_the_same_bytes(tokens: SimpleNamespace, write: Callable) -> None:
    table = scored(["wiki"] * 4, [4, 0, 5, 4], [1.0, 2.0, 3.0, 4.0])
    trigram = trigram_of(tokens, write, table, [2.0, 1.0, 4.0, 9.0])
    everything, known = rows_of(tokens, write, [GPT], table, [], trigram)
    assert (everything["unigram_byte_bits"], everything["trigram_byte_bits"]) == (None, None)
    assert known["trigram_byte_bits"] == pytest.approx((2.0 + 4.0 + 9.0) / (4 + 6 + 4))
    assert known["unigram_byte_bits"] == pytest.approx(3 * known["unigram_bits"] / (4 + 6 + 4))


def test_a_word_in_pieces_costs_what_its_pieces_cost(tokens: SimpleNamespace, write: Callable) -> None:
    # "the" in one piece, "café" in two, an unknown word in one: three words.
    table = scored(["wiki"] * 4, [9, 7, 8, 6], [1.0, 2.0, 3.0, 8.0])
    table = table.append_column("word", pa.array([4, 5, 5, 0], pa.int32()))
    table = table.append_column("pieces", pa.array([1, 2, 2, 1], pa.int32()))
    words = trigram_of(tokens, write, scored(["wiki"] * 3, [4, 5, 0], [0.0] * 3), [2.0, 4.0, 3.0])
    everything, known = rows_of(tokens, write, [GPT], table, [], words)
    assert (everything["words"], known["words"]) == (3.0, 2.0)
    assert (everything["bits"], everything["token_bits"], everything["trigram_bits"]) == (14 / 3, 3.5, 3.0)
    assert (known["bits"], known["token_bits"], known["trigram_bits"]) == (3.0, 2.0, 3.0)
    assert known["byte_bits"] == pytest.approx(6.0 / 10)
    assert (known["unit"], known["note"]) == ("piece", PIECES_NOTE)


def test_an_unknown_question_is_refused(tokens: SimpleNamespace, write: Callable) -> None:
    with pytest.raises(StudyError, match="the question 'guessed'"):
        rows_of(tokens, write, [BERT], scored(["wiki"], [4], [1.0], "guessed"), [])


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
