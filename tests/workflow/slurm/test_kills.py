"""Training jobs that a cluster ends before they have ended: late, not lost, and the same bytes in the end."""

import subprocess

import pytest
from cluster import CPUS, GRACE, output, wait_for

RUN = "results/smoke/models/wiki/a/gpt/seed1"
TARGET = f"{RUN}/weights.safetensors"
LOG = "results/smoke/logs/models/wiki/a/gpt/seed1.log"
RULE = "train_transformer"
# Long enough that something can happen to it.
EPOCHS = 160
ALONE = ("--set-resources", f"{RULE}:checkpoint_minutes=60")
OFTEN = ("--set-resources", f"{RULE}:checkpoint_minutes=0")


@pytest.fixture(scope="module")
def prepared(finished, tmp_path_factory):
    """A finished study in which one training has become long, and is to be done again."""
    project = finished.copy_to(tmp_path_factory.mktemp("long") / "project")
    project.edit("config/smoke.yaml", "    context: 32\n    epochs: 1\n", f"    context: 32\n    epochs: {EPOCHS}\n")
    (project.folder / LOG).unlink()
    return project


@pytest.fixture(scope="module")
def undisturbed(prepared, tmp_path_factory):
    """Bytes of the training that nobody disturbed."""
    project = prepared.copy_to(tmp_path_factory.mktemp("undisturbed") / "project")
    run = project.snakemake(TARGET)
    assert run.returncode == 0, run.stdout
    return files(project)


@pytest.fixture
def project(prepared, tmp_path):
    """A copy of the prepared study for one test."""
    return prepared.copy_to(tmp_path / "project")


def files(project):
    """Bytes of what the training makes, without its clock values."""
    made = ("weights.safetensors", "log.parquet", "snapshots.safetensors")
    return {name: (project.folder / RUN / name).read_bytes() for name in made}


def log(project):
    """The log of the training."""
    path = project.folder / LOG
    return path.read_text() if path.is_file() else ""


def states(project):
    """Saved states of the unfinished training."""
    return sorted((project.folder / RUN / ".resume").glob("[!.]*.resume"))


def running(cluster):
    """The training job that runs."""
    found = [job for job in cluster.jobs("running") if RULE in job.comment]
    return found[0] if found else None


def under_way(cluster, project, saved):
    """Wait until the training trains, and has saved a state where it does so on a schedule."""
    wait_for(lambda: running(cluster), 120, "a running training")
    wait_for(lambda: states(project) if saved else "tokens/s" in log(project), 120, "a training under way")
    return running(cluster)


def assert_resumed(project, undisturbed):
    """The training went on from where it was, and ended as if nothing had been."""
    assert "going on from here" in log(project)
    assert files(project) == undisturbed
    assert not states(project)


def test_a_cancelled_job_saves_its_state_and_is_tried_again(project, undisturbed, drive, cluster, run_of):
    driver = drive(project, TARGET, options=ALONE)
    job = under_way(cluster, project, saved=False)
    assert not states(project)
    output("scancel", str(job.number))
    wait_for(lambda: states(project), GRACE, "a state saved on SIGTERM")
    driver.end()
    assert_resumed(project, undisturbed)
    assert [one.state for one in run_of(RULE) if one.number >= job.number] == ["CANCELLED", "COMPLETED"]


def test_a_job_out_of_memory_is_tried_again_with_more(project, undisturbed, drive, cluster, run_of):
    limit = ("--set-resources", f"{RULE}:mem_mb=350 if attempt == 1 else 4000")
    seen = len(run_of(RULE))
    said = drive(project, TARGET, options=limit).end()
    assert "memory limit" in said
    assert [one.state for one in run_of(RULE)[seen:]] == ["FAILED", "COMPLETED"]
    assert files(project) == undisturbed
    assert not states(project)


def test_a_job_killed_without_notice_goes_on_from_its_last_state(project, undisturbed, drive, cluster, run_of):
    seen = len(run_of(RULE))
    driver = drive(project, TARGET, options=OFTEN)
    output("scancel", "--signal=KILL", str(under_way(cluster, project, saved=True).number))
    driver.end()
    assert_resumed(project, undisturbed)
    assert len(run_of(RULE)[seen:]) == 2


def test_a_job_out_of_time_goes_on_in_the_next_one(project, undisturbed, drive, cluster, run_of):
    # Slurm looks every 30 seconds for whom to tell, and tells once: here after 10 to 40 seconds, while the job trains.
    limit = ("--set-resources", f"{RULE}:runtime=attempt", f"{RULE}:slurm_extra='--signal=TERM@20'", ALONE[1])
    seen = len(run_of(RULE))
    drive(project, TARGET, options=limit).end()
    assert_resumed(project, undisturbed)
    ended = [one.state for one in run_of(RULE)[seen:]]
    assert ended[0] in ("TIMEOUT", "FAILED")
    assert ended[-1] == "COMPLETED"


def test_a_preempted_job_is_queued_again(project, undisturbed, drive, cluster, run_of):
    """By Slurm, under its old number: Snakemake has nothing to do with it, and counts no attempt."""
    low = ("--set-resources", f"{RULE}:slurm_partition=low", ALONE[1])
    driver = drive(project, TARGET, options=low)
    job = under_way(cluster, project, saved=False)
    urgent = output("sbatch", "--parsable", "-o", "/dev/null", "-p", "cpu", "-N2", f"-c{CPUS}", "--wrap", "sleep 10")
    wait_for(lambda: states(project), 60, "a state saved on notice")
    wait_for(lambda: int(urgent) in [one.number for one in cluster.jobs("running")], 60, "the urgent job")
    driver.end()
    assert_resumed(project, undisturbed)
    assert [(one.number, one.state) for one in run_of(RULE) if one.number >= job.number] == [(job.number, "COMPLETED")]


def test_a_lost_node_loses_some_updates_at_most(project, undisturbed, drive, cluster, run_of):
    driver = drive(project, TARGET, options=OFTEN)
    job = under_way(cluster, project, saved=True)
    cluster.kill_node(job.node)
    try:
        driver.end()
    finally:
        cluster.start_node(job.node)
    assert_resumed(project, undisturbed)
    last = [one for one in run_of(RULE) if one.number >= job.number][-1]
    assert last.state == "COMPLETED"
    assert last.node != job.node


def test_a_killed_driver_loses_nothing(project, undisturbed, drive, cluster, run_of):
    """As profiles/slurm/README.md says: cancel its jobs, unlock, run again."""
    driver = drive(project, TARGET, options=ALONE)
    job = under_way(cluster, project, saved=False)
    driver.kill()
    assert running(cluster).number == job.number
    locked = subprocess.run([*driver.process.args], cwd=project.folder, text=True, stdout=-1, stderr=-2, check=False)
    assert "--unlock" in locked.stdout
    output("scancel", "--name", job.name)
    wait_for(lambda: not cluster.jobs("running,completing"), 90, "an empty cluster")
    unlocked = project.snakemake("--unlock")
    assert unlocked.returncode == 0, unlocked.stdout
    before = len(run_of(RULE))
    drive(project, TARGET, options=ALONE).end()
    assert_resumed(project, undisturbed)
    assert len(run_of(RULE)) == before + 1
