"""A whole study's settings: composes the settings of the rooms, so that the configuration has one source of truth.

Only the Snakefile, forecasts and the schema command below read it; no script imports it, so no digest depends on it.

    python -m wordspaces.study            prints the JSON schema of the configuration
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, field_validator, model_validator

from wordspaces.common.settings import Settings
from wordspaces.cooccurrence.settings import CooccurrenceSettings
from wordspaces.corpus.lists import NAME, PROJECT_LIST, Name
from wordspaces.models.cost.settings import CostSettings
from wordspaces.models.families import streams_of
from wordspaces.sections import (
    ARMS,
    CONTRASTIVE_FAMILIES,
    AdaptationSection,
    AnalysisSection,
    Arm,
    ArmSection,
    CorpusSection,
    CurveSection,
    ModelSettings,
    SweepMeasure,
    SweepSection,
    TokensSection,
)
from wordspaces.spaces.settings import ContextualSettings, ExternalSettings
from wordspaces.tokens.samples import HELDOUT, bootstrap_names, sample_names, share_names

AnySettings = TypeVar("AnySettings", bound=Settings)
Runs = list[list[str | int]]


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
    arms: ArmSection = ArmSection()
    """Further trainings that tell where the variance between runs comes from."""
    curve: CurveSection = CurveSection()
    """Further trainings on shares of the samples."""
    cost: CostSettings = CostSettings()
    """Seconds that every family takes, over a small grid."""
    sweeps: Annotated[dict[Name, SweepSection], Field(default_factory=dict)]
    """Further trainings of a variant over values of one of its settings, by the name of the sweep."""
    adaptation: AdaptationSection = AdaptationSection()
    """Finished models that go on with the text of another corpus."""
    spaces: ContextualSettings = ContextualSettings()
    """How contextual vectors are read from GPT and BERT."""
    external: Annotated[dict[Name, ExternalSettings], Field(default_factory=dict)]
    """Vectors that others trained, by name: further spaces of the comparison."""
    analysis: AnalysisSection
    """What is compared, listed and followed."""
    _given: dict[str, frozenset[str]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, given: Any, handler: ModelWrapValidatorHandler["Study"]) -> "Study":
        """Keep which settings each variant was given: GPT and BERT fill in what their dimension brings with it."""
        study = handler(given)
        if isinstance(given, Mapping):
            study._given = {name: frozenset(raw) for name, raw in given["models"].items() if isinstance(raw, Mapping)}
        return study

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

    def compose(self, settings: type[AnySettings], **own: Any) -> dict[str, Any]:
        """Settings of one analysis as JSON values: its own, and of those that analyses share the ones it has."""
        part = self.analysis
        epochs_of = self.epochs_of()
        shared = {
            "methods": part.methods,
            "dissimilarity": part.dissimilarity,
            "confidence": part.confidence,
            "contextual_layer": part.contextual_layer,
            "least_count": part.least_count,
            "power": part.power,
            "shuffle_seed": part.shuffle_seed,
            "models": self.recipes(),
            "references": [name for name in self.references if name not in epochs_of],
            "epochs_of": epochs_of,
        }
        chosen = {key: value for key, value in shared.items() if key in settings.model_fields}
        return settings(**chosen | own).model_dump(mode="json")

    def samples(self) -> list[str]:
        """Names of the disjoint document samples: a, b, ..."""
        return sample_names(self.tokens.selection)

    def cells(self) -> list[str]:
        """Names of all parts that are encoded: disjoint samples, their shares, bootstrap samples, the held-out part."""
        selection = self.tokens.selection
        return [*self.samples(), *share_names(selection), *bootstrap_names(selection), HELDOUT]

    def arms_of(self, model: str) -> list[Arm]:
        """Arms of a variant that are trained for themselves."""
        streams = streams_of(self.models[model].family)
        return [arm for arm in self.arms.streams if set(ARMS[arm]) <= set(streams)]

    def variants(self) -> dict[str, ModelSettings]:
        """All variants that are trained: those of the configuration, and those of arms, sweeps and adaptation."""
        arms = {
            f"{model}-{arm}": self.models[model].model_copy(
                update={"varied": list(ARMS[arm]), "base_seed": self.seeds[0]}
            )
            for model in self.arms.models
            for arm in self.arms_of(model)
        }
        adapted = {name: found[0] for name, found in self.adapted_variants().items()}
        return {**self.models, **arms, **self.sweep_variants(), **adapted}

    def swept(self, sweep: SweepSection, value: float) -> ModelSettings:
        """Settings of the swept variant at one value; what it was not given follows the value, as in the variant."""
        base = self.models[sweep.model]
        given = self._given.get(sweep.model, base.model_fields_set)
        whole = int(value) if value.is_integer() else value
        return type(base)(**{name: getattr(base, name) for name in given} | {sweep.setting: whole})

    def swept_name(self, sweep: SweepSection, value: float) -> str:
        """Name of the variant of one value: that of the swept variant itself where nothing differs."""
        if self.swept(sweep, value) == self.models[sweep.model]:
            return sweep.model
        written = f"{value:.12g}".replace(".", "-").replace("+", "")
        return f"{sweep.model}-{sweep.setting.replace('_', '-')}-{written}"

    def sweep_variants(self) -> dict[str, ModelSettings]:
        """Variants that the sweeps add, one for each value that is not that of the swept variant."""
        found = {
            self.swept_name(sweep, value): self.swept(sweep, value)
            for sweep in self.sweeps.values()
            for value in sweep.values
        }
        return {name: settings for name, settings in found.items() if name not in self.models}

    def runs(self) -> Runs:
        """Every training run as [corpus, sample, model, family, seed], in the order of the configuration."""
        return [
            [corpus, sample, model, settings.family, seed]
            for corpus in self.corpora
            for sample in self.samples()
            for model, settings in self.models.items()
            for seed in self.seeds
        ]

    def arm_corpora(self) -> list[str]:
        """Corpora on which the variance between runs is split."""
        return self.arms.corpora or list(self.corpora)

    def arm_runs(self) -> Runs:
        """Trainings of the arms, in the form of `runs`: on the first sample, each arm a variant; on bootstrap samples,
        each with the next seed, the variant itself."""
        first, others = self.samples()[0], self.seeds[1 : 1 + self.arms.replicates]
        boots = bootstrap_names(self.tokens.selection)
        runs: Runs = []
        for corpus in self.arm_corpora():
            for model in self.arms.models:
                family = self.models[model].family
                runs += [
                    [corpus, first, f"{model}-{arm}", family, seed] for arm in self.arms_of(model) for seed in others
                ]
                drawn = [self.seeds[number % len(self.seeds)] for number in range(len(boots))]
                runs += [[corpus, boot, model, family, seed] for boot, seed in zip(boots, drawn, strict=True)]
        return runs

    def adapted_pairs(self) -> list[list[str]]:
        """Pairs [source, target] of corpora between which models are adapted."""
        every = [[source, target] for source in self.corpora for target in self.corpora if source != target]
        return self.adaptation.pairs or every

    def adapted_variants(self) -> dict[str, tuple[ModelSettings, str, str, str]]:
        """Variants that start from a finished run: name -> (settings, model, source corpus, objective)."""
        part, found = self.adaptation, {}
        for model in part.models:
            settings = self.models[model]
            for source in dict.fromkeys(source for source, _ in self.adapted_pairs()):
                if "continued" in part.objectives:
                    found[f"{model}-from-{source}"] = (part.continued(settings), model, source, "continued")
                chosen = part.contrastive_models is None or model in part.contrastive_models
                if "contrastive" in part.objectives and chosen and settings.family in CONTRASTIVE_FAMILIES:
                    found[f"{model}-from-{source}-contrastive"] = (settings, model, source, "contrastive")
        return found

    def adapted_runs(self) -> Runs:
        """Trainings that go on, in the form of `runs`: with the first sample of another corpus and, to tell new corpus
        from new text, with the second sample of their own."""
        pairs = self.adapted_pairs()
        first, *others = self.samples()
        return [
            [corpus, sample, name, settings.family, seed]
            for name, (settings, _, source, _) in self.adapted_variants().items()
            for corpus, sample in [
                *((target, first) for target in dict.fromkeys(target for begun, target in pairs if begun == source)),
                *((source, other) for other in others[:1]),
            ]
            for seed in self.seeds[: self.adaptation.seeds]
        ]

    def curve_runs(self) -> Runs:
        """Trainings on shares of the samples, in the form of `runs`."""
        return [
            [corpus, share, model, self.models[model].family, seed]
            for corpus in self.corpora
            for share in share_names(self.tokens.selection)
            for model in self.curve.models
            for seed in self.seeds[: self.curve.seeds]
        ]

    def sweep_cells(self, measure: SweepMeasure) -> list[list[str | int | float]]:
        """Runs of the sweeps with one measure, as [sweep, value] and then as in `runs`; the study's own among them."""
        return [
            [name, value, corpus, sample, self.swept_name(sweep, value), self.models[sweep.model].family, seed]
            for name, sweep in self.sweeps.items()
            if sweep.measured == measure
            for value in sweep.values
            for corpus in sweep.corpora or self.corpora
            for sample in self.samples()[: sweep.samples]
            for seed in self.seeds[: sweep.seeds]
        ]

    def sweep_runs(self) -> Runs:
        """Trainings that the sweeps add, in the form of `runs`, each once."""
        cells = [*self.sweep_cells("regularisation"), *self.sweep_cells("dimension")]
        return [list(run) for run in dict.fromkeys(tuple(cell[2:]) for cell in cells) if run[2] not in self.models]


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
