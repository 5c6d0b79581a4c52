"""Tokens back to text: what real tokenisers spell is read back, and stray pieces break nothing."""

from pathlib import Path

import pytest

from wordspaces.common.artefacts import write_table
from wordspaces.common.provenance import Provenance
from wordspaces.spaces.joining import Entries, read_entries
from wordspaces.tokens.piece_encoding import Speller
from wordspaces.tokens.pieces import train_pieces
from wordspaces.tokens.settings import PieceSettings

TEXT = ["lane <url> élan elle", "<user> lén an <user> nell", "eel <number> léa all neal éa"] * 3
NEW = ["éllan <user> neéla", "lllee annel <url> eéen la"]


@pytest.mark.parametrize(("algorithm", "size"), [("bpe", 270), ("wordpiece", 30), ("unigram", 22)])
def test_pieces_are_read_back_as_the_words_they_spell(algorithm: str, size: int, tmp_path: Path) -> None:
    tokeniser, vocabulary = train_pieces({"x": TEXT}, PieceSettings(algorithm=algorithm, size=size))
    write_table(tmp_path / "vocabulary.parquet", vocabulary, Provenance("rule", "script.py", "0"))
    entries = read_entries(tmp_path / "vocabulary.parquet", algorithm)
    assert len(entries) == size
    for sentence in [*TEXT, *NEW]:
        _, pieces = Speller(tokeniser).spell(sentence.split())
        assert 0 not in pieces
        assert entries.text(pieces) == sentence
    assert len(pieces) > 12


def test_characters_of_other_scripts_are_read_back_from_their_bytes(tmp_path: Path) -> None:
    tokeniser, vocabulary = train_pieces({"x": TEXT}, PieceSettings(algorithm="bpe", size=270))
    write_table(tmp_path / "vocabulary.parquet", vocabulary, Provenance("rule", "script.py", "0"))
    _, pieces = Speller(tokeniser).spell(["東京", "<user>", "¡olé!", "🙂"])
    assert read_entries(tmp_path / "vocabulary.parquet", "bpe").text(pieces) == "東京 <user> ¡olé! 🙂"


def test_bytes_that_are_no_character_are_replaced() -> None:
    entries = Entries(["<unk>", "Ġa", "Ã", "©", "Ġ"], [True, False, False, False, False], "bpe")
    assert entries.text([1, 2, 3]) == "aé"
    assert entries.text([1, 2, 1]) == "a\ufffd a"
    assert entries.text([4, 4, 1, 0, 1]) == "a <unk> a"
    assert entries.text([]) == ""


def test_stray_continuations_stand_alone() -> None:
    entries = Entries(["<user>", "walk", "##ing"], [True, False, False], "wordpiece")
    assert entries.text([2, 1, 2, 0, 2]) == "ing walking <user> ing"


def test_words_are_joined_by_blanks() -> None:
    assert Entries(["<unk>", "##a", "b"], [True] * 3).text([1, 0, 2]) == "##a <unk> b"
