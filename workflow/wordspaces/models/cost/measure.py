"""Measures the cost of every trainer on the text and the pairs of one sample."""

from collections.abc import Callable
from typing import Any

from wordspaces.models.cost.evidence import Pairs
from wordspaces.models.cost.grid import ATTENTION, Point, grid
from wordspaces.models.cost.settings import CostSettings
from wordspaces.models.cost.static import Word2VecPasses, glove_task
from wordspaces.models.cost.timing import interleaved, records
from wordspaces.tokens.encoded import Encoded


def tokens_needed(settings: CostSettings) -> int:
    """Most tokens of the study's own text that a point reads."""
    return max(*settings.tokens, settings.base.tokens, settings.base.softmax_tokens, 4 * settings.base.positions)


def measure_costs(text: Encoded, pairs: Pairs, vocabulary: int, settings: CostSettings) -> list[dict[str, Any]]:
    """Time the grid of the settings; records as `timing.records` has them, none where nothing is asked for.

    Parameters
    ----------
    text : a sample, or its beginning; pairs : row, column, count, as `evidence.draw_pairs` gives them; vocabulary : V.

    Seconds are those of one thread: numba's kernels have one, torch is told to take one, and BLAS takes what the
    process is given, which is the caller's to see to.
    """
    swept = grid(settings, len(pairs[0]), vocabulary)
    points = list(dict.fromkeys(point for _, point in swept))
    passes = Word2VecPasses(text, vocabulary)
    tasks = [_task(point, text, passes, pairs, vocabulary) for point in points]
    return records(swept, points, interleaved(tasks, settings.repetitions))


def _task(point: Point, text: Encoded, passes: Word2VecPasses, pairs: Pairs, vocabulary: int) -> Callable[[], None]:
    """What is timed at a point."""
    if point.trainer in ("skipgram", "cbow"):
        return passes.task(point)
    if point.trainer == "glove":
        return glove_task(pairs, vocabulary, point)
    # Loading torch takes seconds, which a study that times static families alone does not need to spend.
    from wordspaces.models.cost.transformer import attention_task, update_task

    return attention_task(point) if point.measure == ATTENTION else update_task(text, vocabulary, point)
