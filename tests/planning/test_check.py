"""Forecasts that are off are told apart from those that are not."""

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.planning import commands
from wordspaces.planning.benchmarks import Record
from wordspaces.planning.check import Comparison, compare_bytes, compare_seconds, failures, scale_of
from wordspaces.planning.costs import Cost, expected
from wordspaces.planning.jobs import Job

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def test_seconds_are_compared_by_part_and_downloads_left_out():
    jobs = [
        Job("fetch_source", "corpus"),
        Job("train_glove", "models", uses={"cores": 2}),
        Job("train_transformer", "models"),
        Job("draw_map", "report"),
    ]
    costs = [Cost(99, 0, 0), Cost(10, 0, 0), Cost(40, 0, 0), Cost(5, 0, 0)]
    records = [Record(99, 99, 1), Record(10, 20, 1), Record(20, 20, 1), None]
    found = {row.name: (row.jobs, row.forecast, row.measured) for row in compare_seconds(jobs, costs, records)}
    assert found == {"models": (1, 20, 20), "models, transformers": (1, 40, 20), "all": (2, 60, 40)}


def test_bytes_are_those_on_disk(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 100)
    (tmp_path / "b").write_bytes(b"x" * 50)
    jobs = [Job("count", "tokens", outputs=("a", "b")), Job("count", "tokens", outputs=("a", "missing"))]
    (stage, whole) = compare_bytes(jobs, [Cost(0, 300, 0), Cost(0, 999, 0)], tmp_path)
    assert (stage.name, stage.forecast, stage.measured, stage.factor) == ("tokens", 300, 150, 2)
    assert (whole.name, whole.jobs) == ("all", 1)


@pytest.mark.parametrize(
    ("forecast", "stage", "bytes_", "wrong"),
    [(100, 50, 100, 0), (131, 50, 100, 1), (100, 101, 100, 1), (100, 24, 100, 1), (100, 50, 60, 1), (140, 20, 160, 3)],
)
def test_what_is_further_off_than_stated_is_named(forecast, stage, bytes_, wrong):
    seconds = [
        Comparison("models", 1, stage, 50),
        Comparison("report", 1, 9.0, 0.5),
        Comparison("all", 2, forecast, 100),
    ]
    assert len(failures(seconds, [Comparison("all", 2, bytes_, 100)])) == wrong


def test_a_forecast_is_scaled_to_the_machine_by_rule(workload, tmp_path):
    work = workload("config")
    place = {"corpus": "wiki", "sample": "a", "seed": "1"}
    jobs = [
        Job("train_glove", "models", place | {"model": "glove"}, benchmark="glove.tsv"),
        Job("train_svd", "models", place | {"model": "svd"}, benchmark="svd.tsv"),
        Job("train_word2vec", "models", place | {"model": "skipgram"}, benchmark="missing.tsv"),
    ]
    for name, job, factor in (("glove", jobs[0], 3), ("svd", jobs[1], 0.5)):
        seconds = factor * expected(work, job).seconds
        (tmp_path / f"{name}.tsv").write_text(HEAD + f"{seconds}\t0\t10\t1\t1\t1\t0\t0\t100\t{seconds}\n")
    scale = scale_of(work, jobs, tmp_path)
    assert scale == {"train_glove": pytest.approx(3), "train_svd": pytest.approx(0.5)}


def test_a_study_that_has_not_run_cannot_be_checked_or_measured(workload, tmp_path):
    work, jobs = workload("config"), [Job("draw_map", "report", benchmark="map.tsv")]
    with pytest.raises(StudyError, match="no benchmark files"):
        commands.check(work, jobs, tmp_path)
    with pytest.raises(StudyError, match="no benchmark files"):
        commands.plan(work, jobs, {"cores": 2}, whole=True, finished=(work, jobs))


def test_a_plan_says_what_it_assumes(workload):
    work = workload("full", "cuda")
    place = {"corpus": "wiki", "sample": "a", "model": "gpt", "seed": "1"}
    jobs = [
        Job("train_transformer", "models", place, uses={"cores": 1, "gpu": 1}, megabytes=13000),
        Job("measure_hubness", "analysis", needs=(0,)),
    ]
    text = commands.plan(work, jobs, {"cores": 8, "gpu": 2}, whole=False)
    assert "GPU: 1e+13 operations/s, assumed" in text
    assert "no forecast, the start of a job only: measure_hubness" in text
    assert "expected on 8 cores and 2 GPUs" in text
    assert "2 of 2 jobs to do" in text
    assert "assumed" not in commands.plan(work, [Job("draw_map", "report")], {"cores": 8}, whole=True)
