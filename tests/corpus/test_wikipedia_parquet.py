"""Articles of plain text: headings and end sections go, listings are dropped, broken files are named."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Dropped, Reading
from wordspaces.corpus.wikipedia_parquet import is_listing, prose, read_wikipedia_parquet, split_row_groups

LONG = "The town lies on a river and has had a market since the twelfth century, of which the old records tell. " * 3
BLANK = " "  # as it stands in the files
ARTICLE = f"""Anarchism is a political philosophy.

Etymology, terminology, and definition

The origin is Greek.
 a first item
 a second item

History

Pre-modern era

{LONG}

See also{BLANK}

 Anarchism by country
 List of books

References

Citations

Notes

External links

 Anarchy Archives

Far-left politics
Political ideologies"""


def write(path: Path, rows: int, group: int = 2) -> None:
    table = pa.table(
        {
            "id": [str(n) for n in range(rows)],
            "url": ["x"] * rows,
            "title": [f"Title {n}" for n in range(rows)],
            "text": [f"Text {n} is here.\n\nReferences\n\nGone." for n in range(rows)],
        }
    )
    pq.write_table(table, path, row_group_size=group)


def test_headings_and_end_sections_go() -> None:
    assert prose(ARTICLE).splitlines() == [
        "Anarchism is a political philosophy.",
        "The origin is Greek.",
        "a first item",
        "a second item",
        LONG.strip(),
    ]


@pytest.mark.parametrize("name", ["Sources", "Notes", "Literature", "Links", "Bibliography"])
def test_common_words_end_an_article_only_where_nothing_else_follows(name: str) -> None:
    middle = f"Lead of it.\n\n{name}\n\n{LONG}\n\nLegacy\n\nMore of it."
    assert prose(middle).splitlines() == ["Lead of it.", LONG.strip(), "More of it."]
    last = f"{LONG}\n\n{name}\n Smith, A Book (1999)\n Jones, Another\n\nExternal links\n A page"
    assert prose(last) == LONG.strip()


def test_heading_words_within_prose_cut_nothing() -> None:
    text = "References are made to it.\n\nSee also the other one, which is better known.\n\nA list:\nReferences\nNotes"
    assert "References are made to it." in prose(text)
    assert "See also the other one, which is better known." in prose(text)


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Ada (disambiguation)", "Text.", True),
        ("Ada", "Ada may refer to:\n\nPlaces\n\nAda, Ohio", True),
        ("Ada", "Ada is a town in Ohio.\n\nAda may also refer to:\n Ada, a ship", True),
        ("ABC", "ABC most commonly refers to letters.\n\nABC may stand for:", True),
        ("Smith", "Smith is a surname.\n\nNotable people with the surname include:\n John Smith", True),
        ("Ada", "Ada may refer to her own notes. She wrote many.", False),
        ("River", "A river can be wide.\n\nMore of it.", False),
    ],
)
def test_listings_are_known(title: str, text: str, expected: bool) -> None:
    assert is_listing(title, text) is expected


@pytest.mark.parametrize("parts", [1, 2, 3, 8])
def test_row_groups_are_read_once_each_and_in_order(tmp_path: Path, parts: int) -> None:
    path = tmp_path / "wiki.parquet"
    write(path, 9)
    expected = [Document(str(n), f"Title {n}", f"Text {n} is here.") for n in range(9)]
    assert list(read_wikipedia_parquet(path, None, Reading())) == expected
    found = split_row_groups(path, None, parts)
    assert len(found) == parts
    reading = Reading(text="other")
    assert [record for part in found for record in read_wikipedia_parquet(path, part, reading)] == expected


def test_listing_and_empty_row_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "wiki.parquet"
    rows = {"id": ["1", "2"], "url": ["", ""], "title": ["Ada", None], "text": ["Ada may refer to:\n Ada, Ohio", None]}
    pq.write_table(pa.table(rows), path)
    assert list(read_wikipedia_parquet(path, None, Reading())) == [Dropped("disambiguation"), Dropped("empty")]


def test_missing_columns_and_broken_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wiki.parquet"
    pq.write_table(pa.table({"id": ["1"], "body": ["x"]}), path)
    with pytest.raises(StudyError, match=r"wiki\.parquet: found columns id, body; allowed: text, title among them"):
        list(read_wikipedia_parquet(path, None, Reading()))
    write(path, 100)
    whole = path.read_bytes()
    for content in (whole[:-30], whole[: len(whole) // 2], b"plain text", b""):
        path.write_bytes(content)
        with pytest.raises(StudyError, match=r"wiki\.parquet: found no readable Parquet"):
            list(read_wikipedia_parquet(path, None, Reading()))
        with pytest.raises(StudyError, match=r"wiki\.parquet: found no readable Parquet"):
            split_row_groups(path, None, 2)
    path.write_bytes(b"<!DOCTYPE html><html></html>")
    with pytest.raises(StudyError, match="HTML"):
        split_row_groups(path, None, 2)
