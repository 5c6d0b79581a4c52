"""Memory and time limits that rules ask for: what a job is expected to take, with a margin; a floor, and what grows.

Memory is in MB (10^6 bytes) beside the floor that a rule names; time limits are in minutes. Rule files and forecasts
read the same forms.
"""

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.cost import forward_flops, parameter_count, training_flops
from wordspaces.models.transformer.settings import TransformerSettings
from wordspaces.planning import measured
from wordspaces.planning.workload import Workload
from wordspaces.sections import TRANSFORMERS, ModelSettings

LEAST = 20
"""Minutes that a job may take whatever is expected of it."""
BRIEF = 30
"""Trainings and readings with a time limit below this, some minutes of work, share a submission to a cluster."""
MARGIN = 2.7
"""A training of GPT or BERT, and the reading of one, may take so many times what is expected."""
STATIC_MARGIN = 6.0
"""Trainings of minutes, whose speed depends on caches: so many times what is expected."""
TORCH_ON_GPU = 2500
TOGETHER = 0.8
"""Speed of each of several processes that share an update, to that of one alone: assumed."""


def word2vec_memory(work: Workload, settings: ModelSettings) -> float:
    """The two tables and what is made of them to write them; more for torch on a GPU."""
    tables = 2 * 4 * work.vocabulary * settings.dimension / 1e6
    return 8 * tables + TORCH_ON_GPU * (settings.device == "cuda")


def contrastive_memory(work: Workload, settings: ModelSettings) -> float:
    """The tables, and the sample with the borders of its documents."""
    return 10 * 4 * work.vocabulary * settings.dimension / 1e6 + 100 * work.millions


def glove_memory(work: Workload, settings: ModelSettings) -> float:
    """The matrix in tiles and as it is read; torch, where it goes to a GPU."""
    return pairs_memory(work, 48) + TORCH_ON_GPU * (settings.device == "cuda")


def pairs_memory(work: Workload, bytes_per_pair: float) -> float:
    """X of a sample at so many bytes a pair."""
    return bytes_per_pair * work.sample_pairs / 1e6


def transformer_memory(work: Workload, settings: TransformerSettings) -> float:
    """The text in rows, and what belongs to each trained number: itself, its gradient, two averages, a copy to write
    it, and snapshots of the words that are followed."""
    numbers = 6 * parameter_count(settings, work.entries(settings))
    kept = min(work.vocabulary, settings.snapshot_words) * settings.dimension
    followed = 2 * (settings.snapshots * kept + work.vocabulary * settings.dimension)
    return 200 * work.millions + 4 * (numbers + followed) / 1e6


def reading_memory(work: Workload, settings: TransformerSettings) -> float:
    """The weights, and the vectors of each word, layer and text; those of all occurrences where their first component
    is asked for."""
    vectors = work.vocabulary * settings.dimension * (settings.layers + 1)
    numbers = 2 * parameter_count(settings, work.entries(settings))
    reading = work.study.spaces
    held = 4 * reading.contexts if reading.pooling == "first_component" else 16
    return (4 * numbers + (4 * len(work.study.corpora) + held) * vectors) / 1e6


def comparison_memory(work: Workload) -> float:
    """A dissimilarity of every pair of words in every space, where the number of words is set."""
    words = work.study.tokens.comparison.comparison_words or 0
    return words**2 / 2 * len(work.study.runs()) * 10 / 1e6


def flops_a_second(work: Workload) -> float:
    """Operations of GPT and BERT a second on the device of the study."""
    return (measured.CORE_FLOPS if work.device == "cpu" else measured.GPU_FLOPS).value


def transformer_seconds(work: Workload, settings: TransformerSettings, tokens: float) -> float:
    """What a training of GPT or BERT on so many tokens takes: its operations at what the device does of them."""
    rows = settings.epochs * tokens / settings.context
    asked = settings.context * getattr(settings, "mask_rate", 1.0)
    words = work.entries(settings)
    outputs = words if settings.softmax == "exact" else min(4 * settings.candidates, words)
    together = 1.0 if settings.processes == 1 else TOGETHER * settings.processes
    return rows * training_flops(settings, 1, int(asked), outputs) / flops_a_second(work) / together


def reading_seconds(work: Workload, settings: TransformerSettings) -> float:
    """What the held-out text of every corpus takes: a pass over it, with the probability of every word."""
    tokens = len(work.study.corpora) * work.tokens_in("heldout")
    rows = tokens / settings.context
    return rows * forward_flops(settings, 1, settings.context, work.entries(settings)) / flops_a_second(work)


def static_seconds(work: Workload, name: str, tokens: float, pairs: float) -> float:
    """Passes of a variant of a static family over so many tokens, or pairs of X; start and tables apart."""
    settings = work.variants[name]
    dimension, family = settings.dimension, settings.family
    if name in work.contrastive:
        epochs = work.study.adaptation.contrastive.epochs
        return tokens * epochs * dimension * measured.CONTRASTIVE.value
    if family == "glove":
        each = measured.GLOVE.value + dimension * measured.GLOVE_DIMENSION.value
        return pairs * settings.epochs * each
    if family == "svd":
        table = work.vocabulary * dimension**2 * measured.SVD_TABLE.value
        return pairs * dimension * measured.SVD_PAIR.value + table
    if family != "word2vec":
        raise StudyError(f"models.{name}", f"family {family!r}", "word2vec, glove or svd", "give it rates in planning")
    if settings.objective == "full_softmax":
        return tokens * settings.epochs * work.vocabulary * dimension * measured.FULL_SOFTMAX.value
    wider = (settings.window / 5) ** 0.5 if settings.architecture == "skipgram" else 1.0
    products = dimension * measured.WORD2VEC_DIMENSION.value * wider
    penalty = measured.L2.value if settings.l2 else 1.0
    return tokens * settings.epochs * (measured.WORD2VEC.value + products) * penalty


def training_minutes(work: Workload, name: str) -> int:
    """Time limit of the training of a variant: the least, and a multiple of what its text will take."""
    settings, tokens = work.variants[name], measured.TOKENS.value * work.sample_words
    if settings.family in TRANSFORMERS:
        return int(LEAST + MARGIN * transformer_seconds(work, settings, tokens) / 60)
    return int(LEAST + STATIC_MARGIN * static_seconds(work, name, tokens, work.sample_pairs) / 60)


def reading_minutes(work: Workload, settings: TransformerSettings) -> int:
    """Time limit of reading GPT or BERT: the least, and a multiple of what the held-out text takes; GPT also writes and
    BERT also fills, so a multiple twice as large."""
    return int(LEAST + 2 * MARGIN * reading_seconds(work, settings) / 60)
