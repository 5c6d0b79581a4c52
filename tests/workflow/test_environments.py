"""The ways to install: conda files, pins and the recipe of a container say the same; jobs get what they ask for."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from wordspaces.common.kernelcache import LOCATOR
from wordspaces.common.node import node

ROOT = Path(__file__).resolve().parents[2]
ENVS = ROOT / "envs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINES = [line for line in (ENVS / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}
PYTHON = "3.11"
TOLD_BY_TORCH = ("setuptools", "triton")  # its wheels with CUDA pin triton and the nvidia packages themselves


def environment(name: str) -> dict:
    return yaml.safe_load((ENVS / f"{name}.yaml").read_text())


def packages(name: str) -> list[str]:
    """What pip installs into a conda environment."""
    return [entry for entry in environment(name)["dependencies"][-1]["pip"] if not entry.startswith("--")]


def test_conda_environments_hold_the_pins_of_the_project():
    assert packages("cpu") == packages("gpu") == PROJECT["dependencies"]
    assert set(packages("fetch")) < set(PROJECT["dependencies"])


def test_conda_environments_differ_in_the_source_of_torch_alone():
    cpu, gpu = environment("cpu"), environment("gpu")
    assert cpu["dependencies"][-1]["pip"].pop(0) == "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert cpu == gpu


@pytest.mark.parametrize("name", ["cpu", "gpu", "fetch"])
def test_conda_environments_are_files_that_conda_knows(name):
    listed = environment(name)
    assert list(listed) == ["channels", "dependencies"]
    assert listed["channels"] == ["conda-forge", "nodefaults"]
    assert listed["dependencies"][:-1] == [f"python ={PYTHON}", "pip"]
    assert list(listed["dependencies"][-1]) == ["pip"]


def test_every_package_that_is_asked_for_is_pinned_at_that_version():
    asked = [*PROJECT["dependencies"], *(name for extra in PROJECT["optional-dependencies"].values() for name in extra)]
    for requirement in map(Requirement, asked):
        assert str(requirement.specifier) == f"=={PINS[canonicalize_name(requirement.name)]}"
    assert len(PINS) == len(LINES)


def test_pins_hold_all_that_they_bring_along_and_run_on_this_python():
    assert PYTHON in SpecifierSet(PROJECT["requires-python"])
    seen = 0
    for name, version in PINS.items():
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of an extra that is not installed here
        seen += 1
        assert found.version.partition("+")[0] == version
        python = found.metadata.get("Requires-Python")
        assert python is None or f"{PYTHON}.0" in SpecifierSet(python), f"{name} needs Python {python}"
        for requirement in map(Requirement, found.requires or []):
            needed = canonicalize_name(requirement.name)
            if needed.startswith(("nvidia-", "cuda-", *TOLD_BY_TORCH)):
                continue
            if requirement.marker is None or requirement.marker.evaluate({"extra": "", "python_version": PYTHON}):
                assert needed in PINS, f"{name} brings {needed}, which is not pinned"
                assert PINS[needed] in requirement.specifier, f"{name} needs {requirement}"
    assert seen > len(PROJECT["dependencies"])


# What a line of the recipe says, continued lines joined.
RECIPE = re.findall(r"^([A-Z]+) (.*)$", (ENVS / "Containerfile").read_text().replace("\\\n", ""), flags=re.MULTILINE)


def test_recipe_begins_with_a_fixed_image_of_the_same_python():
    assert RECIPE[0][0] == "FROM"
    assert re.fullmatch(rf"docker\.io/library/python:{PYTHON}\.\d+-slim-\w+", RECIPE[0][1])
    assert [name for name, _ in RECIPE] == ["FROM", "ARG", "COPY", "RUN", "ENV", "WORKDIR", "CMD"]


def test_recipe_installs_the_packages_of_the_project_with_its_pins(tmp_path):
    """Its own commands, on a pip that writes down what it is asked for."""
    steps = dict(RECIPE)
    *sources, target = steps["COPY"].split()
    assert target == "/opt/wordspaces/"
    for source in sources:
        (tmp_path / Path(source).name).write_bytes((ROOT / source).read_bytes())
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "python"
    fake.write_text(f'#!/bin/sh\n[ "$1" = -m ] || exec {sys.executable} "$@"\necho "$@" >> {tmp_path}/asked\n')
    fake.chmod(0o755)
    shell = steps["RUN"].replace("cd /opt/wordspaces", f"cd {tmp_path}")
    assert shell != steps["RUN"]
    name, _, index = steps["ARG"].partition("=")
    places = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", name: index}
    subprocess.run(["sh", "-euc", shell], env=places, check=True, timeout=60)
    assert (tmp_path / "requirements.txt").read_text().split() == PROJECT["dependencies"]
    install, check = (tmp_path / "asked").read_text().splitlines()
    assert install.endswith(f"--requirement requirements.txt --constraint constraints.txt --extra-index-url {index}")
    assert check == "-m pip check"


CONDA = """#!/bin/sh
case "$*" in
  *info*) echo '{"conda_version": "24.7.1", "platform": "linux-64", "conda_prefix": "/none", "root_prefix": "/none"}' ;;
  *config*) echo '{"get": {"channel_priority": "strict"}}' ;;
  *) echo "conda 24.7.1" ;;
esac
"""


@pytest.mark.parametrize(("device", "gpu"), [("cpu", set()), ("cuda", {"gpu"})])
def test_jobs_on_a_gpu_get_its_conda_environment(clean, monkeypatch, device, gpu):
    """A conda that answers, and is not asked to make anything: a dry run says which environments it would make."""
    (clean.folder / "bin").mkdir()
    (clean.folder / "bin" / "conda").write_text(CONDA)
    (clean.folder / "bin" / "conda").chmod(0o755)
    monkeypatch.setenv("PATH", f"{clean.folder / 'bin'}:{os.environ['PATH']}")
    clean.edit("config/smoke.yaml", "device: cpu", f"device: {device}")
    run = clean.snakemake("--dry-run", "--quiet", "rules", "--sdm", "conda")
    assert run.returncode == 0, run.stdout
    assert set(re.findall(r"Conda environment envs/(\w+)\.yaml will", run.stdout)) == {"cpu", "fetch"} | gpu


APPTAINER = """#!/bin/sh
[ "$1" = --version ] && exec echo "apptainer version 1.3.4"
while [ "$1" != "$WORDSPACES_IMAGE" ]; do shift; done
shift
touch "$WORDSPACES_IMAGE.used"
exec "$@"
"""


def test_jobs_run_in_the_image_that_is_named(copied, monkeypatch):
    """An apptainer that runs a job where it stands: what Snakemake hands to it is complete."""
    folder, image = copied.folder / "bin", copied.folder / "image.sif"
    folder.mkdir()
    image.touch()
    (folder / "apptainer").write_text(APPTAINER)
    (folder / "apptainer").chmod(0o755)
    (folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "python").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("WORDSPACES_IMAGE", str(image))
    space = next((copied.folder / "results" / "smoke" / "spaces").rglob("skipgram/seed1.parquet"))
    before = space.read_bytes()
    space.unlink()
    target = str(space.relative_to(copied.folder))
    run = copied.snakemake(target, "--rerun-triggers", "mtime", "--sdm", "apptainer")
    assert run.returncode == 0, run.stdout
    assert (image.parent / "image.sif.used").exists()
    assert space.read_bytes() == before


def test_another_way_to_install_is_another_environment(copied, monkeypatch):
    """Why a study stays with the way that it began with: all of it would run again."""
    assert copied.plan() == []
    (copied.folder / "apptainer").write_text(APPTAINER)
    (copied.folder / "apptainer").chmod(0o755)
    monkeypatch.setenv("PATH", f"{copied.folder}:{os.environ['PATH']}")
    monkeypatch.setenv("WORDSPACES_IMAGE", "image.sif")
    (copied.folder / "image.sif").touch()
    run = copied.snakemake("--dry-run", "--quiet", "rules", "--sdm", "apptainer")
    assert "software environment definition has changed since last execution" in run.stdout.lower()


def test_jobs_keep_kernels_in_files_of_their_own_and_their_logs_name_the_node(finished):
    assert f'"{LOCATOR}"' in (ROOT / "workflow" / "rules" / "common.smk").read_text()
    assert list((finished.folder / "workflow").rglob("*.nbc"))
    assert not list((finished.folder / "workflow").rglob("*.nbi"))
    logs = list((finished.folder / "results" / "smoke" / "logs").rglob("*.log"))
    assert logs
    beginning = node().partition("), ")[0]
    assert {log.read_text().startswith(beginning) for log in logs} == {True}
