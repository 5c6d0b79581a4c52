"""The figure of the second-order map: a point for each finished space, a path for each followed run."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from wordspaces.report.map import spaces_map
from wordspaces.report.style import FAMILY_COLOURS

CORPORA = ["wiki", "twitter"]


@pytest.fixture
def table() -> pd.DataFrame:
    rows, place = [], 0.0
    for corpus in CORPORA:
        for model in ("skipgram", "short", "gpt"):
            for seed in (1, 2):
                for step, kind in ((0, "untrained"), (5, "snapshot"), (9, "final")):
                    if kind == "snapshot" and seed == 2:
                        continue
                    place += 1.0
                    row = {"corpus": corpus, "sample": "a", "model": model, "seed": seed, "step": step, "kind": kind}
                    rows.append(row | {"x": place, "y": -place, "stress": 0.123, "words": 50})
    return pd.DataFrame(rows)


def test_every_finished_space_is_a_point_in_its_colour(table, variants):
    axes = spaces_map(table, variants, CORPORA).figure.axes[0]
    final = table[table["kind"] == "final"]
    points = [line for line in axes.lines if line.get_linestyle() == "None" and line.get_marker() in "os"]
    assert len(points) == 6
    np.testing.assert_allclose(np.sort(np.concatenate([line.get_xdata() for line in points])), np.sort(final["x"]))
    shapes = {(line.get_marker(), to_hex(line.get_color()), line.get_fillstyle()) for line in points}
    blue, green = FAMILY_COLOURS["word2vec"], FAMILY_COLOURS["gpt"]
    assert shapes == {(m, c, f) for m in "os" for c, f in ((blue, "full"), (blue, "none"), (green, "full"))}
    assert axes.get_xlabel() == "stress-1 0.12 over 12 finished spaces, 50 words"


def test_a_path_leads_from_the_start_to_the_finished_space(table, variants):
    axes = spaces_map(table, variants, CORPORA).figure.axes[0]
    paths = [line for line in axes.lines if len(line.get_xdata()) == 3 and line.get_marker() == "None"]
    assert len(paths) == 6
    first = table[(table["corpus"] == "twitter") & (table["model"] == "gpt") & (table["seed"] == 1)]
    assert any(np.array_equal(line.get_xdata(), first.sort_values("step")["x"]) for line in paths)


def test_a_map_without_places_says_so(table, variants):
    table[["x", "y", "stress"]] = np.nan
    figure = spaces_map(table, variants, CORPORA).figure
    assert "not defined" in figure.texts[0].get_text()


def test_a_space_that_others_trained_is_a_star_with_its_name(table, variants):
    row = {"corpus": "external", "sample": "", "model": "published", "seed": -1, "step": np.nan, "kind": "external"}
    more = pd.concat([table, pd.DataFrame([row | {"x": 3.5, "y": -1.0, "stress": 0.123, "words": 50}])])
    figure = spaces_map(more, variants, CORPORA).figure
    (star,) = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (3.5, -1.0)
    assert "published" in [text.get_text() for text in figure.axes[0].texts]
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "published" not in told
