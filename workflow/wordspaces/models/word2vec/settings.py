"""Settings of a Word2Vec variant."""

from typing import Literal

from pydantic import Field, model_validator

from wordspaces.models.seeding import SeededSettings


class Word2VecSettings(SeededSettings):
    """Skip-gram or continuous bag of words, with negative sampling or a full softmax."""

    family: Literal["word2vec"] = "word2vec"
    """Family of the variant."""

    architecture: Literal["skipgram", "cbow"] = "skipgram"
    """"skipgram" predicts each context word from the centre word, "cbow" the centre word from the mean context."""

    objective: Literal["negative_sampling", "full_softmax"] = "negative_sampling"
    """Training objective; the full softmax is exact and slow, for vocabularies of some thousand words."""

    dimension: int = Field(default=64, ge=1)
    """Components of a word vector."""

    window: int = Field(default=5, ge=1, le=100)
    """Largest distance of a context word on either side, after subsampling."""

    dynamic_window: bool = True
    """Whether the window of each position is drawn from 1..window, which weights near words more. Skip-gram with
    negative sampling trains on the expectation of that draw: a pair at distance k weighs (window - k + 1) / window."""

    negative: int = Field(default=5, ge=1)
    """Noise words for each predicted word."""

    shared_negatives: int = Field(default=32, ge=1)
    """Noise words drawn for a block of positions, each weighted by negative / shared_negatives: the same expected
    gradient as `negative` fresh words for each predicted word, in fewer and larger products."""

    noise_power: float = Field(default=0.75, ge=0.0)
    """Exponent of the counts in the noise distribution."""

    subsample: float | None = Field(default=1e-3, gt=0.0)
    """Relative frequency above which words are dropped at random; null keeps every token."""

    epochs: int = Field(default=12, ge=1)
    """Passes over the sample."""

    learning_rate: float = Field(default=0.025, gt=0.0)
    """Learning rate of the first step."""

    final_learning_rate: float = Field(default=1e-4, ge=0.0)
    """Learning rate of the last step; linear in between."""

    l2: float = Field(default=0.0, ge=0.0)
    """Weight of the penalty l2 / 2 * (|input|^2 + |output|^2) of each predicted word."""

    snapshots: int = Field(default=10, ge=2)
    """Points at which loss and vectors are recorded, both ends included."""

    snapshot_words: int = Field(default=2500, ge=1)
    """Most frequent words kept in each snapshot."""

    add_context: bool = False
    """Whether the vectors compared are the sums of input and output vectors, as GloVe's authors have it, or the
    first alone."""

    device: Literal["cpu", "cuda"] = "cpu"
    """Where the variant is trained, whatever the `device` of the study; on a GPU an update is of more positions than on
    the CPU, so the vectors differ."""

    @property
    def weighted_window(self) -> bool:
        """Whether pairs are weighted by the probability that the drawn window reaches them."""
        pairs = self.architecture == "skipgram" and self.objective == "negative_sampling"
        return pairs and self.dynamic_window

    @property
    def fall(self) -> float:
        """What a pair weighs less for each word between its two."""
        return 1.0 / self.window if self.weighted_window else 0.0

    @model_validator(mode="after")
    def _rates(self) -> "Word2VecSettings":
        if self.final_learning_rate > self.learning_rate:
            allowed = f"a final_learning_rate of at most learning_rate {self.learning_rate:g}"
            raise ValueError(f"{allowed}, found {self.final_learning_rate:g}")
        return self
