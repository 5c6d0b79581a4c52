"""What finished jobs took, read from Snakemake's benchmark files."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

SHORT, LONG, SHORT_SAMPLES = 0.5, 30.0, 31
"""Snakemake looks at a job every half second, 31 times, then every 30 seconds; a look takes some time itself."""
LOOK = 0.03


@dataclass(frozen=True)
class Record:
    """Measures of one finished job. seconds : on the clock; core_seconds : of processors, all threads; megabytes : most
    memory resident, None where the job ended before the first look."""

    seconds: float
    core_seconds: float
    megabytes: float | None


def last_look(seconds: float) -> float:
    """When Snakemake last looked at a job that took so long; 0 before the first half second."""
    short = SHORT_SAMPLES * (SHORT + LOOK)
    if seconds < short:
        return int(seconds / (SHORT + LOOK)) * (SHORT + LOOK)
    return short + int((seconds - short) / LONG) * LONG


def read_record(path: str | Path) -> Record | None:
    """The record of a job (the last, where there are several); None where the file is missing or cut short.

    The file has the processor time at the last look. What came after is added at the same rate, and a job that was not
    seen at work counts its seconds on the clock; a job with one thread never counts more than those.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            row = list(csv.DictReader(file, delimiter="\t"))[-1]
        seconds = float(row["s"])
        seen, megabytes = (None if row[name] in ("NA", "-") else float(row[name]) for name in ("cpu_time", "max_rss"))
    except (OSError, LookupError, ValueError, TypeError):
        return None
    looked = last_look(seconds)
    if not seen or not looked:
        return Record(seconds, seconds, megabytes or None)
    # More than one core's time can only be that of several threads, which is taken as it was seen.
    core = max(seen, min(seconds, seen * seconds / looked))
    return Record(seconds, core, megabytes or None)


def read_records(paths: list[str | None], patience: float = float("inf")) -> list[Record | None]:
    """Records of some jobs; those that are not read within `patience` seconds are None too."""
    end = time.monotonic() + patience
    return [read_record(path) if path is not None and time.monotonic() < end else None for path in paths]
