"""The normaliser on hard strings."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.tokens.normalise import normalise, normalise_batch
from wordspaces.tokens.placeholders import PLACEHOLDERS


def flat(text: str) -> str:
    """Tokens joined by blanks, sentences by bars."""
    return " | ".join(" ".join(sentence) for sentence in normalise(text))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # URLs
        ("see http://t.co/aB1 now", "see <url> now"),
        ("HTTPS://X.org/a?b=c#d, www.foo.com/x", "<url> <url>"),
        ("Amazon.com sells bit.ly/aBc pic.twitter.com/Xy", "<url> sells <url> <url>"),
        ("truncated https:… end", "truncated <url> end"),
        ("end.Start is no domain", "end start is no domain"),
        # handles and mail
        (".@POTUS: hi @a_b!", "<user> hi <user>"),
        ("mail a.b@c.org please", "mail <user> please"),
        ("at @ noon", "at noon"),
        # retweets
        ("RT @bob: yes", "yes"),
        ("so true RT @bob yes", "so true yes"),
        ("rt if you agree", "rt if you agree"),
        # numbers
        ("3.5 million, 10:30, 1/2, 1,000.50 (50%) 1st 1980s", "<number> million" + " <number>" * 6),
        ("4am on flight 123 with mp3", "<number> am on flight <number> with mp3"),
        # hashtags
        ("#MakeIt #2016Election #1 C# a#b", "<hashtag> makeit <hashtag> <number> election <number> c a b"),
        ("##wow #foo_bar", "wow <hashtag> foo bar"),
        # apostrophes and hyphens
        ("Don’t! Google's dogs' 'tis O'Neill's", "don't | google 's dogs tis o'neill 's"),
        ("well-known rock'n'roll ‘quoted’ word", "well known rock'n'roll quoted word"),
        ("it's 's THAT'S", "it 's s that 's"),
        # acronyms
        ("The U.S. and the U.S, e.g. this", "the u.s. and the u.s. e.g. this"),
        ("George W. Bush won. He", "george w bush won | he"),
        # HTML escapes, twice
        ("AT&amp;T &amp;lt;3 &#39;x&#39; &lt;url&gt;", "at t <number> x url"),
        # Unicode
        ("zero\u200bwidth ﬁne soft\u00adhyphen e\u0301t\u00e9", "zerowidth fine softhyphen été"),
        ("Google™ ½ “x” – y — z…", "google <number> x y z"),
        ("नमस्ते 日本語", "नमस्ते 日本語"),
        # letter runs
        ("Soooo coool World War III XXXI www", "soo cool world war iii xxxi ww"),
        # emoji
        ("ok👍🏽👨‍👩‍👧 ❤️ 🇺🇸🇬🇧 © ↔", "ok 👍 👨 👩 👧 ❤ 🇺🇸 🇬🇧"),
        # sentences
        ('He said "no." Then?! Yes\nnew', "he said no | then | yes | new"),
        ("...", ""),
        ("$$ -- % _ ~", ""),
        ("", ""),
    ],
)
def test_hard_strings(text: str, tokens: str) -> None:
    assert flat(text) == tokens
    sentences, words, placeholders = normalise_batch(pa.array([text]))
    assert " | ".join(sentences.to_pylist()[0]) == tokens
    found = [token for token in tokens.split() if token != "|"]
    assert placeholders.tolist() == [sum(token in PLACEHOLDERS for token in found)]
    assert words.tolist() == [len(found) - placeholders[0]]


@given(st.text(max_size=200))
def test_tokens_have_no_blank_and_no_capital_and_sentences_are_not_empty(text: str) -> None:
    for sentence in normalise(text):
        assert sentence
        for token in sentence:
            assert token
            assert token.split() == [token]
            assert token == token.lower()


@given(st.lists(st.sampled_from(["the", "cat", "don't", "u.s.", "mp3", "soo", "iii", "zoë"]), max_size=20))
def test_clean_words_are_left_as_they_are(words: list[str]) -> None:
    assert [token for sentence in normalise(" ".join(words)) for token in sentence] == words


@given(st.text(alphabet="<>urlseunmbhatg& ;lt#", max_size=60))
def test_text_cannot_write_a_placeholder_by_itself(text: str) -> None:
    found = [token for sentence in normalise(text) for token in sentence if token in PLACEHOLDERS]
    assert set(found) <= {"<hashtag>"}
    assert len(found) <= text.count("#")
