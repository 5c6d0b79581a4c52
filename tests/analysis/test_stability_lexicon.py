"""The lexicon of parts of speech: which form decides, which class a tag falls in, what is refused."""

from pathlib import Path

import pytest

from wordspaces.analysis.lexicon import CLASSES, coarse_class, read_lexicon
from wordspaces.common.errors import StudyError

TEXT = """;;;
;;; A comment of several words
May NNP MD
will MD NN VB
Will NNP
GOD NNS
God NNP
IBM NNP
running VBG NN JJ

quickly RB
mixed JJ|NP
; :
Seven CD
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "lexicon.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_lower_case_form_decides_then_the_capitalised_one(tmp_path: Path) -> None:
    assert read_lexicon(written(tmp_path, TEXT)) == {
        "may": "proper noun",
        "will": "function",
        "god": "proper noun",
        "ibm": "proper noun",
        "running": "verb",
        "quickly": "adverb",
        "mixed": "adjective",
        ";": "other",
        "seven": "number",
    }


def test_the_order_of_the_lines_does_not_matter_where_case_differs(tmp_path: Path) -> None:
    lines = TEXT.splitlines()
    backwards = written(tmp_path, "\n".join([";;;", *reversed(lines)]))
    assert dict(sorted(read_lexicon(backwards).items())) == dict(sorted(read_lexicon(written(tmp_path, TEXT)).items()))


@pytest.mark.parametrize(
    ("tag", "name"), [("NNS", "noun"), ("VBZ", "verb"), ("JJS", "adjective"), ("WP$", "function"), ("UH", "other")]
)
def test_tags_fall_into_coarse_classes(tag: str, name: str) -> None:
    assert coarse_class(tag) == name
    assert name in CLASSES


def test_what_is_no_lexicon_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"line 2.*'house'"):
        read_lexicon(written(tmp_path, "dog NN\nhouse\n"))
    with pytest.raises(StudyError, match="no word"):
        read_lexicon(written(tmp_path, ";;; nothing\n"))
    with pytest.raises(StudyError, match="no readable lexicon"):
        read_lexicon(tmp_path / "missing.txt")
