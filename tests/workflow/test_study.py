"""The configuration: one source of truth for settings, schema and the files that are shipped."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from wordspaces.common.errors import StudyError
from wordspaces.config import read_study
from wordspaces.corpus.lists import read_sources
from wordspaces.keys import page
from wordspaces.study import Study, schema

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))
STUDIES = [path for path in CONFIGS if path.name != "sources.yaml"]
SOURCES = read_sources([ROOT / "config" / "sources.yaml"])


def raw(name="config.yaml"):
    return yaml.safe_load((ROOT / "config" / name).read_text())


def test_schema_file_is_the_one_the_settings_give():
    told = "the settings classes changed: run `make schema`"
    assert (ROOT / "workflow" / "schemas" / "config.schema.json").read_text() == schema(), told


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_are_valid_for_both_validators(path):
    config = yaml.safe_load(path.read_text())
    jsonschema.validate(config, yaml.safe_load(schema()))
    study = read_study(config, path, SOURCES)
    assert len(study.runs()) == len(study.corpora) * len(study.samples()) * len(study.models) * len(study.seeds)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_compares_the_same_recipes_on_the_same_terms(path):
    study = read_study(yaml.safe_load(path.read_text()), path, SOURCES)
    assert study.recipes() == ["skipgram", "cbow", "glove", "gpt", "bert"]
    assert len({settings.dimension for settings in study.models.values()}) == 1
    windows = {settings.window for settings in study.models.values() if settings.family == "word2vec"}
    assert windows == {study.cooccurrence.window}
    assert study.models["bert"].next_sentence_weight > 0
    assert study.models["skipgram"].objective == "negative_sampling"


def test_adaptations_expand_into_variants_and_runs():
    config = raw()
    config["adaptation"] = {"models": ["skipgram", "gpt"], "objectives": ["continued", "contrastive"], "seeds": 2}
    study = read_study(config, "x.yaml", SOURCES)
    found = study.adapted_variants()
    assert set(found) == {
        *(f"skipgram-from-{source}{end}" for source in ("wiki", "twitter") for end in ("", "-contrastive")),
        *(f"gpt-from-{source}" for source in ("wiki", "twitter")),
    }
    settings = found["skipgram-from-wiki"][0]
    assert (settings.epochs, settings.learning_rate) == (3, 0.0125)
    assert found["gpt-from-wiki"][0].epochs == 1
    runs = study.adapted_runs()
    assert len(runs) == 6 * 2 * 2
    assert {(run[0], run[1], run[4]) for run in runs if run[2] == "gpt-from-wiki"} == {
        ("twitter", "a", 1),
        ("twitter", "a", 2),
        ("wiki", "b", 1),
        ("wiki", "b", 2),
    }
    assert read_study(raw() | {"adaptation": {}}, "x.yaml", SOURCES).adapted_runs() == []


def test_extends_takes_the_parent_and_says_what_differs():
    config = raw()
    config["models"]["other"] = {"extends": "skipgram-short", "dimension": 32}
    study = read_study(config, "x.yaml", SOURCES)
    other, parent = study.models["other"], study.models["skipgram"]
    assert other == parent.model_copy(update={"epochs": 3, "dimension": 32})
    # `other` differs from the variant that it extends in more than epochs: it is no rung of "other epochs".
    assert study.epochs_of() == {"skipgram-short": "skipgram"}


def test_arms_expand_into_variants_that_vary_what_they_say():
    config = raw()
    config["arms"] = {"models": ["glove", "svd", "gpt"], "corpora": ["wiki"], "replicates": 2}
    config["tokens"]["selection"]["bootstrap"] = 4
    config["sweeps"], config["adaptation"] = {}, {}
    study = read_study(config, "x.yaml", SOURCES)
    added = {name: set(settings.varied) for name, settings in study.variants().items() if name not in study.models}
    assert added == {
        "glove-initialisation": {"initialisation"},
        "glove-order": {"order"},
        "gpt-initialisation": {"initialisation"},
        "gpt-order": {"order"},
        "gpt-sampling": {"sampling"},
        "gpt-fixed": {"initialisation", "sampling"},
    }
    assert {study.variants()[name].base_seed for name in added} == {1}
    runs = study.arm_runs()
    assert ["wiki", "a", "gpt-order", "gpt", 3] in runs
    assert {run[4] for run in runs if run[1] == "a"} == {2, 3}
    boots = [run for run in runs if run[1] != "a"]
    assert [run[4] for run in boots if run[2] == "svd"] == [1, 2, 3, 1]
    assert len(runs) == 6 * 2 + 3 * 4
    assert study.runs() == read_study(raw(), "x.yaml", SOURCES).runs()


def test_the_curve_trains_on_shares_of_every_sample():
    config = raw()
    config["tokens"]["selection"]["shares"] = [10]
    config["curve"] = {"models": ["svd"], "seeds": 1}
    study = read_study(config, "x.yaml", SOURCES)
    shares = [(corpus, share) for corpus in ("wiki", "twitter") for share in ("a10", "b10")]
    assert study.curve_runs() == [[corpus, share, "svd", "svd", 1] for corpus, share in shares]
    assert {"a10", "b10", "heldout", "a", "b"} <= set(study.cells())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"arms": {"models": ["word"]}}, "arms.models: found 'word'; allowed: one of skipgram"),
        ({"adaptation": {"models": ["svd"]}}, "adaptation.models: found 'svd'; allowed: one of skipgram"),
        (
            {"adaptation": {"models": ["gpt"], "objectives": ["contrastive"]}},
            "adaptation.objectives: found 'contrastive' with gpt",
        ),
        ({"adaptation": {"models": ["gpt"], "pairs": [["wiki", "wiki"]]}}, "adaptation.pairs: found [wiki, wiki]"),
        ({"adaptation": {"models": ["gpt"], "seeds": 9}}, "adaptation.seeds: found 9; allowed: 1 to 3"),
        ({"arms": {"models": ["svd", "svd"]}}, "arms.models: found 'svd' twice"),
        ({"arms": {"models": ["gpt"], "corpora": ["mars"]}}, "arms.corpora: found 'mars'; allowed: one of wiki"),
        ({"arms": {"models": ["gpt"], "replicates": 3}}, "arms.replicates: found 3 with 3 seeds; allowed: fewer"),
        ({"arms": {"models": ["gpt"], "streams": ["all"]}}, "arms.streams.0: found 'all'; allowed: 'initialisation'"),
        (
            {"analysis": {**raw()["analysis"], "probes": {"ratings": {"simlex": "x.txt"}}}},
            "analysis.probes: found {'ratings': {'simlex': 'x.txt'}}; allowed: a name of its own for each list, other",
        ),
        ({"curve": {"models": ["word"]}}, "curve.models: found 'word'"),
        ({"external": {"skipgram": {"format": "glove", "path": "x"}}}, "external: found 'skipgram'; allowed: a name"),
        ({"external": {"mine": {"format": "glove", "path": "x", "tensor": "t"}}}, "external.mine: "),
    ],
)
def test_further_trainings_that_cannot_be_are_refused(change, told):
    with pytest.raises(StudyError, match=r"^[^\n]*$") as error:
        read_study({**raw(), **change}, "x.yaml", SOURCES)
    assert f"x.yaml: {told}" in str(error.value)


def test_a_curve_without_shares_and_an_arm_with_the_name_of_a_variant_are_refused():
    config = raw()
    config["tokens"]["selection"] = {"samples": 2}
    with pytest.raises(StudyError, match=r"selection\.shares: found none; allowed: percentages"):
        read_study(config, "x.yaml", SOURCES)
    config = raw()
    config["models"]["gpt-order"] = {"extends": "gpt", "epochs": 1}
    with pytest.raises(StudyError, match="models: found 'gpt-order'; allowed: another name"):
        read_study(config, "x.yaml", SOURCES)


def test_all_defaults_reach_the_trainers():
    settings = read_study(raw(), "x.yaml", SOURCES).models["glove"].model_dump(mode="json")
    assert {"family", "dimension", "x_max", "alpha", "epochs", "learning_rate", "l2", "snapshots"} <= set(settings)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seeds": None}, "x.yaml: seeds: found None; allowed: a list"),
        ({"corpora": {}}, "x.yaml: corpora: found {}; allowed: at least 1"),
        ({"corpora": {"wiki": ["wordsim353"]}}, "x.yaml: corpora.wiki: found 'wordsim353'; allowed: a source: "),
        ({"study": "Über"}, "x.yaml: study: found 'Über'; allowed: a name of small letters"),
        ({"models": []}, "x.yaml: models: found []; allowed: a mapping"),
        (
            {"models": {"glove": {"dimension": 4}}},
            "x.yaml: models.glove: found {'dimension': 4}; allowed: a key 'family'",
        ),
        ({"tokens": {"vocabulary": {"sise": 3}}}, "x.yaml: tokens.vocabulary.sise: found an unknown key"),
        ({"analysis": {}}, "x.yaml: analysis.neighbours: found no such key"),
        ({"extensions": {"glove": "gpt"}}, "x.yaml: extensions: found a key that fills itself"),
        ({"seeds": [3_000_000_000]}, "x.yaml: seeds.0: found 3000000000; allowed: a value <= 2147483647"),
        (
            {"analysis": {**raw()["analysis"], "contextual_layer": 9}},
            "x.yaml: analysis.contextual_layer: found 9, and gpt has 2 layers; allowed: 0 to 2",
        ),
        (
            {"models": {"w": {"family": "word2vec", "learning_rate": float("inf")}}, "references": []},
            "x.yaml: models.w.learning_rate: found inf; allowed: a finite number",
        ),
        (
            {"models": {"w": {"family": "word2vec", "learning_rate": 1e-5}}, "references": []},
            "x.yaml: models.w: found {'family': 'word2vec', 'learning_rate': 1e-05}; allowed: a final_learning_rate of",
        ),
        (
            {"models": {"g": {"family": "gpt", "device": "cuda"}}, "references": []},
            "x.yaml: models.g.device: found 'cuda'; allowed: the key `device` of the study",
        ),
        ({"device": "tpu"}, "x.yaml: device: found 'tpu'; allowed: 'cpu', 'cuda' or 'auto'"),
    ],
)
def test_refusals_name_the_place_the_value_and_the_allowed(change, told):
    with pytest.raises(StudyError) as refusal:
        read_study({**raw(), **change}, "x.yaml", SOURCES)
    assert str(refusal.value).startswith(told)
    assert "\n" not in str(refusal.value)


def test_a_line_of_extensions_leads_to_its_first():
    config = raw()
    config["models"]["shorter"] = {"extends": "skipgram-short", "epochs": 1}
    study = read_study(config, "x.yaml", SOURCES)
    assert study.epochs_of() == {"skipgram-short": "skipgram", "shorter": "skipgram"}


@pytest.mark.parametrize("parent", [["glove"], 3, "shorter"])
def test_a_parent_that_is_no_variant_above_is_refused(parent):
    config = raw()
    config["models"]["shorter"] = {"extends": parent, "epochs": 1}
    with pytest.raises(StudyError, match=r"x.yaml: models.shorter.extends: found .*; allowed: a variant above it"):
        read_study(config, "x.yaml", SOURCES)


@pytest.mark.parametrize("text", ["a: [", None])
def test_sources_that_cannot_be_read_are_one_line(tmp_path, text):
    if text:
        (tmp_path / "sources.yaml").write_text(text)
    with pytest.raises(StudyError, match=r"sources.yaml: found .*; allowed: a readable YAML file") as refusal:
        read_sources([tmp_path / "sources.yaml"])
    assert "\n" not in str(refusal.value)


def test_every_setting_is_described():
    def described(node, place=""):
        for name, part in node.get("properties", {}).items():
            if "$ref" not in part:
                assert part.get("description"), f"{place}.{name} has no description"
        for name, part in node.get("$defs", {}).items():
            described(part, name)

    described(Study.model_json_schema(), "study")


def test_page_of_keys_is_the_one_the_settings_give():
    told = "the settings classes changed: run `make schema`"
    assert (ROOT / "config" / "keys.md").read_text() == page(), told


RULES = {
    name: body
    for path in sorted((ROOT / "workflow" / "rules").rglob("*.smk"))
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text(), flags=re.MULTILINE | re.DOTALL)
}


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_log_benchmark_resources_and_its_own_code(name):
    body = RULES[name]
    # One thread a job; GPT and BERT may be trained by several processes of one thread.
    threads = "threads: processes_of\n" if name == "train_transformer" else "threads: 1\n"
    for directive in ("log:", "benchmark:", threads, "resources:", "mem_mb=", "runtime=", "conda:", "script:"):
        assert f" {directive}" in body, f"{name} has no {directive}"
    assert f'../scripts/{name}.py"' in body
    # A download is keyed by address and checksum alone; everything else reruns when its code changes.
    assert (f'code_of("{name}")' in body) == (name != "fetch_source")
    on_gpu = ("train_word2vec", "train_glove", "train_transformer", "extract_contextual_space")
    assert ("gpu=" in body) == (name in on_gpu)


def test_every_script_has_its_rule():
    assert sorted(RULES) == sorted(path.stem for path in (ROOT / "workflow" / "scripts").glob("*.py"))


def test_the_map_of_artefacts_names_every_table_and_figure():
    told = (ROOT / "results" / "README.md").read_text()
    rules = "".join(path.read_text() for path in sorted((ROOT / "workflow" / "rules" / "analysis").glob("*.smk")))
    tables = re.findall(r"\{ANALYSIS\}/(\w+)\.parquet", rules)
    figures = [path.stem for path in (ROOT / "workflow" / "report").glob("*.rst") if path.stem != "page"]
    assert len(set(tables)) == 38
    assert len(figures) == 24
    for name in {*tables, *figures, "report.html", "timing.json", "cost.json", "logs/", "benchmarks/"}:
        assert name in told, f"results/README.md does not name {name}"
