"""Reading Wikipedia leads."""

import json
from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Reading
from wordspaces.corpus.summaries import read_summaries


def test_summaries_lose_formulas_and_holes(tmp_path: Path) -> None:
    path = tmp_path / "leads.json"
    leads = {
        "Field": {"title": "Field", "extract": "A field ( ) \n  {\\displaystyle F}\n of numbers ;\nnext."},
        "Hole": {"title": "Hole", "extract": " "},
    }
    path.write_text(json.dumps(leads), encoding="utf-8")
    assert list(read_summaries(path, None, Reading())) == [
        Document("0", "Field", "A field\nof numbers;\nnext."),
        Document("1", "Hole", ""),
    ]
    for broken in ('{"A": {"title": "A"}}', "[1, 2]", '{"A": '):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(StudyError, match="no readable list of summaries"):
            list(read_summaries(path, None, Reading()))
