"""Command line of the benchmarks: `python -m benchmarks.run static`, or `make bench WHAT=static`.

All sides have one thread, for `analysis` two (BLAS and numba alike). Prints a line for each gate; the exit status is 0
when all pass, 1 when one fails, 2 when nothing could be measured.
"""

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

from benchmarks.timing import Gate

from wordspaces.common.errors import StudyError

WHATS = ("corpus", "static", "transformers", "analysis", "report")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
THREADS_OF = {"analysis": 2}  # one for the others
# The allocator as the jobs of a study have it, which keeps large blocks in the process.
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}


def environment(what: str) -> dict[str, str]:
    """Environment variables under which one benchmark is measured."""
    return dict.fromkeys(THREADS, str(THREADS_OF.get(what, 1))) | ALLOCATOR


def measure(what: str, study: str, corpus: Path | None) -> bool:
    """Print what one benchmark finds, line by line; whether every gate passed."""
    if what not in WHATS:
        raise StudyError("WHAT", repr(what), " or ".join(WHATS))
    benchmark = importlib.import_module(f"benchmarks.{what}")
    start, passed = time.perf_counter(), True
    for found in benchmark.run(study, corpus):
        print(found, flush=True)
        if isinstance(found, Gate):
            passed &= found.passed
    print(f"bench {what}: {'all gates pass' if passed else 'a gate fails'}, {time.perf_counter() - start:.0f} s")
    return passed


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure this project beside named peers.")
    parser.add_argument("what", help=" or ".join(WHATS))
    parser.add_argument("--study", default="sample", help="study whose tokens are the text")
    parser.add_argument("--corpus", type=Path, help="text to use instead, one paragraph a line, .txt or .txt.gz")
    return parser.parse_args(arguments)


def main(given: argparse.Namespace) -> int:
    """Measure what the command line asks for."""
    try:
        return 0 if measure(given.what, given.study, given.corpus) else 1
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    # numpy and the allocator read these once, when they are loaded: a process that has them already starts over.
    asked = parse(sys.argv[1:])
    needed = environment(asked.what)
    if any(os.environ.get(name) != value for name, value in needed.items()):
        os.environ.update(needed)
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.run", *sys.argv[1:]])
    sys.exit(main(asked))
