"""The list of sources is complete, and wrong entries are refused."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from wordspaces.corpus.documents import READERS
from wordspaces.corpus.sources import CORPUS_FORMATS, Source

ENTRIES = yaml.safe_load((Path(__file__).parents[2] / "config" / "sources.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_entry_is_valid(name: str) -> None:
    source = Source(**ENTRIES[name])
    assert source.member.endswith("/" + source.file)


def test_every_corpus_format_has_a_reader() -> None:
    assert set(CORPUS_FORMATS) == set(READERS)


@pytest.mark.parametrize(
    "change", [{"sha256": "abc"}, {"format": "pairs"}, {"bytes": 0}, {"licence": ""}, {"url": "x"}, {"kind": "text"}]
)
def test_wrong_entry_is_refused(change: dict) -> None:
    with pytest.raises(ValidationError):
        Source(**{**ENTRIES["wiki-leads"], **change})
