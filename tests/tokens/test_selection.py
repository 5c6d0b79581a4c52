"""The laws of drawing and size matching."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.tokens.samples import HELDOUT, by_corpus, documents_of, training_documents
from wordspaces.tokens.selection import draw, sample_of, select_documents
from wordspaces.tokens.settings import SelectionSettings

SOURCES = {"wiki": ["dump", "leads"], "twitter": ["election"]}
NONE = {corpus: pa.table({"id": pa.array([], pa.string())}) for corpus in SOURCES}


def shards(seed: int, sizes: dict[str, int], low: int = 1, high: int = 60) -> dict[str, list[pa.Table]]:
    """Random documents of each source."""
    generator = np.random.default_rng(seed)
    return {
        corpus: [
            pa.table(
                {
                    "document": [f"{source}:{n}" for n in range(sizes[corpus])],
                    "words": pa.array(generator.integers(low, high, sizes[corpus]), pa.int32()),
                }
            )
            for source in sources
        ]
        for corpus, sources in SOURCES.items()
    }


def totals(table: pa.Table) -> dict[tuple[str, str], int]:
    frame = table.to_pandas()
    return {cell: int(words) for cell, words in frame.groupby(["corpus", "sample"])["words"].sum().items()}


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([0.1, 0.3]), st.booleans())
def test_samples_are_equal_disjoint_whole_and_independent_of_order(
    seed: int, samples: int, heldout: float, fixed: bool
) -> None:
    tables = shards(seed, {"wiki": 300, "twitter": 900})
    wanted = SelectionSettings(samples=samples, heldout=heldout, tokens_per_sample=2000 if fixed else None)
    table = select_documents(tables, NONE, SOURCES, wanted)
    sums = totals(table)
    training = [words for (_, sample), words in sums.items() if sample != HELDOUT]
    assert len(training) == 2 * samples
    assert max(training) - min(training) <= 1
    assert abs(sums["wiki", HELDOUT] - sums["twitter", HELDOUT]) <= 1
    assert not fixed or 1999 <= min(training) <= max(training) <= 2000
    rows = table.to_pylist()
    assert len({row["document"] for row in rows}) == len(rows)
    words = {d: w for group in tables.values() for t in group for d, w in zip(*t.to_pydict().values(), strict=True)}
    for row in rows:
        assert row["words"] == words[row["document"]] >= wanted.min_words
        assert row["sample"] == sample_of(draw(row["document"]), wanted)
        assert row["document"].startswith(row["source"] + ":")
    keys = [(row["corpus"], row["sample"], row["source"], row["document"]) for row in rows]
    assert keys == sorted(keys)
    order = list(range(300))
    random.Random(seed).shuffle(order)
    shuffled = {**tables, "wiki": [tables["wiki"][1].take(order), tables["wiki"][0]]}
    sources = {"wiki": ["leads", "dump"], "twitter": ["election"]}
    assert select_documents(shuffled, NONE, sources, wanted).equals(table)


def test_duplicates_and_short_documents_are_left_out() -> None:
    tables = shards(1, {"wiki": 200, "twitter": 200})
    out = [f"dump:{n}" for n in range(0, 200, 2)]
    duplicates = {**NONE, "wiki": pa.table({"id": out})}
    table = select_documents(tables, duplicates, SOURCES, SelectionSettings(min_words=10))
    assert not set(out) & set(table["document"].to_pylist())
    assert min(table["words"].to_pylist()) >= 10


def test_another_corpus_moves_no_document_to_another_sample() -> None:
    tables = shards(2, {"wiki": 300, "twitter": 300})
    both = select_documents(tables, NONE, SOURCES, SelectionSettings()).to_pylist()
    alone = select_documents({"wiki": tables["wiki"]}, NONE, SOURCES, SelectionSettings()).to_pylist()
    where = {row["document"]: row["sample"] for row in alone}
    assert all(where.get(row["document"], row["sample"]) == row["sample"] for row in both)


def test_shares_of_the_draw() -> None:
    wanted = SelectionSettings(samples=3, heldout=0.1)
    found = [sample_of(draw(f"source:{n}"), wanted) for n in range(20_000)]
    for name, share in {HELDOUT: 0.1, "a": 0.3, "b": 0.3, "c": 0.3}.items():
        assert found.count(name) / len(found) == pytest.approx(share, abs=0.015)
    assert sample_of(np.nextafter(1.0, 0.0), wanted) == "c"


def test_size_beyond_the_smallest_sample_is_refused_with_both_numbers() -> None:
    tables = shards(3, {"wiki": 300, "twitter": 100})
    available = totals(select_documents(tables, NONE, SOURCES, SelectionSettings()))
    most = min(words for (_, sample), words in available.items() if sample != HELDOUT)
    with pytest.raises(StudyError, match=r"found 9,999; allowed: at most (\d),(\d+), .* corpus twitter") as refused:
        select_documents(tables, NONE, SOURCES, SelectionSettings(tokens_per_sample=9999))
    allowed = int(str(refused.value).split("at most ")[1].split(", all")[0].replace(",", ""))
    assert allowed - 60 < most <= allowed


def test_empty_sample_is_refused() -> None:
    with pytest.raises(StudyError, match=r"min_words: found .*corpus twitter no document in sample"):
        select_documents(shards(4, {"wiki": 50, "twitter": 1}), NONE, SOURCES, SelectionSettings())
    with pytest.raises(StudyError, match="no document in sample"):
        select_documents(shards(4, {"wiki": 50, "twitter": 50}), NONE, SOURCES, SelectionSettings(min_words=99))


def test_doors_to_the_selection() -> None:
    tables = shards(5, {"wiki": 100, "twitter": 100})
    flat = [table for group in tables.values() for table in group]
    assert by_corpus(SOURCES, flat) == tables
    table = select_documents(tables, NONE, SOURCES, SelectionSettings())
    parts = {s: documents_of(table, "wiki", s, "dump").to_pylist() for s in ("a", "b", HELDOUT)}
    assert all(parts.values())
    assert sorted(parts["a"] + parts["b"]) == sorted(training_documents(table, "wiki", "dump").to_pylist())
