"""Settings of a PPMI-SVD variant."""

from typing import Literal

from pydantic import Field

from wordspaces.common.settings import Settings


class SvdSettings(Settings):
    """Truncated singular value decomposition of positive pointwise mutual information: no seed has a part in it."""

    family: Literal["svd"] = "svd"
    """Family of the variant."""

    dimension: int = Field(default=64, ge=1)
    """Components of a word vector: singular values kept."""

    alpha: float = Field(default=0.75, gt=0.0)
    """Exponent of the context counts, which smooths their distribution; 1 leaves it as it is."""

    negative: float = Field(default=1.0, ge=1.0)
    """Negative samples k of the shift: log k is taken off each entry before those below 0 are dropped."""

    power: float = Field(default=0.5, ge=0.0, le=1.0)
    """Exponent of the singular values in the word vectors; the context vectors take the rest of them."""

    add_context: bool = False
    """Whether the vectors compared are the sums of word and context vectors, as GloVe's authors have it, or the
    first alone."""
