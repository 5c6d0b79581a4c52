"""Every configuration key as a page of tables, written from the settings classes themselves.

python -m wordspaces.keys             prints ``config/keys.md``
"""

from typing import Any

from wordspaces.sections import FAMILIES
from wordspaces.study import Study

TITLES = {
    "Study": "The study",
    "CorpusSection": "corpus",
    "ExtractionSettings": "corpus.extraction",
    "DuplicateSettings": "corpus.duplicates",
    "TokensSection": "tokens",
    "NormaliserSettings": "tokens.normaliser",
    "SelectionSettings": "tokens.selection",
    "VocabularySettings": "tokens.vocabulary",
    "ComparisonSettings": "tokens.comparison",
    "PieceSettings": "tokens.pieces.<name>",
    "CooccurrenceSettings": "cooccurrence",
    **{kind.__name__: f"models.<variant>, family {family}" for family, kind in FAMILIES.items()},
    "ArmSection": "arms",
    "CurveSection": "curve",
    "CostSettings": "cost",
    "CostBaseSettings": "cost.base",
    "SweepSection": "sweeps.<name>",
    "AdaptationSection": "adaptation",
    "ContrastiveSettings": "adaptation.contrastive",
    "ContextualSettings": "spaces",
    "OccurrenceSettings": "spaces.occurrences",
    "SampledSettings": "spaces.sampled",
    "SentenceSettings": "spaces.sentences",
    "SampleSettings": "spaces.samples",
    "FilledSettings": "spaces.filled",
    "ExternalSettings": "external.<name>",
    "AnalysisSection": "analysis",
    "DissimilaritySettings": "analysis.dissimilarity",
    "StabilitySettings": "analysis.stability",
    "FactorSection": "analysis.factors",
    "StrataSection": "analysis.strata",
    "ModelRdmSection": "analysis.model_rdms",
    "InferenceSection": "analysis.inference",
    "ProbeSection": "analysis.probes",
    "ContextualMeasureSettings": "analysis.contextual",
    "PerplexitySettings": "analysis.perplexity",
    "NeighbourSettings": "analysis.neighbours",
    "ExplorerSettings": "analysis.explorer",
    "DynamicsSettings": "analysis.dynamics",
}
HEAD = """# Every key of a study

Written by `make schema` from the settings classes, which also validate the files. A key without a default is required.
A variant of `models` may say `extends: <variant above it>` and only what differs.
"""
FILLED = ("extensions",)
WORDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
    "string": "text",
    "null": "null",
}


def allowed(part: dict[str, Any]) -> str:
    """What a key may hold, in words, from its JSON schema."""
    if "anyOf" in part:
        return " or ".join(allowed(option) for option in part["anyOf"])
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    if "$ref" in part:
        return f"see {TITLES[part['$ref'].rsplit('/', 1)[-1]]}"
    name = WORDS.get(part.get("type", ""), "a variant")
    bounds = [("exclusiveMinimum", ">"), ("minimum", ">="), ("exclusiveMaximum", "<"), ("maximum", "<=")]
    limits = [f"{sign} {part[key]}" for key, sign in bounds if key in part]
    return " ".join([name, *limits])


def default(part: dict[str, Any]) -> str:
    """The default of a key, in words; nothing where there is none or it is a mapping told elsewhere."""
    value = part.get("default")
    if "default" not in part or isinstance(value, dict):
        return ""
    return "null" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table(title: str, node: dict[str, Any], classes: dict[str, Any]) -> str:
    """One class as a section with a table of its keys; a key without words of its own has those of its class."""
    lines = [f"\n## {title}\n", "| key | default | allowed | what it is |", "|---|---|---|---|"]
    for name, part in node["properties"].items():
        if name not in FILLED:
            told = part.get("description") or classes[part["$ref"].rsplit("/", 1)[-1]]["description"].split("\n")[0]
            told = " ".join(told.split()).replace("|", "\\|")
            lines.append(f"| `{name}` | {default(part)} | {allowed(part)} | {told} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page, in the order of `TITLES`; a settings class without a title is a `KeyError`."""
    tree = Study.model_json_schema()
    classes = {"Study": tree, **tree["$defs"]}
    unknown = [name for name in classes if name not in TITLES]
    if unknown:
        raise KeyError(f"settings classes without a title: {', '.join(unknown)}")
    return HEAD + "".join(table(title, classes[name], classes) for name, title in TITLES.items() if name in classes)


if __name__ == "__main__":
    print(page(), end="")
