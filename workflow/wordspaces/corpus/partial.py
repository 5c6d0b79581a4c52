"""The beginning of a file that is still being downloaded: kept on disk with what the server said of the whole."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from wordspaces.common.artefacts import BLOCK, atomic
from wordspaces.common.errors import StudyError

FULL = (errno.ENOSPC, errno.EDQUOT)
GOES_ON = "run again afterwards: the download goes on where it stopped"


@dataclass(frozen=True)
class Version:
    """What tells one version of a file on a server from another.

    url : its address; etag, modified : as the server's headers say, "" where they do not; total : bytes, None where
    the server does not say.
    """

    url: str
    etag: str = ""
    modified: str = ""
    total: int | None = None

    @property
    def condition(self) -> str:
        """Value of an If-Range header, "" where there is none: a weak ETag does not promise equal bytes (RFC 9110)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def same(self, other: "Version") -> bool:
        """Whether nothing speaks against both being the same version."""
        pairs = [(self.total, other.total), (self.etag, other.etag)]
        if not (self.etag and other.etag):
            pairs.append((self.modified, other.modified))
        return self.url == other.url and all(a == b for a, b in pairs if a not in (None, "") and b not in (None, ""))


class Partial:
    """A partial file beside its destination (``.NAME.download``) and a note on its version (``.NAME.download.json``).

    Bytes go to disk at once, so that a killed process leaves what it has received.

    Parameters
    ----------
    destination : the name that the whole file will have.
    url : where it comes from; what is left of a download from elsewhere is not used.
    algorithm : name of the checksum to keep over the whole file, or None.
    """

    def __init__(self, destination: Path, url: str, algorithm: str | None) -> None:
        self.destination, self.algorithm = destination, algorithm
        self.path = destination.with_name(f".{destination.name}.download")
        self.note = destination.with_name(f".{destination.name}.download.json")
        self.total: int | None = None
        self._sink: BinaryIO | None = None
        with self._disk():
            destination.parent.mkdir(parents=True, exist_ok=True)
            self.version = self._read_note(url)
            self.length = self.path.stat().st_size if self.version and self.path.exists() else 0
            self._digest = self._digest_so_far()

    def __enter__(self) -> "Partial":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def _read_note(self, url: str) -> Version | None:
        """Version that an earlier call has noted for this address, None where there is none that makes sense."""
        try:
            version = Version(**json.loads(self.note.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return version if version.url == url else None

    def _digest_so_far(self) -> "hashlib._Hash | None":
        """Digest over what is in the partial file already."""
        if self.algorithm is None:
            return None
        digest = hashlib.new(self.algorithm, usedforsecurity=False)
        if self.length:
            with open(self.path, "rb") as stream:
                while block := stream.read(BLOCK):
                    digest.update(block)
        return digest

    @property
    def checksum(self) -> str | None:
        """Checksum of all bytes so far, hexadecimal; None where none is kept."""
        return self._digest.hexdigest() if self._digest else None

    def restart(self, version: Version) -> None:
        """Begin again at byte 0, with a version of which nothing is here yet."""
        with self._disk():
            self._close()
            # The old bytes go before the new note comes: between the two there is never a wrong pair.
            self._sink = open(self.path, "wb", buffering=0)  # noqa: SIM115
            with atomic(self.note) as note:
                note.write_text(json.dumps(asdict(version)) + "\n", encoding="utf-8")
            self.version, self.length = version, 0
            self._digest = hashlib.new(self.algorithm, usedforsecurity=False) if self.algorithm else None

    def write(self, block: bytes) -> None:
        """Append a block; `StudyError` where the disk is full."""
        with self._disk():
            if self._sink is None:
                self._sink = open(self.path, "ab", buffering=0)  # noqa: SIM115
            rest = memoryview(block)
            while rest:
                written = self._sink.write(rest) or 0
                if self._digest:
                    self._digest.update(rest[:written])
                self.length += written
                rest = rest[written:]

    def discard(self) -> None:
        """Delete everything that is here."""
        with self._disk():
            self._close()
            self.path.unlink(missing_ok=True)
            self.note.unlink(missing_ok=True)
            self.version, self.length = None, 0
            self._digest = self._digest_so_far()

    def finish(self) -> None:
        """Give the whole file its name, once the disk has it."""
        with self._disk():
            self._close()
            with open(self.path, "r+b") as stream:
                os.fsync(stream.fileno())
            os.replace(self.path, self.destination)
            folder = os.open(self.destination.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            self.note.unlink(missing_ok=True)

    def expect(self, total: int | None) -> None:
        """Note how long the file will be; `StudyError` where the disk has no room for the rest."""
        self.total = total
        if total is None:
            return
        with self._disk():
            free = shutil.disk_usage(self.destination.parent).free
        if free < total - self.length:
            raise StudyError(
                self.destination.parent,
                f"{free:,} bytes free",
                f"{total - self.length:,} for the rest of {self.destination.name}",
                f"make room; {GOES_ON}" if self.length else "make room",
            )

    def _close(self) -> None:
        if self._sink is not None:
            sink, self._sink = self._sink, None
            sink.close()

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Turn what the file system says into a `StudyError`."""
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                need = f"{self.total - self.length:,} bytes more" if self.total is not None else "room for the rest"
                found = f"no space left on the disk after {self.length:,} bytes"
                raise StudyError(self.destination, found, need, f"make room; {GOES_ON}") from None
            found = f"a file system that refuses ({error.strerror or error}: {error.filename or self.path})"
            raise StudyError(self.destination, found, "a folder to write to") from None
