"""Analyses beside their peers: similarities of spaces, their errors, time and memory at size, bootstrap, neighbours."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks import nearest, resampling, similarity, similarity_sizes
from benchmarks.timing import Gate

from wordspaces.analysis.similarity.parallel import threads

PARTS = (similarity, similarity_sizes, resampling, nearest)


def run(study: str, corpus: Path | None) -> Iterator[str | Gate]:
    """Lines to print and gates, in the order in which they are found; the spaces are planted, no text is read."""
    unused = "; CORPUS is not used" if corpus else ""
    peers = ", ".join(f"{name} {version(name)}" for name in ("rsatoolbox", "faiss-cpu"))
    yield f"peers: {peers}; {threads()} threads on all sides{unused}"
    for part in PARTS:
        yield from part.run()
