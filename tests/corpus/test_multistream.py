"""Multistream dumps: cut at borders of streams with or without an index, refused where dump and index do not belong."""

import bz2
import tracemalloc
from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.multistream import MAGIC, read_streams, split_multistream
from wordspaces.corpus.records import Part

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared/corpora/formats/wikimedia/enwiki/20160501"


def page(number: int) -> bytes:
    return f"<page><title>Page: {number}</title><ns>0</ns><id>{number}</id></page>\n".encode()


def multistream(folder: Path, streams: int = 12, pages: int = 5) -> tuple[Path, Path, list[int]]:
    """A dump of so many streams of pages, its index, and the offsets of the streams."""
    content, lines, offsets = bz2.compress(b"<mediawiki>\n"), [], []
    for stream in range(streams):
        numbers = range(stream * pages, (stream + 1) * pages)
        offsets.append(len(content))
        lines += [f"{len(content)}:{number}:Page: {number}" for number in numbers]
        content += bz2.compress(b"".join(map(page, numbers)))
    content += bz2.compress(b"</mediawiki>")
    dump, index = folder / "dump.xml.bz2", folder / "index.txt.bz2"
    dump.write_bytes(content)
    index.write_bytes(bz2.compress("\n".join(lines).encode() + b"\n"))
    return dump, index, offsets


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 12, 40])
def test_parts_by_index_cover_all_streams_once(tmp_path: Path, parts: int) -> None:
    dump, index, offsets = multistream(tmp_path)
    size = dump.stat().st_size
    found = split_multistream(dump, index, parts)
    assert len(found) == parts
    assert found[0].start == offsets[0]
    assert [part.end for part in found[:-1]] == [part.start for part in found[1:]]
    assert found[-1].end == size
    assert sum(part.records for part in found) == 60
    assert {part.start for part in found} <= {*offsets, size}
    assert max(part.end - part.start for part in found) < size / parts + 2 * size / len(offsets)


def test_plain_index_is_read_too(tmp_path: Path) -> None:
    dump, index, _ = multistream(tmp_path)
    plain = tmp_path / "index.txt"
    plain.write_bytes(bz2.decompress(index.read_bytes()))
    assert split_multistream(dump, plain, 3) == split_multistream(dump, index, 3)


@pytest.mark.parametrize("parts", [2, 3, 7, 30])
def test_parts_without_index_begin_at_streams(tmp_path: Path, parts: int) -> None:
    dump, _, offsets = multistream(tmp_path)
    size = dump.stat().st_size
    starts = {match.start() for match in MAGIC.finditer(dump.read_bytes())}
    found = split_multistream(dump, None, parts)
    assert len(found) == parts
    assert found[0].start == offsets[0]
    assert [part.end for part in found] == [*(part.start for part in found[1:]), size]
    assert {part.start for part in found} <= starts | {size}
    assert {part.records for part in found} == {None}


def test_one_part_without_index_is_the_whole_file(tmp_path: Path) -> None:
    dump, _, _ = multistream(tmp_path)
    assert split_multistream(dump, None, 1) == [Part(0, dump.stat().st_size)]


def test_streams_are_decompressed_by_themselves(tmp_path: Path) -> None:
    dump, _, offsets = multistream(tmp_path)
    found = list(read_streams(dump, offsets[2], offsets[4]))
    assert [block.offset for block in found] == offsets[2:4]
    assert found[0].data == b"".join(map(page, range(10, 15)))


def test_memory_does_not_follow_what_a_stream_expands_to(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.bz2"
    bomb.write_bytes(bz2.compress(b"0" * 40_000_000))
    tracemalloc.start()
    assert sum(len(block.data) for block in read_streams(bomb)) == 40_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_index_is_not_held_in_memory(tmp_path: Path) -> None:
    dump, _, offsets = multistream(tmp_path, streams=3)
    index = tmp_path / "index.txt"
    with index.open("wb") as lines:
        for offset in offsets:
            lines.writelines(b"%d:%d:A title of some length, as they are\n" % (offset, n) for n in range(100_000))
    tracemalloc.start()
    found = split_multistream(dump, index, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [part.records for part in found] == [100_000] * 3
    assert peak < 5_000_000 < index.stat().st_size


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("99999999:1:A\n", "found offset 99999999; allowed: less than the"),
        ("7:1:A\n", "found offset 7, where no stream of .* begins"),
        ("0:1:A\n", "allowed: "),
        ("<!DOCTYPE html>\n", "line 1: found '<!DOCTYPE html>'; allowed: offset:page id:title"),
        ("{0}:1:A\n{0}:x\n12:2:B\n", "line 3: found '12:2:B'; allowed: offsets that grow"),
        ("", "found no line"),
    ],
)
def test_index_of_another_dump_is_refused(tmp_path: Path, index: str, said: str) -> None:
    dump, _, offsets = multistream(tmp_path)
    path = tmp_path / "other.txt"
    path.write_text(index.format(offsets[0]))
    with pytest.raises(StudyError, match=said):
        split_multistream(dump, path, 2)


def test_cut_index_is_refused(tmp_path: Path) -> None:
    dump, index, _ = multistream(tmp_path)
    index.write_bytes(index.read_bytes()[:-20])
    with pytest.raises(StudyError, match=r"index\.txt\.bz2: found no readable bzip2 after line"):
        split_multistream(dump, index, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bz2.compress(b"<mediawiki>" + page(1) + b"</mediawiki>"), "one bzip2 stream.*set parts: 1"),
        (bz2.compress(b"<mediawiki><page><title>A") + bz2.compress(b"</title></page></mediawiki>"), "set parts: 1"),
        (b"<mediawiki></mediawiki>", "set parts: 1"),
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
    ],
    ids=["one stream", "streams of another kind", "not compressed", "web page"],
)
def test_dump_that_is_not_multistream_is_not_cut(tmp_path: Path, content: bytes, said: str) -> None:
    dump = tmp_path / "dump.xml.bz2"
    dump.write_bytes(content)
    with pytest.raises(StudyError, match=said):
        split_multistream(dump, None, 4)


def test_real_dump_is_cut_as_its_index_says() -> None:
    dump = SAMPLE / "enwiki-20160501-pages-articles-multistream.xml.bz2"
    if not dump.is_file():
        pytest.skip("the sample dump is not here")
    index = SAMPLE / "enwiki-20160501-pages-articles-multistream-index.txt.bz2"
    assert split_multistream(dump, index, 3) == [
        Part(638, 575005, 100),
        Part(575005, 1617601, 100),
        Part(1617601, 1700006, 6),
    ]
    assert [(part.start, part.end) for part in split_multistream(dump, None, 3)] == [
        (part.start, part.end) for part in split_multistream(dump, index, 3)
    ]
