"""Asked beside used, by hand."""

import csv
import json

import pytest

from wordspaces.planning.benchmarks import Record
from wordspaces.planning.commands import efficiency
from wordspaces.planning.efficiency import FIELDS, Use, by_rule, share_of_peak, uses_of, write_uses
from wordspaces.planning.jobs import Job

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def use(rule, seconds, core, used, asked=1000, minutes=60, threads=1):
    return Use(Job(rule, "s", uses={"cores": threads}, megabytes=asked, minutes=minutes), Record(seconds, core, used))


def test_shares_of_a_rule_are_those_of_what_it_asked_for():
    (rule,) = by_rule([use("train", 100, 150, 200, threads=2), use("train", 300, 450, 500, threads=2)])
    assert (rule.jobs, rule.threads, rule.threads_share) == (2, 2, 0.75)
    assert (rule.megabytes, rule.memory_share) == (1000, 0.5)
    assert rule.minutes_share == pytest.approx(300 / 3600)
    assert rule.idle == 100 * 800 + 300 * 500
    assert rule.gpu_share is None


def test_what_held_most_memory_for_nothing_comes_first():
    rules = by_rule([use("brief", 1, 1, 10), use("long", 1000, 1000, 500), use("full", 1000, 1000, 1000)])
    assert [rule.rule for rule in rules] == ["long", "brief", "full"]


def test_a_job_too_short_to_be_looked_at_has_no_memory():
    (rule,) = by_rule([use("quick", 0.2, 0.2, None)])
    assert (rule.memory_share, rule.idle) == (None, 0)


def test_a_gpu_training_says_what_share_of_its_device_it_reached(tmp_path):
    (tmp_path / "timing.json").write_text(json.dumps({"share_of_peak": 0.42}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "timing.json").write_text("{")
    outputs = (str(tmp_path / "timing.json"),)
    assert share_of_peak(Job("train", "models", uses={"gpu": 1}, outputs=outputs), ".") == 0.42
    assert share_of_peak(Job("train", "models", outputs=outputs), ".") is None
    broken = (str(tmp_path / "broken" / "timing.json"),)
    assert share_of_peak(Job("train", "models", uses={"gpu": 1}, outputs=broken), ".") is None


def test_the_table_has_a_line_a_job_and_the_text_a_line_a_rule(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    jobs = [Job(f"rule{n % 20}", "s", benchmark=f"benchmarks/{n}.tsv", megabytes=100, minutes=10) for n in range(41)]
    for number in range(40):
        row = f"60\t0:01:00\t{number + 1}\t1\t1\t1\t0\t0\t50\t{60 if number else 30}\n"
        (folder / f"{number}.tsv").write_text(HEAD + row)
    text = efficiency(jobs, ".")
    assert len(text.splitlines()) <= 15
    assert "7 more rules" in text
    assert "1 jobs without measures" in text
    rows = list(csv.DictReader((folder / "efficiency.tsv").open(), delimiter="\t"))
    assert len(rows) == 40
    assert list(rows[0]) == list(FIELDS)
    assert rows[39] | {"cores_used": ""} == {
        "rule": "rule19",
        "benchmark": "benchmarks/39.tsv",
        "threads": "1",
        "cores_used": "",
        "mem_mb": "100",
        "mb_used": "40",
        "runtime_minutes": "10",
        "minutes_used": "1.00",
        "gpus": "0",
        "gpu_share_of_peak": "",
    }


def test_without_benchmark_files_nothing_is_written(tmp_path):
    assert "nothing to say" in efficiency([Job("a", "s", benchmark="none.tsv")], tmp_path)
    assert not list(tmp_path.iterdir())
    write_uses([], tmp_path / "empty.tsv")
    assert (tmp_path / "empty.tsv").read_text() == "\t".join(FIELDS) + "\n"
    assert uses_of([Job("a", "s")], tmp_path) == []
