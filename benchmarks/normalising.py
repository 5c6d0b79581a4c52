"""The normaliser beside a chain of regular expressions: megabytes of raw text per second of one thread.

The peer is what is usually written for such text: HTML unescaped, Unicode normalised, a `re.sub` for each thing to
mask, then sentences split and words found, document by document. It keeps to the same rules as far as such a chain can,
so nearly all tokens of both are the same; how many is printed. Both sides count words and placeholders. Ours begins and
ends with Arrow arrays, as in the study; the peer has its texts as Python strings and may leave its tokens so.
"""

import html
import platform
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa
from benchmarks.timing import Gate, interleave, stopwatch

from wordspaces.tokens.normalise import normalise, normalise_batch
from wordspaces.tokens.placeholders import PLACEHOLDERS

ROUNDS = 3
TEXT = 6_000_000  # bytes that all sides normalise in a round
REPEATS = 10  # of our side in a round, for it is over so soon

SPEED = 3.0

PUNCTUATION = str.maketrans(
    {**dict.fromkeys("‘’ʼ`´", "'"), **dict.fromkeys("“”«»", '"'), **dict.fromkeys("‐‑‒–—−", "-")}
)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
RETWEET = re.compile(r"\b[rm]t\s*@\w+\s*:?")
URL = re.compile(
    r"(?:https?:|www\.)[^\s<>\"]*|\b(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|info|co|io|ly|tv|be)\b(?:/\S*)?"
)
MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
USER = re.compile(r"(?<!\w)@\w+")
HASHTAG = re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*(?:(?:st|nd|rd|th|s)\b)?")
LETTERS = re.compile(r"([^\W\d_])\1{2,}")
POSSESSIVE = re.compile(r"(?<=\w)'s\b")
SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n")
TOKEN = re.compile(
    r"<(?:url|user|number|hashtag)>|(?:[^\W\d_]\.){2,}|[^\W\d_]\w*(?:'(?!s\b)\w+)*|'s\b|[☀-➿\U0001f300-\U0001faff]"
)


def run_normalising(texts: list[str]) -> Iterator[str | Gate]:
    """Lines to print and the gate, in the order in which they are found; `texts` are raw documents."""
    texts = _beginning(texts)
    array = pa.array(texts, pa.string())
    size = sum(map(len, (text.encode() for text in texts))) / 1e6
    yield f"text: {size:.1f} MB raw, {len(texts):,} documents"
    yield f"peer: regular expressions of Python {platform.python_version()}, document by document"
    seconds, _ = stopwatch(lambda: normalise_batch(array[:1]))
    yield f"jit: {seconds:.1f} s (not counted; less once the compiler has its cache)"
    found = interleave(lambda _: _ours(array), lambda _: stopwatch(lambda: counted(chain, texts)), ROUNDS)
    twin = interleave(lambda _: _ours(array), lambda _: stopwatch(lambda: counted(normalise, texts)), ROUNDS)
    rates = [size / min(seconds) for seconds in (found.ours_seconds, found.peer_seconds, twin.peer_seconds)]
    yield "normalising: {:.1f} MB/s, chain {:.2f} MB/s, the same rules in one expression {:.2f} MB/s".format(*rates)
    yield f"normalising: {twin.speedup:.1f} times as fast as the same rules in one expression"
    yield f"normalising: {100 * agreement(texts):.1f} % of tokens are those of the chain"
    yield Gate("normalising_over_regex_chain", found.speedup, SPEED, least=True)


def chain(text: str) -> list[list[str]]:
    """The peer: sentences of one document, each a list of tokens."""
    text = html.unescape(html.unescape(text))
    text = unicodedata.normalize("NFKC", text.translate(PUNCTUATION))
    text = INVISIBLE.sub("", text).lower()
    text = RETWEET.sub(" ", text)
    text = re.sub(r"[<>]", " ", text)
    text = URL.sub(" <url> ", text)
    text = MAIL.sub(" <user> ", text)
    text = USER.sub(" <user> ", text)
    text = HASHTAG.sub(" <hashtag> ", text)
    text = NUMBER.sub(" <number> ", text)
    text = LETTERS.sub(r"\1\1", text)
    text = POSSESSIVE.sub(" 's", text)
    return [tokens for sentence in SENTENCE.split(text) if (tokens := TOKEN.findall(sentence))]


def counted(tokenise: Callable[[str], list[list[str]]], texts: list[str]) -> list[tuple[list[str], int, int]]:
    """Sentences, words and placeholders of each document."""
    result = []
    for text in texts:
        found = tokenise(text)
        masked = sum(token in PLACEHOLDERS for sentence in found for token in sentence)
        result.append(([" ".join(sentence) for sentence in found], sum(map(len, found)) - masked, masked))
    return result


def agreement(texts: list[str]) -> float:
    """Share of our tokens that the chain finds too, in the same document."""
    both = ours = 0
    for text in texts[:: max(1, len(texts) // 2000)]:
        sides = [Counter(token for sentence in found for token in sentence) for found in (normalise(text), chain(text))]
        both, ours = both + (sides[0] & sides[1]).total(), ours + sides[0].total()
    return both / max(ours, 1)


def _ours(array: pa.Array) -> tuple[float, None]:
    """Seconds of one pass, the mean of `REPEATS`."""
    seconds, _ = stopwatch(lambda: [normalise_batch(array) for _ in range(REPEATS)] and None)
    return seconds / REPEATS, None


def _beginning(texts: list[str]) -> list[str]:
    """The first documents, up to `TEXT` bytes; the last may be cut."""
    chosen, left = [], TEXT
    for text in texts:
        if left <= 0:
            break
        chosen.append(text[:left])
        left -= len(text.encode())
    return chosen
