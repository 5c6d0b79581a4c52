"""Settings of a GloVe variant."""

from typing import Literal

from pydantic import Field

from wordspaces.models.seeding import SeededSettings


class GloveSettings(SeededSettings):
    """GloVe: weighted least squares on the logarithm of co-occurrence counts, by AdaGrad."""

    family: Literal["glove"] = "glove"
    """Family of the variant."""

    dimension: int = Field(default=64, ge=1)
    """Components of a word vector."""

    x_max: float = Field(default=10.0, gt=0.0)
    """Count from which on a pair has full weight; 100 for corpora of billions of tokens, less for small ones."""

    alpha: float = Field(default=0.75, gt=0.0)
    """Exponent of the weight of rarer pairs."""

    epochs: int = Field(default=25, ge=1)
    """Passes over the pairs of the co-occurrence matrix."""

    learning_rate: float = Field(default=0.05, gt=0.0)
    """Initial learning rate of AdaGrad."""

    biases: bool = True
    """Whether words and contexts have biases, which take up how frequent they are."""

    l2: float = Field(default=0.0, ge=0.0)
    """Weight of the penalty l2 / 2 * (|w|^2 + |w~|^2) of each pair."""

    add_context: bool = True
    """Whether the vectors compared are the sums of word and context vectors, as GloVe's authors have it, or the
    first alone."""

    snapshots: int = Field(default=10, ge=2)
    """Points at which cost and vectors are recorded, both ends included."""

    snapshot_words: int = Field(default=2500, ge=1)
    """Most frequent words kept in each snapshot."""

    device: Literal["cpu", "cuda"] = "cpu"
    """Where the model is trained; on a GPU many pairs go into one update, so its bytes are its own."""
