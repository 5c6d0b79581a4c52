"""Tokenisers of pieces: what they learn, that they learn it again, and where the borders of words lie."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.artefacts import write_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator
from wordspaces.tokens.encoded import read_encoded
from wordspaces.tokens.piece_encoding import PIECES, Speller, encode_pieces, spell_vocabulary
from wordspaces.tokens.pieces import (
    BEGINS,
    CONTINUES,
    TOKENISER,
    balanced_mix,
    learnable,
    load_tokeniser,
    read_tokeniser,
    sentences_of,
    train_pieces,
)
from wordspaces.tokens.settings import PieceSettings
from wordspaces.tokens.spelled import SpelledText, Spellings, as_words, read_spellings, read_text, word_count
from wordspaces.tokens.unigram import candidates, expectations, lattice, loss_without, train_unigram
from wordspaces.tokens.vocabulary import RESERVED, VOCABULARY

RECORD = Provenance("rule", "script.py", "0")
SIZES = {"bpe": 330, "wordpiece": 140, "unigram": 90}
ALGORITHMS = pytest.mark.parametrize("algorithm", sorted(SIZES))
STEMS = ["walk", "talk", "play", "show", "open", "turn", "call", "work", "great", "small", "quick", "naïve", "it's"]
ENDINGS = ["", "s", "ed", "ing", "er", "ers", "ly", "ness"]


def sentences(count: int, seed: int) -> list[str]:
    """Sentences of regular words, with a placeholder now and then."""
    rng = generator(seed, "sentences")
    words = [stem + ending for stem in STEMS for ending in ENDINGS] + ["<url>", "<user>", "😀"]
    return [" ".join(words[i] for i in rng.integers(len(words), size=rng.integers(1, 12))) for _ in range(count)]


TEXTS = {"wiki": sentences(600, 1), "twitter": sentences(400, 2)}


def learn(algorithm: str) -> tuple[str, pa.Table]:
    return train_pieces(TEXTS, PieceSettings(algorithm=algorithm, size=SIZES[algorithm], characters=30_000))


@pytest.fixture(scope="module")
def learnt() -> dict[str, tuple[str, pa.Table]]:
    return {name: learn(name) for name in SIZES}


def spelled(algorithm: str, tokens: list[str]) -> str:
    """The word that some pieces spell."""
    if algorithm == "bpe":
        return load_bytes("".join(tokens)).decode().removeprefix(" ")
    joined = "".join(token.removeprefix(CONTINUES) if algorithm == "wordpiece" else token for token in tokens)
    return joined.removeprefix(BEGINS)


def load_bytes(text: str) -> bytes:
    """Bytes behind the printable characters of byte-level BPE (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}
    return bytes(table[character] for character in text)


@ALGORITHMS
def test_vocabulary_has_the_reserved_entries_first_and_exactly_its_size(algorithm: str, learnt: dict) -> None:
    tokeniser, table = learnt[algorithm]
    assert table.schema == VOCABULARY
    assert table.num_rows == SIZES[algorithm]
    assert table["token"].to_pylist()[:8] == list(RESERVED)
    assert table["kind"].to_pylist() == ["special"] * 4 + ["placeholder"] * 4 + ["piece"] * (table.num_rows - 8)
    assert table["id"].to_pylist() == list(range(table.num_rows))
    assert len(set(table["token"].to_pylist())) == table.num_rows
    library = load_tokeniser(tokeniser)
    assert [library.id_to_token(i) for i in range(table.num_rows)] == table["token"].to_pylist()
    assert library.encode("walks <url> talk").ids.count(4) == 1


@ALGORITHMS
def test_counts_are_the_occurrences_in_the_mix(algorithm: str, learnt: dict) -> None:
    tokeniser, table = learnt[algorithm]
    library = load_tokeniser(tokeniser)
    found: Counter[int] = Counter()
    for part in balanced_mix(TEXTS, 30_000).values():
        for sentence in part:
            found.update(library.encode(sentence).ids)
    assert table["count"].to_pylist() == [found[i] for i in range(table.num_rows)]


@ALGORITHMS
def test_pieces_of_a_word_join_to_the_word(algorithm: str, learnt: dict) -> None:
    tokeniser, table = learnt[algorithm]
    tokens = table["token"].to_pylist()
    words = sorted({word for part in TEXTS.values() for sentence in part for word in sentence.split(" ")})
    offsets, pieces = Speller(tokeniser).spell(words)
    assert (np.diff(offsets) > 0).all()
    assert np.diff(offsets).max() > 1
    for word, (start, end) in zip(words, pairwise(offsets), strict=True):
        own = [tokens[piece] for piece in pieces[start:end]]
        assert own == [word] if word in RESERVED else spelled(algorithm, own) == word


@settings(max_examples=30, deadline=None)
@given(words=st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), min_size=1, unique=True))
def test_bytes_spell_every_word(learnt: dict, words: list[str]) -> None:
    words = [word for word in words if "<" not in word]
    tokeniser, table = learnt["bpe"]
    tokens = table["token"].to_pylist()
    offsets, pieces = Speller(tokeniser).spell(words)
    for word, (start, end) in zip(words, pairwise(offsets), strict=True):
        assert spelled("bpe", [tokens[piece] for piece in pieces[start:end]]) == word


@pytest.mark.parametrize("algorithm", ["wordpiece", "unigram"])
def test_a_character_never_seen_is_unknown(algorithm: str, learnt: dict) -> None:
    _, pieces = Speller(learnt[algorithm][0]).spell(["漢"])
    assert 0 in pieces


@ALGORITHMS
def test_a_word_is_spelled_alike_alone_and_in_a_sentence(algorithm: str, learnt: dict) -> None:
    library, speller = load_tokeniser(learnt[algorithm][0]), Speller(learnt[algorithm][0])
    for sentence in TEXTS["wiki"][:50]:
        words = sentence.split(" ")
        alone = [piece for word in words for piece in speller.spell([word])[1]]
        assert library.encode(sentence).ids == alone


def test_the_mix_is_balanced_in_characters_that_can_be_learnt() -> None:
    texts = {"long": ["a" * 30] * 100, "short": ["<url> bb cc"] * 1000}
    mix = balanced_mix(texts, 2000)
    totals = {name: sum(len(learnable(sentence)) for sentence in part) for name, part in mix.items()}
    assert learnable("<url> bb <smile> cc") == "bb cc"
    assert 1000 - 30 < totals["long"] <= 1000
    assert totals["long"] - 5 < totals["short"] <= totals["long"]
    assert mix["short"] == texts["short"][: len(mix["short"])]
    # A corpus that ends early sets the share of all.
    totals = {
        name: sum(map(len, part)) for name, part in balanced_mix({"x": ["aa"] * 7, "y": ["bb"] * 90}, 100).items()
    }
    assert totals == {"x": 14, "y": 14}


def test_the_mix_reads_no_more_than_it_needs() -> None:
    def endless():
        while True:
            yield "word after word"

    assert len(balanced_mix({"x": endless()}, 100)["x"]) == 6


def test_further_placeholders_of_a_normaliser_stay_whole() -> None:
    texts = {"x": ["<smile> " + sentence for sentence in TEXTS["wiki"]]}
    tokeniser, table = train_pieces(texts, PieceSettings(algorithm="bpe", size=300))
    assert table["token"][8].as_py() == "<smile>"
    assert table["kind"].to_pylist()[7:10] == ["placeholder", "placeholder", "piece"]
    assert table["count"][8].as_py() == len(TEXTS["wiki"])
    assert Speller(tokeniser).spell(["<smile>"])[1].tolist() == [8]


@ALGORITHMS
def test_a_size_that_the_text_does_not_give_is_refused(algorithm: str) -> None:
    with pytest.raises(StudyError, match=r"size of the .*found 5,000.* at most") as refusal:
        train_pieces(TEXTS, PieceSettings(algorithm=algorithm, size=5000))
    assert "\n" not in str(refusal.value)


def test_text_without_words_is_refused() -> None:
    with pytest.raises(StudyError, match="without a word"):
        train_pieces({"x": ["<url> <user>"]}, PieceSettings(algorithm="bpe", size=300))


def test_bpe_needs_room_for_all_bytes() -> None:
    with pytest.raises(ValueError, match="265 or more"):
        PieceSettings(algorithm="bpe", size=264)


def digest(learnt: dict[str, tuple[str, pa.Table]]) -> str:
    parts = [text + str(table.to_pylist()) for _, (text, table) in sorted(learnt.items())]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def test_another_process_with_other_threads_and_hashes_learns_the_same_bytes(learnt: dict) -> None:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        "PYTHONHASHSEED": "7",
        "RAYON_NUM_THREADS": "3",
        "TOKENIZERS_PARALLELISM": "true",
    }
    program = "import test_pieces as t; print(t.digest({name: t.learn(name) for name in t.SIZES}))"
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert told == digest(learnt)


def normalised(documents: list[list[str]]) -> pa.Table:
    names = [f"s:{n}" for n in range(len(documents))]
    return pa.table({"document": names, "sentences": pa.array(documents, pa.list_(pa.string()))})


@pytest.mark.parametrize("batches", [1, 3])
def test_encoded_pieces_keep_documents_sentences_and_words(batches: int, learnt: dict, tmp_path: Path) -> None:
    tokeniser, table = learnt["wordpiece"]
    tokens = table["token"].to_pylist()
    documents = [TEXTS["wiki"][:2], [], TEXTS["wiki"][2:3], TEXTS["twitter"][:4], ["<url>"]]
    words = pa.array([*RESERVED, "walks", "walking", "small"])
    speller, rows = Speller(tokeniser), normalised(documents)
    paths = []
    for number, part in enumerate(np.array_split(np.arange(len(documents)), batches)):
        encoded = encode_pieces(rows.slice(part[0], len(part)), speller, words)
        assert encoded.schema == PIECES
        paths.append(tmp_path / f"{number}.parquet")
        write_table(paths[-1], encoded, RECORD)
    text = read_text(paths, "pieces")
    assert isinstance(text, SpelledText)
    assert text.ids.tolist() == read_encoded(paths).ids.tolist()
    expected = [token for document in documents for sentence in document for token in sentence.split(" ")]
    ids = {token: number for number, token in enumerate(words.to_pylist())}
    assert text.words.tolist() == [ids.get(token, 0) for token in expected]
    assert word_count(text) == len(expected)
    own = [[tokens[i] for i in text.ids[a:b]] for a, b in pairwise(text.starts)]
    assert [spelled("wordpiece", token) for token in own] == expected
    assert text.begins.sum() == len(expected)
    assert text.starts[-1] == text.documents[-1] == text.sentences[-1] == len(text.ids)
    flat = as_words(text)
    assert np.diff(flat.documents).tolist() == [sum(len(s.split(" ")) for s in document) for document in documents]
    assert np.diff(flat.sentences).tolist() == [len(s.split(" ")) for document in documents for s in document]
    assert text.word_at(text.starts[:-1]).tolist() == list(range(len(expected)))


def test_spelled_vectors_are_means_over_the_pieces(learnt: dict, tmp_path: Path) -> None:
    tokeniser, table = learnt["unigram"]
    vocabulary = pa.table({"id": pa.array(range(11), pa.int32()), "token": [*RESERVED, "walks", "showing", "zwalk"]})
    write_table(tmp_path / "spellings.parquet", spell_vocabulary(Speller(tokeniser), vocabulary), RECORD)
    spellings = read_spellings([tmp_path / "spellings.parquet"], "pieces")
    vectors = generator(0, "vectors").standard_normal((table.num_rows, 5)).astype(np.float32)
    pooled = spellings.pool(vectors)
    assert len(spellings) == 11
    np.testing.assert_array_equal(pooled[:8], vectors[:8])
    for word in range(8, 11):
        own = spellings.pieces[spellings.offsets[word] : spellings.offsets[word + 1]]
        expected = np.zeros(5)
        for piece in own:
            expected += vectors[piece]
        np.testing.assert_allclose(pooled[word], expected / len(own), rtol=1e-6)


def test_spellings_belong_to_pieces_alone(tmp_path: Path) -> None:
    assert read_spellings([]) is None
    with pytest.raises(StudyError, match="0 tables for the tokeniser 'bpe'"):
        read_spellings([], "bpe")
    with pytest.raises(StudyError, match="1 tables for the tokeniser 'words'"):
        read_spellings([tmp_path / "spellings.parquet"])


def test_pooling_goes_on_over_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    spellings = Spellings(np.array([0, 2, 3, 6, 7]), np.array([0, 1, 2, 0, 1, 2, 1]))
    vectors = np.eye(3, dtype=np.float32)
    whole = spellings.pool(vectors)
    monkeypatch.setattr("wordspaces.tokens.spelled.ROWS_AT_ONCE", 3)
    np.testing.assert_array_equal(spellings.pool(vectors), whole)
    np.testing.assert_allclose(whole[2], 1 / 3)


def test_tokeniser_and_sentences_go_through_tables(learnt: dict, tmp_path: Path) -> None:
    write_table(tmp_path / "tokeniser.parquet", pa.table([[learnt["bpe"][0]]], schema=TOKENISER), RECORD)
    assert read_tokeniser(tmp_path / "tokeniser.parquet") == learnt["bpe"][0]
    assert list(sentences_of([normalised([["a b", "c"], []]), normalised([["d"]])])) == ["a b", "c", "d"]
    with pytest.raises(StudyError, match="no readable JSON"):
        load_tokeniser("{}")


def segmentations(word: str, pieces: list[str]) -> list[list[str]]:
    if not word:
        return [[]]
    return [[p, *rest] for p in pieces if word.startswith(p) for rest in segmentations(word[len(p) :], pieces)]


def test_expectations_equal_those_over_all_segmentations() -> None:
    words, counts = ["abab", "ba", "aab"], np.array([3.0, 2.0, 5.0])
    pieces = ["a", "b", "ab", "ba", "aba"]
    p = np.array([0.3, 0.2, 0.25, 0.15, 0.1])
    expected = np.zeros(len(pieces))
    for word, count in zip(words, counts, strict=True):
        ways = segmentations(word, pieces)
        weights = np.array([np.prod([p[pieces.index(piece)] for piece in way]) for way in ways])
        for way, weight in zip(ways, weights / weights.sum(), strict=True):
            for piece in way:
                expected[pieces.index(piece)] += count * weight
    np.testing.assert_allclose(expectations(lattice(words, pieces), counts, p), expected)
    loss = loss_without(lattice(pieces, pieces), expected, np.log(p))
    assert np.isinf(loss[:2]).all()
    best = max(np.log(0.3) + np.log(0.15), np.log(0.25) + np.log(0.3))  # a ba or ab a
    assert loss[4] == pytest.approx(expected[4] * (np.log(0.1) - best))


def test_unigram_pieces_are_probabilities_of_frequent_substrings() -> None:
    words = Counter(f"▁{word}" for sentence in TEXTS["wiki"] for word in learnable(sentence).split(" ") if word)
    pieces = dict(train_unigram(words, 60))
    assert len(pieces) == 60
    assert sum(np.exp(list(pieces.values()))) == pytest.approx(1.0, abs=1e-3)
    assert {character for word in words for character in word} <= pieces.keys()
    assert {"ed", "▁walk", "▁great"} <= pieces.keys()
    single, _ = candidates(["aab"], np.array([1.0]), 10)
    assert single == ["a", "b"]
