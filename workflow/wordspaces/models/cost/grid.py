"""The grid over which cost is measured: one factor at a time, the others at their base.

A point that belongs to two sweeps, such as the base, is measured once and stands in both.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from wordspaces.models.cost.settings import CostSettings

FAMILIES = {"skipgram": "word2vec", "cbow": "word2vec", "glove": "glove", "gpt": "gpt", "bert": "bert"}
TRAINING, SOFTMAX, ATTENTION = "training", "softmax", "attention"


@dataclass(frozen=True)
class Point:
    """One thing to be timed; a factor that plays no part is None.

    trainer : skipgram, cbow, glove, gpt or bert. measure : "training" is a pass (of GPT and BERT one update), "softmax"
    a pass with the full softmax, "attention" scaled dot-product attention of one layer alone, forward and backward.
    tokens : T; window : c; dimension : d; pairs : |X|; context : n; rows : of n positions; vocabulary : V.
    """

    trainer: str
    measure: str
    dimension: int
    tokens: int | None = None
    window: int | None = None
    pairs: int | None = None
    context: int | None = None
    rows: int | None = None
    vocabulary: int | None = None


class Swept(NamedTuple):
    """A point and the factor, a field of `Point`, in whose sweep it stands."""

    factor: str
    point: Point


def grid(settings: CostSettings, pairs: int, vocabulary: int) -> list[Swept]:
    """Every point of every sweep.

    Parameters
    ----------
    settings : the sweeps; pairs : |X| of the sample; vocabulary : V of the study. Larger ones are not in the grid, and
    where fewer than four of a sweep are left, neither is the sweep.
    """
    found = []
    for trainer in settings.trainers:
        found += {"glove": _glove, "gpt": _transformer, "bert": _transformer}.get(trainer, _word2vec)(
            trainer, settings, pairs, vocabulary
        )
    return found


def _sweep(base: Point, factor: str, values: list[int]) -> list[Swept]:
    """The base with one factor replaced; nothing where too few values are left for a slope."""
    return [Swept(factor, replace(base, **{factor: value})) for value in values] if len(values) > 3 else []


def _word2vec(trainer: str, settings: CostSettings, pairs: int, vocabulary: int) -> list[Swept]:
    at = settings.base
    base = Point(trainer, TRAINING, at.dimension, tokens=at.tokens, window=at.window, vocabulary=vocabulary)
    found = _sweep(base, "tokens", settings.tokens) + _sweep(base, "window", settings.windows)
    found += _sweep(base, "dimension", settings.dimensions)
    if trainer == "skipgram":
        whole = replace(base, measure=SOFTMAX, tokens=at.softmax_tokens)
        found += _sweep(whole, "vocabulary", [size for size in settings.vocabularies if size <= vocabulary])
    return found


def _glove(trainer: str, settings: CostSettings, pairs: int, vocabulary: int) -> list[Swept]:
    at = settings.base
    base = Point(trainer, TRAINING, at.dimension, pairs=min(at.pairs, pairs), vocabulary=vocabulary)
    found = _sweep(base, "pairs", [count for count in settings.pairs if count <= pairs])
    return found + _sweep(base, "dimension", settings.dimensions)


def _transformer(trainer: str, settings: CostSettings, pairs: int, vocabulary: int) -> list[Swept]:
    at = settings.base
    base = Point(
        trainer,
        TRAINING,
        at.dimension,
        context=at.context,
        rows=at.positions // at.context,
        vocabulary=vocabulary,
    )
    found = [
        Swept(factor, replace(point, rows=at.positions // point.context))
        for factor, point in _sweep(base, "context", settings.contexts) + _sweep(base, "dimension", settings.widths)
    ]
    if trainer == "gpt":
        alone = replace(base, measure=ATTENTION, rows=at.rows, vocabulary=None)
        found += _sweep(alone, "context", settings.contexts) + _sweep(alone, "dimension", settings.widths)
    return found
