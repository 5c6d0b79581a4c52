"""The compiled normaliser beside the plain one, which defines it."""

import gzip
import json
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.tokens import batch, characters, cleaning, scan, sentences
from wordspaces.tokens.normalise import normalise, normalise_batch
from wordspaces.tokens.placeholders import PLACEHOLDERS

CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "dev"

# Pieces that meet in the wrong places: one part of the grammar ends where another could begin.
PIECES = (
    *("http", "https", ":", "//", "www.", "pic.twitter.com", "com", "co", "co.uk", "be", "gl", "bit.ly/x", "a-b.com"),
    *(
        ".",
        "..",
        "…",
        "!",
        "?",
        "‼",
        "⁉",
        ",",
        ";",
        "-",
        "+",
        "/",
        "_",
        "#",
        "##",
        "＃",
        "@",
        "＠",
        "(",
        ")",
        "]",
        "<",
        ">",
    ),
    *(
        "'",
        "’",
        "`",
        "´",
        "'s",
        "''",
        '"',
        "“",
        "a",
        "b",
        "s",
        "t",
        "x",
        "xxx",
        "iii",
        "viii",
        "iv",
        "ooo",
        "aaa",
        "ééé",
    ),
    *("st", "nd", "rd", "th", "1", "23", "½", "²", "①", "Ⅳ", "१", "𝟏", "u.s.", "U.S", "e.g.", "W.", "a.b@c.de", "@x.y"),
    *("rt ", "RT ", "MT@", "rt", "RT @bob:", "Rt\u3000@x : ", " ", "  ", "\n", "\t", "\r", "\f", "\v", "\x1c", "\x85"),
    *(
        "\u2028",
        "\u00a0",
        "\u3000",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\u00ad",
        "\u20e3",
        "\u202a",
        "\x00",
        "\ufffd",
        "\uffff",
    ),
    *(
        "&",
        "&amp;",
        "&amp;amp;",
        "&lt;",
        "&#39;",
        "&#x41;",
        "&#xD800;",
        "&#10;",
        "&#32;",
        "&#128512;",
        "&notit;",
        "&eacute",
    ),
    *("&nbsp;", "&NotEqualTilde;", "&fjlig;", "amp;", "lt;", "👍", "🏽", "👨", "❤", "🇺", "🇸", "🇬", "©", "™", "↔", "ℹ"),
    *(
        "Σ",
        "ς",
        "ΑΣ",
        "𝚺",
        "Ϲ",
        "İ",
        "I",
        "ı",
        "ẞ",
        "ß",
        "ﬁ",
        "ﬃ",
        "ǅ",
        "Å",
        "ͅ",
        "ͺ",
        "¨",
        "\u0301",
        "\u0323",
        "\u0338",
    ),
    *(
        "か",
        "\u3099",
        "\uff9e",
        "ｶ",
        "ᄀ",
        "ᅡ",
        "ᆨ",
        "가",
        "ﷺ",
        "न",
        "\u093f",
        "्",
        "ำ",
        "日本",
        "‿",
        "·",
        "ª",
        "ʰ",
        "𐐀",
        "\U000e0061",
    ),
)


def plain(texts: list[str]) -> tuple[list[list[str]], list[int], list[int]]:
    """What `normalise_batch` should return, found by `normalise`."""
    found = [normalise(text) for text in texts]
    masked = [sum(token in PLACEHOLDERS for sentence in document for token in sentence) for document in found]
    words = [sum(map(len, document)) - count for document, count in zip(found, masked, strict=True)]
    return [[" ".join(sentence) for sentence in document] for document in found], words, masked


def compiled(texts: pa.Array | pa.ChunkedArray) -> tuple[list[list[str]], list[int], list[int]]:
    """The same, found by `normalise_batch`."""
    found, words, masked = normalise_batch(texts)
    found.validate(full=True)
    return found.to_pylist(), words.tolist(), masked.tolist()


def assert_same(texts: list[str]) -> None:
    """Both find the same in `texts`; the first document that differs is shown."""
    for text, *both in zip(
        texts, zip(*plain(texts), strict=True), zip(*compiled(strings(texts)), strict=True), strict=True
    ):
        assert both[1] == both[0], repr(text)


def strings(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.string())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=8))
def test_any_text(texts: list[str]) -> None:
    assert_same(texts)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), max_size=8))
def test_pieces_of_the_grammar_in_any_order(texts: list[str]) -> None:
    assert_same(texts)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("aSst1.@-+_#'!:/ \n", max_size=25), max_size=12))
def test_dense_punctuation(texts: list[str]) -> None:
    assert_same(texts)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("rtmRT@_a: \t.\u3000", max_size=20), max_size=12))
def test_retweets(texts: list[str]) -> None:
    assert_same(texts)


def test_places_where_two_parts_of_the_grammar_meet() -> None:
    assert_same(
        ["a+@b.c", "+@b.c", "a.@b.c", "-@b.c", "a@b.-", "a@-b.c", "a@b..c", ".a.@b", "a@b@c.d", "_@b.c.", "ü@ü.ü"]
    )
    assert_same(
        ["rt rt @a @b", "mt rt@a:@b", "art @a", "rt @a:rt @b", "rt\n@a\n: b", "rt @ a", "rt @@a", "rt @a_: x", "²rt @a"]
    )
    assert_same(
        ["u.s.", "u.s.)", "u.s.a", "u.sa", "a.b.cd", "'u.s.", "w. x", "é.b.!", "a.b.c", "u.s.\n", "x.'s", "i.i.i"]
    )
    assert_same(
        ["x.com.", "x.com@", "x.com..a", "x.comm", "x.co.", "x.co-a", "-x.be", "x-.be", "x..be", "x.-a.be", "x.be/a<b"]
    )
    assert_same(
        ["a!", "a.!", "a!.", "a!!.b", "é!", "1.", "ab.)' x", "ab.)x", 'a."', "w.) x", "w!) x", "...!x", "a?!", "²."]
    )
    assert_same(
        ["don't", "it's", "o's'x", "x's1", "x'sa", "'s", "s's", "d'été's", "a''b", "a'\u0301b", "a\u0301'b", "a'_"]
    )
    assert_same(
        [
            "1st",
            "1s",
            "1sts",
            "2nd_",
            "3rd4",
            "4thé",
            "1.5s",
            "1..5",
            "1.,5",
            "1:2/3",
            "1²",
            "²1",
            "1st's",
            "1'st",
            "१.१th",
        ]
    )
    assert_same(["#a", "##a", "a#a", "#1a", "#_", "#_a", "#²", "#\u0301", "_#a", "#a#b", "#é", "#'a"])
    assert_same(
        [
            "xxx",
            "xxxx",
            "iii",
            "iiii",
            "xxxiii",
            "xxxiv",
            "xxxviii",
            "viii",
            "viiii",
            "iiiv",
            "ixxx",
            "iii's",
            "III",
            "xxxix",
        ]
    )
    assert_same(
        ["http", "http:", "https:a", "httpss:", "xhttp:", "www", "www.", "wwww.", "pic.twitter.com", "pic.twitter.co"]
    )


def test_a_document_ends_where_its_text_ends() -> None:
    assert_same(
        ["rt", "@bob", "so.", "u.", "s.", "don", "'", "t", "www", ".x", "#", "tag", "soo", "oo", "🇺", "🇸", "&am", "p;"]
    )
    assert_same(["e", "\u0301", "Α", "Σ", "", "\n", " ", "ᄀ", "ᅡ", ".", ")", "a@b", ".c", "1", ".5", "foo", ".com"])


@pytest.mark.parametrize("around", ["{}", "A{}'s", "x{}\u0301.", "1{}@{}"])
def test_every_character(around: str) -> None:
    codes = [
        *range(0x3400),
        *range(0xA000, 0xAC10),
        *range(0xF900, 0x12000),
        *range(0x1B000, 0x1FC00),
        *range(0xE0000, 0xE0200),
    ]
    texts = [around.replace("{}", chr(code)) for code in codes]
    assert_same(["\t".join(texts[start : start + 64]) for start in range(0, len(texts), 64)])


def test_no_version_of_unicode_has_characters_beyond_the_tables() -> None:
    beyond = set(range(sys.maxunicode + 1)) - set(characters.POINTS.tolist())
    text = "".join(map(chr, sorted(beyond)))
    assert {unicodedata.category(character) for character in text} <= {"Cn", "Co"}
    assert regex.search(r"[^\p{Cn}\p{Co}]", text) is None
    tables = characters.characters()
    assert set(tables.classes[sorted(beyond)].tolist()) == {characters.ADDRESS}


def test_characters_that_stand_alone_are_cleaned_alone() -> None:
    tables = characters.characters()
    for code, form in {ord("É"): ord("é"), ord("’"): ord("'"), 0x1F44D: 0x1F44D, ord("Ａ"): ord("a")}.items():
        assert tables.cleaned[code] == form
    for code in (0x200D, 0xFE0F, 0x1F3FD):
        assert tables.cleaned[code] == characters.DROPPED
    for code in (ord("Σ"), 0x301, 0x3099, 0x1161, 0xFDFA, 0x345):
        assert tables.cleaned[code] == characters.HARD
    longer = characters.LONGER - tables.cleaned[ord("…")]
    assert tables.codes[tables.bounds[longer] : tables.bounds[longer + 1]].tobytes().decode("utf-32-le") == "..."


def test_repeated_constants_agree() -> None:
    """Compiled modules repeat what they share, for a change in another file would leave them stale."""
    for module in (cleaning, scan, sentences):
        for name in set(vars(module)) & set(vars(characters)):
            ours, theirs = getattr(module, name), getattr(characters, name)
            assert ours == theirs or not (isinstance(ours, int) and isinstance(theirs, int)), name
    kinds = ("BORDER", "PLAIN", "WORDLIKE", "CLITIC", "ACRONYM", "EMOJI", "URL", "USER", "NUMBER", "HASHTAG")
    assert [getattr(scan, kind) for kind in kinds] == [getattr(sentences, kind) for kind in kinds] == list(range(10))


def test_how_the_batch_is_cut_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["", "RT @a: Wow!", "e\u0301 &amp; Σ", "", "x" * 50, "soooo 👍", "www.x.org 12"] * 3
    whole = compiled(strings(texts))
    assert whole == plain(texts)
    parts = pa.chunked_array(
        [strings(["not this", *texts[:5]])[1:], strings([]), strings([*texts[5:], "nor this"])[:-1]]
    )
    assert compiled(parts) == whole
    assert compiled(strings(texts).cast(pa.large_string())) == whole
    for size in (1, 7, 60):
        monkeypatch.setattr(batch, "SLICE", size)
        assert compiled(strings(texts)) == whole
        assert compiled(parts) == whole


def test_types_of_what_is_returned() -> None:
    for texts in (strings([]), pa.chunked_array([], pa.string()), strings(["", "a b. 1"])):
        found, words, masked = normalise_batch(texts)
        assert found.type == pa.list_(pa.string())
        assert words.dtype == masked.dtype == np.int32
        assert len(found) == len(words) == len(masked) == len(texts)


def test_text_that_is_none_is_refused() -> None:
    with pytest.raises(StudyError, match="1 nulls"):
        normalise_batch(pa.array(["a", None]))
    for wrong in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"):
        bounds = pa.py_buffer(np.array([0, len(wrong)], np.int32))
        with pytest.raises(StudyError, match="valid UTF-8"):
            normalise_batch(pa.StringArray.from_buffers(1, bounds, pa.py_buffer(wrong)))


@pytest.mark.parametrize(
    ("unit", "last", "words", "masked"),
    [
        ("a-", "", 1, 0),
        ("bb-cc.", "", 2, 0),
        (".", "x", 0, 0),
        ("!)", "x", 0, 0),
        ("a@", "", 1, 0),
        ("+a-", "", 1, 0),
        ("#_", "", 0, 0),
        ("rt ", "", 1, 0),
        ("@.", "", 0, 0),
    ],
)
def test_time_grows_with_the_length_of_a_document_whatever_it_holds(
    unit: str, last: str, words: int, masked: float
) -> None:
    repeats = 200_000
    text = strings([unit * repeats + last])
    normalise_batch(strings([unit]))
    start = time.process_time()
    _, found, placeholders = normalise_batch(text)
    assert time.process_time() - start < 5  # a second look at every place from every place takes half a minute
    assert (found[0], placeholders[0]) == (words * repeats + len(last), masked * repeats)


def test_tweets() -> None:
    path = CORPORA / "tweets.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        assert_same([json.loads(line)["text"] for number, line in enumerate(lines) if number % 16 == 0])


def test_wikipedia() -> None:
    path = CORPORA / "wiki.txt.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        assert_same(stream.read(3_000_000).split("\n\n"))


def test_names_come_without_the_compiler() -> None:
    code = "import sys, wordspaces.tokens.normalise; sys.exit('numba' in sys.modules)"
    folder = Path(batch.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(folder)}, check=False).returncode == 0
