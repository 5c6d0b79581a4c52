"""Settings of the co-occurrence counts."""

from typing import Literal

from pydantic import Field

from wordspaces.common.settings import Settings


class CooccurrenceSettings(Settings):
    """How often two words stand near each other: how near, and how distance counts."""

    window: int = Field(default=5, ge=1, le=20)
    """Largest distance, in tokens, of a context word on either side."""

    weighting: Literal["distance", "flat"] = "distance"
    """"distance" counts a pair at distance k as 1/k, "flat" as 1."""

    symmetric: bool = True
    """Whether words on both sides are contexts; otherwise only those to the left."""

    subsample: float | None = Field(default=None, gt=0.0)
    """Relative frequency above which tokens are dropped at random, by the rule of Word2Vec; null keeps every token."""

    dirty: bool = True
    """Whether dropped tokens leave the text before windows are taken, so that windows reach further, as in Word2Vec;
    otherwise they keep their places and only count for nothing (Levy, Goldberg and Dagan 2015, section 3.1)."""
