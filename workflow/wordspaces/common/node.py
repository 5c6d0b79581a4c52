"""The machine that a job runs on, for its log: equal bytes are promised for one CPU type, so the log names it."""

import os
import platform
import re
from collections import Counter
from pathlib import Path

import numpy as np

CPU_INFO = Path("/proc/cpuinfo")
LINE = re.compile(r"node \S+: (?P<cpu>.+\)), \d+ of \d+ CPUs")


def cpu_type(cpu_info: Path = CPU_INFO) -> str:
    """Model of the CPU and, in brackets, the highest of its vector instructions that numpy knows.

    Takes well under a millisecond: of the kernel's list of CPUs, the first is read.
    """
    model = platform.machine()
    if cpu_info.is_file():
        with cpu_info.open(encoding="utf-8", errors="replace") as listed:
            for line in listed:
                key, _, value = line.partition(":")
                if key.strip() == "model name":
                    model = " ".join(value.split())
                if key.strip() in ("model name", ""):  # the first CPU ends with an empty line
                    break
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    highest = (extensions.get("found") or extensions.get("baseline") or ["no vector instructions"])[-1]
    return f"{model} ({highest})"


def node() -> str:
    """One line: host, CPU type, CPUs that this process may use, GPUs that it sees by name, number of the Slurm job."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    said = [f"node {platform.node() or 'unknown'}: {cpu_type()}", f"{usable} of {os.cpu_count()} CPUs"]
    said += [
        f"{what} {os.environ[name]}"
        for what, name in (("GPU", "CUDA_VISIBLE_DEVICES"), ("Slurm job", "SLURM_JOB_ID"))
        if os.environ.get(name)
    ]
    return ", ".join(said)


def cpu_types(logs: Path) -> Counter[str]:
    """CPU types that the log files of a study name, and how many jobs ran on each."""
    counted: Counter[str] = Counter()
    for file in logs.rglob("*.log"):
        with file.open(encoding="utf-8", errors="replace") as lines:
            if found := LINE.match(next(lines, "")):
                counted[found["cpu"]] += 1
    return counted
