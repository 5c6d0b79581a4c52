"""Sweeps in the configuration: the variants and runs they add, and what is refused before anything runs."""

from pathlib import Path

import pytest
import yaml

from wordspaces.common.errors import StudyError
from wordspaces.config import read_study
from wordspaces.corpus.lists import read_sources

ROOT = Path(__file__).resolve().parents[2]
SOURCES = read_sources([ROOT / "config" / "sources.yaml"])


def raw():
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def sweep(**keys):
    """A configuration with one sweep besides, of skip-gram over L2 where nothing else is said."""
    return {**raw(), "sweeps": {"s": {"model": "skipgram", "setting": "l2", "values": [0, 0.1], **keys}}}


def test_sweeps_expand_into_variants_but_for_the_value_that_is_there():
    config = sweep(values=[0, 0.001, 1.0e-05, 2], corpora=["wiki"], samples=1)
    study = read_study(config, "x.yaml", SOURCES)
    added = {name: settings.l2 for name, settings in study.sweep_variants().items()}
    assert added == {"skipgram-l2-0-001": 0.001, "skipgram-l2-1e-05": 1e-5, "skipgram-l2-2": 2.0}
    assert set(added) <= set(study.variants())
    base = study.models["skipgram"]
    assert study.variants()["skipgram-l2-2"] == base.model_copy(update={"l2": 2.0})
    runs = study.sweep_runs()
    assert runs == [["wiki", "a", name, "word2vec", seed] for name in added for seed in (1, 2)]
    cells = study.sweep_cells("regularisation")
    assert cells[:2] == [["s", 0.0, "wiki", "a", "skipgram", "word2vec", seed] for seed in (1, 2)]
    assert [cell[2:] for cell in cells[2:]] == runs
    assert study.sweep_cells("dimension") == []
    assert study.runs() == read_study({**config, "sweeps": {}}, "x.yaml", SOURCES).runs()


def test_two_sweeps_with_a_value_in_common_train_it_once():
    config = sweep(values=[0, 0.1])
    config["sweeps"]["t"] = {"model": "skipgram", "setting": "l2", "values": [0.1, 1], "measure": "dimension"}
    study = read_study(config, "x.yaml", SOURCES)
    runs = [tuple(run) for run in study.sweep_runs()]
    assert len(set(runs)) == len(runs) == 2 * 2 * 2 * 2
    assert {cell[0] for cell in study.sweep_cells("dimension")} == {"t"}


def test_what_follows_the_dimension_follows_a_sweep_of_it_unless_it_was_given():
    config = sweep(model="gpt", setting="dimension", values=[64, 256])
    study = read_study(config, "x.yaml", SOURCES)
    wide = study.variants()["gpt-dimension-256"]
    assert (wide.layers, wide.heads, wide.embedding_rate) == (4, 4, 3e-3)
    config["models"]["gpt"] |= {"layers": 2, "embedding_rate": 0.004}
    study = read_study(config, "x.yaml", SOURCES)
    wide = study.variants()["gpt-dimension-256"]
    assert (wide.layers, wide.heads, wide.embedding_rate) == (2, 4, 0.004)
    # What an extended variant was given counts for the one that extends it.
    config["models"]["gpt-short"] = {"extends": "gpt", "epochs": 1}
    config["sweeps"]["s"]["model"] = "gpt-short"
    wide = read_study(config, "x.yaml", SOURCES).variants()["gpt-short-dimension-256"]
    assert (wide.layers, wide.heads, wide.epochs) == (2, 4, 1)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"model": "word"}, "sweeps.s.model: found 'word'; allowed: one of skipgram"),
        ({"setting": "weight_decay"}, "sweeps.s.setting: found 'weight_decay'; allowed: for word2vec one of dimension"),
        ({"setting": "device"}, "sweeps.s.setting: found 'device'; allowed: for word2vec one of dimension"),
        ({"values": [0, -1]}, "sweeps.s.values: found l2 = -1; allowed: a value >= 0"),
        ({"values": [0]}, "sweeps.s.values: found [0]; allowed: at least 2"),
        ({"values": [0, 0]}, "sweeps.s.values: found [0.0, 0.0]; allowed: each value once"),
        ({"values": [0, "1e-4"]}, "sweeps.s.values.1: found '1e-4'; allowed: a number"),
        ({"corpora": ["mars"]}, "sweeps.s.corpora: found 'mars'; allowed: one of wiki"),
        ({"samples": 3}, "sweeps.s.samples: found 3; allowed: 1 to 2"),
        ({"seeds": 4}, "sweeps.s.seeds: found 4; allowed: 1 to 3"),
        (
            {"setting": "dimension", "values": [4, 8], "seeds": 1},
            "sweeps.s.seeds: found 1; allowed: 2 or more for word2vec",
        ),
        (
            {"setting": "dimension", "values": [4, 5.5]},
            "sweeps.s.values: found dimension = 5.5; allowed: a whole number",
        ),
        (
            {"model": "gpt", "setting": "heads", "values": [2, 3]},
            "sweeps.s.values: found heads = 3; allowed: a dimension",
        ),
        ({"measure": "speed"}, "sweeps.s.measure: found 'speed'"),
    ],
)
def test_sweeps_that_cannot_be_are_refused(keys, told):
    with pytest.raises(StudyError, match=r"^[^\n]*$") as error:
        read_study(sweep(**keys), "x.yaml", SOURCES)
    assert f"x.yaml: {told}" in str(error.value)


def test_a_sweep_whose_variant_has_the_name_of_another_is_refused():
    config = sweep()
    config["models"]["skipgram-l2-0-1"] = {"extends": "skipgram", "epochs": 1}
    with pytest.raises(StudyError, match=r"sweeps\.s: found 'skipgram-l2-0-1'; allowed: a name that l2 = 0\.1 has"):
        read_study(config, "x.yaml", SOURCES)
    # Of PPMI-SVD one seed is as good as several.
    config = sweep(model="svd", setting="dimension", values=[4, 8], seeds=1)
    assert len(read_study(config, "x.yaml", SOURCES).sweep_runs()) == 2 * 2 * 2
