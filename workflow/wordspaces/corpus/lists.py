"""The lists of sources that a study may name."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from wordspaces.common.configuration import explain
from wordspaces.common.errors import StudyError
from wordspaces.corpus.sources import Source

PROJECT_LIST = "config/sources.yaml"
RESERVED = ("duplicates", "summary")
"""Names of files that stand beside those of the sources."""
NAME = r"^[a-z0-9][a-z0-9-]*$"
Name = Annotated[str, Field(pattern=NAME)]


def read_sources(paths: Iterable[str | Path]) -> dict[str, Source]:
    """Validate lists of sources and join them; `StudyError` names the file, entry and key that is wrong."""
    sources: dict[str, Source] = {}
    for path in paths:
        try:
            raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise StudyError(path, " ".join(str(error).split()), "a readable YAML file of sources") from None
        try:
            found = TypeAdapter(dict[Name, Source]).validate_python(raw)
        except ValidationError as error:
            raise explain(error, path, dict[Name, Source]) from None
        for name in found:
            if name in RESERVED:
                raise StudyError(f"{path}: {name}", "a name that the project uses itself", "another name")
            if name in sources:
                raise StudyError(f"{path}: {name}", "a source of that name in an earlier file", "a name of its own")
        sources |= found
    return sources


def source_lists(config: dict[str, Any], project: str | Path) -> list[Path]:
    """Files of sources that a configuration names; the project's own, in the folder `project`, always comes first."""
    named = config.get("sources", [])
    known = isinstance(named, list) and all(isinstance(name, str) for name in named)
    return [Path(project) / PROJECT_LIST, *(Path(name) for name in (named if known else []) if name != PROJECT_LIST)]
