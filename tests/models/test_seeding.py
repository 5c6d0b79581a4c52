"""Which random streams differ between two seeds of a variant: those it says, and no others."""

import numpy as np
import pytest

from wordspaces.models.glove import train as glove
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.seeding import STREAMS, SeededSettings
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
from wordspaces.tokens.encoded import Encoded

V = 60


def text(documents, seed):
    rng = np.random.default_rng(seed)
    ids = (8 + rng.zipf(1.3, documents * 12) % (V - 8)).astype(np.int32)
    starts = np.arange(0, documents * 12 + 1, 12, dtype=np.int64)
    sentences = np.arange(0, documents * 12 + 1, 6, dtype=np.int64)
    return Encoded(ids, starts, sentences)


TEXT, HELDOUT = text(60, 1), text(12, 2)
SMALL = {"dimension": 8, "snapshots": 2}
BODY = SMALL | {"layers": 1, "heads": 1, "context": 16, "epochs": 1, "candidates": 16, "batch": 8, "dropout": 0.1}


def word2vec(seed, **said):
    settings = Word2VecSettings(**SMALL, epochs=1, window=2, **said)
    given = (TEXT.ids, TEXT.documents, HELDOUT.ids, HELDOUT.documents)
    return train_word2vec(*given, V, settings, seed)


def factorised(seed, **said):
    row, column = np.divmod(np.arange(V * V, dtype=np.int32), V)
    matrix = glove.in_memory(row, column, 1.0 + (row * column) % 7)
    return glove.train_glove(matrix, V, 4000, GloveSettings(**SMALL, epochs=2, **said), seed)


def gpt(seed, **said):
    return Training(GptSettings(**BODY, **said), TEXT, HELDOUT, V, seed).run()


def bert(seed, **said):
    return Training(BertSettings(**BODY, **said), TEXT, HELDOUT, V, seed).run()


TRAINERS = {"word2vec": word2vec, "glove": factorised, "gpt": gpt, "bert": bert}


def equal(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("family", TRAINERS)
def test_streams_that_are_not_varied_are_those_of_the_base_seed(family):
    train = TRAINERS[family]
    base = train(1)
    assert equal(train(2, varied=[], base_seed=1).weights, base.weights)
    assert not equal(train(2).weights, base.weights)
    for stream in STREAMS:
        alone = train(2, varied=[stream], base_seed=1)
        same_start = np.array_equal(alone.snapshots["initial"], base.snapshots["initial"])
        assert same_start == (stream != "initialisation")
        idle = family == "glove" and stream == "sampling"
        assert equal(alone.weights, base.weights) == idle, stream


def test_seed_of_each_stream():
    settings = SeededSettings(varied=["order"], base_seed=7)
    assert {stream: settings.seed_of(stream, 3) for stream in STREAMS} == {
        "initialisation": 7,
        "order": 3,
        "sampling": 7,
    }
    assert SeededSettings().varied == list(STREAMS)
