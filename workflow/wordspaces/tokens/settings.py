"""Settings of this stage, one class a rule, so that a change reruns no more than it touches."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wordspaces.common.settings import Settings


class NormaliserSettings(Settings):
    """How text becomes tokens."""

    style: Literal["shared", "glove-twitter"] = "shared"
    """"shared" is this project's one normaliser; "glove-twitter" follows the preprocessing of the published vectors."""


class SelectionSettings(Settings):
    """Which documents train, which are held out, and how many words each part has."""

    samples: int = Field(default=2, ge=1, le=26)
    """Number of disjoint training samples of each corpus, named a, b, and so on."""
    heldout: float = Field(default=0.1, gt=0.0, lt=1.0)
    """Share of the documents that no training sample sees."""
    tokens_per_sample: int | None = Field(default=None, gt=0)
    """Words of each training sample; null takes as many as the smallest sample of any corpus has."""
    min_words: int = Field(default=3, ge=1)
    """Documents with fewer words are left out."""
    bootstrap: int = Field(default=0, ge=0, le=1000)
    """Number of bootstrap samples of each corpus (boot1, boot2, ...): documents of sample a drawn with replacement."""
    shares: Annotated[list[Annotated[int, Field(ge=1, le=99)]], Field(default=[])]
    """Percentages: for each, the first so many hundredths of the words of every sample are a sample of their own (a25,
    b25, ...), for models whose geometry is followed over the size of the text."""


class VocabularySettings(Settings):
    """The one vocabulary of all corpora."""

    vocabulary_size: int = Field(default=8000, ge=9, le=2**31 - 1)
    """Entries of the vocabulary: four special tokens, four placeholders, and words."""
    min_count: int = Field(default=3, ge=1)
    """Least number of occurrences of a word in all training samples together."""


class ComparisonSettings(Settings):
    """The words on which spaces are compared."""

    comparison_min_count: int = Field(default=10, ge=1)
    """Least number of occurrences of a word in each training sample of each corpus."""
    comparison_words: int | None = Field(default=None, ge=10)
    """Largest number of words that are compared, the most frequent ones first; null compares all that are frequent
    enough. Memory of the comparisons grows with its square times the number of runs."""


class PieceSettings(Settings):
    """A tokeniser of pieces of words, for models whose `tokeniser` names it."""

    algorithm: Literal["bpe", "wordpiece", "unigram"]
    """Byte-level byte-pair encoding, WordPiece, or the unigram language model."""
    size: int = Field(default=8000, ge=16, le=2**31 - 1)
    """Entries of the vocabulary: the eight reserved ones and pieces."""
    characters: int = Field(default=20_000_000, ge=1)
    """Characters of training text that the pieces are learnt from, in equal shares from every corpus."""

    @model_validator(mode="after")
    def _bytes_fit(self) -> "PieceSettings":
        if self.algorithm == "bpe" and self.size < 265:
            raise ValueError(f"a size of 265 or more with bpe, which keeps all 256 bytes, found {self.size}")
        return self
