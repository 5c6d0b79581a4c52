"""Spaces and probabilities of models of pieces: words from pieces, against slow twins, and the whole way with a GPT."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from wordspaces.analysis.prediction.perplexity import (
    MASKED_NOTE,
    PIECES_NOTE,
    perplexity_table,
    read_references,
    unigram_bits,
)
from wordspaces.analysis.roster import as_runs
from wordspaces.analysis.settings import PerplexitySettings
from wordspaces.common.artefacts import write_table
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import load_model, new_model
from wordspaces.models.transformer.packing import CLS, SEP
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.spaces.contextual import contextual_blocks, contextual_vectors, matrix_blocks
from wordspaces.spaces.places import choose_occurrences
from wordspaces.spaces.probabilities import PIECE_PROBABILITIES, probability_rows, token_bits
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.spaces.table import select_space, spaces_table
from wordspaces.tokens.encode import encode
from wordspaces.tokens.encoded import read_encoded
from wordspaces.tokens.piece_encoding import Speller, encode_pieces, spell_vocabulary
from wordspaces.tokens.pieces import train_pieces
from wordspaces.tokens.settings import PieceSettings
from wordspaces.tokens.spelled import SpelledText, as_words, read_spellings, read_text
from wordspaces.tokens.vocabulary import RESERVED

T = 24
SMALL = {"tokeniser": "wordpiece", "dimension": 16, "context": T, "batch": 16, "snapshots": 3, "embedding_rate": 0.02}
FAMILIES = pytest.mark.parametrize("settings", [GptSettings(**SMALL), BertSettings(**SMALL)], ids=["gpt", "bert"])
READING = ContextualSettings(contexts=3, rows=8)
QUESTION = {"gpt": "causal", "bert": "masked"}
RECORD = Provenance("rule", "script.py", "0")
STEMS = ["walk", "talk", "play", "show", "great", "small", "quick"]
WORDS = [stem + ending for stem in STEMS for ending in ("", "s", "ed", "ing", "er", "ness")] + ["<user>"]
VOCABULARY = [*RESERVED, *(word for word in WORDS if word != "<user>" and not word.endswith("ness"))]


def documents(count: int, seed: int) -> pa.Table:
    """Normalised documents in which each word all but decides the next."""
    rng = generator(seed, "documents")
    rows = []
    for _ in range(count):
        word, words = int(rng.integers(len(WORDS))), []
        for _ in range(int(rng.integers(1, 20))):
            words.append(WORDS[word])
            word = (5 * word + 3) % len(WORDS) if rng.random() < 0.9 else int(rng.integers(len(WORDS)))
        cut = len(words) // 2
        rows.append([" ".join(part) for part in (words[:cut], words[cut:]) if part])
    names = [f"s:{n}" for n in range(count)]
    return pa.table({"document": names, "sentences": pa.array(rows, pa.list_(pa.string()))})


class Study:
    """Text in pieces and in words, training and held out, and how the vocabulary is spelled."""

    def __init__(self, folder: Path) -> None:
        parts = {"train": documents(200, 0), "heldout": documents(60, 1)}
        sentences = [s for document in parts["train"]["sentences"].to_pylist() for s in document]
        self.tokeniser, self.pieces = train_pieces({"x": sentences}, PieceSettings(algorithm="wordpiece", size=60))
        speller, words = Speller(self.tokeniser), pa.array(VOCABULARY)
        vocabulary = pa.table({"id": pa.array(range(len(VOCABULARY)), pa.int32()), "token": VOCABULARY})
        write_table(folder / "spellings.parquet", spell_vocabulary(speller, vocabulary), RECORD)
        self.spellings = read_spellings([folder / "spellings.parquet"], "wordpiece")
        for name, part in parts.items():
            write_table(folder / f"{name}.pieces.parquet", encode_pieces(part, speller, words), RECORD)
            write_table(folder / f"{name}.words.parquet", encode(part, words), RECORD)
        self.text, self.heldout = (read_text([folder / f"{name}.pieces.parquet"], "wordpiece") for name in parts)
        self.words, self.heldout_words = (read_encoded([folder / f"{name}.words.parquet"]) for name in parts)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(tmp_path_factory.mktemp("study"))


def test_pieces_and_words_are_of_the_same_text(study: Study) -> None:
    for spelled, plain in ((study.text, study.words), (study.heldout, study.heldout_words)):
        assert isinstance(spelled, SpelledText)
        for name in ("ids", "documents", "sentences"):
            np.testing.assert_array_equal(getattr(as_words(spelled), name), getattr(plain, name))
        assert len(spelled.ids) > 1.2 * len(plain.ids)


@FAMILIES
def test_means_equal_those_of_documents_read_one_by_one(settings: GptSettings | BertSettings, study: Study) -> None:
    settings = settings.model_copy(update={"context": 80})  # every document in one row
    text = study.heldout
    model = new_model(settings, np.arange(study.pieces.num_rows), torch.Generator().manual_seed(5)).eval()
    ids, means, _ = contextual_vectors(model, text, settings, READING)
    chosen = set(choose_occurrences(study.heldout_words, len(VOCABULARY), READING.contexts).tolist())
    sums = np.zeros((settings.layers + 1, len(VOCABULARY), 16))
    flat = as_words(text)
    for first, last in pairwise(flat.documents):
        borders = text.starts[first : last + 1] - text.starts[first]
        pieces = text.ids[text.starts[first] : text.starts[last]].tolist()
        if settings.family == "gpt":
            tokens, parts, places = [SEP, *pieces], [0] * (len(pieces) + 1), np.arange(len(pieces)) + 1
        elif last - first > 1:
            inner = borders[1:-1]
            half = int(min(inner, key=lambda border: (abs(border - len(pieces) // 2), border)))
            tokens = [CLS, *pieces[:half], SEP, *pieces[half:], SEP]
            parts = [0] * (half + 2) + [1] * (len(pieces) - half + 1)
            places = np.arange(len(pieces)) + 1 + (np.arange(len(pieces)) >= half)
        else:
            continue
        count = len(tokens)
        rows = {"tokens": tokens, "segments": [1] * count, "positions": list(range(count)), "parts": parts}
        with torch.no_grad():
            stream = model.layers({name: torch.tensor([values]) for name, values in rows.items()})
        for word in range(first, last):
            if word in chosen:
                own = places[borders[word - first] : borders[word - first + 1]]
                for layer, values in enumerate(stream):
                    sums[layer, flat.ids[word]] += values[0, own].numpy().mean(axis=0)
    np.testing.assert_allclose(means, sums[:, ids] / READING.contexts, rtol=1e-4, atol=1e-5)
    assert len(ids) > 20
    assert ids.min() >= 4


@FAMILIES
def test_words_cut_by_a_row_still_weigh_one(settings: GptSettings | BertSettings, study: Study) -> None:
    """Where every token has one vector, so has every word, whatever its pieces and wherever rows end."""
    model = new_model(settings, np.ones(study.pieces.num_rows), torch.Generator().manual_seed(5)).eval()
    with torch.no_grad():
        model.embedding.copy_(torch.arange(16.0).expand_as(model.embedding))
        model.positions.zero_()
        if settings.family == "bert":
            model.parts.zero_()
    for context in (8, 11, T):
        shorter = settings.model_copy(update={"context": context})
        _, means, _ = contextual_vectors(model, study.heldout, shorter, READING)
        np.testing.assert_allclose(means[0], np.broadcast_to(np.arange(16.0), means[0].shape), rtol=1e-6)


def references(study: Study, folder: Path) -> tuple:
    kinds = ["special"] * 4 + ["placeholder"] * 4 + ["word"] * (len(VOCABULARY) - 8)
    counts = np.bincount(study.words.ids, minlength=len(VOCABULARY))
    ids = pa.array(range(len(VOCABULARY)), pa.int32())
    table = {"id": ids, "token": VOCABULARY, "kind": kinds, "count": counts}
    write_table(folder / "vocabulary.parquet", pa.table(table), RECORD)
    cell = {"corpus": ["wiki"] * len(ids), "sample": ["a"] * len(ids), "id": ids, "count": counts}
    write_table(folder / "counts.parquet", pa.table(cell), RECORD)
    words = pa.array(study.heldout_words.ids)
    trigram = {"probe": ["wiki"] * len(words), "id": words, "bits": pa.array([3.0] * len(words), pa.float32())}
    write_table(folder / "trigram.parquet", pa.table(trigram), RECORD)
    paths = [str(folder / f"{name}.parquet") for name in ("counts", "vocabulary", "trigram")]
    return read_references(*paths[:2], paths[2:], [["wiki", "a"]]), counts


@FAMILIES
def test_from_text_to_spaces_and_bits_per_word(
    settings: GptSettings | BertSettings, study: Study, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"epochs": 12})
    size = study.pieces.num_rows
    result = Training(settings, study.text, study.heldout, size, 1, spellings=study.spellings).run()
    model = load_model(settings, result.weights)
    blocks = matrix_blocks(model, VOCABULARY, study.spellings)
    blocks += contextual_blocks(model, "wiki", study.heldout, VOCABULARY, settings, READING)
    table = spaces_table(blocks)
    ids, _, vectors = select_space(table, "input", -1, "")
    assert ids.tolist() == list(range(len(VOCABULARY)))
    np.testing.assert_array_equal(vectors, result.snapshots["vectors"][-1])
    names = dict(zip(table["id"].to_pylist(), table["token"].to_pylist(), strict=True))
    assert all(VOCABULARY[word] == name for word, name in names.items())

    places, bits = token_bits(model, study.heldout, settings, READING)
    rows = probability_rows("wiki", QUESTION[settings.family], study.heldout, places, bits)
    assert rows.schema == PIECE_PROBABILITIES
    write_table(tmp_path / "probabilities.parquet", rows, RECORD)
    reference, counts = references(study, tmp_path)
    runs = as_runs([["wiki", "a", settings.family, settings.family, 1]])
    measured = perplexity_table(
        [str(tmp_path / "probabilities.parquet")], runs, [], reference, PerplexitySettings(batches=4)
    ).to_pylist()
    everything, known = measured
    assert everything["unit"] == "piece"
    assert everything["tokens"] == len(bits)
    assert everything["token_bits"] == pytest.approx(bits.astype(np.float64).mean())
    if settings.family == "bert":
        assert everything["note"] == f"{MASKED_NOTE}; {PIECES_NOTE}"
        assert everything["perplexity"] is None
        assert everything["words"] == pytest.approx(0.3 * len(study.heldout.words), rel=0.15)
        return
    # Every piece is scored once, so that the bits of a word are the sum over its pieces.
    assert everything["words"] == pytest.approx(len(study.heldout.words))
    per_word = np.add.reduceat(bits.astype(np.float64), study.heldout.starts[:-1])
    assert everything["bits"] == pytest.approx(per_word.mean())
    assert everything["perplexity"] == pytest.approx(2 ** per_word.mean())
    assert everything["trigram_bits"] == pytest.approx(3.0)
    costs = unigram_bits(counts)[study.heldout.words]
    assert everything["unigram_bits"] == pytest.approx(costs.mean())
    inside = study.heldout.words != 0
    assert known["bits"] == pytest.approx(per_word[inside].mean())
    assert known["unigram_bits"] == pytest.approx(costs[inside].mean())
    assert everything["unknown"] == pytest.approx(1 - inside.mean())
    # The next word is all but decided by the word before; a unigram knows nothing of that.
    assert everything["bits"] < math.log2(len(WORDS)) - 0.5
