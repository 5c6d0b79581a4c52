"""Charts of the page: valid specifications, numbers of the tables, words as text, the same twice."""

import json
from importlib import resources

import altair as alt
import jsonschema
import numpy as np
import pandas as pd
import pytest
from planted import CORPORA

from wordspaces.report.charts.gallery import gallery
from wordspaces.report.charts.looks import FILLS, dashes, fills, swaps
from wordspaces.report.charts.map import map_chart
from wordspaces.report.charts.matrix import CEILINGS, matrix_chart, matrix_tables
from wordspaces.report.style import FAMILY_COLOURS, Variants

CELL = ["corpus", "model", "sample"]


@pytest.fixture(scope="module")
def rsa(tables):
    return tables.rsa[tables.rsa["roster"] == "input"]


@pytest.fixture(scope="module")
def cells(tables):
    found = tables.cells
    return found[(found["roster"] == "input") & (found["control"] == "none")]


@pytest.fixture(scope="module")
def matrix(rsa, cells, variants):
    return matrix_tables(rsa, cells, variants, CORPORA, "spearman")


@pytest.fixture(scope="module")
def charts(tables, variants):
    return gallery(tables.rsa, tables.cells, tables.map, tables.trajectories, variants, CORPORA, 0.95, "spearman")


@pytest.fixture(scope="module")
def schema():
    text = resources.files(alt).joinpath("vegalite/v6/schema/vega-lite-schema.json").read_text()
    return json.loads(text)


@pytest.mark.parametrize("name", ["map", "matrix", "trajectories"])
def test_specifications_are_valid_and_hold_their_data(charts, schema, name):
    spec = json.loads(json.dumps(charts["specs"][name]))
    jsonschema.validate(spec, schema)
    assert "http" not in json.dumps(spec)
    assert len(spec["description"]) > 20


def test_the_same_tables_make_the_same_text(tables, charts, variants):
    again = gallery(tables.rsa, tables.cells, tables.map, tables.trajectories, variants, CORPORA, 0.95, "spearman")
    assert json.dumps(again, sort_keys=True) == json.dumps(charts, sort_keys=True)
    mixed = [frame.sample(frac=1, random_state=1) for frame in (tables.rsa, tables.trajectories)]
    shuffled = gallery(mixed[0], tables.cells, tables.map, mixed[1], variants, CORPORA, 0.95, "spearman")
    for name in ("matrix", "trajectories"):
        assert shuffled["specs"][name] == charts["specs"][name]


def test_a_cell_of_the_matrix_is_the_mean_over_its_pairs_by_every_measure(matrix, rsa):
    for method in matrix.methods:
        part = rsa[rsa["method"] == method]
        row = matrix.cells[(matrix.cells["a"] == "wiki · glove · a") & (matrix.cells["b"] == "twitter · gpt · b")]
        sides = [("wiki", "glove", "a"), ("twitter", "gpt", "b")]
        chosen = pd.Series(False, index=part.index)
        for one, other in (sides, sides[::-1]):
            hit = pd.Series(True, index=part.index)
            for side, values in (("a", one), ("b", other)):
                for name, value in zip(CELL, values, strict=True):
                    hit &= part[f"{side}_{name}"] == value
            chosen |= hit
        assert chosen.sum() == 4  # two seeds with two
        chosen &= part["a_seed"] != part["b_seed"]
        assert row[method].item() == pytest.approx(part.loc[chosen, "r"].mean(), abs=1e-12)


def test_the_measure_of_the_study_comes_first(tables, rsa, cells, variants):
    assert matrix_tables(rsa, cells, variants, CORPORA, "pearson").methods[0] == "pearson"
    charts = gallery(tables.rsa, tables.cells, tables.map, tables.trajectories, variants, CORPORA, 0.95, "pearson")
    assert charts["metrics"][0]["name"] == "pearson"


def test_the_matrix_is_symmetric_and_the_diagonal_compares_seeds(matrix, rsa):
    wide = matrix.cells[matrix.cells["pair"] != ""].pivot(index="a", columns="b", values="spearman")
    np.testing.assert_array_equal(wide, wide.T)
    part = rsa[(rsa["method"] == "spearman") & (rsa["relation"] == "seed") & (rsa["a_sample"] == "a")]
    part = part[(part["a_corpus"] == "wiki") & (part["a_model"] == "bert")]
    assert wide.loc["wiki · bert · a", "wiki · bert · a"] == pytest.approx(part["r"].mean())


def test_ceilings_are_those_of_the_table_of_cells(matrix, cells):
    facts = matrix.facts.set_index("pair")
    compared = 0
    for row in cells[cells["method"] == "spearman"].itertuples():
        recipes = sorted([(row.a_corpus, row.a_model), (row.b_corpus, row.b_model)])
        fact = facts.loc[" · ".join([*recipes[0], *recipes[1], row.samples])]
        if np.isfinite(row.seed_ceiling):
            assert fact["seed_spearman"] == pytest.approx(row.seed_ceiling, abs=1e-9)
            compared += 1
        if np.isfinite(row.sample_ceiling):
            assert fact["sample_spearman"] == pytest.approx(row.sample_ceiling, abs=1e-9)
            compared += 1
    assert compared > 20


def test_margins_hold_both_reliabilities(matrix, rsa):
    for level, name in CEILINGS.items():
        row = matrix.cells[(matrix.cells["a"] == "wiki · glove · b") & (matrix.cells["b"] == name)]
        part = rsa[(rsa["method"] == "pearson") & (rsa["relation"] == level)]
        own = part[(part["a_corpus"] == "wiki") & (part["a_model"] == "glove")]
        assert row["pearson"].item() == pytest.approx(own["r"].mean())


def test_measures_without_intervals_say_none(matrix, cells):
    with_intervals = set(cells["method"])
    for method in matrix.methods:
        known = matrix.facts[f"interval_{method}"].notna()
        assert known.any() == (method in with_intervals)


def test_the_data_of_the_matrix_are_the_rounded_cells(matrix):
    spec = matrix_chart(matrix, 0.9)
    rows = {(row["a"], row["b"]): row for row in spec["data"]["values"]}
    names = next(param["value"] for param in spec["params"] if param["name"] == "names")
    for cell in matrix.cells[matrix.cells["pair"] != ""].itertuples():
        shown = rows[matrix.keys.index(cell.a), matrix.keys.index(cell.b)]
        assert shown["spearman"] == pytest.approx(cell.spearman, abs=5.1e-4)
    assert names[0].startswith("Wikipedia")
    assert "90" in json.dumps(spec["encoding"]["tooltip"], ensure_ascii=False)


def test_a_unit_of_the_map_is_the_same_on_both_axes(tables, variants):
    spec = map_chart(tables.map, variants, CORPORA)
    ranges = [np.ptp(layer["encoding"][axis]["scale"]["domain"]) for layer in spec["layer"][:1] for axis in ("x", "y")]
    assert spec["usermeta"]["aspect"] == pytest.approx(ranges[1] / ranges[0], abs=1e-3)


def test_every_finished_space_is_a_point_of_the_map_with_its_name(tables, variants):
    spec = map_chart(tables.map, variants, CORPORA)
    points = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "point")["data"]["values"]
    final = tables.map[(tables.map["kind"] == "final") & tables.map["x"].notna()]
    assert sum(point["state"] == "finished" for point in points) == len(final)
    assert {"recipe", "text", "sample", "seed", "tokens"} <= set(points[0])


def test_a_map_without_finished_spaces_is_left_out(tables, variants):
    empty = tables.map[tables.map["kind"] != "final"]
    assert map_chart(empty, variants, CORPORA) is None
    assert (
        "map"
        not in gallery(tables.rsa, tables.cells, empty, tables.trajectories, variants, CORPORA, 0.95, "spearman")[
            "specs"
        ]
    )


def test_recipes_of_one_family_differ_in_more_than_colour():
    variants = Variants({"skipgram": "word2vec", "cbow": "word2vec", "gpt": "gpt", "short": "word2vec"})
    names = ["skipgram", "cbow", "gpt", "short"]
    assert fills(names, variants).range == [FAMILY_COLOURS["word2vec"], FILLS[0], FAMILY_COLOURS["gpt"], FILLS[1]]
    first, second, third, fourth = map(tuple, dashes(names, variants).range)
    assert first == third == (1, 0)
    assert len({first, second, fourth}) == 3


def test_every_colour_of_a_family_has_its_variable():
    assert set(FAMILY_COLOURS.values()) <= set(swaps())


def test_what_bounds_nothing_is_not_called_a_ceiling(matrix):
    for fact in matrix.facts.to_dict("records"):
        a_corpus, a_model, b_corpus, b_model, documents = fact["pair"].split(" · ")
        if documents == "same":
            assert np.isnan(fact["sample_spearman"])
        if (a_corpus, a_model) == (b_corpus, b_model):
            assert np.isnan(fact["free_spearman"])


def test_an_interval_stands_with_its_own_mean_over_all_samples(matrix, cells):
    facts = matrix.facts.set_index("pair")["interval_pearson"]
    row = cells[(cells["method"] == "pearson") & (cells["samples"] == "other")].iloc[0]
    recipes = sorted([(row["a_corpus"], row["a_model"]), (row["b_corpus"], row["b_model"])])
    text = facts[" · ".join([*recipes[0], *recipes[1], "other"])]
    mean, low, high = (float(part.strip("[],").replace("\N{MINUS SIGN}", "-")) for part in text.split())
    assert (mean, low, high) == pytest.approx((row["r"], row["low"], row["high"]), abs=0.0051)
    assert low <= mean <= high
