"""Walk through the members of tar and zip archives as streams: nothing is ever written under a member's name."""

import io
import itertools
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from wordspaces.common.errors import StudyError
from wordspaces.corpus.opening import AGAIN, even_parts, refuse_web_page
from wordspaces.corpus.records import Part

WHOLE = "a whole archive"
BROKEN_TAR = (tarfile.TarError, OSError, ValueError, OverflowError, EOFError)
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name, and its bytes as a stream that is good until the next member is asked for."""

    name: str
    stream: BinaryIO


class _Checked(io.RawIOBase):
    """Bytes of a member; damage of the archive around them is a `StudyError`, damage in them is the reader's affair."""

    def __init__(self, stream: IO[bytes], path: Path, name: str) -> None:
        self.source, self.path, self.member = stream, path, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self.source.read(len(buffer))
        except (*BROKEN_TAR, *BROKEN_ZIP) as error:
            found = f"an archive that is cut or broken in {self.member} ({error})"
            raise StudyError(self.path, found, WHOLE, AGAIN) from None
        buffer[: len(block)] = block
        return len(block)


def _refuse_name(path: Path, name: str) -> None:
    plain = name.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":" or ".." in PurePosixPath(plain).parts or "\0" in name:
        raise StudyError(path, f"a member {name!r}, whose name leads out of the archive", "names inside the archive")


def tar_members(path: Path, part: Part | None = None) -> Iterator[Member]:
    """Files of a tar archive, in its order; folders are passed over.

    Parameters
    ----------
    part : range of bytes in which the headers of the members begin, as `split_tar` cuts it; None for all.

    Raises
    ------
    StudyError : the archive is cut or broken, or holds a link, a device, or a name that leads out of it.
    """
    if part is not None and part.start >= part.end:
        return
    for tar, info in _walk_tar(path, part):
        if info.isdir():
            continue
        if not info.isreg():
            raise StudyError(path, f"a member {info.name!r} that is a link or a device", "files and folders")
        stream = tar.extractfile(info)
        assert stream is not None
        yield Member(info.name, io.BufferedReader(_Checked(stream, path, info.name)))


def _walk_tar(path: Path, part: Part | None) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Headers one by one; the list that tarfile would keep of them is emptied again."""
    start, end = (part.start, part.end) if part else (0, None)
    at = start - 1
    try:
        with open(path, "rb") as stream:
            stream.seek(start)
            with tarfile.TarFile(fileobj=stream, encoding="utf-8", errors="surrogateescape") as tar:
                while (info := tar.next()) is not None and (end is None or info.offset < end):
                    tar.members.clear()
                    if info.offset <= at or info.size < 0:
                        raise tarfile.ReadError("a size that cannot be")
                    at = info.offset
                    _refuse_name(path, info.name)
                    yield tar, info
                if info is None:
                    _refuse_cut(path, stream, tar.offset, end)
    except BROKEN_TAR as error:
        refuse_web_page(path)
        raise StudyError(path, f"a cut or broken tar archive ({error})", WHOLE, AGAIN) from None


def _refuse_cut(path: Path, stream: BinaryIO, offset: int, end: int | None) -> None:
    """tarfile takes any broken header for the end of the archive; the real end is a block of zeros."""
    stream.seek(offset)
    mark = stream.read(tarfile.BLOCKSIZE)
    if mark != bytes(tarfile.BLOCKSIZE) or (end is not None and offset < end):
        found = "ends" if len(mark) < tarfile.BLOCKSIZE else "is broken"
        raise StudyError(path, f"a tar archive that {found} at byte {offset:,}", WHOLE, AGAIN)


def split_tar(path: Path, parts: int) -> list[Part]:
    """Cut a tar archive between members into `parts` parts of nearly equal bytes; only the headers are read.

    A part that no member begins in is empty. `StudyError` as `tar_members`.
    """
    size = path.stat().st_size
    borders: list[int] = []
    end = 0
    for tar, info in _walk_tar(path, None):
        end = tar.offset
        while len(borders) < parts and info.offset >= len(borders) * size // parts:
            borders.append(info.offset)
    borders += [end] * (parts + 1 - len(borders))
    return [Part(first, stop) for first, stop in itertools.pairwise(borders)]


def zip_members(path: Path, part: Part | None = None) -> Iterator[Member]:
    """Files of a zip archive, in the order of its directory; folders are passed over.

    Parameters
    ----------
    part : range of places in the directory; None for all.

    Raises
    ------
    StudyError : the archive is cut, broken or encrypted, or holds a link or a name that leads out of it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if part is not None and part.end > len(infos):
                raise StudyError(path, f"{len(infos):,} members", f"{part.end:,}, as when it was cut into parts", AGAIN)
            for info in infos[part.start : part.end] if part else infos:
                _refuse_zip_member(path, info)
                if not info.is_dir():
                    with archive.open(info) as stream:
                        yield Member(info.filename, io.BufferedReader(_Checked(stream, path, info.filename)))
    except BROKEN_ZIP as error:
        raise _broken_zip(path, error) from None


def _refuse_zip_member(path: Path, info: zipfile.ZipInfo) -> None:
    _refuse_name(path, info.filename)
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise StudyError(path, f"a member {info.filename!r} that is a link or a device", "files and folders")
    if info.flag_bits & 1:
        raise StudyError(path, f"an encrypted member {info.filename!r}", "members without a password")


def _broken_zip(path: Path, error: Exception) -> StudyError:
    refuse_web_page(path)
    return StudyError(path, f"a cut or broken zip archive ({error})", WHOLE, AGAIN)


def split_zip(path: Path, parts: int) -> list[Part]:
    """Cut the directory of a zip archive into ranges of nearly equal compressed bytes; `StudyError` if it is broken."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = [info.compress_size for info in archive.infolist()]
    except BROKEN_ZIP as error:
        raise _broken_zip(path, error) from None
    return even_parts(sizes, parts)
