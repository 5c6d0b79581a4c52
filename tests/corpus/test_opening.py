"""Opening plain and compressed files, whole and broken."""

import bz2
import gzip
import io
import lzma
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.errors import StudyError
from wordspaces.corpus.opening import BLOCK, Damaged, byte_lines, even_parts, file_blocks, stream_blocks, text_lines

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda payload: gzip.compress(payload, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda payload: pa.compress(payload, "zstd", asbytes=True),
    "": bytes,
}
TEXT = b"".join(b"line %d of some text\n" % number for number in range(30_000))


def blocks_of(path: Path) -> bytes:
    """All of a file."""
    return b"".join(file_blocks(path))


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_two_streams_after_one_another_are_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.txt{suffix}"
    path.write_bytes(COMPRESSORS[suffix](TEXT) + COMPRESSORS[suffix](b"more"))
    assert blocks_of(path) == TEXT + b"more"
    assert max(map(len, file_blocks(path))) <= BLOCK


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_cut_files_and_files_of_another_kind_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.txt{suffix}"
    payload = COMPRESSORS[suffix](TEXT)
    path.write_bytes(payload[: len(payload) * 2 // 3])
    with pytest.raises(StudyError, match=r"text.txt.*a compressed stream that ends early.*fetch it again"):
        blocks_of(path)
    path.write_bytes(b"plain text\n")
    with pytest.raises(StudyError, match=f"begins with b'pl.*compressed as its name {suffix} says"):
        blocks_of(path)
    path.write_bytes(b"")
    with pytest.raises(StudyError, match="an empty file"):
        blocks_of(path)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
def test_a_broken_stream_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.txt{suffix}"
    payload = bytearray(COMPRESSORS[suffix](TEXT))
    middle = len(payload) // 2
    payload[middle : middle + 40] = bytes(40)
    path.write_bytes(payload)
    with pytest.raises(StudyError, match="a broken stream"):
        blocks_of(path)


@pytest.mark.parametrize("name", ["text.txt", "text.json.gz", "table.csv.bz2"])
def test_a_web_page_in_the_place_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\n<!DOCTYPE html><html><title>404 Not Found</title></html>")
    with pytest.raises(StudyError, match="a web page"):
        blocks_of(path)
    with pytest.raises(StudyError, match="No such file"):
        blocks_of(tmp_path / "none")


def test_lines_before_a_cut_come_before_the_damage() -> None:
    payload = gzip.compress(TEXT, mtime=0)
    stream = io.BytesIO(payload[: len(payload) // 2])
    lines: list[tuple[int, bytes | None]] = []
    with pytest.raises(Damaged, match="ends early"):
        lines.extend(byte_lines(stream_blocks(stream, "x.gz"), 100))
    assert len(lines) > 5000
    assert TEXT.startswith(b"\n".join(line or b"?" for _, line in lines))


@given(st.lists(st.binary(max_size=9).map(lambda piece: piece.replace(b"x", b"\n")), max_size=12), st.integers(0, 6))
def test_byte_lines_are_those_of_split_with_their_places(blocks: list[bytes], limit: int) -> None:
    whole = b"".join(blocks)
    expected, at = [], 100
    for line in whole.removesuffix(b"\n").split(b"\n") if whole else []:
        expected.append((at, line if len(line) <= limit else None))
        at += len(line) + 1
    assert list(byte_lines(blocks, limit, 100)) == expected


def test_an_overlong_line_is_never_in_memory() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"a\n"
        for _ in range(50):
            yield bytes(1 << 20)
        yield b"\nb\n"

    tracemalloc.start()
    assert list(byte_lines(blocks(), 1 << 20)) == [(0, b"a"), (2, None), ((50 << 20) + 3, b"b")]
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@given(st.text(alphabet="aé\n\r€😀", max_size=30), st.integers(1, 5), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_text_lines_do_not_depend_on_blocks(text: str, size: int, encoding: str) -> None:
    data = text.encode(encoding)
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    lines = list(text_lines(blocks, "utf-8" if encoding == "utf-8-sig" else encoding, "file", 100))
    assert "".join(lines) == text
    assert all(line.endswith("\n") for line in lines[:-1])
    assert all("\n" not in line[:-1] for line in lines)


def test_a_wrong_byte_is_named_with_its_line_and_what_to_do() -> None:
    data = "one\ntwo\ncaf\xe9 three\n".encode("latin-1")
    for size in (1, 5, 100):
        blocks = [data[start : start + size] for start in range(0, len(data), size)]
        with pytest.raises(StudyError, match=r"byte 0xe9 in line 3, which is no utf-8; .*set encoding"):
            list(text_lines(blocks, "utf-8", "file", 100))
        assert list(text_lines(blocks, "latin-1", "file", 100))[2] == "café three\n"
    with pytest.raises(StudyError, match="byte 0xc3 in line 1"):
        list(text_lines([b"cut \xc3"], "utf-8", "file", 100))
    for encoding in ("klingon", "base64"):
        with pytest.raises(StudyError, match=f"encoding {encoding}"):
            list(text_lines([b"a"], encoding, "file", 100))
    with pytest.raises(StudyError, match="more than 10 characters in line 2"):
        list(text_lines([b"a\n", b"b" * 6, b"b" * 6], "utf-8", "file", 10))


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 8))
def test_even_parts_cover_everything_once_and_are_nearly_even(sizes: list[int], parts: int) -> None:
    found = even_parts(sizes, parts)
    assert len(found) == parts
    assert [place for part in found for place in range(part.start, part.end)] == list(range(len(sizes)))
    share = sum(sizes) / parts
    assert all(sum(sizes[part.start : part.end]) <= share + max(sizes, default=0) + 1 for part in found)
