"""Settings of the measured cost: which trainers are timed, and over what."""

from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from wordspaces.common.settings import Settings

Trainer = Literal["skipgram", "cbow", "glove", "gpt", "bert"]


def _rising(values: list[int]) -> list[int]:
    if any(after <= before for before, after in pairwise(values)):
        raise ValueError(f"rising values, found {values}")
    return values


Sweep = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=4), AfterValidator(_rising)]


class CostBaseSettings(Settings):
    """Where every factor stays while another one is swept."""

    tokens: int = Field(default=100_000, ge=1000)
    """T, tokens of a pass of Word2Vec."""

    window: int = Field(default=5, ge=1, le=100)
    """c, words on either side, for Word2Vec."""

    dimension: int = Field(default=64, ge=1)
    """d, components of a vector."""

    pairs: int = Field(default=200_000, ge=1)
    """|X|, pairs of a pass of GloVe."""

    context: int = Field(default=64, ge=8)
    """n, positions of a row of GPT and BERT."""

    positions: int = Field(default=1536, ge=8)
    """Positions of one update of GPT and BERT, whatever the length of a row."""

    rows: int = Field(default=8, ge=1)
    """Rows of attention alone, whatever their length."""

    softmax_tokens: int = Field(default=256, ge=16)
    """Tokens of a pass of skip-gram with a full softmax."""


class CostSettings(Settings):
    """Seconds of one pass, or of one update, over a small grid: one factor at a time, the others at their base."""

    trainers: Annotated[list[Trainer], Field(default_factory=lambda: list(get_args(Trainer)))]
    """What is timed; an empty list times nothing."""
    repetitions: int = Field(default=5, ge=1)
    """Timed rounds over the grid, after two that are not; the median counts."""
    tokens: Annotated[Sweep, Field(default=[20_000, 40_000, 60_000, 100_000, 150_000, 200_000, 300_000])]
    """T, tokens of a pass of Word2Vec; the text of the first sample, repeated where it is shorter."""
    windows: Annotated[Sweep, Field(default=[1, 2, 3, 5, 8, 12, 16])]
    """c, words on either side, for Word2Vec."""
    dimensions: Annotated[Sweep, Field(default=[16, 32, 48, 64, 96, 128, 192, 256])]
    """d of the static families."""
    pairs: Annotated[Sweep, Field(default=[25_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000])]
    """|X|, pairs of a pass of GloVe, drawn at random from the first sample's; what it does not have is left out."""
    vocabularies: Annotated[Sweep, Field(default=[500, 1000, 1500, 2000, 3000, 4000, 6000, 8000])]
    """V of a full softmax (skip-gram), the most frequent words; what the study does not have is left out."""
    contexts: Annotated[Sweep, Field(default=[32, 48, 64, 96, 128, 192, 256, 512])]
    """n, positions of a row of GPT and BERT, at the same number of positions an update, which each divides."""
    widths: Annotated[Sweep, Field(default=[32, 64, 96, 128, 192, 256])]
    """d of GPT and BERT; a head for each 32, so that heads grow in number and not in size."""
    base: CostBaseSettings = CostBaseSettings()
    """Where every factor stays while another one is swept."""

    @model_validator(mode="after")
    def _fits(self) -> "CostSettings":
        longest = max(*self.contexts, self.base.context)
        if longest > self.base.positions:
            raise ValueError(f"contexts of at most base.positions {self.base.positions}, found {longest}")
        uneven = [n for n in self.contexts if self.base.positions % n]
        if uneven:
            raise ValueError(f"contexts that divide base.positions {self.base.positions}, found {uneven}")
        if min(self.contexts) < 8 or max(self.windows) > 100:
            raise ValueError("contexts of 8 or more and windows of 100 or less")
        return self
