"""The preprocessing of GloVe's Twitter vectors, by what its script documents."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.tokens.glove_twitter import GLOVE_PLACEHOLDERS, normalise_glove_twitter


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # the two examples in the comments of the script
        ("wayyyy", "way <elong>"),
        ("!!!", "! <repeat>"),
        ("see http://t.co/Ab1 or www.example.com/x.", "see <url> or <url>"),
        ("url.com is masked", "<url> is masked"),
        ("(https://t.co/Ab1).", "( <url> ) ."),
        ("and/or", "and / or"),
        ("@John_Smith1: hi", "<user> : hi"),
        (":) =) ;-D 8) :'d", "<smile> <smile> <smile> <smile> <smile>"),
        (":p :-P =ppp", "<lolface> <lolface> <lolface>"),
        (":( ;-((", "<sadface> <sadface>"),
        (":| =l :*", "<neutralface> <neutralface> <neutralface>"),
        ("<3", "<heart>"),
        ("1 -2.5 +1,234 10:30 .5", "<number> <number> <number> <number> <number>"),
        ("gr8b", "gr <number> b"),
        ("#BreakingNewsToday", "<hashtag> breaking news today"),
        ("#lowercase #ALLCAPS!", "<hashtag> lowercase <hashtag> allcaps <allcaps> !"),
        ("#2016Election #Trump2016 #1", "<hashtag> <number> election <hashtag> trump <number> <hashtag> <number>"),
        ("what?! no... yes.", "what ! <repeat> no . <repeat> yes ."),
        ("soooo coool", "so <elong> coool"),
        ("NASA says NOOOO, I SAID", "nasa <allcaps> says no <allcaps> <elong> , i said <allcaps>"),
        ("Don’t, CAN'T", "don't , can't <allcaps>"),
        # where the script as published slips
        ("He said: yes (18) A&amp;P Word: x", "he said : yes ( <number> ) a & p word : x"),
        ("naïve 日本 👍\ufe0f", "naïve 日本 👍"),
    ],
)
def test_known_values(text: str, tokens: str) -> None:
    assert normalise_glove_twitter(text) == [tokens.split()]


def test_one_sentence_a_line_and_none_for_an_empty_one() -> None:
    assert normalise_glove_twitter("One line.\n\n \nAnother") == [["one", "line", "."], ["another"]]
    assert normalise_glove_twitter("") == []


@given(st.text(alphabet="aB3 #@:;=8)(dDpP/<>.!?'-\n😀é&", max_size=60))
def test_tokens_are_lower_case_without_blanks_and_whole_tags(text: str) -> None:
    for line in normalise_glove_twitter(text):
        assert line
        for token in line:
            assert token == token.lower()
            assert not any(character.isspace() for character in token)
            assert token in GLOVE_PLACEHOLDERS or len(token) == 1 or "<" not in token


@pytest.mark.parametrize("piece", ["a", ".", ")", "d)", "#", "!", "1.", "www.", ":'", "'a"])
def test_long_runs_take_no_quadratic_time(piece: str) -> None:
    start = time.process_time()
    normalise_glove_twitter(piece * 20_000 + "b")
    assert time.process_time() - start < 2
