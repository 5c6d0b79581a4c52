"""What word vectors have learnt: loss on held-out text, word similarity lists, agreement of their geometry."""

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from benchmarks.text import Text
from gensim.test.utils import datapath
from scipy.stats import spearmanr

from wordspaces.common.errors import StudyError
from wordspaces.models.word2vec.objectives import negative_sampling, predictions
from wordspaces.models.word2vec.sampling import (
    alias_table,
    draw_noise,
    draw_segment,
    keep_probabilities,
    noise_distribution,
    stream_state,
)
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.tokens.encoded import unigram_counts

LISTS = {"wordsim": "wordsim353.tsv", "simlex": "simlex999.txt"}
RDM_WORDS = 2000
PIECE = 4096


class Tables(NamedTuple):
    """Input and output vectors, float32 [V, d]."""

    inputs: np.ndarray
    outputs: np.ndarray


def heldout_loss(text: Text, tables: Tables, chosen: Word2VecSettings) -> float:
    """Mean loss of a prediction, nats, over all held-out text, the same draw of windows and noise for every model.

    Words without a training token have zero vectors, whoever trained.
    """
    counts, held = unigram_counts(text.training, text.size), text.heldout
    keep = keep_probabilities(counts, chosen.subsample)
    noise = alias_table(noise_distribution(counts, chosen.noise_power))
    inputs, outputs = ((table * (counts > 0)[:, None]).astype(np.float64) for table in tables)
    state, total, number = stream_state(0, "benchmark", "heldout"), 0.0, 0
    cuts = np.unique(np.searchsorted(held.documents, np.arange(PIECE, held.documents[-1], PIECE)))
    for part in np.split(np.arange(len(held.documents) - 1), cuts):
        segment = draw_segment(held.ids, held.documents, part, keep, chosen.window, chosen.dynamic_window, state)
        n = len(segment.kept)
        matrix, position, word = predictions(segment, 0, n, text.size, chosen.architecture)
        drawn = draw_noise(noise, state, n, chosen.negative)
        total += negative_sampling(matrix @ inputs, outputs, position, word, drawn, chosen.negative).loss
        number += len(position)
    if not number:
        raise StudyError("held-out text", "no word with a context", "documents of two words or more")
    return total / number


@cache
def _pairs(name: Literal["wordsim", "simlex"]) -> list[tuple[str, str, float]]:
    """Word pairs of a list and how alike people find them, as gensim ships it for its own tests."""
    with open(datapath(LISTS[name]), encoding="utf-8") as lines:
        rows = [line.lower().split("\t") for line in lines if not line.startswith("#")]
    return [(first, second, float(score)) for first, second, score in rows]


def similarity(text: Text, tables: Tables, name: Literal["wordsim", "simlex"]) -> float:
    """Spearman correlation of cosines of the input vectors with people's judgements, over the pairs that both know."""
    row = {word: number for number, word in enumerate(text.words)}
    known = [(row[first], row[second], score) for first, second, score in _pairs(name) if {first, second} <= row.keys()]
    first, second, score = (np.array(column) for column in zip(*known, strict=True))
    unit = tables.inputs / (np.linalg.norm(tables.inputs, axis=1, keepdims=True) + 1e-12)
    return float(spearmanr((unit[first] * unit[second]).sum(axis=1), score).statistic)


def rsa(text: Text, one: Tables, other: Tables) -> float:
    """Pearson correlation of two cosine dissimilarity matrices: centred input vectors of the most frequent words."""
    words = np.argsort(-unigram_counts(text.training, text.size), kind="stable")[:RDM_WORDS]
    upper, sides = np.triu_indices(len(words), 1), []
    for tables in (one, other):
        centred = tables.inputs[words] - tables.inputs[words].mean(axis=0)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-12
        sides.append((centred @ centred.T)[upper])
    return float(np.corrcoef(*sides)[0, 1])
