"""Readers of word lists, on their own comment and section syntax."""

from pathlib import Path

import pytest

from wordspaces.analysis.human import read_analogies, read_ratings
from wordspaces.common.errors import StudyError


def test_ratings_skip_comments_and_lower_case(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("# a list\n# Word 1\tWord 2\tHuman (mean)\nlove\tsex\t6.77\nJerusalem\tIsrael\t8.46\n")
    ratings = read_ratings(path)
    assert ratings.pairs == (("love", "sex"), ("jerusalem", "israel"))
    assert ratings.ratings.tolist() == [6.77, 8.46]


@pytest.mark.parametrize("text", ["a\tb\t1\nC\td\t-2.5\n", "a,b,1\nC, d,-2.5\n", "a b 1 more\nC  d -2.5\n"])
@pytest.mark.parametrize("header", ["", "word1\tword2\tmean\n", "first,second,score\n", "# note\n\none two rating\n"])
def test_ratings_come_between_tabs_commas_or_blanks_with_or_without_a_header(
    tmp_path: Path, text: str, header: str
) -> None:
    path = tmp_path / "own.txt"
    path.write_text(header + text)
    ratings = read_ratings(path)
    assert ratings.pairs == (("a", "b"), ("c", "d"))
    assert ratings.ratings.tolist() == [1.0, -2.5]


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    for text in ("a b 1\nword word rating\n", "a b 1\nb c nan\n", "a b 1\nb c\n", "w1 w2 mean\nw1 w2 mean\na b 1\n"):
        path.write_text(text)
        with pytest.raises(StudyError, match=r"own\.txt, line 2: found"):
            read_ratings(path)
    path.write_text(": s\n# a b c d\na b c d\n")
    assert read_analogies(path).sections == {"s": (("a", "b", "c", "d"),)}


def test_analogies_come_by_section(tmp_path: Path) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(": family\nboy girl King Queen\n: gram1\ncalm calmly free freely\ncalm calmly mad madly\n")
    sections = read_analogies(path).sections
    assert list(sections) == ["family", "gram1"]
    assert sections["family"] == (("boy", "girl", "king", "queen"),)
    assert len(sections["gram1"]) == 2


@pytest.mark.parametrize("text", ["love\tsex\n", "love\tsex\tmuch\n", "# nothing else\n", ""])
def test_malformed_ratings_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(text)
    with pytest.raises(StudyError, match=r"list\.tsv"):
        read_ratings(path)


@pytest.mark.parametrize("text", ["boy girl king queen\n", ": family\nboy girl king\n", ": family\n"])
def test_malformed_analogies_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(text)
    with pytest.raises(StudyError, match=r"questions\.txt"):
        read_analogies(path)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no readable word list"):
        read_ratings(tmp_path / "absent.tsv")
