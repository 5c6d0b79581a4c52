"""A tiny GPT on text from a bigram source: what it needs for a word comes down to the entropy rate, not below it."""

import numpy as np

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import load_model
from wordspaces.models.transformer.settings import GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.spaces.probabilities import token_bits
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded

WORDS, FIRST, LENGTH = 12, 4, 33
STEPS = {1: 0.7, 5: 0.2, 6: 0.1}


def text_of(documents: int, name: str) -> Encoded:
    """Each word is one of `STEPS` after the one before it, in a circle, so that all are equally frequent."""
    stream = generator(1, "source", name)
    steps = stream.choice(list(STEPS), (documents, LENGTH), p=list(STEPS.values()))
    steps[:, 0] = stream.integers(0, WORDS, documents)
    words = steps.cumsum(axis=1) % WORDS
    bounds = np.arange(0, documents * LENGTH + 1, LENGTH)
    return Encoded((FIRST + words).ravel().astype(np.int32), bounds, bounds)


def test_a_trained_gpt_needs_the_entropy_rate() -> None:
    rate = -sum(share * np.log2(share) for share in STEPS.values())
    train, heldout = text_of(800, "train"), text_of(300, "heldout")
    settings = GptSettings(
        dimension=32,
        layers=1,
        heads=2,
        context=34,
        batch=16,
        epochs=2,
        snapshots=2,
        softmax="exact",
        heldout_tokens=500,
    )
    result = Training(settings, train, heldout, FIRST + WORDS, seed=1).run()
    places, bits = token_bits(load_model(settings, result.weights), heldout, settings, ContextualSettings())
    first = np.isin(places, heldout.documents)
    assert first.sum() == 300
    # 9,600 words of standard deviation 1.0 bit: the mean of the source itself has an error of 0.01.
    assert bits[~first].mean() > rate - 0.03
    assert bits[~first].mean() < rate + 0.1
    # Nothing comes before the first word of a document: it costs the entropy of a single word.
    assert abs(bits[first].mean() - np.log2(WORDS)) < 0.1
