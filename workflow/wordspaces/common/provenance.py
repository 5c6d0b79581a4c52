"""What every artefact says of itself: settings, code, inputs, seed and versions, as one JSON entry."""

import hashlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

KEY = "wordspaces"
PACKAGES = (
    *("altair", "jinja2", "matplotlib", "networkx", "numba", "numpy", "pandas", "pyarrow", "pydantic", "regex"),
    *("safetensors", "scikit-learn", "scipy", "statsmodels", "tokenizers", "torch", "vl-convert-python"),
)
MODULES = {"scikit-learn": "sklearn", "vl-convert-python": "vl_convert"}  # of packages called otherwise


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that this process has imported."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES if MODULES.get(name, name) in sys.modules}
    return {"python": platform.python_version(), **found}


@dataclass(frozen=True)
class Provenance:
    """The record inside one artefact.

    rule : name of the rule; wildcards : its wildcard values; settings : the params that reached it;
    script, code : the script, relative to ``workflow/``, and the digest of its code; inputs : path -> SHA-256;
    seed : random seed or None; versions : packages imported when it was written;
    content : `seal` of the payload and of all the above.
    """

    rule: str
    script: str
    code: str
    wildcards: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    content: str = ""

    def to_json(self) -> str:
        """One line of JSON with sorted keys, so that equal records have equal bytes."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Provenance":
        """Inverse of `to_json`."""
        return cls(**json.loads(text))


def seal(provenance: Provenance, payload: str) -> str:
    """Digest of a payload's own digest and of all the record says but this: what `content` has to be."""
    record = replace(provenance, content="").to_json()
    return hashlib.sha256(f"{payload}\n{record}".encode()).hexdigest()


def sealed(provenance: Provenance, payload: str) -> Provenance:
    """The record with `content` filled in for a payload of that digest."""
    return replace(provenance, content=seal(provenance, payload))


def input_digests(paths: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each file, keyed by its path as the rule names it, in sorted order."""
    return {path: file_digest(path) for path in sorted(set(paths))}
