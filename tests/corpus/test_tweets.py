"""Reading tables of tweets, whole and mangled."""

import json
from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.documents import extract
from wordspaces.corpus.mojibake import is_utf8, repair

ORANGE = (
    "Is retweet\tLanguage\tAuthor\tContent\n"
    "discrete\tdiscrete\tdiscrete\tstring\n"
    "\t\tclass\tmeta\n"
    'False\ten\tA\t"He said ""vote"".\nSecond   line"\n'
    "False\tes\tA\tGracias a todos\n"
    "True\ten\tB\tWe’re here 🗽\n"
    "False\ten\tB\thttps://t.co/x\n"
    "False\tund\tB\t123 456\n"
)


def test_orange_table_keeps_english_tweets(tmp_path: Path) -> None:
    path = tmp_path / "tweets.tab"
    path.write_text(ORANGE, encoding="utf-8")
    documents, dropped = extract(path, "orange-tab", "t")
    assert documents["id"].to_pylist() == ["t:0", "t:2", "t:3"]
    assert documents["text"].to_pylist()[:2] == ['He said "vote".\nSecond line', "We’re here 🗽"]
    assert {row["reason"]: row["documents"] for row in dropped.to_pylist()} == {"kept": 3, "not English": 2}


def test_valid_utf8_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("sentiment,confidence,text\nneutral,1,Café_ naïve ’tis\ufffd\nneutral,1,42\n", encoding="utf-8")
    documents, dropped = extract(path, "csv", "t")
    assert documents["text"].to_pylist() == ["Café_ naïve ’tis"]
    assert {row["reason"]: row["documents"] for row in dropped.to_pylist()} == {"empty": 1, "kept": 1}


def test_mangled_quotes_are_repaired_and_do_not_quote_fields(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_bytes(
        b"sentiment,confidence,text\r\n"
        b"negative,1,\xe4\xf3\xec@united: I\x8a\x97\xc8m, \r\n"
        b"neutral,1,\xe4\xf3\xecquoted\xe4\xf3\x9d end _\xf4\xd6\x89\r\n"
        b'neutral,1,"two\rlines, it\xe4\xf3\xbbs"\r\nneutral,1,broken,row\r\n'
    )
    documents, dropped = extract(path, "csv", "t")
    assert documents["text"].to_pylist() == ["“quoted” end", "two\nlines, it’s"]
    assert {row["reason"]: row["documents"] for row in dropped.to_pylist()} == {"broken row": 2, "kept": 2}


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


def test_word_cut_by_a_retweet_is_left_out_only_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    long = "RT @someone: " + "word " * 24
    path.write_text(f"text\n{long}trunca…\nhmm wait…\n", encoding="utf-8")
    texts = extract(path, "csv", "t")[0]["text"].to_pylist()
    assert texts[0].endswith("word word")
    assert texts[1] == "hmm wait…"


def test_missing_column_and_unknown_format_name_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("label,body\n1,hello\n", encoding="utf-8")
    with pytest.raises(StudyError, match="found columns label, body; allowed: a column text"):
        extract(path, "csv", "t")
    with pytest.raises(StudyError, match="mediawiki, summaries, orange-tab, csv"):
        extract(path, "xlsx", "t")
    path.write_text("", encoding="utf-8")
    with pytest.raises(StudyError, match=r"columns \(none\)"):
        extract(path, "csv", "t")


def test_table_in_which_nothing_is_english_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tweets.tab"
    path.write_text(ORANGE.replace("\ten\t", "\tfr\t"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"no document \(5 not English\)"):
        extract(path, "orange-tab", "t")


def test_summaries_lose_formulas_and_holes(tmp_path: Path) -> None:
    path = tmp_path / "leads.json"
    leads = {
        "Field": {"title": "Field", "extract": "A field ( ) \n  {\\displaystyle F}\n of numbers ;\nnext."},
        "Hole": {"title": "Hole", "extract": " "},
    }
    path.write_text(json.dumps(leads), encoding="utf-8")
    documents, dropped = extract(path, "summaries", "w")
    assert documents.to_pylist() == [{"id": "w:0", "title": "Field", "text": "A field\nof numbers;\nnext."}]
    assert {row["reason"]: row["documents"] for row in dropped.to_pylist()} == {"empty": 1, "kept": 1}
    for broken in ('{"A": {"title": "A"}}', "[1, 2]", '{"A": '):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(StudyError, match="no readable list of summaries"):
            extract(path, "summaries", "w")
