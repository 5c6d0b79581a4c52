"""Settings of word lists of one's own, and of what is measured on single occurrences of words."""

from typing import Annotated

from pydantic import Field, model_validator

from wordspaces.common.settings import Settings

PUBLIC_LISTS = ("wordsim", "simlex", "analogies")


class ProbeSection(Settings):
    """Word lists of one's own beside the public ones, and how their items are resampled."""

    ratings: Annotated[dict[str, Annotated[str, Field(min_length=1)]], Field(default_factory=dict)]
    """Lists of rated pairs by name, each a UTF-8 file: two words and a number a line, between tabs, commas or blanks;
    the first line may name the columns; lines that begin with # are comments."""
    analogies: Annotated[dict[str, Annotated[str, Field(min_length=1)]], Field(default_factory=dict)]
    """Lists of analogies by name, each a UTF-8 file: four words a line, and ": name" before each section."""
    draws: Annotated[int, Field(ge=2)] = 1000
    """Bootstrap draws of the items of a list."""
    bootstrap_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of these draws."""

    @model_validator(mode="after")
    def _names_of_their_own(self) -> "ProbeSection":
        names = [*PUBLIC_LISTS, *self.ratings, *self.analogies]
        if len(set(names)) < len(names):
            raise ValueError(f"a name of its own for each list, other than {', '.join(PUBLIC_LISTS)}")
        return self


class ContextualMeasureSettings(Settings):
    """Measures of contextual vectors, layer by layer."""

    draws: Annotated[int, Field(ge=1)] = 40
    """Made-up sets of occurrences, and made-up copies of all sentences, behind the baselines."""
    draw_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of these."""


class SenseSettings(Settings):
    """Single occurrences of listed words."""

    words: list[str]
    """Words."""
    layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose occurrences are drawn."""
    neighbours: Annotated[int, Field(ge=1)] = 5
    """Nearest words that are told of a cluster of occurrences."""
