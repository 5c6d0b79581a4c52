"""Figures of the arms and of the curve: bars that add up, lines through their values, and studies without either."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import RsaSettings, StabilitySettings
from wordspaces.analysis.stability.overlap import stability_tables
from wordspaces.common.streams import generator
from wordspaces.report.arms import SAMPLE, SEGMENTS, STREAMS, arms
from wordspaces.report.curve import LINES, curve
from wordspaces.report.learning import reliability_sentence, seed_reliability

CORPORA = ["wiki", "twitter"]


def of_method(table):
    return table[table["method"] == "spearman"]


def test_a_bar_is_all_streams_and_the_documents_and_points_are_single_streams(tables, variants):
    figure = arms(of_method(tables.arms), variants, CORPORA).figure
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "Wikipedia"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["glove", "skipgram"]
    bars = [bar for bar in axes.patches if round(bar.get_y() + 0.31) == 1]
    assert [round(bar.get_width(), 3) for bar in bars] == [0.4, 0.1]
    assert bars[1].get_x() == pytest.approx(0.4)
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [colour for _, colour in SEGMENTS.values()]
    points = {(line.get_ydata()[0], to_hex(line.get_color())): line.get_xdata()[0] for line in axes.lines}
    assert points[1, STREAMS["order"][1]] == 0.1
    assert (0, STREAMS["sampling"][1]) not in points
    assert len(points) == 5
    assert {text.get_text() for text in axes.texts} == {"0.50"}


def test_another_sample_is_a_point_beside_the_bar(tables, variants):
    extra = {"corpus": "wiki", "model": "skipgram", "arm": "sample", "method": "spearman", "share": 0.45}
    figure = arms(pd.concat([of_method(tables.arms), pd.DataFrame([extra])]), variants, CORPORA).figure
    (axes,) = figure.axes
    points = [line for line in axes.lines if line.get_marker() == SAMPLE[2]]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in points] == [(0.45, 1)]
    assert "another sample" in [text.get_text() for text in figure.legends[0].get_texts()]
    bars = [bar for bar in axes.patches if round(bar.get_y() + 0.31) == 1]
    assert [round(bar.get_width(), 3) for bar in bars] == [0.4, 0.1]


def test_reliability_is_silent_where_the_study_has_one_seed_and_skips_null_rows():
    spaces = tuple(Space("wiki", "a", model, "word2vec", seed) for model, seed in (("cbow", 1), ("cbow", 2), ("sg", 1)))
    words = Words(np.arange(60, dtype=np.int32), tuple(f"w{i}" for i in range(60)), np.full(60, 9))
    vectors = tuple(generator(i, "one seed").standard_normal((60, 8)).astype(np.float32) for i in range(3))
    roster = Roster("input", spaces, words, vectors)
    for keep, known in (([0, 1, 2], ["cbow"]), ([0, 2], [])):
        chosen = roster.select(keep)
        table = stability_tables(chosen, rsa_table([chosen], RsaSettings()), StabilitySettings())[1].to_pandas()
        assert table["rsa_spearman"].notna().sum() == len(known)
        means = seed_reliability(table, "spearman", ["cbow", "sg"])
        assert list(means.index) == known
        assert bool(reliability_sentence(means)) == bool(known)
        assert "nan" not in reliability_sentence(means)


def test_lines_go_through_their_values(tables, variants):
    drawn = curve(of_method(tables.curve), variants)
    (axes,) = drawn.figure.axes
    lines = {to_hex(line.get_color()): line for line in axes.lines if len(line.get_xdata())}
    between = lines[LINES["between corpora"][1]]
    np.testing.assert_allclose(between.get_xdata(), [100, 200, 400])
    np.testing.assert_allclose(between.get_ydata(), [0.05, 0.1, 0.2])
    told = [text.get_text() for text in drawn.figure.legends[0].get_texts()]
    assert told == ["another seed", "another corpus"]


def test_a_study_without_arms_or_shares_says_so(tables, variants):
    for drawn in (
        arms(of_method(tables.arms).iloc[:0], variants, CORPORA),
        curve(of_method(tables.curve).query("words_trained == 400"), variants),
    ):
        assert drawn.figure.texts[0].get_text().startswith("not defined: no recipe")
