"""Settings of the analyses: one class for each rule, so that a change of one reruns one."""

from typing import Annotated, Literal

from pydantic import Field

from wordspaces.analysis.similarity.settings import Comparison, DissimilaritySettings, Method, Methods
from wordspaces.common.settings import Settings

Control = Literal["none", "frequency"]
WordPair = Annotated[list[str], Field(min_length=2, max_length=2)]
FourWords = Annotated[list[str], Field(min_length=4, max_length=4)]


class CorrelationSettings(Settings):
    """What all correlations of dissimilarity matrices share."""

    methods: Methods = Field(default_factory=lambda: ["spearman", "pearson"])
    """How two dissimilarity matrices are compared."""
    dissimilarity: DissimilaritySettings = DissimilaritySettings()
    """Dissimilarity of two words in one space."""
    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    """Confidence of the intervals."""


class RsaSettings(Settings):
    """Comparison of every pair of spaces."""

    methods: Annotated[list[Comparison], Field(min_length=1)] = Field(default_factory=lambda: ["spearman", "pearson"])
    """How two spaces are compared."""
    dissimilarity: DissimilaritySettings = DissimilaritySettings()
    """Dissimilarity of two words in one space."""
    contextual_layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose mean contextual vectors make the second roster; declared before the results are seen."""
    epochs_of: dict[str, str] = Field(default_factory=dict)
    """Variant trained for another number of epochs, and the variant with which it shares everything else."""


class ComponentSettings(CorrelationSettings):
    """Variance components of the mean correlations."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes that enter the decomposition; a variant that differs in epochs alone stays out."""
    contextual_layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose mean contextual vectors make the second roster."""


class LadderSettings(CorrelationSettings):
    """Agreement of two spaces by what differs between them."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes of all rungs; the rung of other epochs adds the variants that differ in epochs alone."""
    references: list[str] = Field(default_factory=list)
    """Reference variants, such as PPMI-SVD, each with two rungs of its own."""
    shuffle_seed: int = 1
    """Seed of the permutations of words behind the lowest rung."""


Neighbours = Annotated[int, Field(gt=0)]
NEIGHBOURS = (1, 5, 10, 50)


class StabilitySettings(Settings):
    """Stability of single words and of whole spaces between trainings."""

    k: Neighbours = 10
    """Number of nearest neighbours of a word in the main measure, overlap@k, and in Jaccard@k."""
    ks: Annotated[list[Neighbours], Field(min_length=1)] = Field(default_factory=lambda: list(NEIGHBOURS))
    """Numbers of neighbours at which overlap is measured too; the largest is the depth of rank-biased overlap."""
    rbo_p: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.9
    """Persistence of rank-biased overlap: the weight of rank d falls as its power d - 1."""
    shuffle_seed: int = 1
    """Seed of the mismatch of words behind the chance of displacement and second-order similarity."""


class FactorSection(Settings):
    """Regression of a word's stability on what is known about the word."""

    least_words: Annotated[int, Field(ge=20)] = 50
    """Least number of words of a regression; a cell with fewer is empty."""
    least_class: Annotated[int, Field(ge=2)] = 10
    """Least number of words of a part of speech; smaller ones are counted as `other`."""


class StabilityFactorSettings(FactorSection):
    """Regression of a word's stability on what is known about the word."""

    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    """Confidence of the intervals."""


class ArmSettings(CorrelationSettings):
    """Stability by what varies between two trainings: one random stream, all of them, the documents."""

    k: Neighbours = 10
    """Number of nearest neighbours of a word."""


class NeighbourSettings(Settings):
    """Nearest neighbours of listed words."""

    words: Annotated[list[str], Field(min_length=1)]
    """Words whose neighbours are listed."""
    k: Annotated[int, Field(gt=0)] = 10
    """Number of neighbours of each word."""
    least_count: Annotated[int, Field(ge=1)] = 10
    """Least number of occurrences of a word among the neighbours in every training sample of its corpus."""


class ProbeSettings(Settings):
    """Human similarity ratings and analogies."""

    contextual_layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose mean contextual vectors are probed beside the input vectors."""
    least_count: Annotated[int, Field(ge=1)] = 5
    """Least number of occurrences of a probed word in every training sample of its corpus."""
    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    """Confidence of the intervals; one minus it is the level of the two-sided test behind the detectable effect."""
    power: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.8
    """Power at which the smallest detectable correlation is stated."""
    draws: Annotated[int, Field(ge=2)] = 1000
    """Bootstrap draws of the items of a list."""
    bootstrap_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of these draws."""


class DynamicsSettings(Settings):
    """How a space forms over the snapshots of its training."""

    related: Annotated[list[WordPair], Field(min_length=1)]
    """Pairs of words that are related in meaning."""
    unrelated: Annotated[list[WordPair], Field(min_length=1)]
    """Pairs of words that are not, of about the same frequencies."""
    synonyms: Annotated[list[WordPair], Field(default=[])]
    """Pairs of words that mean nearly the same."""
    analogies: Annotated[list[FourWords], Field(default=[])]
    """Analogies [a, b, c, d], a : b = c : d, for which b - a + c is followed; one with an unknown word is null."""
    categories: Annotated[dict[str, list[str] | str], Field(default={})]
    """Categories of words by name, of which the silhouette is taken: the words themselves, or a UTF-8 file with one a
    line; none stands for the columns of the analogy sections."""
    shuffle_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of the shuffled labels and shuffled vectors that say what chance gives."""


class FollowSettings(DynamicsSettings):
    """How a space forms over the snapshots of its training."""

    models: list[str] = Field(default_factory=list)
    """Training recipes that count as other models; none stands for every variant."""
    epochs_of: dict[str, str] = Field(default_factory=dict)
    """Variant trained for another number of epochs, and the variant with which it shares everything else."""


class PerplexitySettings(Settings):
    """Cross-entropy and perplexity on held-out tokens."""

    batches: Annotated[int, Field(ge=2)] = 32
    """Consecutive stretches of held-out text whose means give the standard error (batch means)."""


class PairedSettings(CorrelationSettings):
    """What comparisons of cells share that say what differs between the two."""

    contextual_layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose mean contextual vectors make the second roster."""
    epochs_of: dict[str, str] = Field(default_factory=dict)
    """Variant trained for another number of epochs, and the variant with which it shares everything else."""


class CellSettings(PairedSettings):
    """Mean correlation of every two cells, with ceilings."""

    controls: Annotated[list[Control], Field(min_length=1)] = Field(default_factory=lambda: ["none", "frequency"])
    """What is partialled out of the correlations: nothing, or the sum and the difference of two words' log counts in
    each corpus."""


class StrataSection(Settings):
    """Strata of words within which spaces are compared, beside the parts of speech."""

    frequency_strata: Annotated[int, Field(ge=1)] = 3
    """Number of strata of equally many words by count."""
    least_words: Annotated[int, Field(ge=4)] = 20
    """Least number of words of a stratum; a smaller one is null."""
    lists: dict[str, list[str] | str] = Field(default_factory=dict)
    """Lists of words by name: the words themselves, or a UTF-8 file with one a line (lines from # on are comments)."""


class StrataSettings(PairedSettings, StrataSection):
    """The same within strata of words."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes over which a relation is averaged."""


class MapSettings(Settings):
    """Second-order map of all spaces."""

    method: Method = "spearman"
    """How two dissimilarity matrices are compared."""
    dissimilarity: DissimilaritySettings = DissimilaritySettings()
    """Dissimilarity of two words in one space."""

    seed: int = 1
    """Seed of the runs whose snapshots are drawn as paths."""
    sample: str = "a"
    """Document sample of these runs."""


class CurveSettings(CorrelationSettings):
    """Agreement between corpora against the number of training words."""


class ModelRdmSection(Settings):
    """Model RDMs (frequency, length, spelling, PPMI, human ratings) fitted to the spaces."""

    folds: Annotated[int, Field(ge=2)] = 5
    """Parts of the words over which the joint model is cross-validated."""
    fold_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of the partition of the words."""
    ppmi_alpha: Annotated[float, Field(gt=0.0)] = 0.75
    """Exponent of the context counts behind PPMI."""
    ppmi_negative: Annotated[float, Field(ge=1.0)] = 1.0
    """Negative samples k of the shift of PPMI by log k."""


class ModelRdmSettings(CorrelationSettings, ModelRdmSection):
    """Model RDMs (frequency, length, spelling, PPMI, human ratings) fitted to the spaces."""

    contextual_layer: Annotated[int, Field(ge=0)] = 1
    """Layer whose mean contextual vectors make the second roster."""


class InferenceSection(Settings):
    """Uncertainty of mean correlations by what is resampled."""

    draws: Annotated[int, Field(ge=2)] = 1000
    """Number of bootstrap draws; a published interval takes 1,000 or more."""
    seed: int = 1
    """Seed of the bootstrap draws."""


class InferenceSettings(CorrelationSettings, InferenceSection):
    """Uncertainty of mean correlations by what is resampled."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes whose mean correlations are resampled."""


class RegularisationSettings(CorrelationSettings):
    """Growth and quality over the strength of a regularisation."""

    least_count: Annotated[int, Field(ge=1)] = 5
    """Least number of occurrences of a probed word in every training sample of its corpus."""


class DimensionSettings(Settings):
    """Bias and variance of the geometry over a swept setting."""

    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    """Confidence at which a value is told from the best one."""
    groups: Annotated[int, Field(ge=2)] = 20
    """Groups of words that are left out in turn."""
    ppmi_alpha: Annotated[float, Field(gt=0.0)] = 0.75
    """Exponent of the context counts behind the target of PPMI."""


class GroupSettings(CorrelationSettings):
    """Whether spaces agree more in one group of pairs than in another."""

    models: Annotated[list[str], Field(min_length=1)]
    """Training recipes that are compared."""
