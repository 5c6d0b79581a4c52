"""The rooms and their doors: imports point upstream, packages are empty, only scripts know the workflow engine."""

import ast
from pathlib import Path

import pytest

from wordspaces.common.code import PACKAGE_ROOT

STAGES = ["common", "corpus", "tokens", "cooccurrence", "models", "spaces", "analysis", "report"]
ROOMS = [*STAGES, "planning"]
"""Forecasts know every stage and the study, and no stage knows them."""
MODULES = sorted(path for path in PACKAGE_ROOT.rglob("*.py") if path.name != "__init__.py")
SCRIPTS = sorted((PACKAGE_ROOT.parent / "scripts").glob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Dotted names that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names.add(node.module)
    return names


def test_every_stage_has_its_room_rule_file_and_tests():
    root = PACKAGE_ROOT.parent.parent
    for stage in STAGES:
        assert (PACKAGE_ROOT / stage / "__init__.py").is_file()
        assert (root / "workflow" / "rules" / f"{stage}.smk").is_file()
        assert list((root / "tests" / stage).rglob("test_*.py"))


def test_packages_are_empty():
    assert [path for path in PACKAGE_ROOT.rglob("__init__.py") if path.read_text().strip()] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent != PACKAGE_ROOT], ids=lambda path: path.stem)
def test_imports_point_upstream(path):
    stage = path.relative_to(PACKAGE_ROOT).parts[0]
    allowed = ROOMS[: ROOMS.index(stage) + 1] + ["study", "sections"] * (stage == "planning")
    for name in imports_of(path):
        parts = name.split(".")
        assert parts[0] != "snakemake", f"{path} knows the workflow engine"
        if parts[0] == "wordspaces":
            assert parts[1] in allowed, f"{path} imports {name}, downstream of {stage}"
        if stage in ("analysis", "report"):
            assert parts[0] != "torch", f"{path} needs a model"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_thin(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(path.read_text().splitlines()) <= 60


def test_modules_stay_readable():
    assert [str(path) for path in MODULES if len(path.read_text().splitlines()) > 300] == []
