"""The smoke study on a real Slurm: the same artefacts as on one machine, byte for byte."""

import re

from sameness import artefacts


def test_the_study_is_the_same_on_the_cluster(finished, downloaded, drive, cluster):
    project, before = downloaded(), {job.number for job in cluster.jobs()}
    said = drive(project).end(3600)
    here, there = artefacts(finished), artefacts(project)
    assert sorted(here) == sorted(there)
    assert [path for path in here if here[path] != there[path]] == []
    # Small jobs went together: a submission takes some ten seconds.
    jobs = [job for job in cluster.jobs() if job.comment.startswith("rule_") and job.number not in before]
    assert {job.state for job in jobs} == {"COMPLETED"}
    steps = int(re.findall(r" of (\d+) steps", said)[-1])
    assert len(jobs) < steps / 2
    # Both nodes took part, the login node did the downloads alone.
    assert {job.node for job in jobs} == {"node1", "node2"}
    assert not [job for job in jobs if "fetch_source" in job.comment]
    assert not list((project.folder / "results").rglob("*.resume"))
    assert "Nothing to be done" in project.snakemake().stdout
