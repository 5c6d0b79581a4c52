"""Figures of the arms and of the curve: bars that add up, lines through their values, and studies without either."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from wordspaces.report.arms import SEGMENTS, STREAMS, arms
from wordspaces.report.curve import LINES, curve

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


def test_lines_go_through_their_values(tables, variants):
    drawn = curve(of_method(tables.curve), variants)
    (axes,) = drawn.figure.axes
    lines = {to_hex(line.get_color()): line for line in axes.lines if len(line.get_xdata())}
    between = lines[LINES["between corpora"][1]]
    np.testing.assert_allclose(between.get_xdata(), [100, 200, 400])
    np.testing.assert_allclose(between.get_ydata(), [0.05, 0.1, 0.2])
    told = [text.get_text() for text in drawn.figure.legends[0].get_texts()]
    assert told == ["another seed", "the other corpus"]


def test_a_study_without_arms_or_shares_says_so(tables, variants):
    for drawn in (
        arms(of_method(tables.arms).iloc[:0], variants, CORPORA),
        curve(of_method(tables.curve).query("words_trained == 400"), variants),
    ):
        assert drawn.figure.texts[0].get_text().startswith("not defined: no recipe")
