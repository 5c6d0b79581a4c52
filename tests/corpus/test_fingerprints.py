"""Fingerprints: what two copies share, the sketch against the curve it should follow, the same bits everywhere."""

import math
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.streams import generator
from wordspaces.corpus.fingerprints import fingerprint, fingerprint_schema, match_probability
from wordspaces.corpus.settings import DuplicateSettings

SETTINGS = DuplicateSettings()
LIBRARY = Path(__file__).resolve().parents[2] / "workflow"
DEV = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "dev"

NAME = r"[\p{L}\p{N}\p{M}_]"
MASK = regex.compile(rf"(?<!{NAME})[rmRM][tT]\s*(?=@{NAME})|[hH][tT][tT][pP][sS]?:\S*|[wW][wW][wW]\.\S+|@{NAME}+")
RUN = regex.compile(r"[\p{L}\p{N}\p{M}]+")
KNOWN = ["6d9d865eef38b236", "5846b3446cffbcb5", "93988395f23e0a32", "0af7d8f4b06764ba", "69e740cf0adc1fce"]
"""Keys of one document under the default settings: an artefact of another machine must match those made here."""


def prints(texts: list[str], settings: DuplicateSettings = SETTINGS, titles: list[str] | None = None) -> pa.Table:
    """Fingerprints of texts that are numbered."""
    columns = [[f"s:{n}" for n in range(len(texts))], titles or [""] * len(texts), texts]
    return fingerprint(
        pa.table([pa.array(column, pa.string()) for column in columns], ["id", "title", "text"]), settings
    )


def keys(texts: list[str]) -> list[int]:
    """Text keys."""
    return prints(texts, DuplicateSettings(near=False))["text"].to_pylist()


def bands(table: pa.Table) -> np.ndarray:
    """Band keys, [documents, bands]."""
    return np.stack([table[name].to_numpy() for name in table.column_names[3:]], axis=1)


def near(table: pa.Table, one: int, other: int) -> bool:
    """Whether two documents share a band."""
    found = bands(table)
    return bool(np.any((found[one] == found[other]) & (found[one] != 0)))


def words_of(text: str) -> list[str]:
    """Slow twin: the words of a text, as the fingerprints take them."""
    kept = MASK.sub(" ", text).translate(dict.fromkeys(map(ord, "'’"), ""))
    folded = (unicodedata.normalize("NFKD", word).casefold() for word in RUN.findall(kept))
    spelt = (unicodedata.normalize("NFKD", word) for word in folded)
    return ["".join(c for c in word if unicodedata.category(c)[0] in "LNM") for word in spelt]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Make it GREAT!", "@amy make it — great https://t.co/1"),
        ("RT @bob: so true", "so true"),
        ("MT @bob so true www.example.org/x?y", "SO TRUE"),
        ("rt@bob so true", "so true http:"),
        ("don’t stop", "dont stop"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ("it&amp;#39;s", "it's"),
        ("café ﬁne Ｆull １２", "CAFE\u0301 fine full 12"),
        ("Straße ΣΊΣΥΦΟΣ", "STRASSE σίσυφος"),
        ("co\u00adoperate zero\u200bwidth", "cooperate zerowidth"),
        ("@amy 😂😂", "😂 😂 @bob"),
        ("home \u2764\ufe0f", "home \u2764"),
    ],
)
def test_copies_have_equal_keys(one: str, other: str) -> None:
    assert keys([one])[0] == keys([other])[0] != 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("make it great", "make it greet"),
        ("start @bob", "sta @bob"),
        ("cart@bob", "ca@bob"),
        ("rt bob", "bob"),
        ("https and www", "and"),
        ("कि", "की"),
        ("на дом", "на дым"),
        ("@amy 😂😂", "@amy 😂"),
        ("東京へ行く", "東京へ来る"),
        ("a", ""),
    ],
)
def test_other_texts_have_other_keys(one: str, other: str) -> None:
    assert keys([one])[0] != keys([other])[0]


CHARACTERS = "rRtTmM @:_wW./hHpPsSbß'’-1２\né\u0301अकिİΣﬁ½Ⅷ😂東"
TEXTS = st.lists(st.text(CHARACTERS, max_size=24), min_size=2, max_size=9)


@given(TEXTS)
@settings(deadline=None)
def test_keys_are_equal_where_the_words_are(texts: list[str]) -> None:
    expected: list[tuple[str, str]] = []
    for text in texts:
        letters = "".join(words_of(text))
        expected.append((letters, "" if letters else "".join(MASK.sub("", text).split())))
    found = keys(texts)
    assert [[a == b for b in found] for a in found] == [[a == b for b in expected] for a in expected]


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_sketches_are_equal_where_the_sets_of_words_are(texts: list[str]) -> None:
    # 800 least hashes tell sets of so few words apart whatever they share.
    found = bands(prints(texts, DuplicateSettings(shingle_words=1, min_shingles=1, bands=100, rows=8)))
    expected = [set(words_of(text)) for text in texts]
    assert [bool(row.all()) for row in found] == [bool(words) for words in expected]
    assert [[np.array_equal(a, b) for b in found] for a in found] == [[a == b for b in expected] for a in expected]


def test_words_of_real_tweets_are_told_apart_as_by_the_slow_twin() -> None:
    path = DEV / "tweets.jsonl.gz"
    if not path.exists():
        pytest.skip("the tweets are not here")
    import gzip
    import html
    import json
    from itertools import islice

    with gzip.open(path, "rt", encoding="utf-8") as stream:
        texts = [json.loads(line)["text"] for line in islice(stream, 10_000)]
    plain = [html.unescape(html.unescape(text)) for text in texts]
    expected = {}
    for key, text in zip(keys(texts), plain, strict=True):
        letters = "".join(words_of(text)) or "".join(MASK.sub("", text).split())
        assert expected.setdefault(key, letters) == letters
    assert len(set(expected.values())) == len(expected)


def test_titles_and_ids_have_keys_and_no_title_has_none() -> None:
    table = prints(["a", "b", "c", "d"], titles=["C++", " c++ ", "", "C#"])
    title, identity = table["title"].to_pylist(), table["identity"].to_pylist()
    assert title[0] == title[1] not in (0, title[3])
    assert title[2] == 0
    assert len(set(identity)) == 4
    assert 0 not in identity


def test_the_schema_follows_the_settings() -> None:
    assert fingerprint_schema(DuplicateSettings(near=False)).names == ["identity", "text", "title"]
    assert prints(["x"], DuplicateSettings(near=False)).schema == fingerprint_schema(DuplicateSettings(near=False))
    assert prints(["x"]).schema.names == ["identity", "text", "title", *(f"band{n:02d}" for n in range(32))]
    assert prints([]).num_rows == 0


def test_too_few_distinct_shingles_give_no_band() -> None:
    four, five = "one two three four five six", "one two three four five six seven"
    laughter = "ha " * 50
    found = bands(prints([four, five, laughter, "", "@only https://t.co/x"]))
    assert [bool(row.all()) for row in found] == [False, True, False, False, False]
    assert not found[[0, 2, 3, 4]].any()


def test_bands_depend_on_the_set_of_shingles_alone() -> None:
    circle = "one two three four five six seven "
    found = bands(prints([circle * 3, circle * 90, "ONE, two... " + "three four five six seven one two " * 3, circle]))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    assert not np.array_equal(found[0], found[3])


def test_rows_do_not_depend_on_how_documents_are_batched() -> None:
    rng = generator(0, "test", "batches")
    texts = [" ".join(map(str, rng.integers(0, 50, rng.integers(0, 400)))) for _ in range(40)]
    table = pa.table({"id": [f"s:{n}" for n in range(40)], "title": ["", "t"] * 20, "text": texts})
    whole = fingerprint(table, SETTINGS)
    pieces = [fingerprint(table.slice(start, 7), SETTINGS) for start in range(0, 40, 7)]
    assert pa.concat_tables(pieces).combine_chunks().equals(whole.combine_chunks())
    large = table.set_column(2, "text", table["text"].cast(pa.large_string()))
    assert fingerprint(large, SETTINGS).equals(whole)


def similar_pairs(similarity: float, pairs: int, shared: int) -> list[str]:
    """Texts of distinct words, every two of which share so many that their sets have this Jaccard similarity."""
    own = round(shared * (1 / similarity - 1) / 2)
    assert math.isclose(shared / (shared + 2 * own), similarity, abs_tol=0.005)
    fresh = iter(range(10**9))
    texts = []
    for _ in range(pairs):
        common = [f"w{next(fresh)}" for _ in range(shared)]
        texts += [" ".join([*common, *(f"w{next(fresh)}" for _ in range(own))]) for _ in range(2)]
    return texts


@pytest.mark.parametrize(("similarity", "shared"), [(0.2, 10), (0.5, 20), (0.8, 16)])
def test_one_least_hash_agrees_with_the_probability_of_the_similarity(similarity: float, shared: int) -> None:
    settings = DuplicateSettings(shingle_words=1, bands=100, rows=1)
    found = bands(prints(similar_pairs(similarity, 400, shared), settings))
    agree = (found[0::2] == found[1::2]).mean(axis=1)
    # Pairs are independent of each other whatever the permutations are; five standard errors of their mean.
    assert abs(agree.mean() - similarity) < 5 * agree.std() / math.sqrt(len(agree))
    assert agree.std() < 1.3 * math.sqrt(similarity * (1 - similarity) / 100)


@pytest.mark.parametrize(("similarity", "shared"), [(0.3, 12), (0.5, 20), (0.6, 24), (0.714, 20), (0.8, 24), (0.9, 36)])
def test_pairs_are_found_as_often_as_the_curve_says(similarity: float, shared: int) -> None:
    settings = DuplicateSettings(shingle_words=1)
    pairs = 1500
    found = bands(prints(similar_pairs(similarity, pairs, shared), settings))
    share = (found[0::2] == found[1::2]).any(axis=1).mean()
    expected = match_probability(similarity, settings)
    assert abs(share - expected) < 0.01 + 4 * math.sqrt(expected * (1 - expected) / pairs)


def test_match_probability_at_known_points() -> None:
    assert match_probability(0.0, SETTINGS) == 0.0
    assert match_probability(1.0, SETTINGS) == 1.0
    assert math.isclose(match_probability(0.5, DuplicateSettings(bands=2, rows=1)), 0.75)
    assert [round(match_probability(j, SETTINGS), 3) for j in (0.9, 15 / 21, 0.6, 0.5, 0.4, 0.3)] == [
        1.0,
        0.894,
        0.418,
        0.118,
        0.021,
        0.002,
    ]


def test_a_tweet_with_one_word_changed_is_mostly_found_and_an_article_with_a_new_paragraph_always() -> None:
    rng = generator(0, "test", "near")
    found_tweets = 0
    for _ in range(200):
        words = [f"w{n}" for n in rng.integers(0, 5000, 20)]
        changed = [*words[:9], "changed", *words[10:]]
        found_tweets += near(prints(["RT @bob: " + " ".join(words), " ".join(changed)]), 0, 1)
    assert 0.8 < found_tweets / 200 < 0.97
    for _ in range(20):
        article = [" ".join(f"w{n}" for n in rng.integers(0, 5000, 60)) for _ in range(12)]
        added = "\n".join([*article[:5], "A paragraph that was not there before, of some twenty words.", *article[5:]])
        assert near(prints(["\n".join(article), added]), 0, 1)


def test_unrelated_documents_are_never_found() -> None:
    rng = generator(0, "test", "unrelated")
    # Frequent words: two such texts share words, hardly ever three in a row.
    texts = [" ".join(f"w{int(n)}" for n in 300 * rng.random(25) ** 3) for _ in range(20_000)]
    found = bands(prints(texts))
    assert found.all()
    assert [len(np.unique(column)) for column in found.T] == [len(texts)] * found.shape[1]


def test_near_duplicates_in_other_scripts_are_found() -> None:
    hindi = "यह एक लंबा वाक्य है जिसमें कई शब्द हैं और यह बताता है कि नई दिल्ली भारत की राजधानी है"
    russian = "Москва столица России и крупнейший по численности населения город страны расположенный на реке Москве"
    table = prints([hindi, hindi + " आज", russian, russian.upper() + " сегодня!", hindi[::-1]])
    assert near(table, 0, 1)
    assert near(table, 2, 3)
    assert not near(table, 0, 2)
    assert not near(table, 0, 4)


def test_keys_are_the_same_in_every_process_and_on_every_machine() -> None:
    program = (
        "import pyarrow as pa\n"
        "from wordspaces.corpus.fingerprints import fingerprint\n"
        "from wordspaces.corpus.settings import DuplicateSettings\n"
        "row = ['wiki:12', 'Albedo', 'Albedo is the fraction of sunlight that is diffusely reflected by a body.']\n"
        "table = pa.table([[value] for value in row], ['id', 'title', 'text'])\n"
        "found = fingerprint(table, DuplicateSettings()).to_pylist()[0]\n"
        "print(*(f'{found[name]:016x}' for name in ('identity', 'text', 'title', 'band00', 'band31')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY), "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == KNOWN
