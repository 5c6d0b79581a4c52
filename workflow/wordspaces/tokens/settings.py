"""Settings of this stage, one class a rule, so that a change reruns no more than it touches."""

from pydantic import Field

from wordspaces.common.settings import Settings


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
