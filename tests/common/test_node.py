"""The line of a log about its machine: read from the system, free of the study, told by verify."""

import os
import platform
import time
from pathlib import Path

import pytest

from wordspaces.common.node import cpu_type, cpu_types, node

INTEL = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R)  Platinum 8280 CPU @ 2.70GHz
flags\t\t: fpu avx2

processor\t: 1
model name\t: something else
"""
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n\nprocessor\t: 1\nmodel name\t: not of the first\n"


@pytest.mark.parametrize(
    ("info", "model"), [(INTEL, "Intel(R) Xeon(R) Platinum 8280 CPU @ 2.70GHz"), (ARM, platform.machine())]
)
def test_model_is_that_of_the_first_cpu_and_the_machine_where_none_is_named(tmp_path, info, model):
    (tmp_path / "cpuinfo").write_text(info)
    name, _, instructions = cpu_type(tmp_path / "cpuinfo").rpartition(" (")
    assert name == model
    assert instructions.endswith(")")
    assert len(instructions) > 1


def test_line_names_host_cpus_gpu_and_slurm_job(monkeypatch):
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    usable = len(os.sched_getaffinity(0))
    assert node() == f"node {platform.node()}: {cpu_type()}, {usable} of {os.cpu_count()} CPUs"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    assert node().endswith(" CPUs, GPU 3, Slurm job 17")


def test_line_costs_less_than_five_milliseconds():
    node()
    spent = []
    for _ in range(20):
        start = time.perf_counter()
        node()
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.005


def test_cpu_types_are_counted_over_the_logs_that_name_one(tmp_path: Path):
    (tmp_path / "models").mkdir()
    lines = {
        "a.log": "node n01: AMD EPYC 7763 (AVX2), 1 of 128 CPUs\nline\n",
        "models/b.log": "node n02: AMD EPYC 7763 (AVX2), 2 of 128 CPUs, GPU 0, Slurm job 5\n",
        "models/c.log": "node n03: Intel(R) Xeon(R) 8280 (AVX512_SKX), 2 of 56 CPUs\n",
        "models/older.log": "train_x: 25%\n",
        "models/empty.log": "",
    }
    for name, text in lines.items():
        (tmp_path / name).write_text(text)
    assert cpu_types(tmp_path) == {"AMD EPYC 7763 (AVX2)": 2, "Intel(R) Xeon(R) 8280 (AVX512_SKX)": 1}
    assert not cpu_types(tmp_path / "nowhere")
