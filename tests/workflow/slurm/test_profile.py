"""The profile for Slurm as its executor reads it."""

import re


def test_jobs_on_a_gpu_go_where_the_profile_says(cluster, clean):
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
