"""The one normaliser and tokeniser of a study: raw text of any corpus to sentences of lower-case tokens.

Policy, the same for every corpus:

- URLs, handles (and mail addresses) and numbers become ``<url>``, ``<user>``, ``<number>``; ``#tag`` becomes
  ``<hashtag> tag``; "RT @name:" is dropped, for it is not the author's text.
- An apostrophe inside a word stays: *don't* is one token, for contractions are a closed class of some sixty types.
  A final *'s* is a token of its own, for any noun takes it and would otherwise be two types.
- A hyphen parts words: compounds are an open class, and would take their rare parts out of the vocabulary.
- Single letters with full stops (*u.s.*, *e.g.*) are one token; without its stops *u.s.* would be the word *us*.
- Three or more equal letters in a row become two (*sooo*, *soo*), save in Roman numerals (*iii*).
- An emoji is a token, without skin tone and joiners; a flag is one. Other punctuation and symbols are no tokens.
- A line feed ends a sentence; so does a run of ``.``, ``!``, ``?`` before a blank, save after a single letter.
"""

import html
import re
import unicodedata

import numpy as np
import pyarrow as pa
import regex

from wordspaces.tokens.placeholders import HASHTAG, NUMBER, URL, USER

REPLACED = {
    **dict.fromkeys("‘’‚‛′‵`´ʼʹ＇", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("™℠©®", " "),  # NFKC would write the first two as letters, onto the end of a name
    # Zero-width, joining, directional and variation marks, soft hyphen, skin tones: seen by nobody, new types all.
    **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\u00ad\ufe0e\ufe0f\u20e3\ufffd", ""),
    **dict.fromkeys((chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))), ""),
    **dict.fromkeys((chr(code) for code in range(0x1F3FB, 0x1F400)), ""),
}
TRANSLATION = str.maketrans(REPLACED)

RETWEET = re.compile(r"(?<!\w)[rm]t\s*@\w+\s*:?")
LETTER_RUN = re.compile(r"([^\W\d_])\1{2,}")
ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")

DOMAINS = ("com", "org", "net", "gov", "edu", "info", "co", "io", "ly", "tv", "be", "gl")
EMOJI = r"[\p{Extended_Pictographic}--[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa]]"
TOKEN = regex.compile(
    r"""
      (?P<url>     (?:https?:|www\.|pic\.twitter\.com)[^\s<>"]*+
                 | (?<![\w.@]) (?:[a-z0-9][a-z0-9-]*\.(?=[a-z0-9]))++ (?:DOMAINS)
                   (?![\w@.]*\w) (?:/[^\s<>"]*+)? )
    | (?P<user>    (?<!\w) [\w.+-]*+ (?<=[\w+]) @ \w[\w-]*+ (?:\.[\w-]+)++
                 | (?<!\w) @ \w++ )
    | (?P<hashtag> (?<![\w#]) \# (?=[\w]*[^\W\d_]) )
    | (?P<acronym> (?<![\w']) (?: (?:[^\W\d_]\.){2,}+ (?!\w) | (?:[^\W\d_]\.)+ [^\W\d_] (?!\w) ) )
    | (?P<number>  \d++ (?:[.,:/]\d++)*+ (?:(?:st|nd|rd|th|s)(?![^\W_]))? )
    | (?P<word>    [^\W\d_] [\p{M}[^\W_]]*+ (?:'(?!s(?![^\W_])) [^\W\d_] [\p{M}[^\W_]]*+)*+ )
    | (?P<clitic>  (?<=[^\W_]) 's (?![^\W_]) )
    | (?P<emoji>   \p{Regional_Indicator}{2}
                 | EMOJI )
    | (?P<border>  \n | (?<!(?<![^\W_])[^\W\d_]) [.!?]++ ["')\]]*+ (?=\s|$) | [!?]++ ["')\]]*+ (?=\s|$) )
    """.replace("DOMAINS", "|".join(DOMAINS)).replace("EMOJI", EMOJI),
    regex.VERBOSE | regex.VERSION1,
)
FIXED = {"url": URL, "user": USER, "number": NUMBER, "hashtag": HASHTAG, "clitic": "'s"}


def clean_characters(text: str) -> str:
    """Characters only: HTML unescaped twice, ASCII quotes and dashes, no invisible marks, NFKC, lower case."""
    text = html.unescape(html.unescape(text)) if "&" in text else text
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(TRANSLATION))
    return text.translate(TRANSLATION).lower()


def clean(text: str) -> str:
    """`clean_characters`, then without "RT @name:"."""
    text = clean_characters(text)
    return RETWEET.sub(" ", text) if "@" in text else text


def squeeze(word: str) -> str:
    """Runs of three or more equal letters to two, save in a Roman numeral."""
    return word if ROMAN.fullmatch(word) else LETTER_RUN.sub(r"\1\1", word)


def normalise(text: str) -> list[list[str]]:
    """Sentences of `text`, each a list of at least one token; see the module for what is a token.

    The definition, in regular expressions. `normalise_batch` finds the same tokens and is what corpora go through.
    """
    text = clean(text)
    squeezing = LETTER_RUN.search(text) is not None
    sentences: list[list[str]] = []
    sentence: list[str] = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word":
            word = match.group()
            sentence.append(squeeze(word) if squeezing else word)
        elif kind == "border":
            if sentence:
                sentences.append(sentence)
                sentence = []
        elif kind == "acronym":
            sentence.append(match.group().rstrip(".") + ".")
        else:
            sentence.append(FIXED.get(kind) or match.group())
    if sentence:
        sentences.append(sentence)
    return sentences


def normalise_batch(texts: pa.Array | pa.ChunkedArray) -> tuple[pa.ListArray, np.ndarray, np.ndarray]:
    """Sentences of many documents, the same as `normalise` finds, by compiled code.

    It needs the batch twice over, and beside it nine times the longest document where that is more than a megabyte.

    Parameters
    ----------
    texts : string or large_string [documents], no nulls.

    Returns
    -------
    sentences : list<string> [documents], tokens of a sentence joined by one blank; a document without a token has no
        sentence.
    words : int32 [documents], tokens that are not in `PLACEHOLDERS`.
    placeholders : int32 [documents], tokens that are.

    Raises
    ------
    StudyError : a text is null or not valid UTF-8, or a document or the sentences of the batch exceed two gigabytes.
    """
    from wordspaces.tokens import batch  # here, for it loads the compiler, and this module is imported for its names

    return batch.normalise_batch(texts)
