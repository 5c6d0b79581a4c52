"""No person is left in a masked tweet, and the normaliser finds the same tokens in it."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.corpus.masking import mask, masked
from wordspaces.corpus.records import Document, Dropped, Reading
from wordspaces.tokens.normalise import normalise

TWEETS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "dev" / "tweets.jsonl.gz"
EXCEPTIONS = re.compile(r"\w[@＠]\w{4}|@\w+_[A-Za-z]\.")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("@John_Smith hi", "@user hi"),
        (".@a and ＠b", ".@user and @user"),
        ("RT @JoeNBC: well", "RT @user: well"),
        ("rt@x: well", "rt@user: well"),
        ("write to jo.doe+x@mail.example.org.", "write to @user."),
        ("see https://t.co/Ab1?x=1#y, now", "see http://url now"),
        ("(www.example.com/~doe) pic.twitter.com/x", "(http://url http://url"),
        ("example.com/doe amazon.com, bbc.co.uk", "http://url url.com, bbc.co.uk"),
        ("&lt;3 &amp;amp; &#64;doe", "<3 & @user"),
        ("see you soon@John_Smith: hi", "see you soon @user: hi"),
        ("日本@John", "日本 @user"),
        ("sh@t at 8@ten @ home", "sh@t at 8@ten @ home"),
        ("1.5 a.b x:y #tag", "1.5 a.b x:y #tag"),
        ("@a\u200db @\u200bname", "@user @user"),
    ],
)
def test_known_values(text: str, masked: str) -> None:
    assert mask(text) == masked


PIECES = [
    "@",
    "a",
    "bc",
    "John_1",
    "8",
    ".",
    ":",
    "/",
    "http:",
    "https://",
    "www.",
    "x.com",
    " ",
    "'",
    "’",
    "#",
    "RT",
    "é",
]
PIECES += ["&amp;", "lt;", "&", "\n", "…", '"', "”", "-", "_", "+", "🙂", "!", ",", "Word", "u.s.", "co", "(", ")", "s"]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_no_handle_is_left(text: str) -> None:
    assert not re.findall(r"(?<!\w)@(?!user)\w+|@(?!user|\d)\w{4,}", mask(text))


WORDS = [
    "@John_Smith",
    "RT @a_b:",
    "http://t.co/Ab1",
    "www.x.com",
    "jo@x.org",
    "amazon.com",
    "don’t",
    "U.S.",
    "&amp;",
    "&lt;3",
]
WORDS += [
    "10:30",
    "4th",
    "#tag",
    "“quote”",
    "x.com's",
    "so...",
    "wait!!",
    "(@b)",
    "it's",
    "e.g.",
    "🙂",
    "Smith's",
    "\n",
    "1.5",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_the_normaliser_finds_the_same_tokens(text: str) -> None:
    assert normalise(mask(text)) == normalise(text)


def test_the_normaliser_finds_the_same_tokens_in_real_tweets() -> None:
    if not TWEETS.exists():
        pytest.skip("the tweets for tests are not here")
    with gzip.open(TWEETS, "rt", encoding="utf-8") as stream:
        texts = [json.loads(line)["text"] for number, line in enumerate(stream) if number % 16 == 0]
    different = [text for text in texts if normalise(mask(text)) != normalise(text)]
    assert len(different) < 0.002 * len(texts)
    assert all(EXCEPTIONS.search(text) for text in different)


def test_texts_of_tables_are_masked_where_the_source_asks_for_it() -> None:
    records = [Document("1", "by @bob", "ask @bob"), Dropped("empty")]
    read = masked(lambda path, part, reading: iter(records))
    assert list(read(Path("x"), None, Reading())) == records
    assert list(read(Path("x"), None, Reading(mask=True))) == [Document("1", "by @user", "ask @user"), Dropped("empty")]
