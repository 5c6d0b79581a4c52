"""Settings of the spaces that are read from a model by running it."""

from typing import Annotated

from pydantic import Field

from wordspaces.common.settings import Settings


class ContextualSettings(Settings):
    """How contextual vectors and probabilities are read from GPT and BERT."""

    contexts: Annotated[int, Field(gt=0)] = 5
    """Held-out contexts averaged for each word: the same number, and the same places, for every word and model."""
    rows: Annotated[int, Field(gt=0)] = 64
    """Rows of text read at a time; bounds memory."""
