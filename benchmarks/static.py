"""Word2Vec beside gensim: words per second of one thread, and the held-out loss of what was learnt.

Both train on the same documents with the same dimension, window, number of negatives, subsampling, epochs and, where
speed is measured, learning rates. gensim reads its fastest form of input, a file of one document a line.

Losses of skip-gram are those of the timed runs. Equal rates of CBOW are no equal steps: gensim gives each context word
the whole gradient of their mean, as the word2vec program does, we give it its share of 1 / n (Irsoy, Benton and Stratos
2021). There each side has the best loss that any of `CBOW_RATES` gives it.
"""

import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from benchmarks.text import Text, read_text
from benchmarks.timing import Gate, Rounds, interleave, stopwatch
from gensim.models import Word2Vec

from wordspaces.common.errors import StudyError
from wordspaces.models.word2vec.evaluation import draw_sample, mean_loss
from wordspaces.models.word2vec.sampling import alias_table, keep_probabilities, noise_distribution
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
from wordspaces.tokens.encoded import unigram_counts

ROUNDS = {"skipgram": 3, "cbow": 9}  # a round of CBOW is short, so one of them says little
CBOW_RATES = (0.1, 0.15, 0.2, 0.3, 0.4)
RATE = 0.025
EPOCHS = 5
PRESENTATIONS = 1_500_000
LONGEST_LINE = 10_000  # gensim drops the rest of a longer one
WARM_TOKENS = 2_000

SPEED = {"skipgram": 2.5, "cbow": 0.8}
LOSS = {"skipgram": 1.01, "cbow": 1.01}

Architecture = Literal["skipgram", "cbow"]


class Tables(NamedTuple):
    """Input and output vectors, float32 [V, d]."""

    inputs: np.ndarray
    outputs: np.ndarray


def run(study: str, corpus: Path | None) -> Iterator[str | Gate]:
    """Lines to print and gates, in the order in which they are found."""
    text = read_text(study, corpus)
    tokens = len(text.training.ids)
    epochs = int(np.clip(PRESENTATIONS // tokens, 1, EPOCHS))
    yield f"text: {text.name}, {tokens:,} training tokens of {text.size:,} words, {epochs} epochs"
    yield f"peer: gensim {version('gensim')}, one worker, corpus_file"
    seconds, _ = stopwatch(lambda: [ours(_beginning(text), settings(name, 1), 0) for name in SPEED])
    yield f"jit: {seconds:.1f} s (not counted; less once the compiler has its cache)"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.txt"
        write_lines(text, path)
        for name in SPEED:
            yield from _architecture(name, text, path, epochs)


def _architecture(name: Architecture, text: Text, path: Path, epochs: int) -> Iterator[str | Gate]:
    """Rates and losses of one architecture, and the gates on them."""
    chosen = settings(name, epochs)
    found: Rounds[Tables, Tables] = interleave(
        lambda seed: ours(text, chosen, seed), lambda seed: peer(path, text.size, chosen, seed), ROUNDS[name]
    )
    words = len(text.training.ids) * epochs
    rates = [words / np.median(seconds) for seconds in (found.ours_seconds, found.peer_seconds)]
    yield f"{name}: {rates[0]:,.0f} words/s, gensim {rates[1]:,.0f} words/s"
    yield Gate(f"{name}_speed_over_gensim", found.speedup, SPEED[name], least=True)
    if name == "skipgram":
        sides = [[heldout_loss(text, tables, chosen) for tables in side] for side in (found.ours, found.peer)]
        losses = np.mean(sides, axis=1)
        how = "mean of the runs"
    else:
        losses, at = best_losses(text, path, epochs)
        how = f"at the best of {len(CBOW_RATES)} rates each, {at[0]:g} and {at[1]:g}"
    yield f"{name}: held-out loss {losses[0]:.4f} nats, gensim {losses[1]:.4f}; {how}"
    yield Gate(f"{name}_heldout_loss_over_gensim", float(losses[0] / losses[1]), LOSS[name], least=False)


def best_losses(text: Text, path: Path, epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """Least held-out loss of CBOW over `CBOW_RATES`, ours and the peer's, float64 [2], and the rates that give it."""
    losses = []
    for rate in CBOW_RATES:
        chosen = settings("cbow", epochs, rate)
        trained = ours(text, chosen, 0)[1], peer(path, text.size, chosen, 0)[1]
        losses.append([heldout_loss(text, tables, chosen) for tables in trained])
    return np.nanmin(losses, axis=0), np.array(CBOW_RATES)[np.nanargmin(losses, axis=0)]


def settings(architecture: Architecture, epochs: int, rate: float = RATE) -> Word2VecSettings:
    """What both sides are given; loss and vectors are recorded only at the two ends."""
    return Word2VecSettings(
        architecture=architecture,
        dimension=64,
        window=5,
        negative=5,
        subsample=1e-3,
        epochs=epochs,
        learning_rate=rate,
        final_learning_rate=1e-4,
        snapshots=2,
    )


def ours(text: Text, chosen: Word2VecSettings, seed: int) -> tuple[float, Tables]:
    """Train here. The seconds hold the sampling and the closing record, not the tables of counts, as for the peer."""
    nothing = np.zeros(0, np.int32), np.zeros(1, np.int64)
    result = train_word2vec(text.training.ids, text.training.documents, *nothing, text.size, chosen, seed)
    return result.timing["seconds"], Tables(result.weights["centre"], result.weights["context"])


def peer(path: Path, size: int, chosen: Word2VecSettings, seed: int) -> tuple[float, Tables]:
    """Train gensim with one worker; the seconds leave out its vocabulary scan. Words it never saw get zero vectors."""
    model = Word2Vec(
        sg=int(chosen.architecture == "skipgram"),
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
    seconds, _ = stopwatch(lambda: model.train(corpus_file=str(path), total_words=words, epochs=chosen.epochs))
    ids = np.array(model.wv.index_to_key, dtype=np.int64)
    tables = Tables(*(np.zeros((size, chosen.dimension), np.float32) for _ in range(2)))
    tables.inputs[ids], tables.outputs[ids] = model.wv.vectors, model.syn1neg
    return seconds, tables


def heldout_loss(text: Text, tables: Tables, chosen: Word2VecSettings) -> float:
    """Mean loss in nats of the negative-sampling objective on the held-out text, the same draw for every model.

    Words without a training token have zero vectors on both sides.
    """
    counts = unigram_counts(text.training, text.size)
    keep, noise = keep_probabilities(counts, chosen.subsample), noise_distribution(counts, chosen.noise_power)
    held = text.heldout
    sample = draw_sample(held.ids, held.documents, keep, alias_table(noise), chosen, "heldout")
    if sample is None:
        raise StudyError("held-out text", "no word with a context", "documents of two words or more")
    seen = (counts > 0)[:, None]
    return mean_loss(sample, tables.inputs * seen, tables.outputs * seen, chosen)[0]


def write_lines(text: Text, path: Path) -> None:
    """Training documents, one a line, words written as their ids; lines are cut at `LONGEST_LINE` words."""
    words = text.training.ids.astype(str)
    offsets = text.training.documents
    with path.open("w", encoding="utf-8") as out:
        for start, stop in pairwise(offsets):
            for begin in range(start, stop, LONGEST_LINE):
                out.write(" ".join(words[begin : min(begin + LONGEST_LINE, stop)]) + "\n")


def _beginning(text: Text) -> Text:
    """The first documents, enough to have everything compiled."""
    training = text.training
    documents = training.documents[: 2 + int(np.searchsorted(training.documents[1:], WARM_TOKENS))]
    ids = training.ids[: documents[-1]]
    return Text(text.name, type(training)(ids, documents, documents), text.heldout, text.size)
