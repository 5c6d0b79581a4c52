"""Reading tables of tweets, whole and mangled, and what all tweets share."""

from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.mojibake import is_utf8, repair, restore_lost
from wordspaces.corpus.records import Document, Dropped, Reading
from wordspaces.corpus.tweets import language_refusal, prose, read_crowdflower, read_orange_tab

ORANGE = (
    "Is retweet\tLanguage\tAuthor\tContent\n"
    "discrete\tdiscrete\tdiscrete\tstring\n"
    "\t\tclass\tmeta\n"
    'False\ten\tA\t"He said ""vote"".\nSecond   line"\n'
    "False\tes\tA\tGracias a todos\n"
    "True\ten\tB\tWe’re here 🗽\n"
    "False\ten\tB\thttps://t.co/x @amy\n"
    "False\tund\tB\t123 456\n"
)


def test_orange_table_keeps_tweets_in_the_language(tmp_path: Path) -> None:
    path = tmp_path / "tweets.tab"
    path.write_text(ORANGE, encoding="utf-8")
    other, unknown = Dropped("other language"), Dropped("language unknown")
    assert list(read_orange_tab(path, None, Reading(language="en-GB"))) == [
        Document("0", "", 'He said "vote".\nSecond line'),
        other,
        Document("2", "", "We’re here 🗽"),
        Document("3", "", "http://url @user"),
        unknown,
    ]
    spanish = list(read_orange_tab(path, None, Reading(language="es")))
    assert spanish == [other, Document("1", "", "Gracias a todos"), other, other, unknown]


def test_valid_utf8_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("sentiment,confidence,text\nneutral,1,Café_ naïve ’tis\ufffd\nneutral,1,42\n", encoding="utf-8")
    records = list(read_crowdflower(path, None, Reading()))
    assert records == [Document("0", "", "Café_ naïve ’tis"), Document("1", "", "42")]


def test_mangled_quotes_are_repaired_and_do_not_quote_fields(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_bytes(
        b"sentiment,confidence,text\r\n"
        b"negative,1,\xe4\xf3\xec@united: I\x8a\x97\xc8m, \r\n"
        b"neutral,1,\xe4\xf3\xecquoted\xe4\xf3\x9d end _\xf4\xd6\x89\r\n"
        b'neutral,1,"@amy two\rlines, it\xe4\xf3\xbbs"\r\nneutral,1,broken,row\r\n'
    )
    assert list(read_crowdflower(path, None, Reading())) == [
        Dropped("broken row"),
        Document("1", "", "“quoted” end"),
        Document("2", "", "@user two\nlines, it’s"),
        Dropped("broken row"),
    ]


@pytest.mark.parametrize(
    ("mangled", "text"),
    [
        (b"don\xd5\xa2_\x8a\xce_\x86\xa2t", "don’t"),
        (b"I\x8a\x97\xc8m @a_b", "I’m @a_b"),
        (b"wait\xd5\xa2_\x8a\xce\xeb_ what", "wait…  what"),
        (b"_\xf4\xd6\x8d_\xf4\xd6\x8d!", "        !"),
        (b"plain _ASCII_ ~", "plain _ASCII_ ~"),
    ],
)
def test_repair_of_known_and_unknown_sequences(mangled: bytes, text: str) -> None:
    assert repair(mangled) == text


def test_utf8_is_told_over_the_borders_of_blocks(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "é".encode())
    assert is_utf8(path)
    path.write_bytes(b"a" * ((1 << 20) - 1) + "é".encode()[:1])
    assert not is_utf8(path)


def test_lost_apostrophes_come_back_and_other_lost_characters_go() -> None:
    assert (
        restore_lost("I\ufffdm, don\ufffdT, y\ufffdall: caf\ufffd \ufffd ok, a\ufffdtall")
        == "I’m, don’T, y’all: caf  ok, atall"
    )


def test_word_cut_by_a_retweet_is_left_out_only_at_the_limit() -> None:
    long = "RT @someone: " + "word " * 24
    assert prose(f"{long}trunca…").endswith("word word")
    assert prose("hmm wait…") == "hmm wait…"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("some words, trunca… https://t.co/Ab1", "some words,"),
        ("some words, trunca…", "some words,"),
        ("some words … https://t.co/Ab1", "some words"),
        ("some … words", "some … words"),
    ],
)
def test_word_cut_by_twitter_is_left_out(text: str, kept: str) -> None:
    assert prose(text, truncated=True) == kept


def test_prose_is_masked_and_folded() -> None:
    assert prose(" RT @amy:  hi\t&amp; bye&#10;\n\n amy@x.org\u2028 @bob") == "RT @user: hi & bye\n@user\n@user"


def test_languages_are_compared_by_their_first_part() -> None:
    assert language_refusal("en_GB", "en") is None
    assert language_refusal("pt-br", "PT") is None
    assert language_refusal("eng", "en") == Dropped("other language")
    assert language_refusal(None, "en") == Dropped("language unknown")


def test_missing_columns_name_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("label,body\n1,hello\n", encoding="utf-8")
    with pytest.raises(StudyError, match="found columns label, body; allowed: a column text"):
        list(read_crowdflower(path, None, Reading()))
    path.write_text("", encoding="utf-8")
    for reader, column in ((read_crowdflower, "text"), (read_orange_tab, "Language")):
        with pytest.raises(StudyError, match=rf"columns \(none\); allowed: a column {column}"):
            list(reader(path, None, Reading()))
