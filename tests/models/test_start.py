"""Trainings that start from finished weights: step 0 is the source, bytes do not depend on stops, refusals."""

from functools import partial

import numpy as np
import pytest

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.train import in_memory, train_glove
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.text import text_of_arrays
from wordspaces.models.word2vec.train import train_text
from wordspaces.tokens.encoded import Encoded

WORDS = 40


def text(seed, documents=60, length=12):
    ids = np.random.default_rng(seed).integers(8, WORDS, documents * length).astype(np.int32)
    return ids, np.arange(0, len(ids) + 1, length)


def word2vec(seed, start=None, checkpoint=None, ticker=None, **changes):
    settings = Word2VecSettings(**{"dimension": 8, "window": 3, "epochs": 2, "snapshots": 3} | changes)
    texts = (text_of_arrays(*text(seed + part), WORDS) for part in (0, 50))
    return train_text(*texts, settings, 1, checkpoint, ticker, start=start)


def glove(seed, start=None, checkpoint=None, ticker=None, **changes):
    settings = GloveSettings(**{"dimension": 8, "epochs": 2, "snapshots": 3} | changes)
    rng = np.random.default_rng(seed)
    row, column = np.divmod(rng.choice(WORDS * WORDS, 300, replace=False), WORDS)
    matrix = in_memory(row, column, rng.integers(1, 9, 300))
    return train_glove(matrix, WORDS, 720, settings, 1, checkpoint, ticker, start=start)


def transformer(kind, seed, start=None, length=12, checkpoint=None, ticker=None, **changes):
    small = {"dimension": 8, "heads": 2, "layers": 1, "context": 16, "epochs": 1, "snapshots": 3, "batch": 4}
    cut = np.arange(0, 60 * length + 1, length // 2)
    texts = [Encoded(*text(seed + part, length=length), cut) for part in (0, 50)]
    return Training(kind(**small | changes), *texts, WORDS, 1, checkpoint, start=start).run(ticker)


TRAINERS = {
    "word2vec": word2vec,
    "glove": glove,
    "gpt": partial(transformer, GptSettings),
    "bert": partial(transformer, BertSettings),
}


@pytest.mark.parametrize("family", list(TRAINERS))
def test_step_0_is_the_final_space_of_the_source_and_the_weights_go_on(family):
    source = TRAINERS[family](1)
    first, again = (TRAINERS[family](2, source.weights) for _ in range(2))
    np.testing.assert_allclose(first.snapshots["initial"], source.snapshots["vectors"][-1], atol=1e-6)
    for name in source.weights:
        assert first.weights[name].tobytes() == again.weights[name].tobytes()
    name = next(iter(source.weights))
    assert not np.array_equal(first.weights[name], source.weights[name])
    assert first.weights.keys() == source.weights.keys()


@pytest.mark.parametrize("family", list(TRAINERS))
def test_a_stop_changes_no_byte(family, tmp_path):
    class Stop(Exception):
        pass

    calls = []

    def stop(*seen):
        calls.append(seen)
        if len(calls) == 2:
            raise Stop

    train, source = TRAINERS[family], TRAINERS[family](1).weights
    whole = train(2, source, epochs=4)
    checkpoint = Checkpoint(tmp_path, Provenance("train", "s.py", "1" * 32), minutes=0.0)
    with pytest.raises(Stop):
        train(2, source, epochs=4, checkpoint=checkpoint, ticker=stop)
    assert checkpoint.load() is not None
    resumed = train(2, source, epochs=4, checkpoint=checkpoint)
    for name in whole.weights:
        assert resumed.weights[name].tobytes() == whole.weights[name].tobytes()
    assert resumed.snapshots["vectors"].tobytes() == whole.snapshots["vectors"].tobytes()
    assert resumed.log.equals(whole.log)


@pytest.mark.parametrize("family", list(TRAINERS))
def test_weights_of_another_dimension_or_not_finite_are_refused(family):
    source = TRAINERS[family](1)
    with pytest.raises(StudyError, match=r"weights to start from: found .* of shape"):
        TRAINERS[family](2, source.weights, dimension=16)
    name = next(name for name, array in source.weights.items() if array.ndim == 2)
    broken = source.weights | {name: np.full_like(source.weights[name], np.nan)}
    with pytest.raises(StudyError, match="not finite"):
        TRAINERS[family](2, broken)
    with pytest.raises(StudyError, match=f"no '{name}'"):
        TRAINERS[family](2, {key: array for key, array in source.weights.items() if key != name})


def test_positions_that_either_text_has_trained_are_kept():
    long = transformer(GptSettings, 1, length=14)
    short = transformer(GptSettings, 2, length=6)
    assert transformer(GptSettings, 2, long.weights, length=6).weights["reach"] == long.weights["reach"]
    assert transformer(GptSettings, 1, short.weights, length=14).weights["reach"] == long.weights["reach"]
