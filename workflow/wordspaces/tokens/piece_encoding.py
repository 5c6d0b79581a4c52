"""Words to pieces: each distinct word is spelled once, and its pieces are laid where it stands.

A word is spelled alone, whatever stands around it, so its pieces are the same in every sentence and for every text.
Placeholders are never spelled; those that are reserved have the same ids in the vocabularies of words and of pieces.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.tokens.encode import ENCODED
from wordspaces.tokens.pieces import load_tokeniser, whole_tokens
from wordspaces.tokens.shards import split_sentences
from wordspaces.tokens.spelled import SPELLINGS
from wordspaces.tokens.vocabulary import UNKNOWN

PIECES = pa.schema([*ENCODED, ("words", pa.list_(pa.int32())), ("starts", pa.list_(pa.int32()))])
REMEMBERED = 1 << 19
"""Distinct words whose pieces are remembered from batch to batch; bounds memory."""


class Speller:
    """The pieces of words, each distinct word spelled once.

    tokeniser : as `train_pieces` gives it.
    """

    def __init__(self, tokeniser: str) -> None:
        self._tokeniser = load_tokeniser(tokeniser)
        self._whole = {token: [number] for token, number in whole_tokens(self._tokeniser).items()}
        self._known: dict[str, list[int]] = dict(self._whole)

    def spell(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Pieces of distinct words, one or more each: offsets int64 [words + 1], pieces int32."""
        if len(self._known) > REMEMBERED:
            self._known = dict(self._whole)
        new = [word for word in words if word not in self._known]
        found = self._tokeniser.encode_batch_fast(new, add_special_tokens=False)
        self._known.update((word, spelled.ids or [UNKNOWN]) for word, spelled in zip(new, found, strict=True))
        spellings = [self._known[word] for word in words]
        lengths = np.fromiter(map(len, spellings), np.int64, len(spellings))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return offsets, np.fromiter(chain.from_iterable(spellings), np.int32, int(offsets[-1]))


def spell_vocabulary(speller: Speller, vocabulary: pa.Table) -> pa.Table:
    """Pieces of every entry of the vocabulary of words: id int32, pieces list<int32>, in the order of the ids."""
    offsets, pieces = speller.spell(vocabulary["token"].to_pylist())
    return pa.table([vocabulary["id"].combine_chunks(), _lists(offsets, pieces)], schema=SPELLINGS)


def encode_pieces(rows: pa.Table, speller: Speller, words: pa.Array) -> pa.Table:
    """Pieces of normalised documents.

    Parameters
    ----------
    rows : document string, sentences list<string> (tokens of a sentence joined by one blank), some thousand documents.
    speller : keeps what it has spelled, so one serves all batches.
    words : string, the tokens of the vocabulary of words in the order of their ids.

    Returns
    -------
    Under `PIECES`, in order. document string; ids list<int32>, pieces; sentences list<int32>, place in ids where each
    sentence starts; words list<int32>, id of each word in the vocabulary of words, 0 where it lacks it; starts
    list<int32>, place in ids where the pieces of each word begin.
    """
    sentences, tokens = split_sentences(rows)
    coded = tokens.flatten().dictionary_encode()
    which = coded.indices.to_numpy(zero_copy_only=False)
    offsets, pieces = speller.spell(coded.dictionary.to_pylist())
    lengths = np.diff(offsets)[which]
    piece_of = _borders(lengths)
    ids = pieces[np.arange(piece_of[-1]) + np.repeat(offsets[:-1][which] - piece_of[:-1], lengths)]
    word_ids = pc.fill_null(pc.index_in(coded.dictionary, value_set=words), UNKNOWN).to_numpy()[which]
    sentence_of = _borders(pc.list_value_length(sentences).to_numpy())
    token_of = _borders(pc.list_value_length(tokens).to_numpy())
    documents_at = token_of[sentence_of]
    first = piece_of[documents_at]
    sentence_starts = piece_of[token_of[:-1]] - np.repeat(first[:-1], np.diff(sentence_of))
    starts = piece_of[:-1] - np.repeat(first[:-1], np.diff(documents_at))
    columns = [
        rows["document"].combine_chunks(),
        _lists(first, ids),
        _lists(sentence_of, sentence_starts),
        _lists(documents_at, word_ids),
        _lists(documents_at, starts),
    ]
    return pa.table(columns, schema=PIECES)


def _borders(lengths: np.ndarray) -> np.ndarray:
    """Offsets int64 [n + 1] of stretches of these lengths laid end to end."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _lists(offsets: np.ndarray, values: np.ndarray) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values, pa.int32()))
