"""What a source is: where its files come from, which reader understands them, into how many shards they are cut."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from wordspaces.common.settings import Settings
from wordspaces.corpus.places import LocalFiles, Where

DUMP_FORMATS = ("mediawiki",)
TWEET_FORMATS = ("twitter-stream", "sentiment140", "orange-tab", "crowdflower")
TABLE_FORMATS = ("wikipedia-parquet", "summaries", "json-lines", "csv", "parquet", "lines", "paragraphs")
CORPUS_FORMATS = (*DUMP_FORMATS, *TWEET_FORMATS, *TABLE_FORMATS)
NAMED_FORMATS = ("json-lines", "csv", "parquet")
PLAIN_FORMATS = ("lines", "paragraphs")
NUMBERED_FORMATS = ("mediawiki", "twitter-stream", "sentiment140", "wikipedia-parquet")
"""Formats whose records have ids of their own."""
PROBE_FORMATS = ("pairs", "analogies", "lexicon")


class Source(Settings):
    """One entry of the list of sources."""

    kind: Literal["corpus", "probe"]
    """Documents to train on, or a list of words with human judgements."""
    what: str = Field(min_length=1)
    """What the files hold."""
    where: Where
    """Where the files come from."""
    format: Literal[
        "mediawiki",
        "twitter-stream",
        "sentiment140",
        "orange-tab",
        "crowdflower",
        "wikipedia-parquet",
        "summaries",
        "json-lines",
        "csv",
        "parquet",
        "lines",
        "paragraphs",
        "pairs",
        "analogies",
        "lexicon",
    ]
    """Which reader understands the files."""
    parts: int = Field(default=1, ge=1, le=9999)
    """Number of parts into which each file is cut; each part is a job of its own."""
    text: str = "text"
    """Column or key of the text, in a table."""
    title: str = ""
    """Column or key of the title, in a table; empty where it has none."""
    id: str = ""
    """Column or key of a name that no two documents share, in a table; empty takes the number of the row."""
    encoding: str = "utf-8"
    """Encoding of a text file."""
    mask: bool = False
    """Whether handles, mail and web addresses in a table or plain text are masked, as they always are in tweets."""
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    """Language of the text (BCP 47); in twitter-stream and orange-tab, tweets that say another one are left out."""
    licence: str = Field(min_length=1)
    """Licence of the text and of what carries it."""
    terms: str = Field(min_length=1)
    """What the terms of use ask of whoever runs the study."""
    bytes: int = Field(gt=0)
    """Size of all files together, in bytes, about."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError("an encoding that Python knows, such as utf-8 or latin-1") from None
        return encoding

    @model_validator(mode="after")
    def _consistent(self) -> "Source":
        allowed = CORPUS_FORMATS if self.kind == "corpus" else PROBE_FORMATS
        if self.format not in allowed:
            raise ValueError(f"format {self.format!r} of a {self.kind}; allowed: {', '.join(allowed)}")
        if not isinstance(self.where, LocalFiles):
            names = self.where.names()
            if len(set(names)) != len(names):
                raise ValueError("files with names of their own (with {number} in the pattern of several)")
        return self

    def prefix(self, name: str, file: int, files: int) -> str:
        """First part of the ids of the documents of a file of this source, which is called `name`.

        Where records have no id of their own, their numbers begin anew in each file, so the file's own is put before.
        """
        own = self.format in NUMBERED_FORMATS or self.id != ""
        return name if own or files == 1 else f"{name}.{file}"

    def reading(self) -> dict[str, Any]:
        """What the reader of its files has to know, and no more: it decides what a change of an entry reruns."""
        keys: tuple[str, ...] = ()
        if self.format in TWEET_FORMATS:
            keys = ("language",)
        elif self.format in NAMED_FORMATS:
            keys = ("text", "title", "id", "encoding", "mask")
        elif self.format in PLAIN_FORMATS:
            keys = ("encoding", "mask")
        return {key: getattr(self, key) for key in keys}


@dataclass(frozen=True)
class Shard:
    """What one job reads: part number `part` of file number `file` of a source; all of it where `parts` is 1."""

    name: str
    source: str
    file: int
    part: int


def shards_of(name: str, files: int, parts: int) -> list[Shard]:
    """Shards of the source `name`, in the order in which they are read: one name for one, numbered names for more."""
    if files * parts == 1:
        return [Shard(name, name, 0, 0)]
    return [
        Shard(f"{name}.{file * parts + part:04d}", name, file, part) for file in range(files) for part in range(parts)
    ]
