"""Word2Vec beside gensim, fastText and training pair by pair, then counts and GloVe: speed of a core, what was learnt.

All train on the same documents with the same dimension, window, number of negatives, subsampling and epochs. The peers
read their fastest form of input, a file of one document a line. Speed is measured on a part of the text that a round of
gensim passes in seconds, learning on all of it.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
from benchmarks.counting import run_counting
from benchmarks.efficiency import kernel_seconds, operations, peak_flops
from benchmarks.pairwise import train_pairwise
from benchmarks.peers import Architecture, Side, fasttext_seconds, settings, train_gensim, write_lines
from benchmarks.quality import Tables, heldout_loss, rsa, similarity
from benchmarks.scale import run_scale
from benchmarks.text import Text, read_text
from benchmarks.timing import Gate, Rounds, interleave, stopwatch

from wordspaces.models.word2vec.train import train_word2vec
from wordspaces.tokens.encoded import Encoded

Result = TypeVar("Result")

EPOCHS = 5
PRESENTATIONS = 30_000_000
TIMED_TOKENS = 1_000_000
TIMED_PRESENTATIONS = 3_000_000  # of ours, so that what a training does once does not count; peers need one epoch
LARGE = 5_000_000  # tokens; of less text, word similarity lists say nothing, and the tables of the peers fit the cache
ASKED_OF_SMALL = 0.6  # of the speeds over peers
ROUNDS = {"skipgram": 3, "cbow": 5}
SEEDS = 3

SPEED: dict[Architecture, float] = {"skipgram": 10.0, "cbow": 2.5}
FASTTEXT_SPEED = 20.0
PLAIN_SPEED = 8.0
LOSS = 1.003
RSA = 0.0
LISTS = {"wordsim": 0.0, "simlex": -0.01}
TWO_PROCESSES = 1.8
START = 1.5

TINY = """
import numpy as np
from wordspaces.common.job import settle_pandas
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
settle_pandas()  # as every job does
ids, documents = np.arange(400, dtype=np.int32) % 40, np.array([0, 200, 400])
for architecture in ("skipgram", "cbow"):
    settings = Word2VecSettings(architecture=architecture, dimension=100, epochs=1, snapshots=2)
    train_word2vec(ids, documents, ids, documents, 40, settings, 1)
"""


def run(study: str, corpus: Path | None) -> Iterator[str | Gate]:
    """Lines to print and gates, in the order in which they are found."""
    text = read_text(study, corpus)
    tokens = len(text.training.ids)
    epochs = int(np.clip(PRESENTATIONS // tokens, 1, EPOCHS))
    asked = 1.0 if tokens >= LARGE else ASKED_OF_SMALL
    yield f"text: {text.name}, {tokens:,} training tokens of {text.size:,} words, {epochs} epochs"
    peers = ", ".join(f"{name} {version(name)}" for name in ("gensim", "fasttext-numpy2-wheel"))
    yield f"peers: {peers}; one thread, from a file of one document a line"
    with tempfile.TemporaryDirectory() as folder:
        short = beginning(text, TIMED_TOKENS)
        seconds, _ = stopwatch(lambda: [ours(beginning(text, 2000), name, 1, 0) for name in SPEED])
        yield f"jit: {seconds:.1f} s (not counted; less once the compiler has its cache)"
        path = Path(folder) / "short.txt"
        write_lines(short, path)
        for name in SPEED:
            yield from _speed(name, short, path, asked)
        yield from _fasttext(short, path, asked)
        yield from _processes(text)
        yield from _start()
        path = Path(folder) / "text.txt"
        write_lines(text, path)
        yield from _quality(text, path, epochs)
    yield from run_counting(text)
    with tempfile.TemporaryDirectory() as folder:
        yield from run_scale(text, Path(folder))


def _speed(name: Architecture, text: Text, path: Path, asked: float) -> Iterator[str | Gate]:
    """Whole trainings beside gensim's, in turn; then the kernel alone, in vector instructions and in plain loops."""
    tokens, epochs = len(text.training.ids), _timed_epochs(text)
    found: Rounds[Tables, Tables] = interleave(
        lambda seed: ours(text, name, epochs, seed),
        lambda seed: train_gensim(text, path, name, 1, seed),
        ROUNDS[name],
    )
    speedup = found.speedup * epochs
    rate, theirs = epochs * tokens / np.median(found.ours_seconds), tokens / np.median(found.peer_seconds)
    yield f"{name}: {rate:,.0f} words/s, gensim {theirs:,.0f} words/s"
    yield Gate(f"{name}_speed_over_gensim", speedup, asked * SPEED[name], least=True)
    chosen = settings(name, 1)
    parts, work = kernel_seconds(text, chosen), operations(text, chosen)
    (draws, vector, plain), peak = np.median(parts, axis=0), peak_flops()
    yield (
        f"{name}: {draws / tokens * 1e9:.0f} ns a word to draw windows and noise, {vector / tokens * 1e9:.0f} to "
        f"train, in plain loops {plain / tokens * 1e9:.0f}; {work / vector / 1e9:.0f} GFLOP/s of {peak / 1e9:.0f}, "
        f"{work / vector / peak:.0%}"
    )
    if name == "skipgram":
        share = float(np.median((parts[:, 0] + parts[:, 1]) / (parts[:, 0] + parts[:, 2])))
        yield Gate(f"plain_{name}_speed_over_gensim", speedup * share, asked * PLAIN_SPEED, least=True)


def _timed_epochs(text: Text) -> int:
    """Epochs of ours in a timed training."""
    return -(-TIMED_PRESENTATIONS // len(text.training.ids))


def _fasttext(text: Text, path: Path, asked: float) -> Iterator[str | Gate]:
    """Whole trainings of skip-gram beside fastText's without subwords, in turn."""
    epochs = _timed_epochs(text)
    found: Rounds[Tables, None] = interleave(
        lambda seed: ours(text, "skipgram", epochs, seed), lambda _: (fasttext_seconds(path), None), 3
    )
    theirs = len(text.training.ids) / np.median(found.peer_seconds)
    yield f"skipgram: fastText {theirs:,.0f} words/s"
    yield Gate("skipgram_speed_over_fasttext", found.speedup * epochs, asked * FASTTEXT_SPEED, least=True)


def _processes(text: Text) -> Iterator[str | Gate]:
    """Two trainings at once in two processes, against one alone."""
    if (os.cpu_count() or 1) < 2:
        yield "two processes: not measured, the machine has one core"
        return
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(ours, [beginning(text, 2000)] * 2, ["skipgram"] * 2, [1] * 2, [0] * 2))
        ratios = []
        for _ in range(3):
            alone = pool.submit(clock_seconds, text, 0).result()
            both = [pool.submit(clock_seconds, text, seed) for seed in range(2)]
            ratios.append(2 * alone / max(job.result() for job in both))
    yield Gate("two_processes_speed_over_one", float(np.median(ratios)), TWO_PROCESSES, least=True)


def _start() -> Iterator[str | Gate]:
    """CPU seconds of a process that trains both architectures on next to nothing, compiled code cached."""
    spent = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", TINY], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    yield Gate("cached_start_cpu_seconds", float(np.median(spent[1:])), START, least=False)


def _quality(text: Text, path: Path, epochs: int) -> Iterator[str | Gate]:
    """Losses, geometry and word lists of trainings on all of the text; two at a time, as nothing here is timed."""
    sides: tuple[Side, ...] = ("gensim", "pairwise", "ours")
    jobs = [(side, name, seed) for side in sides for name in SPEED for seed in range(SEEDS)]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        waiting = {job: pool.submit(train, text, path, *job, epochs) for job in jobs}
        found = {job: future.result() for job, future in waiting.items()}
    for name in SPEED:
        of = {side: [found[side, name, seed] for seed in range(SEEDS)] for side in sides}
        chosen = settings(name, epochs)
        losses = {side: [heldout_loss(text, tables, chosen) for tables in of[side]] for side in of}
        yield f"{name}: held-out loss " + "; ".join(f"{side} {_numbers(losses[side])}" for side in losses)
        ratio = float(np.mean(losses["ours"]) / np.mean(losses["pairwise"]))
        yield Gate(f"{name}_heldout_loss_over_pairwise", ratio, LOSS, least=False)
        pairs = [rsa(text, one, other) for one, other in combinations(of["pairwise"], 2)]
        ceiling = float(np.mean(pairs))
        across = [rsa(text, fast, slow) for fast in of["ours"] for slow in of["pairwise"]]
        yield f"{name}: RSA of two pairwise seeds {_numbers(pairs)}, of ours with pairwise {_numbers(across)}"
        yield Gate(f"{name}_rsa_with_pairwise_less_seed_rsa", float(np.mean(across)) - ceiling, RSA, least=True)
        if len(text.training.ids) >= LARGE:
            for listed, bound in LISTS.items():
                scores = {side: [similarity(text, tables, listed) for tables in of[side]] for side in of}
                yield f"{name}: {listed} " + "; ".join(f"{side} {_numbers(scores[side])}" for side in scores)
                above = float(np.mean(scores["ours"]) - np.mean(scores["gensim"]))
                yield Gate(f"{name}_{listed}_less_gensim", above, bound, least=True)


def _numbers(values: list[float]) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def train(text: Text, path: Path, side: Side, name: Architecture, seed: int, epochs: int) -> Tables:
    """Vectors of one side."""
    if side == "pairwise":
        return Tables(*train_pairwise(text.training, text.size, settings(name, epochs, side), seed))
    return (ours(text, name, epochs, seed) if side == "ours" else train_gensim(text, path, name, epochs, seed))[1]


def busy(work: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds over clock seconds of a call on one thread, and its result: other programs do not count as ours."""
    begin = time.process_time()
    clock, result = stopwatch(work)
    return (time.process_time() - begin) / clock, result


def ours(text: Text, name: Architecture, epochs: int, seed: int) -> tuple[float, Tables]:
    """Train here. The CPU seconds hold sampling and the closing record, not the tables of counts, as for the peer."""
    nothing, given = (np.zeros(0, np.int32), np.zeros(1, np.int64)), text.training
    chosen = settings(name, epochs)
    share, result = busy(lambda: train_word2vec(given.ids, given.documents, *nothing, text.size, chosen, seed))
    return share * result.timing["seconds"], Tables(result.weights["centre"], result.weights["context"])


def clock_seconds(text: Text, seed: int) -> float:
    """Clock seconds of two epochs of skip-gram."""
    return stopwatch(lambda: ours(text, "skipgram", 2, seed))[0]


def beginning(text: Text, tokens: int) -> Text:
    """The first documents, `tokens` of them or a little more, with the vocabulary of the whole."""
    documents = text.training.documents
    documents = documents[: 2 + int(np.searchsorted(documents[1:], tokens))]
    return Text(text.name, Encoded(text.training.ids[: documents[-1]], documents, documents), text.heldout, text.words)
