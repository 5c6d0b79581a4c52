"""Studies in numbers, from the project's own configurations."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from wordspaces.config import read_study
from wordspaces.corpus.lists import read_sources
from wordspaces.planning.workload import Workload

ROOT = Path(__file__).resolve().parents[2]


@cache
def _workload(name: str, device: str) -> Workload:
    path = ROOT / "config" / f"{name}.yaml"
    sources = read_sources([ROOT / "config" / "sources.yaml"])
    return Workload(read_study(yaml.safe_load(path.read_text()), path, sources), sources, device)


@pytest.fixture(scope="session")
def workload() -> Callable[..., Workload]:
    """Makes the workload of a configuration by name, on the CPU unless told otherwise."""
    return lambda name, device="cpu": _workload(name, device)
