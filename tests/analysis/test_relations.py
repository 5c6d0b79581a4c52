"""Relations of pairs, one example of each."""

import pytest

from wordspaces.analysis.relations import relation
from wordspaces.analysis.roster import Space

EPOCHS = {"skipgram-short": "skipgram"}


def space(text: str) -> Space:
    corpus, sample, model, family, seed, *probe = text.split()
    return Space(corpus, sample, model, family, int(seed), probe=probe[0] if probe else "")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("wiki a skipgram word2vec 1", "wiki a skipgram word2vec 2", "seed"),
        ("wiki a skipgram word2vec 1", "wiki b skipgram word2vec 2", "sample"),
        ("wiki a skipgram word2vec 1", "wiki b skipgram word2vec 1", "sample same seed"),
        ("wiki a skipgram word2vec 1", "wiki a skipgram-short word2vec 2", "epochs"),
        ("wiki a skipgram word2vec 1", "wiki a skipgram-short word2vec 1", "epochs same seed"),
        ("wiki a cbow word2vec 1", "wiki a skipgram-short word2vec 2", "variant"),
        ("wiki a cbow word2vec 1", "wiki a gpt gpt 2", "family"),
        ("wiki a cbow word2vec 1", "wiki b gpt gpt 2", "family and sample"),
        ("wiki a gpt gpt 1", "twitter a gpt gpt 2", "corpus"),
        ("wiki a gpt gpt 1", "twitter b gpt gpt 2", "corpus"),
        ("wiki a gpt gpt 1", "twitter b gpt gpt 1", "corpus same seed"),
        ("wiki a gpt gpt 1", "twitter b bert bert 2", "family and corpus"),
        ("wiki a gpt gpt 1 wiki", "wiki a gpt gpt 1 twitter", "probe"),
        ("wiki a gpt gpt 1 wiki", "wiki a gpt gpt 2 twitter", "seed other probe"),
        ("wiki a gpt gpt 1 wiki", "twitter b bert bert 1 twitter", "family and corpus same seed other probe"),
    ],
)
def test_relation(a: str, b: str, expected: str) -> None:
    assert relation(space(a), space(b), EPOCHS) == expected
    assert relation(space(b), space(a), EPOCHS) == expected
