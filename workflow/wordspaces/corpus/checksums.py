"""What hosts publish of a file: its address, checksum and size, for Wikimedia, archive.org and Hugging Face."""

import difflib
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from wordspaces.common.errors import StudyError
from wordspaces.corpus.web import Absent, Client, Interrupted, Page, Patience, is_page

Getter = Callable[[str], Page]
"""Fetches a short text; `StudyError` where it cannot."""

MULTISTREAM = "articlesmultistreamdump"
DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}


@dataclass(frozen=True)
class Published:
    """A file as its host publishes it.

    url : its address; algorithm, digest : checksum, hexadecimal (md5, sha1 or sha256); size : bytes, None where the
    host does not say.
    """

    url: str
    algorithm: str
    digest: str
    size: int | None

    @property
    def checksum(self) -> tuple[str, str]:
        """Algorithm and digest."""
        return self.algorithm, self.digest


def text_getter(
    progress: Callable[[str], None], contact: str | None = None, pause: Callable[[float], None] = time.sleep
) -> Getter:
    """A getter that asks the network, as patiently and politely as a download does.

    Parameters
    ----------
    progress : is told of each failure that is tried again.
    contact : mail address or URL of whoever runs the study; some hosts require it.
    pause : waits so many seconds between two tries.
    """

    def get(url: str) -> Page:
        patience = Patience(url, progress, pause)
        with Client(contact) as client:
            while True:
                try:
                    return client.text(url)
                except Interrupted as cut:
                    patience.wait(cut)

    return get


def wikimedia_file(get: Getter, base: str, wiki: str, date: str, name: str) -> Published:
    """A file of a multistream dump, from ``dumpstatus.json`` and, where it is there, the list of SHA-1 sums.

    Parameters
    ----------
    base : address of the dumps (https://dumps.wikimedia.org) or of a mirror; wiki : as in ``enwiki``; date : YYYYMMDD.

    Raises
    ------
    StudyError : no such dump, one that is not finished, no such file in it, two different sums.
    """
    if not re.fullmatch(r"\d{8}", date):
        found, allowed = f"the date {date}", "the date of one dump (YYYYMMDD): what is newest changes under the study"
        raise StudyError(f"dump of {wiki}", found, allowed, f"{base}/{wiki}/ lists those that are there")
    folder = f"{base.rstrip('/')}/{quote(wiki)}/{date}"
    url = f"{folder}/dumpstatus.json"
    try:
        status = _mapping(url, get(url).text)
    except Absent:
        found, remedy = f"no dump of {date}", f"{base}/{wiki}/ lists those that are there; each is kept for some months"
        raise StudyError(url, found, "a dump that is still published", remedy) from None
    jobs = _field(url, status, "jobs", dict)
    job = _of(url, jobs, MULTISTREAM, "job")
    if job.get("status") != "done":
        found = f"{MULTISTREAM}: {job.get('status')}"
        raise StudyError(url, found, f"{MULTISTREAM}: done", "wait until this dump is finished or name an earlier date")
    entry = _of(url, _field(url, job, "files", dict), name, "file")
    sums = f"{folder}/{wiki}-{date}-sha1sums.txt"
    try:
        listed: str | None = _listed(sums, get(sums).text, name)
    except Absent:
        listed = None
    digest = _digest(url, name, "sha1", entry["sha1"]) if "sha1" in entry else listed
    if digest is None:
        raise StudyError(url, f"no sha1 of {name}", "a checksum of every file")
    if listed not in (None, digest):
        found = f"sha1 {listed} of {name}, where dumpstatus.json says {digest}"
        raise StudyError(sums, found, "the same in both", "wait until the host has mended it or name another date")
    return Published(f"{folder}/{quote(name)}", "sha1", digest, _size(url, name, entry.get("size")))


def archive_file(get: Getter, base: str, item: str, name: str) -> Published:
    """A file of an archive.org item, from its metadata record.

    Parameters
    ----------
    base : https://archive.org; item : its identifier; name : of the file in it, with its folder where it has one.

    Raises
    ------
    StudyError : no such item, one that has been withdrawn, no such file in it, one that is not open to all.
    """
    url = f"{base.rstrip('/')}/metadata/{quote(item, safe='')}"
    record = _mapping(url, get(url).text)
    if record.get("is_dark"):
        raise StudyError(url, f"the item {item} withdrawn from the public", "a public item", "name another item")
    if not record or "error" in record:
        said = f" ({record['error']})" if record else ""
        raise StudyError(url, f"no item {item}{said}", "the identifier of an item", "correct the list of sources")
    files = [file for file in _field(url, record, "files", list) if isinstance(file, dict)]
    entry = _of(url, {str(file.get("name")): file for file in files}, name, "file")
    if str(entry.get("private", "")).lower() == "true":
        raise StudyError(url, f"{name} not open to all (private)", "a public file", "name another item or file")
    algorithm = next((kind for kind in ("sha1", "md5") if entry.get(kind)), None)
    if algorithm is None:
        raise StudyError(url, f"neither sha1 nor md5 of {name}", "a checksum", "give one in the list of sources")
    address = f"{base.rstrip('/')}/download/{quote(item, safe='')}/{quote(name)}"
    return Published(
        address, algorithm, _digest(url, name, algorithm, entry[algorithm]), _size(url, name, entry.get("size"))
    )


def hugging_face_file(get: Getter, base: str, dataset: str, revision: str, path: str) -> Published:
    """A file of a Hugging Face data set, from the list of its folder.

    Parameters
    ----------
    base : https://huggingface.co; dataset : as in ``wikimedia/wikipedia``; revision : a commit, tag or branch;
    path : of the file in the data set.

    Raises
    ------
    StudyError : no such file in the folder, or one without a SHA-256 (small files, which git itself keeps).
    """
    base = base.rstrip("/")
    folder = path.rpartition("/")[0]
    version = quote(revision, safe="")
    first = url = f"{base}/api/datasets/{quote(dataset)}/tree/{version}{f'/{quote(folder)}' if folder else ''}"
    seen: dict[str, dict[str, Any]] = {}
    asked: set[str] = set()
    while url and path not in seen:
        if url in asked:
            raise StudyError(first, "a list that turns in a circle", "a list of pages with an end")
        asked.add(url)
        page = get(url)
        seen |= _tree(url, page.text)
        url = page.following
    entry = _of(first, seen, path, "file")
    stored = entry.get("lfs")
    if not isinstance(stored, dict) or "oid" not in stored:
        raise StudyError(
            first, f"no SHA-256 of {path}", "a file in large file storage", "give it in the list of sources"
        )
    size = _size(first, path, stored.get("size", entry.get("size")))
    address = f"{base}/datasets/{quote(dataset)}/resolve/{version}/{quote(path)}"
    return Published(address, "sha256", _digest(first, path, "sha256", stored["oid"]), size)


def _tree(url: str, text: str) -> dict[str, dict[str, Any]]:
    """Entries of one page of a Hugging Face folder, by path."""
    found = _json(url, text)
    if not isinstance(found, list) or not all(isinstance(entry, dict) and "path" in entry for entry in found):
        raise StudyError(url, f"no list of files ({_start(text)})", "a JSON list of entries with a path")
    return {str(entry["path"]): entry for entry in found if entry.get("type", "file") == "file"}


def _listed(url: str, text: str, name: str) -> str:
    """SHA-1 of `name` in a list as sha1sum writes it."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = [re.fullmatch(r"([0-9a-fA-F]{40})[ \t]+\*?(.+?)\s*", line) for line in lines]
    if not lines or None in found:
        wrong = "an HTML page" if is_page(text.encode()) else f"no list of checksums ({_start(text)})"
        raise StudyError(url, wrong, "lines of SHA-1 and file name")
    sums = {match[2]: match[1].lower() for match in found if match}
    return _of(url, sums, name, "file")


def _json(url: str, text: str) -> Any:
    """Content of a JSON document; `StudyError` that says what is there instead."""
    try:
        return json.loads(text)
    except ValueError as error:
        found = "an HTML page" if is_page(text.encode()) else f"no whole JSON ({error}: {_start(text)})"
        raise StudyError(url, found, "a JSON document", "try again later: the server may be at fault") from None


def _mapping(url: str, text: str) -> dict[str, Any]:
    """A JSON document that is one object."""
    found = _json(url, text)
    if not isinstance(found, dict):
        raise StudyError(url, f"JSON of another kind ({_start(text)})", "a JSON object")
    return found


def _field(url: str, record: dict[str, Any], key: str, kind: type) -> Any:
    """Value of `key`; `StudyError` where it is missing or of another kind."""
    if not isinstance(record.get(key), kind):
        raise StudyError(url, f"no {key} (but {_some(record)})", f"a record with {key}")
    return record[key]


def _of(url: str, entries: dict[str, Any], name: str, what: str) -> Any:
    """Entry of that name; `StudyError` with the nearest names where there is none."""
    if name in entries:
        return entries[name]
    near = difflib.get_close_matches(name, entries, 3, 0.5)
    raise StudyError(url, f"no {what} {name}", ", ".join(near) or _some(entries), "correct the list of sources")


def _digest(url: str, name: str, algorithm: str, digest: object) -> str:
    """Digest in lower case; `StudyError` where it cannot be one."""
    if not isinstance(digest, str) or not re.fullmatch(rf"[0-9a-fA-F]{{{DIGITS[algorithm]}}}", digest):
        raise StudyError(url, f"{algorithm} {digest!r} of {name}", f"{DIGITS[algorithm]} hexadecimal digits")
    return digest.lower()


def _size(url: str, name: str, size: object) -> int | None:
    """Number of bytes, which some hosts write as text."""
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, int | str) or not str(size).isdecimal():
        raise StudyError(url, f"size {size!r} of {name}", "a number of bytes")
    return int(size)


def _some(names: Iterable[str]) -> str:
    """The first few of many names."""
    names = sorted(names)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more or "an empty list"


def _start(text: str) -> str:
    """The beginning of a text, on one line."""
    return repr(" ".join(text[:80].split()))
