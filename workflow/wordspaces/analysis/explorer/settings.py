"""Settings of the tables behind the word explorer."""

from typing import Annotated

from pydantic import Field

from wordspaces.analysis.settings import Neighbours
from wordspaces.common.settings import Settings


class NeighbourPart(Settings):
    """Nearest neighbours of every word."""

    k: Neighbours = 8
    """Number of nearest neighbours of each word."""
    words: Annotated[int, Field(ge=4)] = 20000
    """Most words of a corpus that are listed and that count as neighbours, the most frequent ones."""
    least_count: Annotated[int, Field(ge=1)] = 10
    """Least number of occurrences of such a word in every training sample of its corpus."""


class CoursePart(Settings):
    """What becomes of single words, and of pairs of words, in training."""

    course_words: Annotated[int, Field(ge=1)] = 2000
    """Compared words, the most frequent ones, whose nearest words are listed at every snapshot and whose way the page
    shows."""
    pair_words: Annotated[int, Field(ge=2)] = 80
    """Compared words of which the cosine of every pair is followed through training: those that the configuration
    lists for dynamics and neighbours, then the most frequent nouns, verbs and adjectives."""


class ExplorerSettings(CoursePart, NeighbourPart):
    """Words of the word explorer: neighbours in every corpus and recipe, how they move in training."""


class ExploreNeighbourSettings(NeighbourPart):
    """Nearest neighbours of every word in every corpus and recipe."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes, in the order of the study."""


class ExploreCourseSettings(CoursePart):
    """What becomes of single words, and of pairs of words, in training."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes, in the order of the study."""
    listed: list[str] = Field(default_factory=list)
    """Words that come first among those of the pairs, where they are compared."""
