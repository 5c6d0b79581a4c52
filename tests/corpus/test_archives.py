"""Walking through archives, whole, broken and malicious."""

import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.archives import split_tar, split_zip, tar_members, zip_members
from wordspaces.corpus.records import Part

FILES = [
    (f"2016/09/{day:02}/{'long' * 40 if day == 3 else 'x'}.json", b"%d\n" % day * 900 * day) for day in range(1, 9)
]


def write_tar(path: Path, files: list[tuple[str, bytes]], format: int = tarfile.GNU_FORMAT) -> None:
    """A tar archive of files."""
    with tarfile.open(path, "w", format=format) as archive:
        folder = tarfile.TarInfo("2016")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, payload in files:
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            archive.addfile(info, io.BytesIO(payload))


def write_zip(path: Path, files: list[tuple[str, bytes]]) -> None:
    """A zip archive of files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("2016")
        for name, payload in files:
            archive.writestr(name, payload)


def tar_files(path: Path, part: Part | None = None) -> list[tuple[str, bytes]]:
    return [(member.name, member.stream.read()) for member in tar_members(path, part)]


def zip_files(path: Path, part: Part | None = None) -> list[tuple[str, bytes]]:
    return [(member.name, member.stream.read()) for member in zip_members(path, part)]


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_parts_of_a_tar_together_are_the_tar(tmp_path: Path, format: int) -> None:
    path = tmp_path / "a.tar"
    files = FILES if format != tarfile.USTAR_FORMAT else [(name[-20:].lstrip("/"), payload) for name, payload in FILES]
    write_tar(path, files, format)
    assert tar_files(path) == files
    for parts in (1, 2, 3, 20):
        cut = split_tar(path, parts)
        assert len(cut) == parts
        assert [found for part in cut for found in tar_files(path, part)] == files
    shares = [part.end - part.start for part in split_tar(path, 3)]
    largest = max(len(payload) for _, payload in files)
    assert max(shares) <= path.stat().st_size / 3 + largest + 2048


def test_parts_of_a_zip_together_are_the_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_zip(path, FILES)
    assert zip_files(path) == FILES
    for parts in (1, 3, 20):
        assert [found for part in split_zip(path, parts) for found in zip_files(path, part)] == FILES
    with pytest.raises(StudyError, match="as when it was cut into parts"):
        zip_files(path, Part(0, 99))


def test_a_member_need_not_be_read(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", FILES)
    assert [member.name for member in tar_members(tmp_path / "a.tar")] == [name for name, _ in FILES]


NAMES = ["../up.json", "/etc/x.json", "a/../../x.json", "C:/x.json", "..\\x.json"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    write_tar(tmp_path / "a.tar", [("good.json", b"1"), (name, b"2")])
    for work in (lambda: tar_files(tmp_path / "a.tar"), lambda: split_tar(tmp_path / "a.tar", 2)):
        with pytest.raises(StudyError, match="name leads out of the archive"):
            work()
    write_zip(tmp_path / "a.zip", [("good.json", b"1"), (name, b"2")])
    with pytest.raises(StudyError, match="name leads out of the archive"):
        zip_files(tmp_path / "a.zip")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("x.json")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(StudyError, match=r"member 'x\.json' that is a link or a device"):
        tar_files(path)


def test_links_and_passwords_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x.json")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(StudyError, match="link or a device"):
        zip_files(path)
    write_zip(path, [("x.json", b"1")])
    payload = bytearray(path.read_bytes())
    place = payload.index(b"PK\x01\x02", payload.index(b"PK\x01\x02") + 1)
    payload[place + 8] |= 1
    path.write_bytes(payload)
    with pytest.raises(StudyError, match=r"an encrypted member 'x\.json'"):
        zip_files(path)


def test_a_cut_or_broken_tar_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_tar(path, FILES)
    whole = path.read_bytes()
    end = split_tar(path, 1)[0].end
    for length in (0, 100, 512, 700, 5000, end - 512, end - 1, end):
        path.write_bytes(whole[:length])
        with pytest.raises(StudyError, match=r"a\.tar: found (a cut or broken tar|a tar archive that|an archive that)"):
            tar_files(path)
    second = split_tar_second(whole, tmp_path)
    path.write_bytes(whole[:second] + b"\xff" * 512 + whole[second + 512 :])
    with pytest.raises(StudyError, match=f"is broken at byte {second:,}"):
        tar_files(path)
    with pytest.raises(StudyError, match="is broken"):
        tar_files(path, Part(second, end))
    with pytest.raises(StudyError, match="is broken"):
        split_tar(path, 2)
    path.write_bytes(b"<!doctype HTML><p>Item not available")
    with pytest.raises(StudyError, match="a web page"):
        tar_files(path)


def split_tar_second(whole: bytes, folder: Path) -> int:
    """Where the second of two parts begins."""
    path = folder / "whole.tar"
    path.write_bytes(whole)
    return split_tar(path, 2)[1].start


def test_a_size_that_points_backwards_does_not_loop(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_tar(path, FILES)
    payload = bytearray(path.read_bytes())
    at = 512
    payload[at + 124 : at + 136] = b"\xff" * 4 + struct.pack(">q", -1024)
    payload[at + 148 : at + 156] = b" " * 8
    payload[at + 148 : at + 156] = b"%06o\0 " % sum(payload[at : at + 512])
    path.write_bytes(payload)
    with pytest.raises(StudyError, match="broken"):
        tar_files(path)


def test_a_cut_or_broken_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_zip(path, FILES)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    for work in (lambda: zip_files(path), lambda: split_zip(path, 2)):
        with pytest.raises(StudyError, match="a cut or broken zip"):
            work()
    place = whole.index(b"x.json") + 10
    path.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])
    with pytest.raises(StudyError, match="cut or broken in 2016/09/01"):
        zip_files(path)
    path.write_bytes(b"<html>no")
    with pytest.raises(StudyError, match="a web page"):
        zip_files(path)
    with pytest.raises(StudyError, match="No such file"):
        zip_files(tmp_path / "none.zip")
