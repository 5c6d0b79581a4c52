"""Read archives of Twitter's streaming API (version 1.1): one JSON object a line, in many small compressed files.

The archives are noisy by nature: the programs that recorded the stream were killed now and then, and what they were
writing ends in mid-line. Such damage is counted and passed over; damage of the archive itself is not.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wordspaces.common.errors import StudyError
from wordspaces.corpus.archives import Member, split_tar, split_zip, tar_members, zip_members
from wordspaces.corpus.json_lines import as_number, parse_object, whole_characters
from wordspaces.corpus.opening import Damaged, byte_lines, file_blocks, stream_blocks
from wordspaces.corpus.records import Document, Dropped, Part, Reading
from wordspaces.corpus.tweets import language_refusal, prose

LONGEST_LINE = 8 << 20
"""Bytes; a tweet has some thousands, so a longer line is damage, or made to exhaust the memory."""
RECORDING = re.compile(r"(?:^|/)(?!\._)[^/]*\.json(?:\.gz|\.bz2|\.xz|\.zst)?$", re.IGNORECASE)
PACKED_TAR = re.compile(r"\.(?:tar\.\w+|tgz|tbz2?|txz)$", re.IGNORECASE)
NOTICES = ("delete", "limit", "scrub_geo", "status_withheld", "user_withheld", "disconnect", "warning")


def read_twitter_stream(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
    """Yield the tweets of an archive, numbered by their ids; a retweet as the tweet that it repeats.

    Parameters
    ----------
    path : a tar or zip archive of ``.json``, ``.json.gz`` or ``.json.bz2`` files in any folders, or one such file.
    part : piece of an archive, as `split_twitter_stream` cuts it.
    reading : its language is that of the tweets to keep.

    Yields
    ------
    Tweets, persons masked; `Dropped` for notices, tweets in other languages, broken lines, and once for each file in
    an archive that is cut or broken ("cut file"), after the lines before the damage.

    Raises
    ------
    StudyError : the archive itself, or a single file, is cut or broken; a member's name leads out of the archive.
    """
    if not _is_archive(path):
        yield from _records(file_blocks(path), reading.language)
        return
    for member in _members(path, part):
        if not RECORDING.search(member.name):
            yield Dropped("other file")
            continue
        try:
            yield from _records(stream_blocks(member.stream, member.name), reading.language)
        except Damaged:
            yield Dropped("cut file")


def split_twitter_stream(path: Path, index: Path | None, parts: int) -> list[Part]:
    """Cut an archive between its members into `parts` parts of nearly equal bytes; `StudyError` for a single file."""
    if _is_archive(path):
        return split_tar(path, parts) if path.suffix.lower() == ".tar" else split_zip(path, parts)
    if parts != 1:
        raise StudyError(path, f"parts: {parts} of a single file", "parts: 1, or a .tar or .zip archive")
    return [Part(0, path.stat().st_size)]


def _is_archive(path: Path) -> bool:
    if PACKED_TAR.search(path.name):
        raise StudyError(path, "a compressed tar", "a .tar, .zip or .json file", "decompress it first")
    return path.suffix.lower() in (".tar", ".zip")


def _members(path: Path, part: Part | None) -> Iterator[Member]:
    return tar_members(path, part) if path.suffix.lower() == ".tar" else zip_members(path, part)


def _records(blocks: Iterable[bytes], language: str) -> Iterator[Document | Dropped]:
    for _, line in byte_lines(blocks, LONGEST_LINE):
        found = parse_object(line)
        yield found if isinstance(found, Dropped) else read_tweet(found, language)


def read_tweet(record: dict[str, Any], language: str) -> Document | Dropped:
    """The document in an object of the stream, or why there is none.

    Parameters
    ----------
    record : a tweet, or a notice of the stream.
    language : BCP 47 tag of the tweets to keep.
    """
    original = record.get("retweeted_status")
    tweet = original if isinstance(original, dict) else record
    text, whole = _text(tweet)
    if text is None:
        notice = next((name for name in NOTICES if name in record), "other")
        return Dropped(f"{notice.replace('_', ' ')} notice")
    refusal = language_refusal(_language(tweet), language)
    if refusal:
        return refusal
    number = as_number(tweet.get("id_str")) or as_number(tweet.get("id"))
    return Document(number, "", prose(whole_characters(text), not whole)) if number else Dropped("no id")


def _text(tweet: dict[str, Any]) -> tuple[str | None, bool]:
    """The longest text that a tweet carries, and whether it is all of it."""
    extended = tweet.get("extended_tweet")
    for holder in (extended if isinstance(extended, dict) else {}, tweet):
        if isinstance(holder.get("full_text"), str):
            return holder["full_text"], True
    text = tweet.get("text")
    return text if isinstance(text, str) else None, not tweet.get("truncated")


def _language(tweet: dict[str, Any]) -> object:
    """Language of a tweet; before March 2013 tweets had none, and that of their author's settings stands in."""
    user = tweet.get("user")
    return tweet.get("lang") or (user.get("lang") if isinstance(user, dict) else None)
