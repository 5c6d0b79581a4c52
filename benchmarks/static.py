"""Word2Vec beside gensim and beside training pair by pair: words per second of one core, and what was learnt.

All train on the same documents with the same dimension, window, number of negatives, subsampling and epochs. gensim
reads its fastest form of input, a file of one document a line. Speed is measured on a part of the text that a round of
gensim passes in seconds, learning on all of it.

Equal rates of CBOW are no equal steps: gensim gives each context word the whole gradient of their mean, as the word2vec
program does, we give it its share of 1 / n (Irsoy, Benton and Stratos 2021). So gensim gets a rate of its own.
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
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from benchmarks.efficiency import kernel_seconds, operations, peak_flops
from benchmarks.pairwise import train_pairwise
from benchmarks.quality import Tables, heldout_loss, rsa, similarity
from benchmarks.text import Text, read_text
from benchmarks.timing import Gate, Rounds, interleave, stopwatch
from gensim.models import Word2Vec

from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
from wordspaces.tokens.encoded import Encoded

Architecture = Literal["skipgram", "cbow"]
Side = Literal["ours", "pairwise", "gensim"]
Result = TypeVar("Result")

EPOCHS = 5
PRESENTATIONS = 30_000_000
TIMED_TOKENS = 1_000_000
TIMED_EPOCHS = 3  # ours, so that what a training does once does not count; gensim needs no more than one
LISTED_TOKENS = 5_000_000  # word similarity lists say nothing about vectors of less text
LONGEST_LINE = 10_000  # gensim drops the rest of a longer one
ROUNDS = {"skipgram": 3, "cbow": 5}
RATES: dict[Architecture, dict[Side, float]] = {
    "skipgram": {"ours": 0.025, "pairwise": 0.025, "gensim": 0.025},
    "cbow": {"ours": 0.15, "pairwise": 0.15, "gensim": 0.05},
}
SEEDS: dict[Side, int] = {"ours": 3, "pairwise": 2, "gensim": 1}

SPEED = {"skipgram": 10.0, "cbow": 2.5}
PLAIN_SPEED = 8.0
LOSS = 1.003
RSA = 0.0
LISTS = {"wordsim": 0.0, "simlex": -0.01}
TWO_PROCESSES = 1.8
START = 1.5

TINY = """
import numpy as np
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
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
    yield f"text: {text.name}, {tokens:,} training tokens of {text.size:,} words, {epochs} epochs"
    yield f"peer: gensim {version('gensim')}, one worker, corpus_file; fastText is not in this environment"
    with tempfile.TemporaryDirectory() as folder:
        short = beginning(text, TIMED_TOKENS)
        seconds, _ = stopwatch(lambda: [ours(beginning(text, 2000), name, 1, 0) for name in SPEED])
        yield f"jit: {seconds:.1f} s (not counted; less once the compiler has its cache)"
        path = Path(folder) / "short.txt"
        write_lines(short, path)
        for name in SPEED:
            yield from _speed(name, short, path)
        yield from _processes(text)
        yield from _start()
        path = Path(folder) / "text.txt"
        write_lines(text, path)
        yield from _quality(text, path, epochs)


def _speed(name: Architecture, text: Text, path: Path) -> Iterator[str | Gate]:
    """Whole trainings beside gensim's, in turn; then the kernel alone, in vector instructions and in plain loops."""
    tokens = len(text.training.ids)
    found: Rounds[Tables, Tables] = interleave(
        lambda seed: ours(text, name, TIMED_EPOCHS, seed), lambda seed: gensim(text, path, name, 1, seed), ROUNDS[name]
    )
    speedup = found.speedup * TIMED_EPOCHS
    rate, theirs = TIMED_EPOCHS * tokens / np.median(found.ours_seconds), tokens / np.median(found.peer_seconds)
    yield f"{name}: {rate:,.0f} words/s, gensim {theirs:,.0f} words/s"
    yield Gate(f"{name}_speed_over_gensim", speedup, SPEED[name], least=True)
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
        yield Gate(f"plain_{name}_speed_over_gensim", speedup * share, PLAIN_SPEED, least=True)


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
    jobs = [
        (side, name, seed) for side in ("gensim", "pairwise", "ours") for name in RATES for seed in range(SEEDS[side])
    ]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        waiting = {job: pool.submit(train, text, path, *job, epochs) for job in jobs}
        found = {job: future.result() for job, future in waiting.items()}
    for name in RATES:
        of = {side: [found[side, name, seed] for seed in range(SEEDS[side])] for side in SEEDS}
        chosen = settings(name, epochs)
        losses = {side: [heldout_loss(text, tables, chosen) for tables in of[side]] for side in of}
        yield f"{name}: held-out loss " + "; ".join(f"{side} {_numbers(losses[side])}" for side in losses)
        ratio = float(np.mean(losses["ours"]) / np.mean(losses["pairwise"]))
        yield Gate(f"{name}_heldout_loss_over_pairwise", ratio, LOSS, least=False)
        ceiling = rsa(text, *of["pairwise"])
        across = [rsa(text, fast, slow) for fast in of["ours"] for slow in of["pairwise"]]
        yield f"{name}: RSA of two pairwise seeds {ceiling:.4f}, of ours with pairwise {_numbers(across)}"
        yield Gate(f"{name}_rsa_with_pairwise_less_seed_rsa", float(np.mean(across)) - ceiling, RSA, least=True)
        if len(text.training.ids) >= LISTED_TOKENS:
            for listed, bound in LISTS.items():
                scores = {side: [similarity(text, tables, listed) for tables in of[side]] for side in of}
                yield f"{name}: {listed} " + "; ".join(f"{side} {_numbers(scores[side])}" for side in scores)
                above = float(np.mean(scores["ours"]) - np.mean(scores["gensim"]))
                yield Gate(f"{name}_{listed}_less_gensim", above, bound, least=True)


def _numbers(values: list[float]) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def settings(architecture: Architecture, epochs: int, side: Side = "ours") -> Word2VecSettings:
    """What a side is given; loss and vectors are recorded only at the two ends."""
    return Word2VecSettings(
        architecture=architecture,
        dimension=100,
        window=5,
        negative=5,
        subsample=1e-3,
        epochs=epochs,
        learning_rate=RATES[architecture][side],
        final_learning_rate=1e-4,
        snapshots=2,
    )


def train(text: Text, path: Path, side: Side, name: Architecture, seed: int, epochs: int) -> Tables:
    """Vectors of one side."""
    if side == "pairwise":
        return Tables(*train_pairwise(text.training, text.size, settings(name, epochs, side), seed))
    return (ours(text, name, epochs, seed) if side == "ours" else gensim(text, path, name, epochs, seed))[1]


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


def gensim(text: Text, path: Path, name: Architecture, epochs: int, seed: int) -> tuple[float, Tables]:
    """Train gensim with one worker; the seconds leave out its vocabulary scan. Words it never saw get zero vectors."""
    chosen = settings(name, epochs, "gensim")
    model = Word2Vec(
        sg=int(name == "skipgram"),
        vector_size=chosen.dimension,
        window=chosen.window,
        negative=chosen.negative,
        sample=chosen.subsample,
        ns_exponent=chosen.noise_power,
        alpha=chosen.learning_rate,
        min_alpha=chosen.final_learning_rate,
        min_count=1,
        workers=1,
        seed=seed + 1,
    )
    model.build_vocab(corpus_file=str(path))
    words = model.corpus_total_words
    begin = time.process_time()
    model.train(corpus_file=str(path), total_words=words, epochs=epochs)
    seconds = time.process_time() - begin
    ids = np.array(model.wv.index_to_key, dtype=np.int64)
    tables = Tables(*(np.zeros((text.size, chosen.dimension), np.float32) for _ in range(2)))
    tables.inputs[ids], tables.outputs[ids] = model.wv.vectors, model.syn1neg
    return seconds, tables


def write_lines(text: Text, path: Path) -> None:
    """Training documents, one a line, words written as their ids; lines are cut at `LONGEST_LINE` words."""
    words = text.training.ids.astype(str)
    offsets = text.training.documents
    with path.open("w", encoding="utf-8") as out:
        for start, stop in pairwise(offsets):
            for begin in range(start, stop, LONGEST_LINE):
                out.write(" ".join(words[begin : min(begin + LONGEST_LINE, stop)]) + "\n")


def beginning(text: Text, tokens: int) -> Text:
    """The first documents, `tokens` of them or a little more, with the vocabulary of the whole."""
    documents = text.training.documents
    documents = documents[: 2 + int(np.searchsorted(documents[1:], tokens))]
    return Text(text.name, Encoded(text.training.ids[: documents[-1]], documents, documents), text.heldout, text.words)
