"""Settings of contrastive training, which goes on from the word vectors of a finished static model."""

from typing import Annotated

from pydantic import Field

from wordspaces.common.settings import Settings


class ContrastiveSettings(Settings):
    """Two contexts of one word against those of the other words of a batch (InfoNCE, van den Oord et al. 2018)."""

    window: Annotated[int, Field(ge=1, le=100)] = 5
    """Words on either side that make the context of an occurrence, inside its document; the word itself is left out."""
    batch: Annotated[int, Field(ge=2)] = 256
    """Distinct words of a batch; fewer where the text has fewer that occur twice."""
    smoothing: Annotated[float, Field(gt=0)] = 1e-3
    """A word of relative frequency f weighs smoothing / (smoothing + f) in a context (Arora et al. 2017), or a few
    words of grammar would make all contexts alike."""
    temperature: Annotated[float, Field(gt=0)] = 0.3
    """Divisor of the cosines; the smaller, the more the nearest wrong context counts."""
    power: Annotated[float, Field(ge=0)] = 0.75
    """Exponent of a word's number of occurrences in the draw of a batch: 0 draws all words alike."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.2
    """Learning rate of AdaGrad, as a share of the root mean square of a component of the first vectors."""
    epochs: Annotated[int, Field(ge=1)] = 1
    """Trained contexts over tokens of the sample: each pair of contexts presents two tokens."""
