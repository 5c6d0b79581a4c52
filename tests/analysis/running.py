"""Runs a rule's script as the workflow engine would."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


class Named(dict):
    """Values by attribute; iterates over every path, lists included, as a workflow engine's named list does."""

    __getattr__ = dict.__getitem__

    def __iter__(self) -> Iterator[str]:
        for value in self.values():
            yield from value if isinstance(value, list) else [value]


def run_script(name: str, inputs: dict, outputs: dict, params: dict, **wildcards: str) -> None:
    """Run the script of the rule `name` on these paths and settings."""
    task = SimpleNamespace(
        input=Named(inputs),
        output=Named(outputs),
        params=Named(params, code="0", script=name),
        wildcards=Named(wildcards),
        resources=Named(),
        log=[],
        rule=name,
        threads=1,
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": task})
