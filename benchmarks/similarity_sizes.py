"""Time and memory of comparisons at size: all of them with standard errors, and rank correlations of many words.

`python -m benchmarks.similarity_sizes` measures the second in a process of its own, whose peak of memory it prints.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from benchmarks.similarity import DIMENSION, SMALL, SPACES, WORDS, planted_spaces
from benchmarks.timing import Gate, stopwatch

from wordspaces.analysis.similarity.compare import METHODS, compare, jackknife_many
from wordspaces.analysis.similarity.rdm import RDMs

MANY_WORDS = 10_000
ROUNDS = 3
ALL_SECONDS = 15.0
MANY_SECONDS, MANY_GIGABYTES = 60.0, 4.0


def run() -> Iterator[str | Gate]:
    """Lines to print and gates; the spaces are planted."""
    vectors = planted_spaces(SPACES, WORDS, DIMENSION)
    methods = [name for name, method in METHODS.items() if method.source != "orders"]
    rounds = [stopwatch(lambda: jackknife_many(RDMs.of(vectors, range(SPACES)), methods)) for _ in range(ROUNDS)]
    yield f"all: {', '.join(methods)} with standard errors, {SPACES} x {WORDS:,} words x {DIMENSION}"
    yield Gate(
        "all_comparisons_seconds", float(np.median([seconds for seconds, _ in rounds])), ALL_SECONDS, least=False
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.similarity_sizes"], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    yield f"many words: Spearman of all pairs, {SPACES} x {MANY_WORDS:,} words x {DIMENSION}, from vectors"
    yield Gate("many_words_spearman_seconds", found["seconds"], MANY_SECONDS, least=False)
    yield Gate("many_words_spearman_gigabytes", found["gigabytes"], MANY_GIGABYTES, least=False)


def main() -> None:
    """Print seconds of the Spearman correlations of many words, and the peak of this process, as JSON."""
    small = planted_spaces(2, SMALL, DIMENSION)
    compare(RDMs.of(small, range(2)), "spearman")  # compiles
    # Single precision, as spaces are stored.
    vectors = planted_spaces(SPACES, MANY_WORDS, DIMENSION).astype(np.float32)
    seconds, _ = stopwatch(lambda: compare(RDMs.of(vectors, range(SPACES)), "spearman"))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0])
    print(json.dumps({"seconds": seconds, "gigabytes": peak * 1024 / 1e9}))


if __name__ == "__main__":
    main()
