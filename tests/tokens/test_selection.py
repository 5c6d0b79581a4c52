"""The laws of drawing and size matching."""

import random
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.tokens import samples
from wordspaces.tokens.samples import HELDOUT, HORIZON, arrivals, bins_of, draw, interval_of, numbered
from wordspaces.tokens.selection import Corpus, Selection, nearest, select_documents
from wordspaces.tokens.settings import SelectionSettings

SOURCES = {"wiki": ["dump", "leads"], "twitter": ["election"]}
NOTHING = np.zeros(0, np.int64)
Tables = dict[str, list[pa.Table]]


def shards(seed: int, sizes: dict[str, int], low: int = 1, high: int = 60) -> Tables:
    """Random documents of each source."""
    generator = np.random.default_rng(seed)
    return {
        corpus: [table(source, generator.integers(low, high, sizes[corpus])) for source in sources]
        for corpus, sources in SOURCES.items()
    }


def table(source: str, words: np.ndarray) -> pa.Table:
    names = [f"{source}:{n}" for n in range(len(words))]
    return pa.table({"document": names, "place": [draw(name) for name in names], "words": pa.array(words, pa.int32())})


def batches(rows: pa.Table, size: int = 70) -> Iterator[pa.Table]:
    for start in range(0, max(rows.num_rows, 1), size):
        yield rows.slice(start, size)


def select(tables: Tables, wanted: SelectionSettings, out: dict[str, list[np.ndarray]] | None = None) -> Selection:
    """Selection from tables that are read in batches; `out` : corpus -> rows of duplicates of each shard."""
    corpora = {
        corpus: Corpus(
            [lambda rows=rows: batches(rows) for rows in group],
            lambda number, corpus=corpus: (out or {}).get(corpus, [NOTHING] * 9)[number],
        )
        for corpus, group in tables.items()
    }
    return select_documents(corpora, wanted)


def drawn(
    selection: Selection, tables: Tables, corpus: str, sample: str, out: dict[str, list[np.ndarray]] | None = None
) -> Counter[tuple[str, int]]:
    """Documents of a sample with their words, as often as the sample has them."""
    found: Counter[tuple[str, int]] = Counter()
    for number, rows in enumerate(tables[corpus]):
        left_out = (out or {}).get(corpus, [NOTHING] * 9)[number]
        for first, batch in numbered(batches(rows)):
            copies = selection.copies(corpus, sample, number, first, batch, left_out)
            pairs = zip(batch["document"].to_pylist(), batch["words"].to_pylist(), strict=True)
            for pair, times in zip(pairs, copies.tolist(), strict=True):
                if times:
                    found[pair] += times
    return found


def words_of(documents: Counter[tuple[str, int]]) -> int:
    return sum(words * times for (_, words), times in documents.items())


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([0.1, 0.3]), st.booleans())
def test_samples_are_equal_disjoint_whole_and_independent_of_order(
    seed: int, number: int, heldout: float, fixed: bool
) -> None:
    tables = shards(seed, {"wiki": 300, "twitter": 900})
    wanted = SelectionSettings(samples=number, heldout=heldout, tokens_per_sample=2000 if fixed else None)
    selection = select(tables, wanted)
    names = [*samples.sample_names(wanted), HELDOUT]
    parts = {(corpus, name): drawn(selection, tables, corpus, name) for corpus in SOURCES for name in names}
    sums = {cell: words_of(found) for cell, found in parts.items()}
    told = {(row["corpus"], row["sample"]): row for row in selection.samples.to_pylist()}
    assert {cell: row["words"] for cell, row in told.items()} == sums
    assert {cell: row["documents"] for cell, row in told.items()} == {c: f.total() for c, f in parts.items()}
    training = [words for (_, sample), words in sums.items() if sample != HELDOUT]
    assert max(training) - min(training) <= 1
    assert abs(sums["wiki", HELDOUT] - sums["twitter", HELDOUT]) <= 1
    assert not fixed or 1999 <= min(training) <= max(training) <= 2000
    everything = sum(parts.values(), Counter())
    assert max(everything.values()) == 1
    for (_, sample), found in parts.items():
        low, high = interval_of(sample, wanted)
        assert all(words >= wanted.min_words and low <= draw(name) < high for name, words in found)
    order = list(range(300))
    random.Random(seed).shuffle(order)
    shuffled = {**tables, "wiki": [tables["wiki"][1].take(order), tables["wiki"][0]]}
    again = select(shuffled, wanted)
    assert all(drawn(again, shuffled, *cell) == found for cell, found in parts.items())


def test_a_sample_ends_the_same_wherever_its_last_documents_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = shards(7, {"wiki": 3000, "twitter": 4000})
    wanted = SelectionSettings(tokens_per_sample=30_000)
    monkeypatch.setattr("wordspaces.tokens.selection.BEFORE", 40)
    monkeypatch.setattr("wordspaces.tokens.selection.AFTER", 60)
    narrow = select(tables, wanted)
    assert max(narrow.samples["border"].to_pylist()) > 0
    assert 0 < narrow.border.num_rows < 6 * 200
    for corpus in SOURCES:
        found = drawn(narrow, tables, corpus, "a")
        assert 29_999 <= words_of(found) <= 30_000
        # All but the last few are the first documents of the sample by place.
        places = sorted(
            p for t in tables[corpus] for p in t["place"].to_pylist() if bins_of(np.array([p]), "a", wanted)[0] >= 0
        )
        early = {name for name, _ in found if draw(name) < places[len(found) - 200]}
        assert len(early) > len(found) - 260


def test_duplicates_and_short_documents_are_left_out() -> None:
    tables = shards(1, {"wiki": 200, "twitter": 200})
    out = {"wiki": [np.arange(0, 200, 2), NOTHING]}
    wanted = SelectionSettings(min_words=10)
    selection = select(tables, wanted, out)
    for name in ("a", "b", HELDOUT):
        found = drawn(selection, tables, "wiki", name, out)
        assert not {f"dump:{n}" for n in range(0, 200, 2)} & {document for document, _ in found}
        assert min(words for _, words in found) >= 10


def test_another_corpus_moves_no_document_to_another_sample() -> None:
    tables = shards(2, {"wiki": 300, "twitter": 300})
    both, alone = (select(part, SelectionSettings()) for part in (tables, {"wiki": tables["wiki"]}))
    ours = {name: set(drawn(both, tables, "wiki", name)) for name in ("a", "b", HELDOUT)}
    theirs = {name: set(drawn(alone, tables, "wiki", name)) for name in ("a", "b", HELDOUT)}
    assert not any(ours[one] & theirs[other] for one in ours for other in theirs if one != other)


def test_shares_of_the_draw() -> None:
    wanted = SelectionSettings(samples=3, heldout=0.1)
    places = np.array([draw(f"source:{n}") for n in range(20_000)])
    for name, share in {HELDOUT: 0.1, "a": 0.3, "b": 0.3, "c": 0.3}.items():
        assert np.mean(bins_of(places, name, wanted) >= 0) == pytest.approx(share, abs=0.015)
    last = np.array([np.nextafter(1.0, 0.0)])
    assert bins_of(last, "c", wanted)[0] == samples.BINS - 1
    assert interval_of("a", wanted)[0] == interval_of(HELDOUT, wanted)[1]


def test_size_beyond_the_smallest_sample_is_refused_with_both_numbers() -> None:
    tables = shards(3, {"wiki": 300, "twitter": 100})
    rows = select(tables, SelectionSettings()).samples.to_pylist()
    most = min(row["words"] for row in rows if row["sample"] != HELDOUT)
    with pytest.raises(StudyError, match=r"found 9,999; allowed: at most (\d),(\d+), .* corpus twitter") as refused:
        select(tables, SelectionSettings(tokens_per_sample=9999))
    allowed = int(str(refused.value).split("at most ")[1].split(", all")[0].replace(",", ""))
    assert allowed - 60 < most <= allowed


def test_empty_sample_is_refused() -> None:
    with pytest.raises(StudyError, match=r"min_words: found .*corpus twitter no document in sample"):
        select(shards(4, {"wiki": 50, "twitter": 1}), SelectionSettings())
    with pytest.raises(StudyError, match="no document in sample"):
        select(shards(4, {"wiki": 50, "twitter": 50}), SelectionSettings(min_words=99))


def test_bootstrap_samples_draw_from_sample_a_with_replacement_and_have_its_size() -> None:
    tables = shards(6, {"wiki": 1500, "twitter": 1500})
    selection = select(tables, SelectionSettings(bootstrap=2))
    rows = {(row["corpus"], row["sample"]): row for row in selection.samples.to_pylist()}
    for corpus in SOURCES:
        base = drawn(selection, tables, corpus, "a")
        first, second = (drawn(selection, tables, corpus, name) for name in ("boot1", "boot2"))
        for name, found in (("boot1", first), ("boot2", second)):
            assert set(found) <= set(base)
            assert abs(words_of(found) - words_of(base)) <= 1
            assert rows[corpus, name]["words"] == words_of(found)
            assert rows[corpus, name]["documents"] == found.total()
            # A Poisson number of copies: a share 1 - 1/e of the documents, some of them often.
            assert len(found) / len(base) == pytest.approx(1 - np.exp(-1), abs=0.06)
            assert max(found.values()) >= 4
        assert first != second
    # The disjoint samples are what they are without bootstrap samples.
    alone = select(tables, SelectionSettings())
    assert drawn(alone, tables, "wiki", "b") == drawn(selection, tables, "wiki", "b")


def test_shares_of_a_sample_are_nested_of_one_size_and_move_no_other_document() -> None:
    tables = shards(8, {"wiki": 1500, "twitter": 1500})
    selection = select(tables, SelectionSettings(shares=[50, 25], bootstrap=1))
    alone = select(tables, SelectionSettings(bootstrap=1))
    sizes = {(row["corpus"], row["sample"]): row["words"] for row in selection.samples.to_pylist()}
    for corpus in SOURCES:
        for sample in ("a", "b"):
            whole, half, quarter = (drawn(selection, tables, corpus, f"{sample}{share}") for share in ("", 50, 25))
            assert quarter <= half <= whole
            assert quarter != half != whole
            assert sizes[corpus, f"{sample}25"] == words_of(quarter)
            assert drawn(alone, tables, corpus, sample) == whole
        assert drawn(alone, tables, corpus, "boot1") == drawn(selection, tables, corpus, "boot1")
    for share in (25, 50):
        found = [sizes[corpus, f"{sample}{share}"] for corpus in SOURCES for sample in "ab"]
        assert max(found) - min(found) <= 1
        assert found[0] == pytest.approx(sizes["wiki", "a"] * share / 100, abs=3)


def test_copies_arrive_as_a_poisson_process() -> None:
    times = [arrivals(f"source:{n}", "boot1") for n in range(5000)]
    counts = np.array([sum(time < 1.0 for time in found) for found in times])
    assert counts.mean() == pytest.approx(1.0, abs=0.05)
    assert counts.var() == pytest.approx(1.0, abs=0.08)
    assert np.mean([len(found) for found in times]) == pytest.approx(HORIZON, abs=0.07)
    assert all(found == sorted(found) for found in times)


def test_a_bootstrap_sample_of_few_large_documents_comes_as_near_as_it_can() -> None:
    assert nearest(np.array([3000, 5000, 3000, 2000]), 6500).tolist() == [0, 2]
    assert nearest(np.array([3000, 5000, 3000, 2000]), 7000).tolist() == [1, 3]
