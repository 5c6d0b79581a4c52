"""Sections of a study's configuration, each composed of the settings of the rooms."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from wordspaces.analysis.explorer.settings import ExplorerSettings
from wordspaces.analysis.probes.settings import ContextualMeasureSettings, ProbeSection
from wordspaces.analysis.settings import (
    DynamicsSettings,
    FactorSection,
    InferenceSection,
    ModelRdmSection,
    NeighbourSettings,
    PerplexitySettings,
    StabilitySettings,
    StrataSection,
)
from wordspaces.analysis.similarity.settings import Comparison, DissimilaritySettings, Method
from wordspaces.common.settings import Settings
from wordspaces.corpus.lists import Name
from wordspaces.corpus.settings import DuplicateSettings, ExtractionSettings
from wordspaces.models.contrastive.settings import ContrastiveSettings
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.seeding import Stream
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.tokens.settings import (
    ComparisonSettings,
    NormaliserSettings,
    PieceSettings,
    SelectionSettings,
    VocabularySettings,
)

ModelSettings = Annotated[
    Word2VecSettings | GloveSettings | SvdSettings | GptSettings | BertSettings,
    Field(discriminator="family"),
]
FAMILIES: dict[str, type[Settings]] = {
    kind.model_fields["family"].default: kind for kind in get_args(get_args(ModelSettings)[0])
}
"""The settings class of each family, in the order of `ModelSettings`: the place where a family is listed."""
TRANSFORMERS = ("gpt", "bert")
STATIC_FAMILIES = tuple(family for family in FAMILIES if family not in TRANSFORMERS)
LEARNERS = tuple(family for family, kind in FAMILIES.items() if "snapshots" in kind.model_fields)
"""Families whose trainings leave a log and snapshots: those that can be followed, and can go on."""
WORDS = "words"
Objective = Literal["continued", "contrastive"]
CONTRASTIVE_FAMILIES = ("word2vec", "glove")
Pair = Annotated[list[Name], Field(min_length=2, max_length=2)]
Arm = Literal["initialisation", "order", "sampling", "fixed"]
ARMS: dict[Arm, tuple[Stream, ...]] = {
    "initialisation": ("initialisation",),
    "order": ("order",),
    "sampling": ("sampling",),
    "fixed": ("initialisation", "sampling"),
}
"""Random streams that differ between the runs of an arm. GloVe draws no samples, so its fixed arm is initialisation."""
SweepMeasure = Literal["regularisation", "dimension"]


class CorpusSection(Settings):
    """From the files of a source to documents."""

    extraction: ExtractionSettings = ExtractionSettings()
    """Limits for a page of wikitext."""
    duplicates: DuplicateSettings = DuplicateSettings()
    """What counts as a document that is there already."""


class TokensSection(Settings):
    """The same evidence for all models."""

    normaliser: NormaliserSettings = NormaliserSettings()
    """How text becomes tokens."""
    selection: SelectionSettings = SelectionSettings()
    """Document samples and held-out documents, matched in size."""
    vocabulary: VocabularySettings = VocabularySettings()
    """The one vocabulary of all corpora."""
    comparison: ComparisonSettings = ComparisonSettings()
    """The words on which spaces are compared."""
    pieces: Annotated[dict[Name, PieceSettings], Field(default_factory=dict)]
    """Subword tokenisers by name, for variants of GPT and BERT that say `tokeniser: <name>`."""


class AnalysisSection(Settings):
    """What is compared, listed and followed; each rule gets only its own part of it, so that reruns stay small."""

    methods: Annotated[list[Method], Field(min_length=1, default_factory=lambda: ["spearman", "pearson"])]
    """How two dissimilarity matrices are compared, in every table."""
    comparisons: Annotated[
        list[Comparison], Field(default_factory=lambda: ["cosine", "rho-a", "whitened", "cka", "bures"])
    ]
    """Further comparisons of every pair of spaces, in the table `rsa` alone; tau-a and tau-b take minutes."""
    dissimilarity: DissimilaritySettings = DissimilaritySettings()
    """Dissimilarity of two words in one space."""
    contextual_layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose mean contextual vectors stand for a transformer; declared before the results are seen."""
    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    """Confidence of all intervals."""
    least_count: Annotated[int, Field(ge=1)] = 5
    """Least number of occurrences of a probed word in every training sample of its corpus."""
    power: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.8
    """Power at which the smallest detectable correlation of a probe is stated."""
    shuffle_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of the permutations of words behind the lowest rung of the ladder."""
    stability: StabilitySettings = StabilitySettings()
    """Neighbours that words keep, and what else stays of their place."""
    factors: FactorSection = FactorSection()
    """What goes with the stability of a word."""
    strata: StrataSection = StrataSection()
    """Kinds of words within which spaces are compared."""
    model_rdms: ModelRdmSection = ModelRdmSection()
    """What frequency, length, spelling, PPMI and human ratings explain of the spaces."""
    inference: InferenceSection = InferenceSection()
    """Resampling of words, seeds and document samples."""
    probes: ProbeSection = ProbeSection()
    """Word lists of one's own, beside WordSim-353, SimLex-999 and the analogies of Mikolov et al. (2013)."""
    contextual: ContextualMeasureSettings = ContextualMeasureSettings()
    """What context does to the vectors of GPT and BERT."""
    perplexity: PerplexitySettings = PerplexitySettings()
    """Cross-entropy on held-out text."""
    neighbours: NeighbourSettings
    """Words whose neighbours are shown."""
    explorer: ExplorerSettings = ExplorerSettings()
    """Words that can be looked up in the page."""
    dynamics: DynamicsSettings
    """Pairs of words that are followed through training."""


class ArmSection(Settings):
    """Trainings on the first sample of a corpus in which less than everything, or more, is random: fixed, shuffled and
    bootstrap arms (Antoniak and Mimno 2018), and single random streams. The shuffled arm is the study's own runs."""

    models: Annotated[list[Name], Field(default_factory=list)]
    """Variants whose variance between runs is split; none trains nothing."""
    corpora: Annotated[list[Name], Field(default_factory=list)]
    """Corpora on which it is split; none stands for all."""
    streams: Annotated[list[Arm], Field(default_factory=lambda: list(ARMS))]
    """What differs between the runs of an arm: one random stream alone, or in "fixed" all but the order of the text.
    GloVe draws no samples, PPMI-SVD nothing; bootstrap samples are asked for in tokens.selection.bootstrap."""
    replicates: Annotated[int, Field(ge=1)] = 1
    """Trainings of each arm beside the one of the first seed, with the seeds after it."""


class CurveSection(Settings):
    """Geometry over the size of the training text: variants trained on shares of every sample."""

    models: Annotated[list[Name], Field(default_factory=list)]
    """Variants that are trained on the shares listed in tokens.selection.shares; none trains nothing."""
    seeds: Annotated[int, Field(ge=1)] = 2
    """Seeds of each, the first ones of the study."""


class SweepSection(Settings):
    """Trainings of one variant at several values of one of its settings, each value a variant of its own; where the
    value is that of the variant itself, the study's own runs take part."""

    model: Name
    """Variant that is swept."""
    setting: Annotated[str, Field(min_length=1)]
    """Setting of its family that differs: a numeric one, such as l2, weight_decay or dimension. What follows the
    dimension of GPT and BERT follows here too, where the variant does not give it."""
    values: Annotated[list[float], Field(min_length=2)]
    """Values of the setting, each once."""
    corpora: Annotated[list[Name], Field(default_factory=list)]
    """Corpora on which it is swept; none stands for all."""
    samples: Annotated[int, Field(ge=1)] | None = None
    """Document samples, the first ones; null for all."""
    seeds: Annotated[int, Field(ge=1)] = 2
    """Seeds of each value, the first ones of the study; bias and variance need two, PPMI-SVD one."""
    measure: SweepMeasure | None = None
    """What is measured: growth of norms and quality (regularisation), or bias and variance (dimension). Where not
    given, the second for the setting dimension and the first for any other."""

    @property
    def measured(self) -> SweepMeasure:
        """What is measured, also where it was left to the setting."""
        return self.measure or ("dimension" if self.setting == "dimension" else "regularisation")


class AdaptationSection(Settings):
    """Finished models whose training goes on with the text of another corpus, from the weights of the same seed on the
    first document sample. Each also goes on with the second sample of its own corpus: a new corpus does what is done
    beyond that."""

    models: Annotated[list[Name], Field(default_factory=list)]
    """Variants whose training goes on; none trains nothing."""
    pairs: Annotated[list[Pair], Field(default_factory=list)]
    """Pairs [corpus a model was trained on, corpus it goes on with]; none stands for every ordered pair."""
    objectives: Annotated[list[Objective], Field(min_length=1, default=["continued"])]
    """How it goes on: by the objective of its family, or (Word2Vec and GloVe alone) by a contrastive one."""
    contrastive_models: Annotated[list[Name] | None, Field(default=None)]
    """Those of `models` that go on by the contrastive objective where it is asked for; null stands for all that can."""
    seeds: Annotated[int, Field(ge=1)] = 1
    """Seeds of each, the first ones of the study."""
    share: Annotated[float, Field(gt=0)] = 0.25
    """Epochs of continued training as a share of the variant's own, rounded; one at least."""
    rate: Annotated[float, Field(gt=0)] = 0.5
    """Learning rates of continued training as a share of the variant's own."""
    most: Annotated[int, Field(ge=1)] = 10
    """Words that move most, whose neighbours before and after are listed."""
    contrastive: ContrastiveSettings = ContrastiveSettings()
    """The contrastive objective."""

    def continued(self, settings: ModelSettings) -> ModelSettings:
        """Settings of a variant whose training goes on: fewer epochs, lower learning rates."""
        rates = ("learning_rate", "final_learning_rate", "embedding_rate", "matrix_rate")
        changed = {name: getattr(settings, name) * self.rate for name in rates if hasattr(settings, name)}
        return settings.model_copy(update=changed | {"epochs": max(1, round(settings.epochs * self.share))})
