"""From a configuration file to a study: `extends` resolved, every name checked, refusals in one line."""

from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from wordspaces.common.configuration import explain
from wordspaces.common.errors import StudyError
from wordspaces.corpus.sources import Source
from wordspaces.models.families import seeded
from wordspaces.sections import (
    CONTRASTIVE_FAMILIES,
    LEARNERS,
    TRANSFORMERS,
    WORDS,
    ModelSettings,
    SweepSection,
)
from wordspaces.study import Study


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
    _check_models(study, path)
    _check_further(study, path)
    _check_sweeps(study, path)
    _check_adaptation(study, path)
    for name in study.external:
        if name in study.variants():
            raise StudyError(f"{path}: external", repr(name), "a name that no variant of models has")
    if not [name for name, settings in study.models.items() if settings.family in LEARNERS]:
        families = ", ".join(LEARNERS)
        raise StudyError(f"{path}: models", "no variant that is trained", f"at least one of the families {families}")
    if not study.recipes():
        raise StudyError(f"{path}: references", "every variant", "at least one variant of models left as a recipe")


def _check_models(study: Study, path: str | Path) -> None:
    """Refuse what a variant of GPT or BERT says that the rest of the study does not know."""
    for name, settings in study.models.items():
        if settings.family not in TRANSFORMERS:
            continue
        if study.analysis.contextual_layer > settings.layers:
            found = f"{study.analysis.contextual_layer}, and {name} has {settings.layers} layers"
            raise StudyError(f"{path}: analysis.contextual_layer", found, f"0 to {settings.layers}")
        if "device" in settings.model_fields_set:
            allowed = "the key `device` of the study, which holds for GPT and BERT alike"
            raise StudyError(f"{path}: models.{name}.device", repr(settings.device), allowed)
        tokenisers = (WORDS, *study.tokens.pieces)
        if settings.tokeniser not in tokenisers:
            found = repr(settings.tokeniser)
            raise StudyError(f"{path}: models.{name}.tokeniser", found, f"one of {', '.join(tokenisers)}")
    if WORDS in study.tokens.pieces:
        allowed = "another name; this one stands for the shared vocabulary"
        raise StudyError(f"{path}: tokens.pieces", repr(WORDS), allowed)


def _check_further(study: Study, path: str | Path) -> None:
    """Refuse arms and curves of unknown variants or corpora, or for which the study lacks seeds, names or shares."""
    for section, listed, known in (
        ("arms.models", study.arms.models, study.models),
        ("arms.corpora", study.arms.corpora, study.corpora),
        ("curve.models", study.curve.models, study.models),
    ):
        for name in listed:
            if name not in known or listed.count(name) > 1:
                found = repr(name) + (" twice" if name in known else "")
                raise StudyError(f"{path}: {section}", found, f"one of {', '.join(known)}, each once")
    if study.arms.models and len(study.seeds) <= study.arms.replicates:
        found = f"{study.arms.replicates} with {len(study.seeds)} seeds"
        remedy = "add seeds, or list no models in `arms`"
        raise StudyError(f"{path}: arms.replicates", found, "fewer than the study has seeds", remedy)
    for name in [f"{model}-{arm}" for model in study.arms.models for arm in study.arms_of(model)]:
        if name in study.models:
            raise StudyError(f"{path}: models", repr(name), "another name; this one stands for the runs of an arm")
    shares = study.tokens.selection.shares
    if study.curve.models and not shares:
        allowed = "percentages, such as [25, 50], with models in `curve`"
        raise StudyError(f"{path}: tokens.selection.shares", "none", allowed)
    if len(set(shares)) != len(shares):
        raise StudyError(f"{path}: tokens.selection.shares", str(shares), "each percentage once")


def _check_sweeps(study: Study, path: str | Path) -> None:
    """Refuse sweeps of what is unknown, over values that the settings refuse, or whose names are taken."""
    arms = [f"{model}-{arm}" for model in study.arms.models for arm in study.arms_of(model)]
    taken: dict[str, ModelSettings | None] = {**study.models, **dict.fromkeys(arms)}
    for name, sweep in study.sweeps.items():
        where = f"{path}: sweeps.{name}"
        _check_sweep(study, sweep, where)
        for value in sweep.values:
            settings, variant = _swept(study, sweep, value, where), study.swept_name(sweep, value)
            if variant in taken and taken[variant] != settings:
                allowed = f"a name that {sweep.setting} = {value:g} has for itself"
                raise StudyError(where, repr(variant), allowed, "rename that variant, or leave the value out")
            taken[variant] = settings


def _check_sweep(study: Study, sweep: SweepSection, where: str) -> None:
    """Refuse one sweep whose variant, setting, corpora, samples or seeds the study does not have."""
    if sweep.model not in study.models:
        raise StudyError(f"{where}.model", repr(sweep.model), f"one of {', '.join(study.models)}")
    base = study.models[sweep.model]
    known = numeric_settings(type(base))
    if sweep.setting not in known:
        raise StudyError(f"{where}.setting", repr(sweep.setting), f"for {base.family} one of {', '.join(known)}")
    if len(set(sweep.values)) != len(sweep.values):
        raise StudyError(f"{where}.values", str(sweep.values), "each value once")
    for corpus in sweep.corpora:
        if corpus not in study.corpora or sweep.corpora.count(corpus) > 1:
            found = repr(corpus) + (" twice" if corpus in study.corpora else "")
            raise StudyError(f"{where}.corpora", found, f"one of {', '.join(study.corpora)}, each once")
    samples, seeds = len(study.samples()), len(study.seeds)
    if sweep.samples is not None and sweep.samples > samples:
        raise StudyError(f"{where}.samples", str(sweep.samples), f"1 to {samples}, the samples of the study")
    if sweep.seeds > seeds:
        raise StudyError(f"{where}.seeds", str(sweep.seeds), f"1 to {seeds}, the seeds of the study")
    if sweep.measured == "dimension" and sweep.seeds < 2 and seeded(base.family):
        allowed = f"2 or more for {base.family}, whose variance over seeds is measured"
        raise StudyError(f"{where}.seeds", str(sweep.seeds), allowed)


def numeric_settings(kind: type[ModelSettings]) -> list[str]:
    """Settings of a family that hold a number, in their order."""
    return [
        name
        for name, field in kind.model_fields.items()
        if name != "base_seed" and {int, float} & {field.annotation, *get_args(field.annotation)}
    ]


def _swept(study: Study, sweep: SweepSection, value: float, where: str) -> ModelSettings:
    """Settings at one value; what the settings refuse in one line."""
    try:
        return study.swept(sweep, value)
    except ValidationError as error:
        refusal = explain(error, where, type(study.models[sweep.model]))
        raise StudyError(f"{where}.values", f"{sweep.setting} = {value:g}", refusal.allowed) from None


def _check_adaptation(study: Study, path: str | Path) -> None:
    """Refuse adaptations of what is not trained, between corpora that do not exist, or that nothing tells apart."""
    part, where = study.adaptation, f"{path}: adaptation"
    if not part.models:
        return
    able = [name for name, settings in study.models.items() if settings.family in LEARNERS]
    contrastive = [name for name in part.models if study.models.get(name) and _encodes(study, name)]
    for key, listed, known in (
        ("models", part.models, able),
        ("contrastive_models", part.contrastive_models, contrastive),
    ):
        for name in listed or []:
            if name not in known or listed.count(name) > 1:
                found = repr(name) + (" twice" if name in known else "")
                raise StudyError(f"{where}.{key}", found, f"one of {', '.join(known) or 'none'}, each once")
    if "contrastive" in part.objectives and not contrastive:
        allowed = f"models of the families {', '.join(CONTRASTIVE_FAMILIES)} among them"
        raise StudyError(f"{where}.objectives", f"'contrastive' with {', '.join(part.models)}", allowed)
    if len(study.corpora) < 2:
        raise StudyError(f"{where}.models", "one corpus", "two or more", "list no models in `adaptation`")
    for source, target in part.pairs:
        if source == target or {source, target} - set(study.corpora):
            found, known = f"[{source}, {target}]", ", ".join(study.corpora)
            raise StudyError(f"{where}.pairs", found, f"two different corpora of {known}")
    if part.seeds > len(study.seeds):
        raise StudyError(f"{where}.seeds", str(part.seeds), f"1 to {len(study.seeds)}, the seeds of the study")
    arms = {f"{model}-{arm}" for model in study.arms.models for arm in study.arms_of(model)}
    taken = {*study.models, *arms, *study.sweep_variants()}
    for name in study.adapted_variants():
        if name in taken:
            raise StudyError(f"{path}: models", repr(name), "another name; this one stands for an adapted model")


def _encodes(study: Study, name: str) -> bool:
    return study.models[name].family in CONTRASTIVE_FAMILIES
