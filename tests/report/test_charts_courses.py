"""Chart of the listed pairs: means of the table, kinds told apart, nothing where nothing is known."""

import json

import numpy as np
import pandas as pd
import pytest

from wordspaces.report.charts.courses import kind_means, trajectories_chart
from wordspaces.report.charts.gallery import gallery
from wordspaces.report.style import Variants

CORPORA = ["wiki", "twitter"]


def planted(runs, cosines, tokens=(0, 100, 5000)):
    """Rows of the table of trajectories: for each run (corpus, sample, model, seed) and snapshot, cosines by kind."""
    names = ["corpus", "sample", "model", "seed"]
    rows = []
    for number, run in enumerate(runs):
        for seen in tokens:
            for kind, values in cosines.items():
                for place, value in enumerate(values):
                    row = dict(zip(names, run, strict=True)) | {"tokens_seen": seen + number * (seen > 0)}
                    row |= {"word_a": f"a{place}", "word_b": f"b{place}", "relation": kind}
                    rows.append(row | {"cosine": value + 0.1 * number if value is not None else None})
    return pd.DataFrame(rows).astype({"cosine": float})


@pytest.fixture
def table():
    """Two runs that differ by 0.1, at snapshots one token apart."""
    runs = [("wiki", "a", "glove", 1), ("wiki", "b", "glove", 1)]
    return planted(runs, {"related": [0.2, 0.4], "unrelated": [-0.5, None]})


def test_a_mean_is_over_pairs_within_a_run_and_then_over_runs(table):
    means = kind_means(table)
    assert len(means) == 3 * 2  # snapshots x kinds: those of the two runs are one, though a token apart
    related = means[means["kind"] == "related"]
    np.testing.assert_allclose(related["mean"], 0.35)
    np.testing.assert_allclose(related["low"], 0.3)
    np.testing.assert_allclose(related["high"], 0.4)
    assert related["tokens"].tolist() == [0, 100, 5000]  # half a token rounds to even
    np.testing.assert_allclose(means.loc[means["kind"] == "unrelated", "mean"], -0.45)
    assert set(means["text"]) == {"Wikipedia"}


def test_every_recipe_and_corpus_is_a_panel_in_the_order_of_the_study():
    runs = [(corpus, "a", model, 1) for corpus in CORPORA[::-1] for model in ("gpt", "skipgram")]
    variants = Variants({"skipgram": "word2vec", "glove": "glove", "gpt": "gpt"})
    spec = trajectories_chart(planted(runs, {"related": [0.5], "synonym": [0.1]}), variants, CORPORA)
    expected = [f"{model}, {corpus}" for model in ("skipgram", "gpt") for corpus in ("Wikipedia", "Twitter")]
    assert spec["facet"]["sort"] == expected
    assert spec["usermeta"] == {"columns": 2, "panels": 4}
    assert spec["columns"] == 2
    drawn = {f"{row['recipe']}, {row['text']}" for row in spec["data"]["values"]}
    assert drawn == set(expected)
    lines = next(layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "line")
    dashes = lines["encoding"]["strokeDash"]["scale"]
    assert dashes["domain"] == ["related words", "synonyms"]
    assert dashes["range"][0] != dashes["range"][1]


def test_the_rule_stands_at_the_parameter_which_begins_at_the_end(table):
    spec = trajectories_chart(table, Variants({"glove": "glove"}), CORPORA)
    assert [param for param in spec["params"] if param["name"] == "moment"] == [{"name": "moment", "value": 5000}]
    rule = next(layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "rule")
    assert rule["encoding"]["x"]["datum"] == {"expr": "moment"}


def test_the_axis_shows_step_0_and_powers_of_ten(table):
    spec = trajectories_chart(table, Variants({"glove": "glove"}), CORPORA)
    line = next(layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "line")
    assert line["encoding"]["x"]["axis"]["values"] == [0, 100, 1000]
    assert line["encoding"]["x"]["scale"] | {"nice": False} == line["encoding"]["x"]["scale"]
    assert line["encoding"]["x"]["scale"]["constant"] == 100


@pytest.mark.parametrize("known", [False, None])
def test_without_a_known_pair_there_is_no_chart(tables, variants, known):
    empty = tables.trajectories.iloc[:0] if known is None else tables.trajectories.assign(cosine=np.nan)
    assert trajectories_chart(empty, variants, CORPORA) is None
    specs = gallery(tables.rsa, tables.cells, tables.map, empty, variants, CORPORA, 0.95, "spearman")["specs"]
    assert set(specs) == {"matrix", "map"}


def test_a_run_of_snapshot_0_alone_still_has_an_axis():
    table = planted([("wiki", "a", "glove", 1)], {"related": [0.2]}, tokens=(0,))
    spec = trajectories_chart(table, Variants({"glove": "glove"}), CORPORA)
    line = next(layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "line")
    low, high = line["encoding"]["x"]["scale"]["domain"]
    assert low < high


def test_no_word_is_in_the_chart(tables, variants):
    hostile = tables.trajectories.assign(word_a="</script><b>x</b>")
    spec = trajectories_chart(hostile, variants, CORPORA)
    assert "<b>" not in json.dumps(spec)


def test_the_text_stays_small(tables, variants):
    """Bytes of a row of data, of which the default study has some hundreds."""
    spec = trajectories_chart(tables.trajectories, variants, CORPORA)
    assert len(json.dumps(spec["data"])) < 140 * len(spec["data"]["values"]) + 100
