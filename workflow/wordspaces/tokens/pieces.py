"""Tokenisers of pieces of words: byte-level BPE, WordPiece and the unigram language model, learnt from a balanced mix.

All three read the normalised sentences of the study and part them at blanks only: their pieces refine the words that
every model shares, and never reach over a border of words. The beginning of a word is told from its inside, as is
usual: by a mark before it (BPE, unigram), or before every piece that continues one (WordPiece).

The bytes of a tokeniser depend on its text and settings alone, not on the process or its threads. The library's trainer
of BPE holds to that; those of WordPiece and of the unigram model walk through hash tables whose order changes from
process to process. So WordPiece is learnt here as BPE over characters that say whether they continue a word, and the
unigram model in `wordspaces.tokens.unigram`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError
from wordspaces.tokens.settings import PieceSettings
from wordspaces.tokens.unigram import train_unigram
from wordspaces.tokens.vocabulary import RESERVED, SPECIALS, UNKNOWN, VOCABULARY

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # A job has one thread; with more the result is the same.

ALPHABET = 1000
"""Most characters (for WordPiece: of either kind) that get an entry of their own; words with others are not learnt."""
CONTINUES, BEGINS = "##", "▁"
PRIVATE = 0xF0000
"""First of the code points that stand for the characters of WordPiece while it is learnt."""
TOKENISER = pa.schema([("json", pa.string())])
LEAST_COUNT = 2
"""Least number of occurrences of two pieces side by side that are joined to one."""


def sentences_of(batches: Iterable[pa.Table]) -> Iterator[str]:
    """Sentences of normalised documents (sentences list<string>), in order; no batch is read before its turn."""
    for batch in batches:
        yield from pc.list_flatten(batch["sentences"]).to_pylist()


def balanced_mix(texts: Mapping[str, Iterable[str]], characters: int) -> dict[str, list[str]]:
    """Sentences of every corpus from its beginning, as many characters of each.

    Parameters
    ----------
    texts : corpus -> normalised sentences, tokens joined by one blank. characters : of all corpora together, at most.

    Returns
    -------
    corpus -> sentences. Their characters, blanks included and placeholders left out (nothing is learnt from these),
    come up to one share: ``characters`` over the number of corpora, or what the smallest corpus has where that is
    less. No sentence is cut, so a corpus falls short of it by less than its next sentence.
    """
    share = characters // len(texts)
    read = {corpus: _up_to(texts[corpus], share) for corpus in sorted(texts)}
    smallest = min(total for _, total in read.values())
    return {corpus: _up_to(sentences, smallest)[0] for corpus, (sentences, _) in read.items()}


def _up_to(sentences: Iterable[str], characters: int) -> tuple[list[str], int]:
    """Sentences up to the first that would go beyond so many characters, and the characters of those taken."""
    taken, total = [], 0
    for sentence in sentences:
        length = len(sentence) if "<" not in sentence else len(learnable(sentence))
        if total + length > characters:
            break
        taken.append(sentence)
        total += length
    return taken, total


def is_whole(token: str) -> bool:
    """Whether a token of a normalised sentence is a placeholder, which is never spelled; no text can write one."""
    return len(token) > 2 and token[0] == "<" and token[-1] == ">"


def learnable(sentence: str) -> str:
    """A sentence without placeholders."""
    return " ".join(token for token in sentence.split(" ") if not is_whole(token))


def train_pieces(texts: Mapping[str, Iterable[str]], settings: PieceSettings) -> tuple[str, pa.Table]:
    """Learn a tokeniser from a balanced mix of corpora.

    Parameters
    ----------
    texts : corpus -> sentences of its training documents, as `balanced_mix` takes them.

    Returns
    -------
    The tokeniser as JSON of the library `tokenizers`, and its vocabulary: id int32 (ascending from 0), token string,
    kind string (special, placeholder, piece), count int64, `size` entries. First the reserved entries of the vocabulary
    of words with the ids they have there, then further placeholders of the normaliser, then pieces. `count` is exact:
    how often the entry occurs in the mix when the finished tokeniser spells it.

    Sources: Sennrich et al. (2016) for BPE, over bytes as in Radford et al. (2019); Schuster and Nakajima (2012) for
    WordPiece, joined by frequency; Kudo (2018) for the unigram model.

    Raises
    ------
    StudyError : no text, or the text does not give so many pieces.
    """
    mix = balanced_mix(texts, settings.characters)
    counts = Counter(token for sentences in mix.values() for sentence in sentences for token in sentence.split(" "))
    whole = [*RESERVED, *sorted(token for token in counts if is_whole(token) and token not in RESERVED)]
    words = {word: counts[word] for word in sorted(counts) if not is_whole(word)}
    if not words:
        raise StudyError("text of the tokeniser", "a corpus without a word", "words in every corpus")
    learn: Callable[[Mapping[str, int], int, list[str]], Tokenizer] = {
        "bpe": _learn_bpe,
        "wordpiece": _learn_wordpiece,
        "unigram": _learn_unigram,
    }[settings.algorithm]
    tokeniser = learn(words, settings.size, whole)
    found = tokeniser.get_vocab_size()
    if found != settings.size:
        raise StudyError(
            f"size of the {settings.algorithm} tokeniser",
            f"{settings.size:,}",
            f"at most {found:,}, all that this text gives, {len(whole)} of them reserved",
            "lower the size, or train on more text",
        )
    tokeniser.add_special_tokens(whole)
    return tokeniser.to_str(), _vocabulary(tokeniser, counts, whole)


def load_tokeniser(text: str) -> Tokenizer:
    """The tokeniser that `train_pieces` gave as JSON; `StudyError` where it is none."""
    try:
        return Tokenizer.from_str(text)
    except Exception as error:  # The library raises nothing more special.
        raise StudyError("tokeniser", f"no readable JSON of one ({error})", "what the training wrote") from None


def read_tokeniser(path: str | Path) -> str:
    """The tokeniser, as JSON, of a table of one row under `TOKENISER`."""
    return read_table(path, ["json"])["json"][0].as_py()


def whole_tokens(tokeniser: Tokenizer) -> dict[str, int]:
    """Ids of the tokens that are never spelled."""
    return {token.content: number for number, token in tokeniser.get_added_tokens_decoder().items()}


def _learn_bpe(words: Mapping[str, int], size: int, whole: list[str]) -> Tokenizer:
    tokeniser = Tokenizer(models.BPE())
    blanks = pre_tokenizers.Split(" ", "removed")
    marked_bytes = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)
    tokeniser.pre_tokenizer = pre_tokenizers.Sequence([blanks, marked_bytes])
    _train_bpe(tokeniser, words, size, whole, sorted(pre_tokenizers.ByteLevel.alphabet()))
    return tokeniser


def _train_bpe(
    tokeniser: Tokenizer, words: Mapping[str, int], size: int, whole: list[str], alphabet: Sequence[str]
) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=LEAST_COUNT,
        special_tokens=whole,
        initial_alphabet=list(alphabet),
        show_progress=False,
    )
    # The trainer counts its words itself, so each comes as often as it occurs; short lines keep memory small.
    tokeniser.train_from_iterator((line for word, count in words.items() for line in _repeated(word, count)), trainer)


def _repeated(word: str, count: int, at_once: int = 1000) -> Iterable[str]:
    """Lines in which a word occurs `count` times in all."""
    for start in range(0, count, at_once):
        yield " ".join([word] * min(at_once, count - start))


def _alphabet(words: Mapping[str, int], size: int, symbols: Callable[[str], Iterable[str]]) -> list[str]:
    """The most frequent symbols that `symbols` finds in words, at most `ALPHABET` and half of the entries; sorted."""
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for symbol in symbols(word):
            counts[symbol] += count
    ranked = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
    return sorted(ranked[: min(ALPHABET, (size - len(RESERVED)) // 2)])


def _marked(word: str) -> list[str]:
    """Characters of a word, with the mark of those that continue it."""
    return [character if place == 0 else CONTINUES + character for place, character in enumerate(word)]


def _learn_wordpiece(words: Mapping[str, int], size: int, whole: list[str]) -> Tokenizer:
    alphabet = _alphabet(words, size, _marked)
    stands = {symbol: chr(PRIVATE + number) for number, symbol in enumerate(alphabet)}
    coded = {
        "".join(stands[symbol] for symbol in _marked(word)): count
        for word, count in words.items()
        if all(symbol in stands for symbol in _marked(word))
    }
    learnt = Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    _train_bpe(learnt, coded, size, whole, list(stands.values()))
    entries = {}
    for token, number in sorted(learnt.get_vocab().items(), key=lambda entry: entry[1]):
        if number >= len(whole):
            symbols = [alphabet[ord(character) - PRIVATE] for character in token]
            token = symbols[0] + "".join(symbol.removeprefix(CONTINUES) for symbol in symbols[1:])
        entries[token] = number
    tokeniser = Tokenizer(models.WordPiece(entries, unk_token=RESERVED[UNKNOWN], continuing_subword_prefix=CONTINUES))
    tokeniser.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    return tokeniser


def _learn_unigram(words: Mapping[str, int], size: int, whole: list[str]) -> Tokenizer:
    alphabet = set(_alphabet(words, size, lambda word: BEGINS + word))
    marked = {BEGINS + word: count for word, count in words.items() if alphabet.issuperset(word)}
    pieces = train_unigram(marked, size - len(whole))
    entries = [(token, 0.0) for token in whole] + pieces
    tokeniser = Tokenizer(models.Unigram(entries, unk_id=UNKNOWN, byte_fallback=False))
    tokeniser.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Metaspace(BEGINS, prepend_scheme="always", split=False)]
    )
    return tokeniser


def _vocabulary(tokeniser: Tokenizer, counts: Mapping[str, int], whole: list[str]) -> pa.Table:
    """Vocabulary table of a tokeniser, with occurrences in the text whose words have these counts."""
    seen = np.zeros(tokeniser.get_vocab_size(), np.int64)
    words = [word for word in counts if word not in whole]
    for word, spelled in zip(words, tokeniser.encode_batch_fast(words, add_special_tokens=False), strict=True):
        np.add.at(seen, spelled.ids, counts[word])
    seen[: len(whole)] += [counts.get(token, 0) for token in whole]
    kinds = ["special"] * len(SPECIALS) + ["placeholder"] * (len(whole) - len(SPECIALS))
    tokens = sorted(tokeniser.get_vocab().items(), key=lambda entry: entry[1])
    return pa.table(
        [
            np.arange(len(seen), dtype=np.int32),
            [token for token, _ in tokens],
            kinds + ["piece"] * (len(seen) - len(whole)),
            seen,
        ],
        schema=VOCABULARY,
    )
