"""Vocabulary, encoding and counts, against slow twins and back again."""

import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.artefacts import open_table, write_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.tokens.encode import encode
from wordspaces.tokens.encoded import read_encoded, read_vocabulary, unigram_counts, vocabulary_size
from wordspaces.tokens.normalise import normalise
from wordspaces.tokens.normalising import normalise_documents
from wordspaces.tokens.samples import draw
from wordspaces.tokens.settings import ComparisonSettings, VocabularySettings
from wordspaces.tokens.types import TYPES, bucket_of, count_types, read_buckets
from wordspaces.tokens.vocabulary import (
    RESERVED,
    build_vocabulary,
    comparison_table,
    count_cells,
    counts_table,
    summary_table,
)

TEXTS = ["The cat sat. The cat ran!", "@bob the dog #dog http://x.org", "a b c the cat", "A cat, 3 dogs; the zebra"]
RECORD = Provenance("rule", "script.py", "0")


def normalised(texts: list[str], source: str = "s") -> pa.Table:
    return normalise_documents(pa.table({"id": [f"{source}:{n}" for n in range(len(texts))], "text": texts}))


def build(size: int, min_count: int = 1, texts: list[str] = TEXTS) -> pa.Table:
    return build_vocabulary(buckets([normalised(texts)]), VocabularySettings(vocabulary_size=size, min_count=min_count))


def buckets(shards: list[pa.Table]) -> list[pa.Table]:
    """Types of normalised shards through their files, as the vocabulary reads them."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.parquet" for number in range(len(shards))]
        for path, shard in zip(paths, shards, strict=True):
            with open_table(path, TYPES, lambda: RECORD) as sink:
                for bucket in count_types([shard.slice(n, 1) for n in range(len(shard))], Path(folder) / "scratch"):
                    sink.write(bucket)
                    sink.end_group()
        return list(read_buckets(paths))


def test_normalised_rows_count_words_and_placeholders() -> None:
    assert normalised(["@bob The cat. Sat!", "..."]).to_pylist() == [
        {
            "document": "s:0",
            "place": draw("s:0"),
            "sentences": ["<user> the cat", "sat"],
            "words": 3,
            "placeholders": 1,
        },
        {"document": "s:1", "place": draw("s:1"), "sentences": [], "words": 0, "placeholders": 0},
    ]


def test_vocabulary_is_reserved_entries_then_words_by_count_and_name() -> None:
    table = build(14)
    assert table["token"].to_pylist() == [*RESERVED, "the", "cat", "a", "dog", "b", "c"]
    assert table["id"].to_pylist() == list(range(14))
    assert table["kind"].to_pylist() == ["special"] * 4 + ["placeholder"] * 4 + ["word"] * 6
    # <unk> stands for sat, ran, dogs, zebra; then url, user, number, hashtag once each.
    assert table["count"].to_pylist() == [4, 0, 0, 0, 1, 1, 1, 1, 5, 4, 2, 2, 1, 1]


def test_all_shards_count() -> None:
    parts = buckets([normalised(TEXTS[:1]), normalised([]), normalised(TEXTS[2:3])])
    found = build_vocabulary(parts, VocabularySettings(vocabulary_size=10, min_count=1))
    assert dict(zip(found["token"].to_pylist(), found["count"].to_pylist(), strict=True)) == {
        **dict.fromkeys(RESERVED, 0),
        "<unk>": 5,
        "cat": 3,
        "the": 3,
    }


def test_vocabulary_larger_than_the_text_is_refused_with_both_numbers() -> None:
    assert build(18).num_rows == 18
    with pytest.raises(StudyError, match="vocabulary_size: found 19; allowed: at most 18: 10 words occur 1 times"):
        build(19)
    with pytest.raises(StudyError, match="found 13; allowed: at most 12: 4 words occur 2 times"):
        build(13, min_count=2)


def test_text_without_words_is_refused() -> None:
    with pytest.raises(StudyError, match="0 words occur"):
        build(9, texts=["@a @b", "http://x.org"])


TOKENS = st.lists(
    st.lists(st.sampled_from(["the", "cat", "dog", "zebra", "<user>"]), min_size=1, max_size=6), min_size=1, max_size=4
)


@given(st.lists(st.lists(TOKENS, min_size=1, max_size=5), min_size=1, max_size=3))
def test_encoding_round_trip(tmp_path_factory: pytest.TempPathFactory, shards: list[list[list[list[str]]]]) -> None:
    folder = tmp_path_factory.mktemp("encoded")
    vocabulary = build(14)
    names = vocabulary["token"].to_pylist()
    paths = []
    for number, documents in enumerate(shards):
        rows = {
            "document": [f"{number}:{n}" for n in range(len(documents))],
            "sentences": pa.array([[" ".join(s) for s in document] for document in documents], pa.list_(pa.string())),
        }
        table = encode(pa.table(rows), vocabulary["token"].combine_chunks())
        paths.append(folder / f"{number}.parquet")
        write_table(paths[-1], table, RECORD)
    encoded = read_encoded(paths)
    expected = [document for documents in shards for document in documents]
    known = [[[t if t in names else "<unk>" for t in s] for s in document] for document in expected]
    back = []
    for start, end in zip(encoded.documents[:-1], encoded.documents[1:], strict=True):
        borders = [b for b in encoded.sentences if start <= b < end]
        back.append([[names[i] for i in encoded.ids[a:b]] for a, b in zip(borders, [*borders[1:], end], strict=True)])
    assert back == known
    assert encoded.ids.dtype == np.int32
    assert encoded.documents.dtype == encoded.sentences.dtype == np.int64
    assert encoded.sentences[-1] == encoded.documents[-1] == len(encoded.ids)
    tokens = Counter(token for document in known for sentence in document for token in sentence)
    assert unigram_counts(encoded, len(names)).tolist() == [tokens[name] for name in names]


def test_encode_takes_only_its_documents_in_order(tmp_path: Path) -> None:
    vocabulary = build(10)
    table = encode(normalised(TEXTS).take([0, 3]), vocabulary["token"].combine_chunks())
    assert table.to_pylist() == [
        {"document": "s:0", "ids": [8, 9, 0, 8, 9, 0], "sentences": [0, 3]},
        {"document": "s:3", "ids": [0, 9, 6, 0, 8, 0], "sentences": [0]},
    ]
    write_table(tmp_path / "vocabulary.parquet", vocabulary, RECORD)
    assert vocabulary_size(tmp_path / "vocabulary.parquet") == 10
    assert read_vocabulary(tmp_path / "vocabulary.parquet").equals(vocabulary)


def test_a_source_that_gives_a_sample_nothing_is_an_empty_shard(tmp_path: Path) -> None:
    table = encode(normalised(TEXTS).slice(0, 0), build(10)["token"].combine_chunks())
    write_table(tmp_path / "empty.parquet", table, RECORD)
    encoded = read_encoded([tmp_path / "empty.parquet"])
    assert (len(encoded.ids), encoded.documents.tolist(), encoded.sentences.tolist()) == (0, [0], [0])


def cells() -> tuple[pa.Table, dict, dict]:
    vocabulary = build(14)
    words = vocabulary["token"].combine_chunks()
    # A bootstrap sample may lack a word; it does not say which words are compared.
    names = [("x", "a"), ("x", "a"), ("x", "heldout"), ("y", "a"), ("y", "boot1")]
    batches = ((cell, encode(normalised(TEXTS).slice(min(n, 3), n < 4), words)) for n, cell in enumerate(names))
    return vocabulary, *count_cells(vocabulary, batches)


def test_counts_summary_and_comparison() -> None:
    vocabulary, counts, documents = cells()
    table = counts_table(counts).to_pandas()
    assert len(table) == 4 * 14
    assert table.set_index(["corpus", "sample", "id"])["count"][("x", "a", 8)] == 3
    assert summary_table(vocabulary, counts, documents).to_pylist()[0] == {
        "corpus": "x",
        "sample": "a",
        "documents": 2,
        "words": 9,
        "placeholders": 3,
        "unknown": 2,
        "tokens": 12,
        "types": 3,
    }
    chosen = comparison_table(vocabulary, counts, ComparisonSettings(comparison_min_count=1))
    assert chosen.to_pylist() == [{"id": 8, "token": "the", "count": 1}, {"id": 9, "token": "cat", "count": 1}]


def test_types_of_a_study_are_those_of_all_texts_whatever_the_shards() -> None:
    expected = Counter(token for text in TEXTS for sentence in normalise(text) for token in sentence)
    for cuts in ([0, 4], [0, 1, 4], [0, 1, 2, 3, 4]):
        parts = [normalised(TEXTS[a:b]) for a, b in pairwise(cuts)]
        found = [(row["token"], row["count"]) for bucket in buckets(parts) for row in bucket.to_pylist()]
        assert dict(found) == expected
        assert found == sorted(found, key=lambda pair: (bucket_of(pair[0]), pair[0]))


def test_more_types_than_are_held_are_put_aside_and_added_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = buckets([normalised(TEXTS)])
    monkeypatch.setattr("wordspaces.tokens.types.FOLD", 4)
    assert [table.to_pylist() for table in buckets([normalised(TEXTS)])] == [table.to_pylist() for table in whole]
    scratch = tmp_path / "scratch"
    rows = count_types([normalised([text]) for text in TEXTS], scratch)
    next(rows)
    assert len(list(scratch.iterdir())) > 1
    rows.close()
    assert not scratch.exists()


def test_comparison_without_a_word_is_refused() -> None:
    vocabulary, counts, _ = cells()
    with pytest.raises(StudyError, match="comparison_min_count: found 2; allowed: at most 1"):
        comparison_table(vocabulary, counts, ComparisonSettings(comparison_min_count=2))
