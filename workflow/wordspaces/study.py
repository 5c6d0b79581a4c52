"""A whole study's settings: composes the settings of the rooms, so that the configuration has one source of truth.

Only the Snakefile (and the schema command below) reads this module; no script imports it, so no digest depends on it.

    python -m wordspaces.study            prints the JSON schema of the configuration
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from wordspaces.analysis.settings import (
    ComponentSettings,
    DynamicsSettings,
    LadderSettings,
    Method,
    NeighbourSettings,
    PerplexitySettings,
    ProbeSettings,
    RsaSettings,
    StabilitySettings,
)
from wordspaces.common.configuration import explain
from wordspaces.common.errors import StudyError
from wordspaces.common.settings import Settings
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.corpus.lists import NAME, PROJECT_LIST, Name
from wordspaces.corpus.settings import DuplicateSettings, ExtractionSettings
from wordspaces.corpus.sources import Source
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.samples import HELDOUT, bootstrap_names, sample_names
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
STATIC_FAMILIES = ("word2vec", "glove", "svd")
TRANSFORMERS = ("gpt", "bert")
LEARNERS = ("word2vec", "glove", *TRANSFORMERS)
WORDS = "words"


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
    """How two dissimilarity matrices are compared."""
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
    """Overlap of nearest neighbours."""
    perplexity: PerplexitySettings = PerplexitySettings()
    """Cross-entropy on held-out text."""
    neighbours: NeighbourSettings
    """Words whose neighbours are shown."""
    dynamics: DynamicsSettings
    """Pairs of words that are followed through training."""


class Study(Settings):
    """Everything that shapes the result of one study. Threads, memory and paths belong to the profile."""

    study: Name
    """Name of the study: its results lie in results/<study>/."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where GPT and BERT train: cpu gives the same bytes on every machine of one CPU type; auto takes a GPU if any."""
    seeds: Annotated[list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(min_length=1)]
    """Seeds with which every model is trained on every document sample."""
    corpora: Annotated[dict[Name, Annotated[list[Name], Field(min_length=1)]], Field(min_length=1)]
    """Corpora by name, each a list of sources."""
    sources: Annotated[list[str], Field(min_length=1, default_factory=lambda: [PROJECT_LIST])]
    """Files that list sources; a later one may add to an earlier one. config/sources.yaml is that of the project."""
    corpus: CorpusSection = CorpusSection()
    """Extraction of documents, duplicates."""
    tokens: TokensSection = TokensSection()
    """Normaliser, document samples, size matching, vocabulary, comparison words."""
    cooccurrence: CooccurrenceSettings = CooccurrenceSettings()
    """The matrix X that GloVe and PPMI-SVD factorise."""
    models: Annotated[dict[Name, ModelSettings], Field(min_length=1)]
    """Named variants: each a family and its settings, or `extends: <variant>` and what differs."""
    extensions: Annotated[dict[Name, Name], Field(default_factory=dict)]
    """Variant -> the variant it extends; filled from `extends`, never written by hand."""
    references: Annotated[list[Name], Field(default_factory=list)]
    """Variants shown beside the recipes, outside the variance components; one that differs from a recipe in its epochs
    alone is a rung of the ladder."""
    spaces: ContextualSettings = ContextualSettings()
    """How contextual vectors are read from GPT and BERT."""
    analysis: AnalysisSection
    """What is compared, listed and followed."""

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) != len(seeds):
            raise ValueError("distinct seeds")
        return seeds

    def recipes(self) -> list[str]:
        """Variants that enter the variance components, in the order of the configuration."""
        return [name for name in self.models if name not in self.references]

    def epochs_of(self) -> dict[str, str]:
        """Variants that differ from one they extend in the number of epochs alone, with the first of their line."""
        roots: dict[str, str] = {}
        for name, parent in self.extensions.items():
            root = roots.get(parent, parent)
            epochs = getattr(self.models[root], "epochs", None)
            if epochs and self.models[name].model_copy(update={"epochs": epochs}) == self.models[root]:
                roots[name] = root
        return roots

    def rsa(self) -> RsaSettings:
        """Settings of the comparison of all spaces."""
        part = self.analysis
        return RsaSettings(methods=part.methods, contextual_layer=part.contextual_layer, epochs_of=self.epochs_of())

    def components(self) -> ComponentSettings:
        """Settings of the variance components."""
        part = self.analysis
        return ComponentSettings(models=self.recipes(), methods=part.methods, confidence=part.confidence)

    def ladder(self) -> LadderSettings:
        """Settings of the ladder of mean correlations."""
        part = self.analysis
        return LadderSettings(models=self.recipes(), methods=part.methods, shuffle_seed=part.shuffle_seed)

    def probes(self) -> ProbeSettings:
        """Settings of the probes."""
        part = self.analysis
        keys = ("contextual_layer", "least_count", "confidence", "power")
        return ProbeSettings(**{key: getattr(part, key) for key in keys})

    def samples(self) -> list[str]:
        """Names of the disjoint document samples: a, b, ..."""
        return sample_names(self.tokens.selection)

    def cells(self) -> list[str]:
        """Names of all parts that are encoded: disjoint samples, bootstrap samples, the held-out part."""
        return [*self.samples(), *bootstrap_names(self.tokens.selection), HELDOUT]

    def runs(self) -> list[list[str | int]]:
        """Every training run as [corpus, sample, model, family, seed], in the order of the configuration."""
        return [
            [corpus, sample, model, settings.family, seed]
            for corpus in self.corpora
            for sample in self.samples()
            for model, settings in self.models.items()
            for seed in self.seeds
        ]


def read_study(config: dict[str, Any], path: str | Path, sources: dict[str, Source]) -> Study:
    """Validate a configuration and resolve `extends`; `StudyError` in one line where it is wrong.

    Parameters
    ----------
    config : as read from YAML, command-line overrides merged in.
    path : the file to name in errors.
    sources : the known sources; every corpus must be made of them.
    """
    if "extensions" in config:
        raise StudyError(f"{path}: extensions", "a key that fills itself", "`extends` inside a variant of models")
    models, extensions = _resolve(config.get("models"), path)
    config = {**config, "models": models, "extensions": extensions}
    try:
        study = Study.model_validate(config)
    except ValidationError as error:
        raise explain(error, path, Study) from None
    _check_names(study, path, sources)
    return study


def _resolve(models: Any, path: str | Path) -> tuple[Any, dict[str, str]]:
    """Replace each `extends: parent` by the parent's settings with the variant's own keys over them."""
    if not isinstance(models, dict):
        return models, {}
    resolved: dict[str, Any] = {}
    extensions: dict[str, str] = {}
    for name, raw in models.items():
        if not isinstance(raw, dict) or "extends" not in raw:
            resolved[name] = raw
            continue
        parent = raw["extends"]
        if not isinstance(parent, str) or parent not in resolved:
            known = ", ".join(resolved) or "none"
            raise StudyError(f"{path}: models.{name}.extends", repr(parent), f"a variant above it ({known})")
        resolved[name] = {**resolved[parent], **{key: value for key, value in raw.items() if key != "extends"}}
        extensions[name] = parent
    return resolved, extensions


def _check_names(study: Study, path: str | Path, sources: dict[str, Source]) -> None:
    """Refuse names that stand for nothing: sources, references, listed models."""
    corpora = [name for name, source in sources.items() if source.kind == "corpus"]
    for corpus, members in study.corpora.items():
        for member in members:
            if member not in corpora:
                raise StudyError(f"{path}: corpora.{corpus}", repr(member), f"a source: {', '.join(corpora)}")
        if len(set(members)) != len(members):
            raise StudyError(f"{path}: corpora.{corpus}", "a source listed twice", "each source once")
    for name in study.references:
        if name not in study.models:
            raise StudyError(f"{path}: references", repr(name), f"a variant: {', '.join(study.models)}")
    for name, settings in study.models.items():
        if settings.family in TRANSFORMERS and study.analysis.contextual_layer > settings.layers:
            found = f"{study.analysis.contextual_layer}, and {name} has {settings.layers} layers"
            raise StudyError(f"{path}: analysis.contextual_layer", found, f"0 to {settings.layers}")
        if settings.family in TRANSFORMERS and "device" in settings.model_fields_set:
            allowed = "the key `device` of the study, which holds for GPT and BERT alike"
            raise StudyError(f"{path}: models.{name}.device", repr(settings.device), allowed)
        tokenisers = (WORDS, *study.tokens.pieces)
        if settings.family in TRANSFORMERS and settings.tokeniser not in tokenisers:
            found = repr(settings.tokeniser)
            raise StudyError(f"{path}: models.{name}.tokeniser", found, f"one of {', '.join(tokenisers)}")
    if WORDS in study.tokens.pieces:
        raise StudyError(
            f"{path}: tokens.pieces", repr(WORDS), "another name; this one stands for the shared vocabulary"
        )
    if not study.recipes():
        raise StudyError(f"{path}: references", "every variant", "at least one variant of models left as a recipe")


def schema() -> str:
    """JSON schema of the configuration, as it is written to ``workflow/schemas/config.schema.json``.

    In a file a variant may also say `extends` and only what differs; the resolved form is what is validated here.
    """
    tree = Study.model_json_schema()
    tree["properties"].pop("extensions")
    variants = tree["properties"]["models"]
    extension = {
        "type": "object",
        "required": ["extends"],
        "properties": {"extends": {"type": "string", "pattern": NAME}},
        "description": "A variant above it, and the settings that differ.",
    }
    for holder in ("additionalProperties", "patternProperties"):
        if holder == "additionalProperties" and isinstance(variants.get(holder), dict):
            variants[holder] = {"anyOf": [extension, variants[holder]]}
        elif holder in variants:
            variants[holder] = {key: {"anyOf": [extension, value]} for key, value in variants[holder].items()}
    return json.dumps(tree, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
