"""The runs of sweeps: which variant was trained at which value of the swept setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wordspaces.analysis.roster import Run, as_runs
from wordspaces.common.errors import StudyError


@dataclass(frozen=True, order=True)
class Cell:
    """One run of a sweep, at one value of its setting; the run's model is the variant that was trained."""

    sweep: str
    value: float
    run: Run


@dataclass(frozen=True)
class Sweep:
    """What a sweep is of: the variant that is swept, and the setting that differs."""

    model: str
    setting: str


def as_cells(listed: Sequence[Sequence[Any]]) -> list[Cell]:
    """Cells from [sweep, value, corpus, sample, model, family, seed] lists, sorted."""
    return sorted(Cell(str(entry[0]), float(entry[1]), as_runs([entry[2:]])[0]) for entry in listed)


def as_sweeps(named: Mapping[str, Mapping[str, str]]) -> dict[str, Sweep]:
    """Sweeps by name, from mappings with the keys model and setting."""
    return {name: Sweep(entry["model"], entry["setting"]) for name, entry in named.items()}


def check_cells(cells: Sequence[Cell], runs: Sequence[Run], sweeps: Mapping[str, Sweep]) -> None:
    """Refuse cells of a sweep that is not described, or of a run whose files are not there."""
    for cell in cells:
        if cell.sweep not in sweeps:
            raise StudyError(f"sweep {cell.sweep!r}", "no variant and setting of it", ", ".join(sweeps) or "no sweep")
        if cell.run not in runs:
            raise StudyError(f"sweep {cell.sweep!r}", f"no files of {cell.run}", "files of every run of a sweep")
