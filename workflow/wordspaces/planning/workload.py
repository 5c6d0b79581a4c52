"""What a study has to do, in numbers known before anything runs: characters, documents, tokens, pairs, runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log

from wordspaces.corpus.plan import files_of, shards_of_study
from wordspaces.corpus.sources import TWEET_FORMATS, Shard, Source
from wordspaces.planning import measured
from wordspaces.sections import WORDS, ModelSettings
from wordspaces.study import Study
from wordspaces.tokens.samples import HELDOUT, bootstrap_names, sample_names, share_names

EULER = 0.5772


@dataclass(frozen=True)
class Text:
    """What a shard is expected to hold: characters, documents, and words that samples are drawn from."""

    characters: float
    documents: float
    words: float
    format: str

    @property
    def tweets(self) -> bool:
        """Whether its documents are tweets."""
        return self.format in TWEET_FORMATS


@dataclass(frozen=True)
class Workload:
    """A study in numbers.

    device : where GPT and BERT run, "cpu" or "cuda". Texts are expected from the sizes that the list of sources gives,
    each file and each part of one alike; tokens of a sample are those that are set, or what the smallest corpus has.
    """

    study: Study
    sources: Mapping[str, Source]
    device: str

    @cached_property
    def shards(self) -> dict[str, Shard]:
        """Shards of the study by name."""
        return shards_of_study(self.study.corpora, self.sources)

    @cached_property
    def texts(self) -> dict[str, Text]:
        """What each shard is expected to hold."""
        found = {}
        for name, shard in self.shards.items():
            source = self.sources[shard.source]
            kind = measured.FORMATS[source.format]
            files = len(files_of(shard.source, source, ""))
            characters = source.bytes * kind.characters / (files * source.parts)
            words = characters * measured.WORDS.value * measured.KEPT.value
            found[name] = Text(characters, characters / kind.document, words, source.format)
        return found

    def shards_of(self, corpus: str) -> list[str]:
        """Names of the shards of a corpus."""
        return [name for name, shard in self.shards.items() if shard.source in self.study.corpora[corpus]]

    @cached_property
    def corpus_words(self) -> dict[str, float]:
        """Words of each corpus."""
        return {corpus: sum(self.texts[name].words for name in self.shards_of(corpus)) for corpus in self.study.corpora}

    @cached_property
    def sample_words(self) -> float:
        """Words of each training sample."""
        selection = self.study.tokens.selection
        held = min(self.corpus_words.values()) * (1 - selection.heldout) / selection.samples
        return selection.tokens_per_sample or held

    def words_in(self, sample: str) -> float:
        """Words of a sample by its name, held-out part included.

        Raises
        ------
        KeyError : the study has no such sample.
        """
        selection = self.study.tokens.selection
        whole = dict.fromkeys([*sample_names(selection), *bootstrap_names(selection)], 1.0)
        percents = [share for share in selection.shares for _ in sample_names(selection)]
        parts = {name: share / 100 for name, share in zip(share_names(selection), percents, strict=True)}
        held = selection.samples * selection.heldout / (1 - selection.heldout)
        return self.sample_words * (whole | parts | {HELDOUT: held})[sample]

    def tokens_in(self, sample: str) -> float:
        """Tokens of a sample, placeholders included."""
        return measured.TOKENS.value * self.words_in(sample)

    def share_of(self, corpus: str, shard: str) -> float:
        """Share of the words of a corpus that a shard holds."""
        return self.texts[shard].words / self.corpus_words[corpus]

    @property
    def millions(self) -> float:
        """Million words of a training sample."""
        return self.sample_words / 1e6

    @property
    def vocabulary(self) -> int:
        """Entries of the vocabulary of words."""
        return self.study.tokens.vocabulary.vocabulary_size

    def entries(self, settings: ModelSettings) -> int:
        """Entries of the vocabulary that a variant reads, of words or of pieces."""
        tokeniser = getattr(settings, "tokeniser", WORDS)
        return self.vocabulary if tokeniser == WORDS else self.study.tokens.pieces[tokeniser].size

    def pairs(self, words: float) -> float:
        """Distinct pairs in X of so many words.

        10 million at 4 million words of Wikipedia and 50,000 entries, growing more slowly than the text and than the
        vocabulary: within a tenth at 8,000 entries and 0.06 to 0.27 million words, a third at 1,500 and 0.02.
        """
        return 10.4e6 * (words / 4e6) ** 0.75 * (self.vocabulary / 50_000) ** 0.36

    @cached_property
    def sample_pairs(self) -> float:
        """Distinct pairs in X of a training sample."""
        return self.pairs(self.sample_words)

    @cached_property
    def compared(self) -> float:
        """Words on which spaces are compared: by Zipf's law those frequent enough, where no number is set."""
        comparison = self.study.tokens.comparison
        harmonic = log(self.vocabulary) + EULER
        frequent = measured.COMPARED.value * self.sample_words / (comparison.comparison_min_count * harmonic)
        return min(frequent, comparison.comparison_words or frequent, self.vocabulary)

    @cached_property
    def variants(self) -> dict[str, ModelSettings]:
        """All variants that are trained."""
        return self.study.variants()

    @cached_property
    def contrastive(self) -> set[str]:
        """Variants whose training goes on by the contrastive objective."""
        return {name for name, found in self.study.adapted_variants().items() if found[3] == "contrastive"}
