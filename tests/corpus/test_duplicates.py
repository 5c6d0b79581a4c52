"""Duplicates over the sources of a corpus."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.corpus.documents import DOCUMENTS
from wordspaces.corpus.duplicates import find_duplicates, text_key


def shard(source: str, texts: list[str], titles: list[str] | None = None) -> pa.Table:
    """Documents of one source, numbered."""
    rows = zip(titles or [""] * len(texts), texts, strict=True)
    return pa.Table.from_pylist(
        [{"id": f"{source}:{n}", "title": title, "text": text} for n, (title, text) in enumerate(rows)],
        schema=DOCUMENTS,
    )


def test_copies_with_other_case_handles_and_urls_are_duplicates_of_the_first() -> None:
    first = shard("x", ["Make it GREAT!", "other", "RT @bob: make it great https://t.co/1"])
    second = shard("y", ["@amy make it — great", "something else", "Other."])
    assert find_duplicates([first, second]).to_pylist() == [
        {"id": "x:2", "duplicate_of": "x:0"},
        {"id": "y:0", "duplicate_of": "x:0"},
        {"id": "y:2", "duplicate_of": "x:1"},
    ]
    assert find_duplicates([second, first])["id"].to_pylist() == ["x:0", "x:1", "x:2"]


def test_versions_of_one_article_are_duplicates_and_untitled_documents_are_not() -> None:
    first = shard("dump", ["Long article on albedo."], ["Albedo"])
    second = shard("leads", ["Albedo is a fraction.", "no title", "none either"], ["albedo", "", ""])
    assert find_duplicates([first, second]).to_pylist() == [{"id": "leads:0", "duplicate_of": "dump:0"}]


def test_a_chain_of_equal_texts_and_titles_leaves_one_document() -> None:
    chain = shard("s", ["one", "two", "two"], ["A", "A", "B"])
    assert find_duplicates([chain]).to_pylist() == [
        {"id": "s:1", "duplicate_of": "s:0"},
        {"id": "s:2", "duplicate_of": "s:0"},
    ]


def test_no_duplicates_give_an_empty_table() -> None:
    table = find_duplicates([shard("x", ["a", "b"]), shard("y", ["c"])])
    assert table.num_rows == 0
    assert table.column_names == ["id", "duplicate_of"]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "A", "B!", "@x"]), max_size=9), min_size=1, max_size=3))
def test_slow_twin(groups: list[list[str]]) -> None:
    seen: dict[bytes, str] = {}
    expected = []
    for number, texts in enumerate(groups):
        for n, text in enumerate(texts):
            identifier = f"{number}:{n}"
            first = seen.setdefault(text_key(text), identifier)
            if first != identifier:
                expected.append({"id": identifier, "duplicate_of": first})
    found = find_duplicates([shard(str(number), texts) for number, texts in enumerate(groups)])
    assert found.to_pylist() == sorted(expected, key=lambda row: row["id"])
