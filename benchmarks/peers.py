"""The peers of Word2Vec: gensim and fastText, each on the same words with the same settings.

Equal rates of CBOW are no equal steps: gensim gives each context word the whole gradient of their mean, as the word2vec
program does, we give it its share of 1 / n (Irsoy, Benton and Stratos 2021). So gensim gets a rate of its own.
"""

import time
from itertools import pairwise
from pathlib import Path
from typing import Literal

import fasttext
import numpy as np
from benchmarks.quality import Tables
from benchmarks.text import Text
from gensim.models import Word2Vec

from wordspaces.models.word2vec.settings import Word2VecSettings

Architecture = Literal["skipgram", "cbow"]
Side = Literal["ours", "pairwise", "gensim"]
RATES: dict[Architecture, dict[Side, float]] = {
    "skipgram": {"ours": 0.025, "pairwise": 0.025, "gensim": 0.025},
    "cbow": {"ours": 0.15, "pairwise": 0.15, "gensim": 0.05},
}
LONGEST_LINE = 10_000  # gensim drops the rest of a longer one


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


def train_gensim(text: Text, path: Path, name: Architecture, epochs: int, seed: int) -> tuple[float, Tables]:
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


def fasttext_seconds(path: Path) -> float:
    """CPU seconds of an epoch of fastText's skip-gram over whole words: what two epochs take more than one."""
    chosen = settings("skipgram", 1)
    spent = []
    for epochs in (1, 2):
        begin = time.process_time()
        fasttext.train_unsupervised(
            str(path),
            model="skipgram",
            loss="ns",
            dim=chosen.dimension,
            ws=chosen.window,
            neg=chosen.negative,
            t=chosen.subsample,
            lr=chosen.learning_rate,
            epoch=epochs,
            minCount=1,
            maxn=0,
            bucket=0,
            thread=1,
            lrUpdateRate=10_000,  # of tokens; it gives up where it has trained on nothing by then, as on short lines
            verbose=0,
        )
        spent.append(time.process_time() - begin)
    return spent[1] - spent[0]
