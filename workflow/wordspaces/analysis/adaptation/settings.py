"""Settings of the analysis of adapted models."""

from typing import Annotated

from pydantic import Field

from wordspaces.analysis.settings import CorrelationSettings, FactorSection, Neighbours


class AdaptationSettings(CorrelationSettings, FactorSection):
    """How a finished space changes when its training goes on with the text of another corpus."""

    k: Neighbours = 10
    """Number of nearest neighbours of a word."""
    listed: list[str] = Field(default_factory=list)
    """Words whose neighbours are listed beside those of the words that move most."""
    most: Annotated[int, Field(ge=1)] = 10
    """Number of words that move most whose neighbours are listed."""
    batches: Annotated[int, Field(ge=2)] = 32
    """Consecutive stretches of held-out text whose means give the standard error of bits."""
