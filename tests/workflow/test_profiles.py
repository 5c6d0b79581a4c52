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


def test_jobs_on_a_gpu_go_where_the_profile_says(clean):
    """Trainings of GPT and BERT with `device: cuda`, by the resources that a dry run prints."""
    clean.edit("profiles/slurm/config.yaml", 'gpu_type = ""', 'gpu_type = "a100"')
    clean.edit("profiles/slurm/config.yaml", 'partition = ""', 'partition = "long"')
    clean.edit("config/smoke.yaml", "device: cpu", "device: cuda")
    run = clean.snakemake("--dry-run", "--workflow-profile", "profiles/slurm")
    assert run.returncode == 0, run.stdout
    blocks = re.split(r"\n *(?=(?:local)?rule )", run.stdout)
    asked = {}
    for block in blocks[1:]:
        resources = re.search(r"^ +resources: (.*)$", block, flags=re.MULTILINE)
        if resources:
            asked.setdefault(re.match(r"(?:local)?rule (\w+)", block)[1], set()).add(resources[1])
    for rule, gpu in (("train_transformer", True), ("train_word2vec", False), ("compare_spaces", False)):
        for resources in asked[rule]:
            assert ("slurm_partition=gpu" in resources) == gpu, resources
            assert ("slurm_partition=long" in resources) != gpu
            assert ("gpu_model=a100" in resources) == gpu
            assert ("gpu=1" in resources) == gpu
