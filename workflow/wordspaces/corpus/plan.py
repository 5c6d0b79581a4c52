"""What a study reads: the files of each source, and the shards into which they are cut."""

from collections.abc import Mapping, Sequence
from glob import glob
from pathlib import Path

from wordspaces.common.errors import StudyError
from wordspaces.corpus.places import LocalFiles
from wordspaces.corpus.sources import Shard, Source, shards_of


def files_of(name: str, source: Source, downloads: str) -> list[str]:
    """Paths of the files of a source, in the order in which they are read.

    `StudyError` where a file that should be here already is not.
    """
    if not isinstance(source.where, LocalFiles):
        return [f"{downloads}/{name}/{file}" for file in source.where.names()]
    paths: list[str] = []
    for pattern in source.where.files:
        # A name that is there as it stands is meant as it stands; brackets are no part of a pattern.
        matches = [pattern] if Path(pattern).exists() else sorted(glob(pattern.replace("[", "[[]"), recursive=True))
        found = [path for path in matches if Path(path).is_file()]
        if not found:
            remedy = "put it there, or correct the source's entry"
            raise StudyError(
                f"source {name}: where.files", f"no file {pattern}", "paths of files that are here", remedy
            )
        paths += found
    return paths


def shards_of_study(corpora: Mapping[str, Sequence[str]], sources: Mapping[str, Source]) -> dict[str, Shard]:
    """Shards of all sources that a study uses, by name, in the order in which they are read."""
    shards: dict[str, Shard] = {}
    for name in dict.fromkeys(member for members in corpora.values() for member in members):
        source = sources[name]
        for shard in shards_of(name, len(files_of(name, source, "")), source.parts):
            shards[shard.name] = shard
    return shards
