"""What a model reads, back to text: tokens to words joined by blanks, pieces of words to words first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wordspaces.tokens.encoded import read_vocabulary

WHOLE_WORDS = ""
CONTINUES, BEGINS = "##", "▁"


def _byte_of_character() -> dict[str, int]:
    """The characters that stand for bytes in byte-level BPE: printable ones for themselves, then others from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


BYTES = _byte_of_character()


def _of_wordpiece(piece: str) -> bytes:
    continues = piece.startswith(CONTINUES)
    return piece.removeprefix(CONTINUES).encode() if continues else b" " + piece.encode()


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "bpe": lambda piece: bytes(BYTES[character] for character in piece),
    "wordpiece": _of_wordpiece,
    "unigram": lambda piece: piece.replace(BEGINS, " ").encode(),
}
"""Bytes of a piece, with a blank where it begins a word. How a beginning is marked is told in
`wordspaces.tokens.pieces`, which is not imported: nothing that is learnt there changes how its pieces are read."""


@dataclass(frozen=True)
class Entries:
    """What the ids of a model stand for.

    tokens : in the order of the ids. whole : of each, whether it is a word, placeholder or special token of its own,
    and not a piece. algorithm : of the tokeniser of pieces, "" for a model of whole words.
    """

    tokens: Sequence[str]
    whole: Sequence[bool]
    algorithm: str = WHOLE_WORDS

    def __len__(self) -> int:
        return len(self.tokens)

    def text(self, ids: Iterable[int]) -> str:
        """Words joined by one blank. Bytes that are no character become U+FFFD."""
        if self.algorithm == WHOLE_WORDS:
            return " ".join(self.tokens[entry] for entry in ids)
        write = WRITTEN[self.algorithm]
        parts = (
            b" " + self.tokens[entry].encode() + b" " if self.whole[entry] else write(self.tokens[entry])
            for entry in ids
        )
        return " ".join(filter(None, b"".join(parts).decode("utf-8", "replace").split(" ")))


def read_entries(path: str | Path, algorithm: str) -> Entries:
    """The vocabulary that a model reads, of words or of pieces; `StudyError` where the file is missing or cut short."""
    table = read_vocabulary(path)
    kinds = table["kind"].to_pylist()
    return Entries(table["token"].to_pylist(), [kind != "piece" for kind in kinds], algorithm)
