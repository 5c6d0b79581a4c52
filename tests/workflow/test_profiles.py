"""The profiles: read as Snakemake reads them, they name rules and groups that there are."""

import re
from pathlib import Path

import pytest
import yte

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted((ROOT / "workflow" / "rules").rglob("*.smk"))
TEXT = "".join(path.read_text() for path in RULE_FILES)
RULES = set(re.findall(r"^rule (\w+):", TEXT, flags=re.MULTILINE))


def profile(name, **chosen):
    """The entries of a profile, with other choices at its top."""
    text = (ROOT / "profiles" / name / "config.yaml").read_text()
    for key, value in chosen.items():
        text, count = re.subn(rf'^  - {key} = ".*"$', f'  - {key} = "{value}"', text, flags=re.MULTILINE)
        assert count == 1, key
    return yte.process_yaml(text, require_use_yte=True)


def test_reruns_follow_content_on_the_cluster_too():
    for key in ("rerun-triggers", "max-checksum-file-size", "rerun-incomplete"):
        assert profile("slurm")[key] == profile("default")[key]


def test_groups_are_of_rules_and_have_a_size():
    slurm = profile("slurm")
    assert set(slurm["groups"]) <= RULES
    of_rules = set(re.findall(r'brief\("(\w+)"', TEXT)) | set(re.findall(r'^    group:\n +"(\w+)"', TEXT, re.MULTILINE))
    assert of_rules
    assert set(slurm["group-components"]) == set(slurm["groups"].values()) | of_rules


@pytest.mark.parametrize("given", ["", "mine"])
def test_the_cluster_is_described_in_one_place(given):
    names = {
        "partition": "slurm_partition",
        "gpu_partition": "gpu_partition",
        "gpu_type": "gpu_type",
        "account": "slurm_account",
        "constraint": "constraint",
    }
    defaults = profile("slurm", **dict.fromkeys(names, given))["default-resources"]
    found = {resource: defaults[resource] for resource in names.values() if resource in defaults}
    assert found == (dict.fromkeys(names.values(), given) if given else {})
