"""Checks every artefact of a study against its own provenance: content, inputs, code and the chain between them.

The command is in `wordspaces.verify`, which adds the readers of the later rooms.
"""

import importlib.metadata
import platform
from collections.abc import Callable
from pathlib import Path

from wordspaces.common.artefacts import read_with_content
from wordspaces.common.code import PACKAGE_ROOT, code_digest
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance, file_digest

Reader = Callable[[Path], tuple[Provenance, str]]
READERS: dict[str, Reader] = {".parquet": read_with_content, ".safetensors": read_with_content}


def artefacts_of(folder: str | Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Every artefact below a study's folder, sorted; hidden folders (resume files) are not artefacts."""
    folder = Path(folder)
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in suffixes and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def faults_of(path: Path, read: Reader, digests: dict[str, str | None]) -> list[str]:
    """What is wrong with one artefact, one line each; empty when it is what it says it is.

    Parameters
    ----------
    path : the artefact.
    read : returns its provenance and the digest of its payload as it is now.
    digests : memory of file digests by path, shared over a study (None: the file is missing); filled here.
    """
    try:
        provenance, content = read(path)
    except StudyError as error:
        return [str(error)]
    faults = []
    if content != provenance.content:
        faults.append(f"{path}: content {content[:12]} is not the {provenance.content[:12]} that was written")
    script = PACKAGE_ROOT.parent / provenance.script
    if not script.is_file():
        faults.append(f"{path}: made by {provenance.script}, which is no longer there")
    elif code_digest(script) != provenance.code:
        faults.append(f"{path}: made by other code of {provenance.script} than today's; run the study again")
    if provenance.seed is not None and not _of_seed(path, provenance.seed):
        faults.append(f"{path}: made with seed {provenance.seed}")
    faults += [f"{path}: made with {told}" for told in _other_versions(provenance.versions)]
    for name, recorded in provenance.inputs.items():
        if name not in digests:
            digests[name] = file_digest(name) if Path(name).is_file() else None
        if digests[name] is None:
            faults.append(f"{path}: its input {name} is missing")
        elif digests[name] != recorded:
            faults.append(f"{path}: its input {name} is not the one it was made from; run the study again")
    return faults


def verify(folder: str | Path, readers: dict[str, Reader]) -> tuple[int, list[str]]:
    """Check a study's folder; returns the number of artefacts read and the faults found, a line each.

    `StudyError` where there is no study or no artefact in it.
    """
    paths = artefacts_of(folder, tuple(readers))
    if not paths:
        raise StudyError(folder, "no artefact", "the folder of a finished study, such as results/sample", "make study")
    digests: dict[str, str | None] = {}
    faults = [fault for path in paths for fault in faults_of(path, readers[path.suffix], digests)]
    return len(paths), faults


def _of_seed(path: Path, seed: int) -> bool:
    """Whether a part of the path is ``seed<seed>``, with or without a suffix."""
    return any(part.split(".")[0] == f"seed{seed}" for part in path.parts)


def _other_versions(recorded: dict[str, str]) -> list[str]:
    """Packages whose installed version is not the recorded one, as a reader would say it."""
    told = []
    for name, version in recorded.items():
        try:
            installed = platform.python_version() if name == "python" else importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "none"
        if installed != version:
            told.append(f"{name} {version}; installed is {installed}")
    return told
