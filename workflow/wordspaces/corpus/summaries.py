"""Read Wikipedia leads from a JSON object of articles: ``{name: {"title": ..., "extract": ...}}``."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.corpus.records import Document, Part, Reading
from wordspaces.corpus.tidy import tidy

# Formulas leave a line of their own, or a TeX group, where the extract was rendered to plain text.
TEX = re.compile(r"\{\\displaystyle[^\n]*?\}(?=\s|$)|\\[a-z]+\{[^{}\n]*\}")


def read_summaries(path: Path, part: Part | None, reading: Reading) -> Iterator[Document]:
    """Yield one document an article, numbered by its place in the file; `StudyError` where it is no such JSON."""
    try:
        with open(path, encoding="utf-8") as stream:
            articles = json.load(stream)
        for number, article in enumerate(articles.values()):
            yield Document(str(number), article["title"], tidy(TEX.sub(" ", article["extract"])))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise StudyError(
            path, f"no readable list of summaries ({error!r})", "a JSON object of objects with title and extract"
        ) from None
