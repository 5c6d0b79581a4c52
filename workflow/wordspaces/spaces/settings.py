"""Settings of what is read from GPT and BERT by running them, and of vectors that others trained."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wordspaces.common.settings import Settings


class OccurrenceSettings(Settings):
    """Listed words whose single occurrences in held-out text are written down, layer by layer."""

    words: Annotated[list[str], Field(default=["bank", "apple", "right", "well", "state", "play"])]
    """Words; those that the vocabulary or the held-out text lacks are left out."""
    most: Annotated[int, Field(gt=0)] = 40
    """Most occurrences of a word in each held-out text, spread evenly: the same places for every model."""


class SampledSettings(Settings):
    """Words drawn from held-out text, whose single occurrences are written down beside those of the listed ones."""

    words: Annotated[int, Field(ge=0)] = 40
    """Words of each held-out text, spread evenly over the logarithm of their frequency; 0 for none."""
    occurrences: Annotated[int, Field(ge=2)] = 10
    """Occurrences of each, spread evenly over the text; rarer words are not drawn, for the variance that a first
    component explains depends on how many there are."""


class SentenceSettings(Settings):
    """Sentences of held-out text of which the vector of every word is written down."""

    number: Annotated[int, Field(ge=0)] = 60
    """Sentences of each held-out text, spread evenly; 0 for none."""
    shortest: Annotated[int, Field(ge=2)] = 4
    """Least number of words of a sentence."""
    longest: Annotated[int, Field(ge=2)] = 40
    """Largest number of words of a sentence."""


class SampleSettings(Settings):
    """Text that GPT writes."""

    number: Annotated[int, Field(ge=0)] = 3
    """Samples of each prompt; 0 for none."""
    length: Annotated[int, Field(gt=0)] = 40
    """Most tokens of a sample, its prompt not counted; a sample ends earlier where the model ends the document."""
    temperature: Annotated[float, Field(gt=0.0)] = 1.0
    """Divides the logits before a token is drawn: below 1 for more likely text, above 1 for more varied text."""
    prompts: Annotated[list[str], Field(default=["the", "i", "in the year"])]
    """Beginnings of a document, normalised words joined by one blank; "" for none. What follows a word that the
    vocabulary lacks is left out, and the word with it."""


class FilledSettings(Settings):
    """Words hidden in held-out text, and how BERT fills the gap."""

    number: Annotated[int, Field(ge=0)] = 20
    """Documents of each held-out text, spread evenly, in each of which one word is hidden; 0 for none."""
    most_likely: Annotated[int, Field(gt=0)] = 5
    """Most likely words that are written down for each gap; the true word always is."""


class ContextualSettings(Settings):
    """How vectors, probabilities and examples are read from GPT and BERT."""

    contexts: Annotated[int, Field(gt=0)] = 5
    """Held-out contexts averaged for each word: the same number, and the same places, for every word and model."""
    pooling: Literal["mean", "first_component"] = "mean"
    """Vector of a word from those of its contexts: their mean, or their first principal component, uncentred
    (Ethayarajh 2019, section 5)."""
    pieces: Literal["mean", "last"] = "mean"
    """Vector of an occurrence of a word in several pieces: the mean of those of its pieces, or that of the last one."""
    occurrences: OccurrenceSettings = OccurrenceSettings()
    """Single occurrences of listed words."""
    sampled: SampledSettings = SampledSettings()
    """Single occurrences of words drawn by frequency."""
    sentences: SentenceSettings = SentenceSettings()
    """Whole sentences, word by word."""
    pseudo_tokens: Annotated[int, Field(ge=0)] = 2048
    """BERT: words of each held-out text, about so many, in whole documents spread evenly, each of which is hidden alone
    for the pseudo-log-likelihood (Salazar et al. 2020); 0 for none."""
    samples: SampleSettings = SampleSettings()
    """GPT: text it writes."""
    filled: FilledSettings = FilledSettings()
    """BERT: hidden words it guesses."""
    rows: Annotated[int, Field(gt=0)] = 64
    """Rows of text read at a time; bounds memory."""


class ExternalSettings(Settings):
    """Vectors that others trained, to be compared as one more space."""

    format: Literal["word2vec", "glove", "safetensors"]
    """Format of the file: of the word2vec program (text or binary), of the GloVe program (text without a header), or a
    safetensors file with an embedding matrix; the first two may be compressed by gzip."""
    path: Annotated[str, Field(min_length=1)]
    """The file."""
    vocabulary: str = ""
    """safetensors: text file with the words of the matrix, a word a line in the order of its rows."""
    tensor: str = ""
    """safetensors: name of the matrix, which may be left out where the file has one of so many rows."""

    @model_validator(mode="after")
    def _words_of_the_matrix(self) -> "ExternalSettings":
        matrix = self.format == "safetensors"
        if matrix and not self.vocabulary:
            raise ValueError("a vocabulary with format safetensors, found none")
        if not matrix and (self.vocabulary or self.tensor):
            raise ValueError(f"no vocabulary and no tensor with format {self.format}, whose files hold their words")
        return self
